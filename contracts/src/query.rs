//! Questions to the pool that owns the data, as one request and one reply over NATS.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use utoipa::ToSchema;

use crate::{
    Actor, Article, ArticleId, Department, MessageId, Status, Ticket, TicketId, UserId, consumer::Pool,
    message::Message, notification::Notification, quota::Quota,
};

/// A question.
pub trait Query: Serialize + DeserializeOwned + Send + Sync + 'static {
    /// Where it is asked.
    const SUBJECT: &'static str;
    /// The pool that answers.
    const POOL: Pool;
    /// The answer.
    type Reply: Serialize + DeserializeOwned + Send + 'static;
}

/// What comes back: an answer, or word that the pool could not give one.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reply<T> {
    /// The answer.
    Ok(T),
    /// The question does not decode: asker and answerer are of different versions.
    Malformed,
    /// The pool cannot reach its data now.
    Unavailable,
}

macro_rules! query {
    ($name:ident, $subject:literal, $pool:ident => $reply:ty) => {
        impl $crate::query::Query for $name {
            const SUBJECT: &'static str = $subject;
            const POOL: $crate::consumer::Pool = $crate::consumer::Pool::$pool;
            type Reply = $reply;
        }
    };
}
pub(crate) use query;

mod account;

pub use account::{
    Credentials, FindCredentials, GetUser, GetUsers, ListAdmins, ListAgents, ListUsers, USERS_MAX, UserPage,
};

/// Whether the store answers.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct CheckStore {}
query!(CheckStore, "query.store.check", Persistence => ());

/// A ticket with the start of its conversation; nothing when `viewer` may not see it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct GetTicket {
    /// The ticket.
    pub ticket_id: TicketId,
    /// Who looks.
    pub viewer: Actor,
}
query!(GetTicket, "query.ticket.get", Persistence => Option<TicketDetail>);

/// A ticket with the start of its conversation.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct TicketDetail {
    /// The ticket.
    pub ticket: Ticket,
    /// The newest messages, oldest first.
    pub messages: Vec<Message>,
    /// Whether there are older messages.
    pub has_more: bool,
    /// The last message that `viewer` has read; 0 before the first.
    pub last_read_seq: u64,
    /// How far the others who take part have read: the requester, who has the ticket, and who wrote these messages.
    pub read_by: Vec<ReadMark>,
}

/// How far somebody has read a conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ReadMark {
    /// Who.
    pub user_id: UserId,
    /// The last message that they have read.
    pub seq: u64,
}

/// Which messages of a ticket.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MessageRange {
    /// The newest.
    Newest,
    /// The newest of those before a place.
    Before(u64),
    /// The oldest of those after a place.
    After(u64),
}

/// Messages of a ticket; nothing when `viewer` may not see it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ListMessages {
    /// The ticket.
    pub ticket_id: TicketId,
    /// Who looks.
    pub viewer: Actor,
    /// Which of them.
    pub range: MessageRange,
    /// How many.
    pub limit: u32,
}
query!(ListMessages, "query.message.list", Persistence => Option<MessagePage>);

/// A page of messages.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MessagePage {
    /// Oldest first.
    pub items: Vec<Message>,
    /// Whether the range goes on beyond the page.
    pub has_more: bool,
}

/// One message of a ticket. The asker answers for its right to see it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct GetMessage {
    /// The ticket.
    pub ticket_id: TicketId,
    /// The message.
    pub message_id: MessageId,
}
query!(GetMessage, "query.message.get", Persistence => Option<Message>);

/// A ticket and what was said in it after a message. The asker answers for its right to see it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct GetRoom {
    /// The ticket.
    pub ticket_id: TicketId,
    /// The last message that the asker has.
    pub after_seq: u64,
    /// How many messages at most.
    pub limit: u32,
}
query!(GetRoom, "query.room.get", Persistence => Option<Room>);

/// A ticket and what was said in it after a message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Room {
    /// The ticket as it is now.
    pub ticket: Ticket,
    /// The last message of the ticket; 0 before the first.
    pub last_seq: u64,
    /// Oldest first.
    pub messages: Vec<Message>,
    /// Whether there are more messages after these.
    pub has_more: bool,
}

