//! Messages of a ticket's chat.

use std::fmt;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{MessageId, Role, TicketId, UserId, ticket::words};

/// Characters in a message at most.
pub const CONTENT_MAX: usize = 8_000;
/// Characters in a sender's own id for a message at most.
pub const CLIENT_MESSAGE_ID_MAX: usize = 128;

/// Whether an answer of the bot helped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Feedback {
    /// Nobody said.
    None,
    /// It did.
    Helpful,
    /// It did not.
    NotHelpful,
}

/// As what somebody speaks in a chat.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum SenderRole {
    /// A requester.
    User,
    /// An agent.
    Agent,
    /// An admin.
    Admin,
    /// The desk itself, which tells what happened to the ticket; and the bot.
    System,
}
words!(SenderRole { User = "user", Agent = "agent", Admin = "admin", System = "system" });

impl From<Role> for SenderRole {
    fn from(role: Role) -> Self {
        match role {
            Role::User => Self::User,
            Role::Agent => Self::Agent,
            Role::Admin => Self::Admin,
        }
    }
}

/// A message in a ticket's chat.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Message {
    /// The message.
    pub id: MessageId,
    /// Its place in the ticket, from 1 without gaps.
    pub seq: u64,
    /// The ticket and room.
    pub ticket_id: TicketId,
    /// Who wrote it; [`UserId::SYSTEM`] for the desk itself, [`UserId::BOT`] for the bot.
    pub sender_id: UserId,
    /// As what they wrote it.
    pub sender_role: SenderRole,
    /// At most 8,000 characters.
    pub content: String,
    /// Whether the bot wrote it.
    #[serde(rename = "isAI")]
    pub is_ai: bool,
    /// For the bot's messages, whether it helped.
    pub feedback: Feedback,
    /// When it was accepted.
    pub timestamp: DateTime<Utc>,
    /// The sender's own id for it, which makes a resend harmless.
    pub client_message_id: Option<String>,
}

impl MessageId {
    /// The id of the message that `sender` calls `client_message_id` in a ticket: a resend is the same message.
    pub fn of_client(ticket: TicketId, sender: UserId, client_message_id: &str) -> Self {
        Self::derived(&["message", &ticket.to_string(), &sender.to_string(), client_message_id])
    }
}

/// Why a message was not taken after it was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Refusal {
    /// The ticket is closed.
    TicketClosed,
    /// The sender used its `client_message_id` in this ticket for another content.
    ClientMessageIdReused,
    /// There is no such ticket for the sender, or no longer.
    TicketNotFound,
    /// A worker gave up on it; the cause is in the dead letters.
    Failed,
}
words!(Refusal {
    TicketClosed = "TICKET_CLOSED",
    ClientMessageIdReused = "CLIENT_MESSAGE_ID_REUSED",
    TicketNotFound = "TICKET_NOT_FOUND",
    Failed = "FAILED",
});
