//! Tickets as every part of the desk sees them.

use std::fmt;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{TicketId, UserId, ai::Utterance};

/// Characters in a title at most.
pub const TITLE_MAX: usize = 200;
/// Characters in a description at most.
pub const DESCRIPTION_MAX: usize = 10_000;
/// Characters in the text given when a ticket is resolved at most.
pub const FEEDBACK_MAX: usize = 2_000;

macro_rules! words {
    ($name:ident { $($variant:ident = $word:literal),* $(,)? }) => {
        impl $name {
            /// Every value, in order.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// The word on the wire and in the store.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word),* }
            }

            /// The value that `word` names.
            pub fn parse(word: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|value| value.as_str() == word)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }
    };
}
pub(crate) use words;

/// How soon the requester needs help.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Urgency {
    /// It can wait.
    Low,
    /// It slows work down.
    Medium,
    /// It stops the requester's work.
    High,
    /// It stops many people's work.
    Critical,
}
words!(Urgency { Low = "low", Medium = "medium", High = "high", Critical = "critical" });

/// Where a ticket is in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// Waits for a person to take it: flagged, or its department has no agent.
    Open,
    /// With the agent of its department.
    Assigned,
    /// Done, said the requester or an agent.
    Resolved,
    /// Done for good, said an agent.
    Closed,
}
words!(Status { Open = "open", Assigned = "assigned", Resolved = "resolved", Closed = "closed" });

/// Who answers a ticket.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "UPPERCASE")]
pub enum Department {
    /// Machines, accounts, networks and programs.
    It,
    /// Pay, leave, contracts and people.
    Hr,
}
words!(Department { It = "IT", Hr = "HR" });

/// What a requester asked for, before it is a ticket.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct TicketDraft {
    /// The id that the ticket will have.
    pub id: TicketId,
    /// Who asks.
    pub user_id: UserId,
    /// One line.
    pub title: String,
    /// The whole story.
    pub description: String,
    /// How soon.
    pub urgency: Urgency,
    /// When the request was accepted.
    pub created_at: DateTime<Utc>,
    /// What was said with the bot before, oldest first: the ticket's first messages. At most 20.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub conversation: Vec<Utterance>,
}

/// A ticket.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Ticket {
    /// Sorts by time of creation.
    pub id: TicketId,
    /// The requester.
    pub user_id: UserId,
    /// At most 200 characters.
    pub title: String,
    /// At most 10,000 characters.
    pub description: String,
    /// How soon the requester needs help.
    pub urgency: Urgency,
    /// Where it is in its life.
    pub status: Status,
    /// None while it is flagged.
    pub department: Option<Department>,
    /// The agent who has it.
    pub assignee_id: Option<UserId>,
    /// Moderation held it to be harmful; an admin decides.
    pub misuse_flag: bool,
    /// What the requester said when it was resolved.
    pub feedback: Option<String>,
    /// 1 (poor) to 5 (very good).
    #[schema(minimum = 1, maximum = 5)]
    pub rating: Option<u8>,
    /// When the request was accepted.
    pub created_at: DateTime<Utc>,
    /// When anything last changed.
    pub updated_at: DateTime<Utc>,
    /// When it was resolved, if it is.
    pub resolved_at: Option<DateTime<Utc>>,
    /// When it was closed, if it is.
    pub closed_at: Option<DateTime<Utc>>,
}
