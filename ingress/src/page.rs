//! The page, from the binary: what `npm run build` in `ingress/web` made of it.

mod file;

use std::borrow::Cow;

use axum::{
    Router,
    extract::Path,
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
    routing::get,
};

use self::file::{Keep, file, plain_names};
use crate::{middleware::not_found, problem::Problem};

const INDEX: &str = "index.html";
/// Nothing but what ingress itself serves is loaded, run, called or framed.
const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
     connect-src 'self'; font-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";
/// What the page never uses.
const PERMISSIONS_POLICY: &str = "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()";

/// The page at `/` and under `/app`, and its files.
pub(crate) fn routes<S: Clone + Send + Sync + 'static>() -> Router<S> {
    let mut router = Router::new().route("/assets/{*path}", get(asset));
    for path in ["/", "/app", "/app/", "/app/{*path}"] {
        router = router.route(path, get(index));
    }
    for name in plain_names().filter(|name| name != INDEX) {
        let path = format!("/{name}");
        router = router.route(&path, get(|headers| found(name, Keep::AskEachTime, headers)));
    }
    router
}

async fn index(headers: HeaderMap) -> Response {
    let Some(mut page) = file(INDEX, Keep::AskEachTime, &headers) else { return not_built().into_response() };
    for (name, value) in [
        (header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY),
        (HeaderName::from_static("permissions-policy"), PERMISSIONS_POLICY),
        (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    ] {
        page.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    page
}

async fn asset(Path(path): Path<String>, headers: HeaderMap) -> Result<Response, Problem> {
    found(format!("assets/{path}").into(), Keep::ForAYear, headers).await
}

async fn found(name: Cow<'static, str>, keep: Keep, headers: HeaderMap) -> Result<Response, Problem> {
    match file(&name, keep, &headers) {
        Some(file) => Ok(file),
        None => Err(not_found().await),
    }
}

fn not_built() -> Problem {
    let detail =
        "This ingress was built without the page. Run `npm ci && npm run build` in ingress/web and build it again.";
    Problem::new(StatusCode::NOT_FOUND, "PAGE_NOT_BUILT", detail)
}
