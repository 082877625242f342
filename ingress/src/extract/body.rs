//! A request's body, whole.

use std::time::Duration;

use axum::{
    extract::{FromRequest, Request},
    http::StatusCode,
};
use futures::StreamExt;

use crate::problem::Problem;

/// Bytes of a body: a description of 10,000 characters fits, however it is escaped.
const MAX: usize = 160 * 1024;
/// Bytes of a body that are read and thrown away when it is too large: a connection closed under a sender that is
/// still sending would be reset, and the answer with it.
const DISCARDED_MAX: usize = 2 << 20;
/// How long a body may take to arrive.
const TIME: Duration = Duration::from_secs(15);

/// A body that was neither too large nor too slow.
pub(crate) struct Body(pub(crate) Vec<u8>);

impl<S: Sync> FromRequest<S> for Body {
    type Rejection = Problem;

    async fn from_request(request: Request, _state: &S) -> Result<Self, Problem> {
        let body = tokio::time::timeout(TIME, read(request)).await;
        body.unwrap_or_else(|_| {
            Err(Problem::new(StatusCode::REQUEST_TIMEOUT, "BODY_TOO_SLOW", "The body took too long to arrive."))
        })
    }
}

async fn read(request: Request) -> Result<Body, Problem> {
    let mut chunks = request.into_body().into_data_stream();
    let (mut body, mut size) = (Vec::new(), 0);
    while let Some(chunk) = chunks.next().await {
        let chunk =
            chunk.map_err(|_| Problem::new(StatusCode::BAD_REQUEST, "BODY_UNREADABLE", "The body broke off."))?;
        size += chunk.len();
        if size > DISCARDED_MAX {
            break;
        }
        if size <= MAX {
            body.extend_from_slice(&chunk);
        }
    }
    if size > MAX {
        return Err(Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "BODY_TOO_LARGE", "The body is too large."));
    }
    Ok(Body(body))
}
