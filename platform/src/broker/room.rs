//! Rooms of chats: what happens now, told on core NATS to whoever is there.

use std::time::Duration;

use async_nats::{PublishError, SubscribeError};
use bytes::Bytes;
use contracts::{TicketId, chat::RoomFrame, subject};
use futures::{Stream, StreamExt};

use super::Broker;

/// How long the last frames of a process may take to leave.
const FLUSH: Duration = Duration::from_secs(1);

impl Broker {
    /// Tells a room. The frame is on its way when this returns; nobody confirms it.
    pub async fn tell_room(&self, ticket: TicketId, frame: &RoomFrame) -> Result<(), PublishError> {
        let frame = serde_json::to_vec(frame).unwrap_or_default();
        self.client.publish(subject::room(ticket), frame.into()).await
    }

    /// What is told in a room from now on, each payload a [`RoomFrame`] as JSON.
    pub async fn listen_to_room(
        &self,
        ticket: TicketId,
    ) -> Result<impl Stream<Item = Bytes> + Send + Unpin + use<>, SubscribeError> {
        let frames = self.client.subscribe(subject::room(ticket)).await?;
        Ok(frames.map(|frame| frame.payload))
    }

    /// Waits until what was told has left, for a process that ends.
    pub async fn flush(&self) {
        let flushed = tokio::time::timeout(FLUSH, self.client.flush()).await;
        if !matches!(flushed, Ok(Ok(()))) {
            tracing::debug!("the last frames may not have left");
        }
    }
}
