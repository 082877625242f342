//! Whether the desk lives and works.

use std::{
    sync::{Arc, OnceLock, atomic::Ordering},
    time::Duration,
};

use axum::{
    Json,
    extract::State as FromState,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use contracts::{ai::CheckBot, query::CheckStore};
use platform::broker::Broker;
use serde::Serialize;
use utoipa::ToSchema;

use crate::state::State;

/// How long the bot may take to say that it is there: nobody waits for one that is not.
const BOT: Duration = Duration::from_millis(500);

/// Whether the desk works, part by part.
#[derive(Serialize, ToSchema)]
#[allow(clippy::struct_excessive_bools, reason = "each is the state of another part")]
pub(crate) struct Readiness {
    ready: bool,
    /// The connection to NATS at the configured address.
    broker: bool,
    /// The workers and their store.
    store: bool,
    /// The accounts that the configuration asks for.
    accounts: bool,
    /// The workers that answer questions to the bot. The desk is ready without them: tickets do not need them.
    bot: bool,
}

/// Whether this process lives.
#[utoipa::path(get, path = "/health/live", tag = "health", responses((status = 204, description = "It does")))]
pub(crate) async fn live() -> StatusCode {
    StatusCode::NO_CONTENT
}

/// Whether the desk works, and which part does not.
#[utoipa::path(get, path = "/health/ready", tag = "health", responses(
    (status = 200, description = "It does", body = Readiness),
    (status = 503, description = "A part is away", body = Readiness),
))]
pub(crate) async fn ready(FromState(state): FromState<State>) -> Response {
    answer(Some(&state.broker), state.seeded.load(Ordering::Acquire)).await
}

/// The same while the process starts, with the broker as soon as it was reached.
pub(crate) async fn not_yet_ready(FromState(broker): FromState<Arc<OnceLock<Broker>>>) -> Response {
    answer(broker.get(), false).await
}

async fn answer(broker: Option<&Broker>, accounts: bool) -> Response {
    let broker = broker.filter(|broker| broker.is_connected());
    let (store, bot) = match broker {
        Some(broker) => {
            let bot = tokio::time::timeout(BOT, broker.ask(&CheckBot {}));
            let (store, bot) = tokio::join!(broker.ask(&CheckStore {}), bot);
            (store.is_ok(), matches!(bot, Ok(Ok(()))))
        }
        None => (false, false),
    };
    let broker = broker.is_some();
    let ready = broker && store && accounts;
    let status = if ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, Json(Readiness { ready, broker, store, accounts, bot })).into_response()
}
