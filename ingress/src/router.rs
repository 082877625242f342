//! Every route.

mod common;

use std::sync::{Arc, OnceLock};

use axum::{
    Json, Router,
    middleware::from_fn,
    routing::{get, post},
};
use platform::broker::Broker;
use tower_http::catch_panic::CatchPanicLayer;
use utoipa::{
    Modify, OpenApi,
    openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme},
};
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{api, chat, internal as internal_api, middleware, page, state::State};

#[derive(OpenApi)]
#[openapi(
    info(title = "Deskwire", description = "The internal service desk. Errors are RFC 9457 problem details."),
    modifiers(&Bearer)
)]
struct Document;

struct Bearer;

impl Modify for Bearer {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        let scheme = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).bearer_format("JWT").build();
        let components = document.components.get_or_insert_default();
        components.add_security_scheme("bearer", SecurityScheme::Http(scheme));
    }
}

fn routes() -> OpenApiRouter<State> {
    OpenApiRouter::with_openapi(Document::openapi())
        .routes(routes!(api::auth::login))
        .routes(routes!(api::auth::refresh))
        .routes(routes!(api::auth::logout))
        .routes(routes!(api::auth::me))
        .routes(routes!(api::auth::change_password))
        .routes(routes!(api::auth::issue_ws_ticket))
        .routes(routes!(api::tickets::create_ticket, api::tickets::list_tickets))
        .routes(routes!(api::tickets::get_ticket))
        .routes(routes!(api::tickets::list_ticket_steps))
        .routes(routes!(api::tickets::get_ticket_verdict))
        .routes(routes!(api::tickets::resolve_ticket))
        .routes(routes!(api::tickets::close_ticket))
        .routes(routes!(api::tickets::reopen_ticket))
        .routes(routes!(api::tickets::assign_ticket))
        .routes(routes!(api::tickets::release_ticket))
        .routes(routes!(api::messages::list_messages, api::messages::post_message))
        .routes(routes!(api::messages::give_feedback))
        .routes(routes!(chat::open_chat))
        .routes(routes!(api::articles::create_article, api::articles::list_articles))
        .routes(routes!(api::articles::get_article, api::articles::change_article))
        .routes(routes!(api::articles::publish_article))
        .routes(routes!(api::articles::withdraw_article))
        .routes(routes!(api::ai::ask_bot))
        .routes(routes!(api::ai::judge_answer))
        .routes(routes!(api::ai::suggest_articles))
        .routes(routes!(api::quota::get_quota))
        .routes(routes!(api::notifications::list_notifications))
        .routes(routes!(api::notifications::read_notification))
        .routes(routes!(api::users::create_user, api::users::list_users))
        .routes(routes!(api::users::change_user))
        .routes(routes!(api::users::list_agents))
        .routes(routes!(api::users::list_people))
        .routes(routes!(api::operation::list_dead_letters))
        .routes(routes!(api::operation::list_pools))
        .routes(routes!(api::health::live))
        .routes(routes!(api::health::ready))
}

/// The OpenAPI 3.1 document, as the handlers make it.
pub fn openapi() -> utoipa::openapi::OpenApi {
    split().1
}

fn split() -> (Router<State>, utoipa::openapi::OpenApi) {
    let (router, mut document) = routes().split_for_parts();
    common::add_common_answers(&mut document);
    (router, document)
}

/// What people reach before the desk's parts are there. The page is one that waits for them.
pub(crate) fn starting(broker: Arc<OnceLock<Broker>>) -> Router {
    let router = Router::new()
        .route("/health/live", get(api::health::live))
        .route("/health/ready", get(api::health::not_yet_ready))
        .merge(page::routes())
        .fallback(middleware::not_yet_there);
    layered(router, broker)
}

/// What people reach.
pub(crate) fn public(state: State) -> Router {
    let (router, document) = split();
    let events = contracts::asyncapi::document();
    let router = router
        .route("/openapi.json", get(move || std::future::ready(Json(document.clone()))))
        .route("/asyncapi.json", get(move || std::future::ready(Json(events.clone()))))
        .merge(page::routes());
    layered(with_fallbacks(router), state)
}

/// What other parts of the desk reach.
pub(crate) fn internal(state: State) -> Router {
    let router = Router::new()
        .route("/internal/webhook/{hook}", post(internal_api::receive_webhook))
        .route("/health/live", get(api::health::live))
        .route("/health/ready", get(api::health::ready));
    layered(with_fallbacks(router), state)
}

fn with_fallbacks(router: Router<State>) -> Router<State> {
    router.fallback(middleware::not_found).method_not_allowed_fallback(middleware::method_not_allowed)
}

fn layered<S: Clone + Send + Sync + 'static>(router: Router<S>, state: S) -> Router {
    router
        .layer(CatchPanicLayer::custom(middleware::panicked))
        .layer(from_fn(middleware::harden))
        .layer(from_fn(middleware::trace))
        .with_state(state)
}

#[cfg(test)]
mod tests {
    use std::{fs, path::Path};

    use super::openapi;

    /// The page's types are made of the file. `GOLDEN=write cargo test -p ingress` writes it.
    #[test]
    fn the_document_that_the_page_is_built_on_is_that_of_the_handlers() {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("web/openapi.json");
        let made = openapi().to_pretty_json().unwrap() + "\n";
        if std::env::var_os("GOLDEN").is_some_and(|mode| mode == "write") {
            fs::write(&file, &made).unwrap();
        }
        let known = fs::read_to_string(&file).unwrap();
        assert!(known == made, "GOLDEN=write cargo test -p ingress writes {}", file.display());
    }
}
