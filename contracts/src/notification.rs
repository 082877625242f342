//! Notices inside the product.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{NotificationId, TicketId, UserId};

/// What a notice is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Topic {
    /// Moderation flagged a ticket.
    TicketFlagged,
}

/// A notice to one person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Notification {
    /// The same for a repeated step.
    pub id: NotificationId,
    /// Who is told.
    pub user_id: UserId,
    /// What it is about.
    pub topic: Topic,
    /// The ticket in question.
    pub ticket_id: TicketId,
    /// One line to show.
    pub text: String,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When its reader marked it as read.
    pub read_at: Option<DateTime<Utc>>,
}
