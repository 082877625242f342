//! The `Idempotency-Key` of a request that is sent again.

use axum::http::HeaderMap;

use crate::problem::Problem;

const HEADER: &str = "idempotency-key";
/// Characters in a key at most.
const KEY_MAX: usize = 255;

/// The key, if there is one.
pub(crate) fn idempotency_key(headers: &HeaderMap) -> Result<Option<&str>, Problem> {
    let mut values = headers.get_all(HEADER).iter();
    let Some(value) = values.next() else { return Ok(None) };
    let key = value.to_str().ok().filter(|key| (1..=KEY_MAX).contains(&key.len()) && values.next().is_none());
    let detail = "must be there once and have 1 to 255 visible characters";
    key.map(Some).ok_or_else(|| Problem::invalid_field("Idempotency-Key", detail))
}
