//! How a request that somebody waits for ended.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::{Article, Status, Ticket, User, message::Message};

/// The end of a request, kept a day under its [`RequestId`](crate::RequestId).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum Outcome {
    /// The ticket is in the store.
    TicketSaved {
        /// As it was saved.
        ticket: Ticket,
    },
    /// The requester has no slot left.
    TicketRejected {
        /// Tickets in any window.
        limit: u32,
        /// The window's length.
        window_seconds: u64,
        /// When the next slot is free.
        retry_at: DateTime<Utc>,
    },
    /// The ticket changed as asked.
    TicketChanged {
        /// As it is now.
        ticket: Ticket,
    },
    /// The ticket was in a state from which what was asked cannot be.
    TicketConflict {
        /// The state it was in.
        status: Status,
    },
    /// There is no such ticket for the one who asked.
    TicketNotFound,
    /// The ticket cannot be assigned so: the agent is not there, is disabled, or belongs to another department; or the
    /// department has no agent.
    AssigneeInvalid,
    /// The message changed as asked.
    MessageChanged {
        /// As it is now.
        message: Message,
    },
    /// There is no such message of the bot for the one who asked.
    MessageNotFound,
    /// The article was made, or changed as asked.
    ArticleChanged {
        /// As it is now.
        article: Article,
    },
    /// The article is already as asked.
    ArticleUnchanged {
        /// As it is.
        article: Article,
    },
    /// The article has another version than the one that was to be changed; or it was to be made, and is there.
    ArticleConflict {
        /// The version that it has.
        version: u64,
    },
    /// There is no such article.
    ArticleNotFound,
    /// The account changed as asked.
    UserChanged {
        /// As it is now.
        user: User,
    },
    /// There is no such account.
    UserNotFound,
    /// The account was made.
    UserCreated {
        /// The account.
        user: User,
    },
    /// Another account has the name.
    UsernameTaken,
    /// The notice is marked as read.
    NotificationRead,
    /// There is no such notice for the one who asked.
    NotificationNotFound,
    /// A worker gave up on the request; the cause is in the dead letters.
    Failed,
}
