//! The store: one trait, held to by one conformance suite.
//!
//! Every read is answered by one partition of a wide-column store as well as by an index of a relational one.
//! Every write may be repeated: the same write twice has the effect of one.
//! A time comes back to the microsecond at least.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use contracts::{
    Article, ArticleId, Department, EventId, MessageId, NotificationId, Outcome, Ticket, TicketId, User, UserId,
    account::PasswordHash,
    message::{Feedback, Message},
    notification::Notification,
    query::{
        ArticlePage, Credentials, ListArticles, ListNotifications, ListTickets, ListUsers, MessagePage, MessageRange,
        NotificationPage, TicketPage, UserPage,
    },
    webhook::Delivery,
};

/// Where the desk's data is.
#[async_trait]
pub trait Store: Send + Sync + 'static {
    /// Succeeds when the store can be read.
    async fn check(&self) -> Result<(), StoreError>;

    /// Makes an account. The first agent of a department who is not disabled becomes the one to whom its tickets are
    /// assigned.
    async fn create_user(&self, user: &User, password_hash: &PasswordHash) -> Result<UserCreation, StoreError>;

    /// Changes an account, and gives it as it is then; none when there is no such account. When the agent to whom a
    /// department's tickets are assigned is disabled, the one with the lowest id of those who are not takes over, or
    /// else the next who is made or enabled.
    async fn change_user(&self, id: UserId, change: &UserChange) -> Result<Option<User>, StoreError>;

    /// The account with this name, compared without regard to case.
    async fn credentials(&self, username: &str) -> Result<Option<Credentials>, StoreError>;

    /// The account with this id.
    async fn user(&self, id: UserId) -> Result<Option<User>, StoreError>;

    /// Every admin whose account is not disabled.
    async fn admins(&self) -> Result<Vec<UserId>, StoreError>;

    /// Every agent whose account is not disabled, in the order of their names without regard to case.
    async fn agents(&self) -> Result<Vec<User>, StoreError>;

    /// A page of accounts, in the order of their names without regard to case.
    async fn users(&self, query: &ListUsers) -> Result<UserPage, StoreError>;

    /// The agent to whom the tickets of a department are assigned; never one who is disabled.
    async fn department_agent(&self, department: Department) -> Result<Option<UserId>, StoreError>;

    /// A ticket with the version that the next write must name.
    async fn ticket(&self, id: TicketId) -> Result<Option<Versioned<Ticket>>, StoreError>;

    /// How the event with this id ended, when it was applied to the ticket before.
    async fn applied(&self, ticket: TicketId, event: &EventId) -> Result<Option<Outcome>, StoreError>;

    /// Writes a ticket, messages that come with its change, and the record of the event that changed it: all or
    /// nothing.
    async fn write_ticket(&self, write: TicketWrite) -> Result<TicketWritten, StoreError>;

    /// A page of tickets, newest first, with what the query's viewer has not read.
    async fn list_tickets(&self, query: &ListTickets) -> Result<TicketPage, StoreError>;

    /// Gives a message the next place in its ticket, and keeps it; the `seq` that it comes with does not count.
    /// The ticket must have this version. A ticket that is not in the store takes no messages: [`StoreError::Failed`].
    async fn append_message(&self, message: &Message, version: u64) -> Result<Appended, StoreError>;

    /// One message of a ticket.
    async fn message(&self, ticket: TicketId, id: MessageId) -> Result<Option<Message>, StoreError>;

    /// Messages of a ticket, oldest first.
    async fn messages(&self, ticket: TicketId, range: MessageRange, limit: u32) -> Result<MessagePage, StoreError>;

    /// The place of the last message of a ticket; 0 before the first.
    async fn last_seq(&self, ticket: TicketId) -> Result<u64, StoreError>;

    /// Keeps whether an answer of the bot helped, and gives the message as it is then; none when the ticket has no such
    /// message of the bot. Of two answers the one with the later `at` stays.
    async fn set_feedback(
        &self,
        ticket: TicketId,
        id: MessageId,
        feedback: Feedback,
        at: DateTime<Utc>,
    ) -> Result<Option<Message>, StoreError>;

    /// Keeps that a user has read a ticket's messages up to a place: at most the last, and never less than before.
    async fn mark_read(&self, ticket: TicketId, user: UserId, seq: u64) -> Result<(), StoreError>;

    /// The last message of a ticket that a user has read; 0 before the first. Who writes has read what is before.
    async fn last_read(&self, ticket: TicketId, user: UserId) -> Result<u64, StoreError>;

    /// An article.
    async fn article(&self, id: ArticleId) -> Result<Option<Article>, StoreError>;

    /// How the event with this id ended, when it was applied to the article before.
    async fn article_change(&self, article: ArticleId, event: &EventId) -> Result<Option<Outcome>, StoreError>;

    /// Writes an article and the record of the event that changed it: both or nothing.
    async fn write_article(&self, write: &ArticleWrite) -> Result<ArticleWritten, StoreError>;

    /// A page of articles, in the order of their ids.
    async fn articles(&self, query: &ListArticles) -> Result<ArticlePage, StoreError>;

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

/// What an account becomes.
#[derive(Clone, Debug)]
pub struct UserChange {
    /// Whether it is to be disabled; where it is left out, it stays as it is.
    pub disabled: Option<bool>,
    /// What the new password is checked against; where it is left out, the password stays.
    pub password_hash: Option<PasswordHash>,
    /// When it was asked for. Of two changes of one thing, the later one stays.
    pub at: DateTime<Utc>,
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
    /// What gets the next places in the ticket's conversation, in this order; the `seq` that they come with does not
    /// count.
    pub messages: Vec<Message>,
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
#[derive(Clone, Debug, PartialEq)]
pub enum TicketWritten {
    /// It is there, and these are its messages with their places.
    Written(Vec<Message>),
    /// The ticket has another version, or the event was applied before, or one of the messages is there already:
    /// nothing changed.
    Stale,
}

/// A conditional write of an article.
#[derive(Clone, Debug, PartialEq)]
pub struct ArticleWrite {
    /// The article that the record belongs to, whether or not it exists.
    pub article_id: ArticleId,
    /// The version that the article must have for it to change, 0 when it must not exist.
    pub expected: u64,
    /// The event that is applied; it must not be on record.
    pub event: EventId,
    /// How it ended. [`Outcome::ArticleChanged`] has the article as it is to be; any other keeps it as it is.
    pub outcome: Outcome,
    /// When it was applied.
    pub at: DateTime<Utc>,
}

impl ArticleWrite {
    /// The article as it is to be, where it changes.
    pub fn article(&self) -> Option<&Article> {
        match &self.outcome {
            Outcome::ArticleChanged { article } => Some(article),
            _ => None,
        }
    }
}

/// What became of a conditional write of an article.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ArticleWritten {
    /// It is there.
    Written,
    /// The article has another version, or the event was applied before: nothing changed.
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
    /// The message is new, and the ticket has another version: nothing changed.
    Stale,
}

impl Appended {
    /// What becomes of a message of which `kept` is there already.
    pub fn earlier(kept: Message, message: &Message) -> Self {
        if kept.content == message.content { Self::Same(kept) } else { Self::Conflict }
    }
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
