//! What moderation says of a text.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The verdict on one ticket.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Verdict {
    /// Whether an admin must look before anybody else does.
    pub is_harmful: bool,
    /// The kind of harm, `none` where there is none.
    pub category: String,
    /// For the admin who looks.
    pub reason: String,
    /// Which model decided, with its version.
    pub model: String,
    /// Why the configured model did not decide, when it is the local one that stood in for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fallback: Option<String>,
}
