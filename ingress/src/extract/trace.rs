//! The trace that a request belongs to.

use std::convert::Infallible;

use axum::{extract::FromRequestParts, http::request::Parts};
use contracts::trace::TraceParent;

/// The caller's trace, or a new one.
pub(crate) struct Trace(pub(crate) TraceParent);

impl<S: Sync> FromRequestParts<S> for Trace {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Infallible> {
        Ok(Self(parts.extensions.get().copied().unwrap_or_else(TraceParent::start)))
    }
}
