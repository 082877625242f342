//! What happens to every request and answer.

use axum::{
    extract::Request,
    http::{HeaderValue, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use contracts::trace::TraceParent;
use tracing::Instrument;

use crate::problem::Problem;

const TRACE_PARENT: &str = "traceparent";
/// Nothing here is a page: nothing may be loaded, framed or sent from it.
const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

/// Puts the request into its trace and tells the caller which one it is; logs how it was answered.
pub(crate) async fn trace(mut request: Request, next: Next) -> Response {
    let given = request.headers().get(TRACE_PARENT).and_then(|value| value.to_str().ok()?.parse().ok());
    let trace = given.map_or_else(TraceParent::start, TraceParent::child);
    request.extensions_mut().insert(trace);
    let span = tracing::info_span!("request", method = %request.method(), path = ?request.uri().path(), trace = trace.trace_id());
    async move {
        let started = std::time::Instant::now();
        let mut response = next.run(request).await;
        let status = response.status();
        let milliseconds = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
        if status.is_server_error() {
            tracing::warn!(status = status.as_u16(), milliseconds, "answered");
        } else {
            tracing::debug!(status = status.as_u16(), milliseconds, "answered");
        }
        if let Ok(value) = HeaderValue::from_str(&trace.to_string()) {
            response.headers_mut().insert(TRACE_PARENT, value);
        }
        response
    }
    .instrument(span)
    .await
}

/// The headers that keep a browser from making more of an answer than it is.
pub(crate) async fn harden(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    let policy = HeaderValue::from_static(CONTENT_SECURITY_POLICY);
    headers.entry(header::CONTENT_SECURITY_POLICY).or_insert(policy);
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response
}

/// A handler that panics fails its request alone.
#[allow(clippy::needless_pass_by_value, reason = "the signature is the layer's")]
pub(crate) fn panicked(panic: Box<dyn std::any::Any + Send>) -> Response {
    let text = panic.downcast_ref::<&str>().copied().or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    tracing::error!(panic = text.unwrap_or("no text"), "a handler panicked");
    Problem::internal().into_response()
}

/// Nobody can be served yet.
pub(crate) async fn not_yet_there() -> Problem {
    let detail = "The desk is starting. Try again in a moment.";
    Problem::new(StatusCode::SERVICE_UNAVAILABLE, "UNAVAILABLE", detail).retry_after(2)
}

/// No handler has this path.
pub(crate) async fn not_found() -> Problem {
    Problem::new(StatusCode::NOT_FOUND, "NOT_FOUND", "There is nothing at this address.")
}

/// A handler has this path, but not for this method.
pub(crate) async fn method_not_allowed() -> Problem {
    Problem::new(StatusCode::METHOD_NOT_ALLOWED, "METHOD_NOT_ALLOWED", "This address does not take this method.")
}

#[cfg(test)]
mod tests {
    use axum::{Router, body::Body, routing::get};
    use tower::ServiceExt;
    use tower_http::catch_panic::CatchPanicLayer;

    use super::*;

    #[tokio::test]
    async fn a_panic_is_an_opaque_problem() {
        async fn fail() -> StatusCode {
            panic!("the password is swordfish")
        }
        let router: Router = Router::new().route("/", get(fail)).layer(CatchPanicLayer::custom(panicked));
        for _ in 0..2 {
            let response = router.clone().oneshot(Request::new(Body::empty())).await.unwrap();
            assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
            assert_eq!(response.headers()[header::CONTENT_TYPE], "application/problem+json");
            let body = axum::body::to_bytes(response.into_body(), 4_096).await.unwrap();
            assert!(!String::from_utf8_lossy(&body).contains("swordfish"));
        }
    }
}
