//! What is copied and compared: each piece is read from one store, and equal to what the other one makes of it.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use contracts::{
    Article, ArticleId, NotificationId, Outcome, Ticket, TicketId, User, UserId, account::PasswordHash,
    message::Message, notification::Notification, webhook::Delivery,
};

use crate::persistence::store::Versioned;

/// One thing that is copied as a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Piece {
    /// An account with its name and its password.
    Account(UserId),
    /// A ticket with all that is kept in its name.
    Ticket(TicketId),
    /// A notice.
    Notification(NotificationId),
    /// An article with the record of its changes.
    Article(ArticleId),
}

impl std::fmt::Display for Piece {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Account(id) => write!(f, "account {id}"),
            Self::Ticket(id) => write!(f, "ticket {id}"),
            Self::Notification(id) => write!(f, "notification {id}"),
            Self::Article(id) => write!(f, "article {id}"),
        }
    }
}

/// An account.
#[derive(Clone, Debug)]
pub struct Account {
    /// As it is now.
    pub user: User,
    /// What the password is checked against.
    pub password_hash: PasswordHash,
    /// When it was last asked to disable or enable it, if ever.
    pub disabled_at: Option<DateTime<Utc>>,
    /// When a new password was last asked for, if ever.
    pub password_hash_at: Option<DateTime<Utc>>,
}

/// All that is kept in a ticket's name. A ticket that never was may have changes that came to nothing.
#[derive(Clone, Debug, Default)]
pub struct TicketRows {
    /// The ticket itself.
    pub ticket: Option<Versioned<Ticket>>,
    /// How each event ended.
    pub changes: BTreeMap<String, Outcome>,
    /// The conversation, by place.
    pub messages: Vec<Message>,
    /// When it was last said, by a message's place, whether an answer helped. It is copied, and not compared: it cannot be
    /// read from every store.
    pub feedback_at: BTreeMap<u64, DateTime<Utc>>,
    /// How far people have read.
    pub read_marks: BTreeMap<UserId, u64>,
    /// The webhook calls, oldest first.
    pub deliveries: Vec<Delivery>,
}

impl TicketRows {
    /// The place of the last message; 0 before the first.
    pub fn last_seq(&self) -> u64 {
        self.messages.last().map_or(0, |message| message.seq)
    }

    /// The parts in which two differ.
    pub fn differences(&self, other: &Self) -> Vec<&'static str> {
        let same = [
            ("the ticket", self.ticket == other.ticket),
            ("its changes", self.changes == other.changes),
            ("its messages", self.messages == other.messages),
            ("its read marks", self.read_marks == other.read_marks),
            ("its webhook calls", self.deliveries == other.deliveries),
        ];
        same.into_iter().filter(|(_, same)| !same).map(|(part, _)| part).collect()
    }
}

/// An article with the record of its changes. One that never was may have changes that came to nothing.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ArticleRows {
    /// The article itself.
    pub article: Option<Article>,
    /// How each event ended.
    pub changes: BTreeMap<String, Outcome>,
}

/// A notice, with the precision of the times that every store keeps.
pub fn comparable(notification: Notification) -> Notification {
    let micros = |time: DateTime<Utc>| DateTime::from_timestamp_micros(time.timestamp_micros()).unwrap_or(time);
    Notification { read_at: notification.read_at.map(micros), ..notification }
}

/// How many rows of a kind there are; the same kinds in the same order, whatever the store.
pub type Counts = [u64; KINDS.len()];

/// The kinds of row that are counted.
pub const KINDS: [&str; 16] = [
    "accounts",
    "user names",
    "user names in the list",
    "agents and admins",
    "tickets",
    "changes of tickets",
    "messages",
    "tickets in lists of users",
    "tickets in lists of departments",
    "read marks",
    "webhook calls",
    "notifications",
    "unread notifications",
    "articles",
    "changes of articles",
    "articles in the list",
];
