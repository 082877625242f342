//! Who is told what.

use std::sync::Arc;

use contracts::{
    Envelope, NotificationId,
    consumer::Pool,
    event::{NotificationCreated, TicketFlagged},
    notification::{Notification, Topic},
    query::ListAdmins,
};
use platform::broker::Broker;

use crate::runtime::{Effects, Failure, Worker};

/// The pool's state.
pub struct Notify {
    directory: Broker,
}

impl Notify {
    /// Asks `directory` who the admins are.
    pub fn new(directory: Broker) -> Arc<Self> {
        Arc::new(Self { directory })
    }
}

impl Worker for Notify {
    const POOL: Pool = Pool::Notify;
    type Input = TicketFlagged;

    async fn handle(&self, event: &Envelope<TicketFlagged>, _attempt: u32) -> Result<Effects, Failure> {
        let TicketFlagged { draft, verdict } = &event.event;
        let asked = self.directory.ask(&ListAdmins {}).await;
        let admins = asked.map_err(|error| Failure::Unavailable(error.into()))?;
        let notices = admins.into_iter().map(|user_id| NotificationCreated {
            notification: Notification {
                id: NotificationId::derived(&[event.id.as_str(), &user_id.to_string()]),
                user_id,
                topic: Topic::TicketFlagged,
                ticket_id: draft.id,
                text: format!("A ticket was flagged as {}: {}", verdict.category, verdict.reason),
                created_at: event.time,
                read_at: None,
            },
        });
        Ok(Effects { events: notices.map(Into::into).collect(), ..Effects::none() })
    }

    fn give_up(&self, _event: &Envelope<TicketFlagged>, _attempts: u32, _cause: &str) -> Effects {
        Effects::none()
    }
}
