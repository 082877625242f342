//! The parameters behind the question mark, and no others.

use axum::{extract::FromRequestParts, http::request::Parts};
use serde::de::DeserializeOwned;

use super::undecodable;
use crate::problem::Problem;

/// Parameters that decode.
pub(crate) struct Query<T>(pub(crate) T);

impl<T: DeserializeOwned, S: Sync> FromRequestParts<S> for Query<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Problem> {
        let pairs = form_urlencoded::parse(parts.uri.query().unwrap_or_default().as_bytes());
        let decoded = serde_path_to_error::deserialize(serde_urlencoded::Deserializer::new(pairs));
        decoded.map(Self).map_err(|error| undecodable(error.path(), &error.inner().to_string(), "query"))
    }
}

/// How many entries of a list `limit` asks for: from 1 to `max`, the default where it is left out.
pub(crate) fn page_limit(limit: Option<&str>, default: u32, max: u32) -> Result<u32, Problem> {
    let limit = limit.map_or(Ok(default), str::parse).ok().filter(|limit| (1..=max).contains(limit));
    limit.ok_or_else(|| Problem::invalid_field("limit", format!("must be a number from 1 to {max}")))
}
