//! The log of events, as what tells which pieces changed.

use contracts::{Event, consumer::Pool, stream::EVENTS};
use platform::broker::{Broker, LogError, Progress};

use super::{Pieces, rows::Piece};

/// The log, and how far the store is in it.
pub(super) struct Log<'b> {
    broker: &'b Broker,
}

impl<'b> Log<'b> {
    pub(super) fn new(broker: &'b Broker) -> Self {
        Self { broker }
    }

    /// The place up to which the store has applied every event.
    pub(super) async fn applied(&self) -> Result<u64, LogError> {
        // Before the consumers are asked, so that one that has nothing to do has done what is before this place.
        let end = self.broker.last_place(EVENTS).await?;
        let progress = self.progress().await?;
        Ok(progress.iter().filter(|one| !one.idle).map(|one| one.done).fold(end, u64::min))
    }

    /// Whether some process takes the events that change the store.
    pub(super) async fn is_followed(&self) -> Result<bool, LogError> {
        Ok(self.progress().await?.iter().any(|one| one.asked))
    }

    async fn progress(&self) -> Result<Vec<Progress>, LogError> {
        let consumers = Pool::Persistence.consumers().into_iter().filter(|consumer| consumer.stream == EVENTS);
        let mut progress = Vec::new();
        for consumer in consumers {
            progress.extend(self.broker.progress(&consumer).await?);
        }
        Ok(progress)
    }

    /// What the events behind one place and up to another have touched.
    pub(super) async fn touched(&self, behind: u64, up_to: u64) -> Result<Pieces, LogError> {
        let mut touched = Pieces::new();
        let mut place = behind;
        while place < up_to
            && let Some((next, event)) = self.broker.next_event(place).await?
            && next <= up_to
        {
            touched.extend(event.and_then(|event| piece(&event.event)));
            place = next;
        }
        Ok(touched)
    }
}

/// The piece that an event changed, if it did. Accounts change by events of another stream; what came of them is told here.
fn piece(event: &Event) -> Option<Piece> {
    Some(match event {
        Event::AuditAccountCreated(told) => Piece::Account(told.user.id),
        Event::AuditAccountChanged(told) => Piece::Account(told.user.id),
        Event::NotificationCreated(told) => Piece::Notification(told.notification.id),
        Event::NotificationReadRequested(asked) => Piece::Notification(asked.notification_id),
        Event::WebhookDelivered(told) => Piece::Ticket(told.delivery.ticket_id),
        Event::WebhookFailed(told) => Piece::Ticket(told.delivery.ticket_id),
        other if other.kind().entity() == "article" => Piece::Article(other.entity_id().into()),
        other if matches!(other.kind().entity(), "ticket" | "message") => Piece::Ticket(other.entity_id().into()),
        _ => return None,
    })
}