/// Whose tickets are listed. Each is one partition of a wide-column store.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TicketScope {
    /// Those that a user raised.
    RaisedBy(UserId),
    /// Those of a department.
    Department(Department),
    /// All.
    All,
}

/// What is left out of a list.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TicketFilter {
    /// Only tickets of this user.
    pub user_id: Option<UserId>,
    /// Only tickets in this state.
    pub status: Option<Status>,
    /// Only tickets of this department.
    pub department: Option<Department>,
    /// Only tickets whose title or description holds this text, without regard to case.
    pub text: Option<String>,
}

/// Where a page starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TicketPosition {
    /// After this many tickets, at most [`OFFSET_MAX`].
    Skip(u32),
    /// Behind this ticket.
    After(TicketId),
}

/// Pages by number reach this far; past it they go by cursor.
pub const OFFSET_MAX: u32 = 1_000;
/// Totals are exact up to this many.
pub const TOTAL_MAX: u64 = 1_000;

/// A page of tickets, newest first.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ListTickets {
    /// Who looks: unread messages are counted for them.
    pub viewer: UserId,
    /// Whose.
    pub scope: TicketScope,
    /// Which of them.
    pub filter: TicketFilter,
    /// From where.
    pub position: TicketPosition,
    /// How many.
    pub limit: u32,
}
query!(ListTickets, "query.ticket.list", Persistence => TicketPage);

/// A page of tickets.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TicketPage {
    /// Newest first.
    pub items: Vec<TicketItem>,
    /// How many the whole list has, counted to [`TOTAL_MAX`].
    pub total: u64,
    /// Whether the list has more than [`TOTAL_MAX`].
    pub total_capped: bool,
    /// Whether tickets follow this page.
    pub has_more: bool,
}

/// A ticket in a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct TicketItem {
    /// The ticket.
    #[serde(flatten)]
    pub ticket: Ticket,
    /// The last message of its chat; 0 before the first.
    pub last_seq: u64,
    /// Messages after the last one that the viewer has read.
    pub unread: u64,
}

/// Whose articles are listed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ArticleScope {
    /// Those that a person may see.
    VisibleTo(Actor),
    /// All that are published, whatever their audience: for whoever makes an index of them anew.
    Published,
    /// All.
    All,
}

impl ArticleScope {
    /// Whether an article is in the list.
    pub fn holds(&self, article: &Article) -> bool {
        match self {
            Self::VisibleTo(person) => article.is_visible_to(person),
            Self::Published => article.published,
            Self::All => true,
        }
    }
}

/// An article. The asker answers for its right to see it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct GetArticle {
    /// The article.
    pub article_id: ArticleId,
}
query!(GetArticle, "query.article.get", Persistence => Option<Article>);

/// Articles at most in one page: as long as can be, they fit into one message of the broker.
pub const ARTICLES_MAX: u32 = 100;

/// A page of articles in the order of their ids. One who has the last page has each article that was there all along.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ListArticles {
    /// Which.
    pub scope: ArticleScope,
    /// Behind this article; where it is left out, from the first.
    pub after: Option<ArticleId>,
    /// How many, at most [`ARTICLES_MAX`].
    pub limit: u32,
}
query!(ListArticles, "query.article.list", Persistence => ArticlePage);

/// A page of articles.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ArticlePage {
    /// In the order of their ids.
    pub items: Vec<Article>,
    /// Whether articles follow this page.
    pub has_more: bool,
}

/// A user's notices, newest first.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ListNotifications {
    /// Whose.
    pub user_id: UserId,
    /// Only those older than this.
    pub before: Option<DateTime<Utc>>,
    /// How many.
    pub limit: u32,
}
query!(ListNotifications, "query.notification.list", Persistence => NotificationPage);

/// A page of notices.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NotificationPage {
    /// Newest first.
    pub items: Vec<Notification>,
    /// How many of the user's notices are not read, counted to [`TOTAL_MAX`].
    pub unread: u64,
}

/// A user's quota.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct GetQuota {
    /// Whose.
    pub user_id: UserId,
}
query!(GetQuota, "query.quota.get", Ratelimit => Quota);
