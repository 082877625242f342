//! Calls to other systems.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{Ticket, TicketId, message::Message};

/// The events that are told to other systems; the word is the last part of the address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Hook {
    /// A ticket is in the store.
    OnTicketCreated,
    /// A ticket was resolved.
    OnTicketResolved,
    /// Somebody's message is in the store.
    OnMessageSent,
}

impl Hook {
    /// The last part of the address that is called.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::OnTicketCreated => "on_ticket_created",
            Self::OnTicketResolved => "on_ticket_resolved",
            Self::OnMessageSent => "on_message_sent",
        }
    }
}

/// The body of a call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Call {
    /// What happened.
    #[serde(rename = "type")]
    pub hook: Hook,
    /// When it happened.
    pub timestamp: DateTime<Utc>,
    /// The ticket or the message as it was then.
    pub data: Told,
}

/// What a call tells of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(untagged)]
pub enum Told {
    /// For the hooks of tickets.
    Ticket(Ticket),
    /// For the hooks of messages.
    Message(Message),
}

impl Told {
    /// The ticket that it is about.
    pub fn ticket_id(&self) -> TicketId {
        match self {
            Self::Ticket(ticket) => ticket.id,
            Self::Message(message) => message.ticket_id,
        }
    }
}

/// The record of a call that was answered, or given up.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Delivery {
    /// The `webhook-id`: the same for every try.
    pub id: Uuid,
    /// What was told.
    pub hook: Hook,
    /// The ticket it was about.
    pub ticket_id: TicketId,
    /// Where it was sent, without credentials.
    pub url: String,
    /// Tries so far, the last one included.
    pub attempts: u32,
    /// The receiver's status code, when it answered.
    pub status: Option<u16>,
    /// Why it failed, when it did.
    pub error: Option<String>,
    /// When the last try ended.
    pub at: DateTime<Utc>,
}
