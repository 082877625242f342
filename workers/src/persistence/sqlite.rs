//! The store in one `SQLite` file, for one machine. Several processes may have the file open.

mod accounts;
mod articles;
mod connection;
mod deliveries;
mod error;
mod instant;
mod lists;
mod messages;
mod notifications;
mod read_marks;
mod reader;
mod rows;
mod source;
mod thread;
mod tickets;
mod writer;

use std::path::{Path, PathBuf};

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
use rusqlite::Connection;

use self::{
    error::{OpenError, in_file},
    reader::Readers,
    writer::Writer,
};
pub use self::{
    instant::{Held, Instant},
    source::Source,
};
use super::store::{
    Appended, ArticleWrite, ArticleWritten, Store, StoreError, TicketWrite, TicketWritten, UserChange, UserCreation,
    Versioned,
};

/// Threads that read.
const READERS: usize = 4;

/// A store in a file. Its threads end when it is dropped.
pub struct SqliteStore {
    // The readers go first: the last connection to close folds the log into the file, which one that only reads cannot.
    readers: Readers,
    writer: Writer,
    /// Errors name it.
    path: PathBuf,
}

impl SqliteStore {
    /// Opens the file, makes it and its folder if there is none, and brings its tables up to date.
    /// Blocks the thread while it does.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        Self::start(path).map_err(|error| in_file(path, error.into()))
    }

    fn start(path: &Path) -> Result<Self, OpenError> {
        let writer = Writer::start(connection::for_writing(path)?)?;
        let connections = (0..READERS).map(|_| connection::for_reading(path)).collect::<Result<_, _>>()?;
        Ok(Self { readers: Readers::start(connections)?, writer, path: path.to_owned() })
    }

    async fn read<T, R>(&self, read: R) -> Result<T, StoreError>
    where
        T: Send + 'static,
        R: FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
    {
        self.readers.run(read).await.map_err(|error| in_file(&self.path, error))
    }

    async fn write<T, W>(&self, write: W) -> Result<T, StoreError>
    where
        T: Send + 'static,
        W: FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
    {
        self.writer.run(write).await.map_err(|error| in_file(&self.path, error))
    }
}

#[async_trait]
impl Store for SqliteStore {
    async fn check(&self) -> Result<(), StoreError> {
        self.read(accounts::check).await
    }

    async fn create_user(&self, user: &User, password_hash: &PasswordHash) -> Result<UserCreation, StoreError> {
        let (user, password_hash) = (user.clone(), password_hash.clone());
        self.write(move |db| accounts::create(db, &user, &password_hash)).await
    }

    async fn change_user(&self, id: UserId, change: &UserChange) -> Result<Option<User>, StoreError> {
        let change = change.clone();
        self.write(move |db| accounts::change(db, id, &change)).await
    }

    async fn credentials(&self, username: &str) -> Result<Option<Credentials>, StoreError> {
        let username = username.to_owned();
        self.read(move |db| accounts::credentials(db, &username)).await
    }

    async fn user(&self, id: UserId) -> Result<Option<User>, StoreError> {
        self.read(move |db| accounts::get(db, id)).await
    }

    async fn admins(&self) -> Result<Vec<UserId>, StoreError> {
        self.read(accounts::admins).await
    }

    async fn agents(&self) -> Result<Vec<User>, StoreError> {
        self.read(accounts::agents).await
    }

    async fn users(&self, query: &ListUsers) -> Result<UserPage, StoreError> {
        let query = query.clone();
        self.read(move |db| accounts::page(db, &query)).await
    }

    async fn department_agent(&self, department: Department) -> Result<Option<UserId>, StoreError> {
        self.read(move |db| accounts::department_agent(db, department)).await
    }

    async fn ticket(&self, id: TicketId) -> Result<Option<Versioned<Ticket>>, StoreError> {
        self.read(move |db| tickets::get(db, id)).await
    }

    async fn applied(&self, ticket: TicketId, event: &EventId) -> Result<Option<Outcome>, StoreError> {
        let event = event.clone();
        self.read(move |db| tickets::applied(db, ticket, &event)).await
    }

    async fn write_ticket(&self, write: TicketWrite) -> Result<TicketWritten, StoreError> {
        self.write(move |db| tickets::write(db, &write)).await
    }

    async fn list_tickets(&self, query: &ListTickets) -> Result<TicketPage, StoreError> {
        let query = query.clone();
        self.read(move |db| lists::list(db, &query)).await
    }

    async fn append_message(&self, message: &Message, version: u64) -> Result<Appended, StoreError> {
        let message = message.clone();
        self.write(move |db| messages::append(db, &message, version)).await
    }

    async fn message(&self, ticket: TicketId, id: MessageId) -> Result<Option<Message>, StoreError> {
        self.read(move |db| messages::get(db, ticket, id)).await
    }

    async fn messages(&self, ticket: TicketId, range: MessageRange, limit: u32) -> Result<MessagePage, StoreError> {
        self.read(move |db| messages::page(db, ticket, range, limit)).await
    }

    async fn last_seq(&self, ticket: TicketId) -> Result<u64, StoreError> {
        self.read(move |db| messages::last_seq(db, ticket)).await
    }

    async fn set_feedback(
        &self,
        ticket: TicketId,
        id: MessageId,
        feedback: Feedback,
        at: DateTime<Utc>,
    ) -> Result<Option<Message>, StoreError> {
        self.write(move |db| messages::set_feedback(db, ticket, id, feedback, at)).await
    }

    async fn mark_read(&self, ticket: TicketId, user: UserId, seq: u64) -> Result<(), StoreError> {
        self.write(move |db| read_marks::mark(db, ticket, user, seq)).await
    }

    async fn last_read(&self, ticket: TicketId, user: UserId) -> Result<u64, StoreError> {
        self.read(move |db| read_marks::last(db, ticket, user)).await
    }

    async fn article(&self, id: ArticleId) -> Result<Option<Article>, StoreError> {
        self.read(move |db| articles::get(db, id)).await
    }

    async fn article_change(&self, article: ArticleId, event: &EventId) -> Result<Option<Outcome>, StoreError> {
        let event = event.clone();
        self.read(move |db| articles::change(db, article, &event)).await
    }

    async fn write_article(&self, write: &ArticleWrite) -> Result<ArticleWritten, StoreError> {
        let write = write.clone();
        self.write(move |db| articles::write(db, &write)).await
    }

    async fn articles(&self, query: &ListArticles) -> Result<ArticlePage, StoreError> {
        let query = query.clone();
        self.read(move |db| articles::page(db, &query)).await
    }

    async fn add_notification(&self, notification: &Notification) -> Result<(), StoreError> {
        let notification = notification.clone();
        self.write(move |db| notifications::add(db, &notification)).await
    }

    async fn read_notification(&self, user: UserId, id: NotificationId, at: DateTime<Utc>) -> Result<bool, StoreError> {
        self.write(move |db| notifications::read(db, user, id, at)).await
    }

    async fn notifications(&self, query: &ListNotifications) -> Result<NotificationPage, StoreError> {
        let query = query.clone();
        self.read(move |db| notifications::page(db, &query)).await
    }

    async fn record_delivery(&self, delivery: &Delivery) -> Result<(), StoreError> {
        let delivery = delivery.clone();
        self.write(move |db| deliveries::record(db, &delivery)).await
    }

    async fn deliveries(&self, ticket: TicketId) -> Result<Vec<Delivery>, StoreError> {
        self.read(move |db| deliveries::of_ticket(db, ticket)).await
    }
}
