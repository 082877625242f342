//! What failed for good.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A message that a pool gave up, as it lies among the dead letters.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct DeadLetter {
    /// The pool.
    pub pool: String,
    /// Why the last try failed.
    pub cause: String,
    /// How often it was tried.
    pub attempts: u32,
    /// When it was given up.
    pub failed_at: DateTime<Utc>,
    /// The stream that holds the original, and its place there.
    pub stream: String,
    /// See `stream`.
    pub sequence: u64,
    /// The original's subject.
    pub subject: String,
    /// The original's headers.
    pub headers: BTreeMap<String, String>,
    /// What the original said, secrets withheld; a text where it was no JSON.
    #[schema(value_type = Object)]
    pub payload: serde_json::Value,
}
