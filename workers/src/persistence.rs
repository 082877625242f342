//! The one pool that touches the store: it applies what was asked on the condition that the present state allows it,
//! publishes what happened, and answers questions.

mod accounts;
mod answers;
mod articles;
mod change;
mod conversation;
mod lifecycle;
mod notices;
pub mod scylla;
mod selection;
pub mod sqlite;
pub mod store;
mod tickets;
pub mod transfer;

use std::sync::Arc;

use contracts::{Envelope, Outcome, consumer::Pool, event::NotificationReadRequested, message::Refusal};
use platform::config::{Store as StoreConfig, StoreBackend};

use crate::runtime::{Effects, Failure, Worker, input};
use store::{Store, StoreError};

input! {
    /// What is applied to the store.
    Change {
        TicketRouted,
        TicketFlagged,
        TicketResolveRequested,
        TicketAssignRequested,
        TicketCloseRequested,
        TicketReopenRequested,
        TicketReleaseRequested,
        MessageSent,
        MessageReadRequested,
        MessageFeedbackRequested,
        ArticleChangeRequested,
        NotificationCreated,
        NotificationReadRequested,
        WebhookDelivered,
        WebhookFailed,
        AccountCreateRequested,
        AccountChangeRequested,
    }
}

/// Opens the store that the configuration names.
pub async fn open(config: &StoreConfig) -> Result<Arc<dyn Store>, StoreError> {
    match config.backend {
        StoreBackend::Sqlite => Ok(Arc::new(sqlite::SqliteStore::open(&config.path)?)),
        StoreBackend::Scylla => Ok(Arc::new(scylla::ScyllaStore::open(config).await?)),
    }
}

/// The pool's state.
pub struct Persistence {
    store: Arc<dyn Store>,
}

impl Persistence {
    /// Keeps everything in `store`.
    pub fn new(store: Arc<dyn Store>) -> Arc<Self> {
        Arc::new(Self { store })
    }

    async fn read_notification(
        &self,
        envelope: &Envelope<Change>,
        event: &NotificationReadRequested,
    ) -> Result<Effects, Failure> {
        let found = self.store.read_notification(event.user_id, event.notification_id, envelope.time).await?;
        Ok(Effects::outcome(if found { Outcome::NotificationRead } else { Outcome::NotificationNotFound }))
    }
}

impl Worker for Persistence {
    const POOL: Pool = Pool::Persistence;
    type Input = Change;

    async fn handle(&self, event: &Envelope<Change>, _attempt: u32) -> Result<Effects, Failure> {
        match &event.event {
            Change::TicketRouted(routed) => self.save_routed(event, routed).await,
            Change::TicketFlagged(flagged) => self.save_flagged(event, flagged).await,
            Change::TicketResolveRequested(request) => self.resolve(event, request).await,
            Change::TicketAssignRequested(request) => self.assign(event, request).await,
            Change::TicketCloseRequested(request) => self.close(event, request).await,
            Change::TicketReopenRequested(request) => self.reopen(event, request).await,
            Change::TicketReleaseRequested(request) => self.release(event, request).await,
            Change::MessageSent(sent) => self.say(event, sent).await,
            Change::MessageReadRequested(request) => self.read(request).await,
            Change::MessageFeedbackRequested(request) => self.give_feedback(event, request).await,
            Change::ArticleChangeRequested(request) => self.change_article(event, request).await,
            Change::NotificationCreated(created) => {
                self.store.add_notification(&created.notification).await?;
                Ok(Effects::none())
            }
            Change::NotificationReadRequested(request) => self.read_notification(event, request).await,
            Change::WebhookDelivered(told) => {
                self.store.record_delivery(&told.delivery).await?;
                Ok(Effects::none())
            }
            Change::WebhookFailed(told) => {
                self.store.record_delivery(&told.delivery).await?;
                Ok(Effects::none())
            }
            Change::AccountCreateRequested(request) => self.create_account(request).await,
            Change::AccountChangeRequested(request) => self.change_account(event, request).await,
        }
    }

    fn give_up(&self, event: &Envelope<Change>, _attempts: u32, _cause: &str) -> Effects {
        match &event.event {
            Change::MessageSent(sent) => conversation::refused(sent, Refusal::Failed),
            Change::MessageReadRequested(_)
            | Change::NotificationCreated(_)
            | Change::WebhookDelivered(_)
            | Change::WebhookFailed(_) => Effects::none(),
            _ => Effects::outcome(Outcome::Failed),
        }
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Unavailable(_) => Self::Unavailable(error.into()),
            StoreError::Failed(_) => Self::Failed(error.into()),
        }
    }
}
