//! How many tickets a person may raise.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A person's quota at a moment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Quota {
    /// Tickets in any window.
    pub limit: u32,
    /// Tickets in the window that ends now.
    pub used: u32,
    /// The window's length.
    pub window_seconds: u64,
    /// When the next slot is free; none while one is free now.
    pub next_slot_at: Option<DateTime<Utc>>,
}
