//! Messages of a ticket's chat.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{MessageId, Role, TicketId, UserId};

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

/// A message in a ticket's chat.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Message {
    /// The message.
    pub id: MessageId,
    /// Its place in the ticket, from 1 without gaps.
    pub seq: u64,
    /// The ticket and room.
    pub ticket_id: TicketId,
    /// Who wrote it.
    pub sender_id: UserId,
    /// As what they wrote it.
    pub sender_role: Role,
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
