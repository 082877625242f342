//! The store: one trait, held to by one conformance suite.
//!
//! Every read is answered by one partition of a wide-column store as well as by an index of a relational one.
//! Every write may be repeated: the same write twice has the effect of one.
//! A time comes back to the microsecond at least.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use contracts::{
    Department, EventId, NotificationId, Outcome, Ticket, TicketId, User, UserId,
    account::PasswordHash,
    message::Message,
    notification::Notification,
    query::{Credentials, ListNotifications, ListTickets, NotificationPage, TicketPage},
    webhook::Delivery,
};

/// Where the desk's data is.
#[async_trait]
pub trait Store: Send + Sync + 'static {
    /// Succeeds when the store can be read.
    async fn check(&self) -> Result<(), StoreError>;

    /// Makes an account. The first agent of a department becomes the one to whom its tickets are assigned.
    async fn create_user(&self, user: &User, password_hash: &PasswordHash) -> Result<UserCreation, StoreError>;

    /// The account with this name, compared without regard to case.
    async fn credentials(&self, username: &str) -> Result<Option<Credentials>, StoreError>;

    /// The account with this id.
    async fn user(&self, id: UserId) -> Result<Option<User>, StoreError>;

    /// Every admin whose account is not disabled.
    async fn admins(&self) -> Result<Vec<UserId>, StoreError>;

    /// The agent to whom the tickets of a department are assigned.
    async fn department_agent(&self, department: Department) -> Result<Option<UserId>, StoreError>;

    /// A ticket with the version that the next write must name.
    async fn ticket(&self, id: TicketId) -> Result<Option<Versioned<Ticket>>, StoreError>;

    /// How the event with this id ended, when it was applied to the ticket before.
    async fn applied(&self, ticket: TicketId, event: &EventId) -> Result<Option<Outcome>, StoreError>;

    /// Writes a ticket and the record of the event that changed it, both or neither.
    async fn write_ticket(&self, write: TicketWrite) -> Result<TicketWritten, StoreError>;

    /// A page of tickets, newest first.
    async fn list_tickets(&self, query: &ListTickets) -> Result<TicketPage, StoreError>;

    /// Gives a message the next place in its ticket, and keeps it; the `seq` that it comes with does not count.
    /// A ticket that is not in the store takes no messages: [`StoreError::Failed`].
    async fn append_message(&self, message: &Message) -> Result<Appended, StoreError>;

    /// Messages of a ticket, oldest first.
    async fn messages(&self, ticket: TicketId, range: MessageRange, limit: u32) -> Result<MessagePage, StoreError>;

    /// Keeps a notice; one with the same id stays as it is.
    async fn add_notification(&self, notification: &Notification) -> Result<(), StoreError>;

    /// Marks a user's notice as read, the first time it is asked for; false when the user has no such notice.
    async fn read_notification(&self, user: UserId, id: NotificationId, at: DateTime<Utc>) -> Result<bool, StoreError>;

    /// A page of a user's notices, newest first.
    async fn notifications(&self, query: &ListNotifications) -> Result<NotificationPage, StoreError>;

    /// Keeps the record of a webhook call; of two with one id, that with more attempts stays.
    async fn record_delivery(&self, delivery: &Delivery) -> Result<(), StoreError>;

    /// The webhook calls about a ticket, oldest first.
    async fn deliveries(&self, ticket: TicketId) -> Result<Vec<Delivery>, StoreError>;
}

/// What became of a new account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UserCreation {
    /// It is there, since now or since an earlier try with the same id.
    Created,
    /// Another account has the name.
    NameTaken,
}

/// A value with the version that a write conditional on it must name.
#[derive(Clone, Debug, PartialEq)]
pub struct Versioned<T> {
    /// The value.
    pub value: T,
    /// 1 after the first write, then one more with each.
    pub version: u64,
}

/// A conditional write of a ticket.
#[derive(Clone, Debug, PartialEq)]
pub struct TicketWrite {
    /// The version that the ticket must have, 0 when it must not exist.
    pub expected: u64,
    /// The ticket as it is to be. None keeps it as it is and writes the record alone.
    pub ticket: Option<Ticket>,
    /// The ticket that the record belongs to, whether or not it exists; the id of `ticket`, if there is one.
    pub ticket_id: TicketId,
    /// The event that is applied.
    pub event: EventId,
    /// How it ended.
    pub outcome: Outcome,
    /// When it was applied.
    pub at: DateTime<Utc>,
}

/// What became of a conditional write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TicketWritten {
    /// It is there.
    Written,
    /// The ticket has another version, or the event was applied before: nothing changed.
    Stale,
}

/// What became of a message.
#[derive(Clone, Debug, PartialEq)]
pub enum Appended {
    /// It has its place now.
    New(Message),
    /// It had its place before: the same id, or the same `client_message_id` of the same sender, with the same content.
    Same(Message),
    /// The id, or the sender's `client_message_id` in this ticket, was used for another content.
    Conflict,
}

/// Which messages of a ticket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MessageRange {
    /// The newest.
    Newest,
    /// The newest of those before a place.
    Before(u64),
    /// The oldest of those after a place.
    After(u64),
}

/// A page of messages.
#[derive(Clone, Debug, PartialEq)]
pub struct MessagePage {
    /// Oldest first.
    pub items: Vec<Message>,
    /// Whether the range goes on beyond the page.
    pub has_more: bool,
}

/// The store did not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The store cannot be reached or cannot write now; the same call may succeed later.
    #[error("the store is unavailable: {0}")]
    Unavailable(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The store holds something that this version cannot read, or refused the statement.
    #[error("the store failed: {0}")]
    Failed(#[source] Box<dyn std::error::Error + Send + Sync>),
}
