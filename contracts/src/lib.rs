//! What is said on the wire, and nothing else: ids, events, subjects, streams and
//! consumers as data, queries and their replies.
//!
//! Subjects, stream names and consumer names are built in this crate alone.

pub mod account;
pub mod ai;
pub mod article;
pub mod asyncapi;
pub mod chat;
pub mod clock;
pub mod consumer;
pub mod dead_letter;
pub mod event;
pub mod id;
pub mod message;
pub mod moderation;
pub mod notification;
pub mod outcome;
pub mod query;
pub mod quota;
pub mod stream;
pub mod streamed;
pub mod subject;
pub mod text;
pub mod ticket;
pub mod trace;
pub mod webhook;

pub use account::{Actor, Role, User};
pub use article::{Article, ArticleDraft, Audience};
pub use event::{Envelope, Event, EventId, Kind};
pub use id::{ArticleId, BotSessionId, MessageId, NotificationId, RequestId, SessionId, TicketId, UserId};
pub use outcome::Outcome;
pub use ticket::{Department, Status, Ticket, TicketDraft, Urgency};
