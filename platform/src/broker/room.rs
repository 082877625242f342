//! Rooms of chats: what happens now, told on core NATS to whoever is there.

use async_nats::{PublishError, SubscribeError, Subscriber};
use contracts::{TicketId, chat::RoomFrame, subject};

use super::Broker;

impl Broker {
    /// Tells a room. The frame is on its way when this returns; nobody confirms it.
    pub async fn tell_room(&self, ticket: TicketId, frame: &RoomFrame) -> Result<(), PublishError> {
        let frame = serde_json::to_vec(frame).unwrap_or_default();
        self.client.publish(subject::room(ticket), frame.into()).await
    }

    /// What is told in a room from now on, each payload a [`RoomFrame`] as JSON.
    pub async fn listen_to_room(&self, ticket: TicketId) -> Result<Subscriber, SubscribeError> {
        self.client.subscribe(subject::room(ticket)).await
    }
}
