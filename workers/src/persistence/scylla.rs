//! The store in a cluster of ScyllaDB, or of Apache Cassandra.
//!
//! All that must change together with a ticket is in its partition, and changes in one conditional batch. The lists follow
//! it: rows that are written after the ticket and before the event is acknowledged, so that the event's redelivery
//! writes them when a crash came between. Everything else is written so that the order of arrival makes no
//! difference: a cell's timestamp is the version, the place, the time of the request.

mod accounts;
mod articles;
mod connection;
mod db;
mod deliveries;
mod error;
mod lists;
mod messages;
mod notifications;
mod partition;
mod read_marks;
mod rows;
mod schema;
mod seen;
mod statements;
mod target;
mod tickets;
mod turns;

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
use platform::config::Store as Config;

use self::connection::Link;
pub use self::target::Target;
use super::store::{
    Appended, ArticleWrite, ArticleWritten, Store, StoreError, TicketWrite, TicketWritten, UserChange, UserCreation,
    Versioned,
};

/// A store in a cluster. What is under way when it is dropped goes on or not.
pub struct ScyllaStore {
    link: Link,
}

impl ScyllaStore {
    /// Opens the keyspace that the configuration names, makes it if there is none, and brings its tables up to date.
    /// When the cluster is away, the store is unavailable until it is there; when it refuses the login or its tables are of a
    /// later version, there is no store.
    pub async fn open(config: &Config) -> Result<Self, StoreError> {
        Ok(Self { link: Link::open(config).await? })
    }
}

#[async_trait]
impl Store for ScyllaStore {
    async fn check(&self) -> Result<(), StoreError> {
        accounts::check(self.link.db()?).await
    }

    async fn create_user(&self, user: &User, password_hash: &PasswordHash) -> Result<UserCreation, StoreError> {
        accounts::create(self.link.db()?, user, password_hash).await
    }

    async fn change_user(&self, id: UserId, change: &UserChange) -> Result<Option<User>, StoreError> {
        accounts::change(self.link.db()?, id, change).await
    }

    async fn credentials(&self, username: &str) -> Result<Option<Credentials>, StoreError> {
        accounts::credentials(self.link.db()?, username).await
    }

    async fn user(&self, id: UserId) -> Result<Option<User>, StoreError> {
        accounts::get(self.link.db()?, id).await
    }

    async fn admins(&self) -> Result<Vec<UserId>, StoreError> {
        accounts::admins(self.link.db()?).await
    }

    async fn agents(&self) -> Result<Vec<User>, StoreError> {
        accounts::agents(self.link.db()?).await
    }

    async fn users(&self, query: &ListUsers) -> Result<UserPage, StoreError> {
        accounts::page(self.link.db()?, query).await
    }

    async fn department_agent(&self, department: Department) -> Result<Option<UserId>, StoreError> {
        accounts::department_agent(self.link.db()?, department).await
    }

    async fn ticket(&self, id: TicketId) -> Result<Option<Versioned<Ticket>>, StoreError> {
        tickets::get(self.link.db()?, id).await
    }

    async fn applied(&self, ticket: TicketId, event: &EventId) -> Result<Option<Outcome>, StoreError> {
        tickets::applied(self.link.db()?, ticket, event).await
    }

    async fn write_ticket(&self, write: TicketWrite) -> Result<TicketWritten, StoreError> {
        tickets::write(self.link.db()?, &write).await
    }

    async fn list_tickets(&self, query: &ListTickets) -> Result<TicketPage, StoreError> {
        lists::list(self.link.db()?, query).await
    }

    async fn append_message(&self, message: &Message, version: u64) -> Result<Appended, StoreError> {
        messages::append(self.link.db()?, message, version).await
    }

    async fn message(&self, ticket: TicketId, id: MessageId) -> Result<Option<Message>, StoreError> {
        messages::get(self.link.db()?, ticket, id).await
    }

    async fn messages(&self, ticket: TicketId, range: MessageRange, limit: u32) -> Result<MessagePage, StoreError> {
        messages::page(self.link.db()?, ticket, range, limit).await
    }

    async fn last_seq(&self, ticket: TicketId) -> Result<u64, StoreError> {
        messages::last_seq(self.link.db()?, ticket).await
    }

    async fn set_feedback(
        &self,
        ticket: TicketId,
        id: MessageId,
        feedback: Feedback,
        at: DateTime<Utc>,
    ) -> Result<Option<Message>, StoreError> {
        messages::set_feedback(self.link.db()?, ticket, id, feedback, at).await
    }

    async fn mark_read(&self, ticket: TicketId, user: UserId, seq: u64) -> Result<(), StoreError> {
        read_marks::mark(self.link.db()?, ticket, user, seq).await
    }

    async fn last_read(&self, ticket: TicketId, user: UserId) -> Result<u64, StoreError> {
        read_marks::last(self.link.db()?, ticket, user).await
    }

    async fn article(&self, id: ArticleId) -> Result<Option<Article>, StoreError> {
        articles::get(self.link.db()?, id).await
    }

    async fn article_change(&self, article: ArticleId, event: &EventId) -> Result<Option<Outcome>, StoreError> {
        articles::change(self.link.db()?, article, event).await
    }

    async fn write_article(&self, write: &ArticleWrite) -> Result<ArticleWritten, StoreError> {
        articles::write(self.link.db()?, write).await
    }

    async fn articles(&self, query: &ListArticles) -> Result<ArticlePage, StoreError> {
        articles::page(self.link.db()?, query).await
    }

    async fn add_notification(&self, notification: &Notification) -> Result<(), StoreError> {
        notifications::add(self.link.db()?, notification).await
    }

    async fn read_notification(&self, user: UserId, id: NotificationId, at: DateTime<Utc>) -> Result<bool, StoreError> {
        notifications::read(self.link.db()?, user, id, at).await
    }

    async fn notifications(&self, query: &ListNotifications) -> Result<NotificationPage, StoreError> {
        notifications::page(self.link.db()?, query).await
    }

    async fn record_delivery(&self, delivery: &Delivery) -> Result<(), StoreError> {
        deliveries::record(self.link.db()?, delivery).await
    }

    async fn deliveries(&self, ticket: TicketId) -> Result<Vec<Delivery>, StoreError> {
        deliveries::of_ticket(self.link.db()?, ticket).await
    }
}
