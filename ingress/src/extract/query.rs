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
