//! The HTTP side of the desk. It speaks to browsers and to the broker, and to nothing else.

mod account_seed;
mod api;
mod auth;
mod bot;
mod chat;
mod cursor;
mod extract;
mod internal;
mod middleware;
mod page;
mod problem;
mod router;
mod server;
mod state;

use std::{
    net::SocketAddr,
    sync::{Arc, OnceLock},
};

use anyhow::Context;
use platform::config::Config;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

pub use router::openapi;

/// The two listeners, bound.
pub struct Listeners {
    /// For people.
    pub public: Arc<TcpListener>,
    /// For other parts of the desk.
    pub internal: Arc<TcpListener>,
}

impl Listeners {
    /// Binds both as the configuration says.
    pub async fn bind(config: &Config) -> anyhow::Result<Self> {
        let public = bind("ingress.listen", config.ingress.listen).await?;
        let internal = bind("ingress.internal_listen", config.ingress.internal_listen).await?;
        Ok(Self { public, internal })
    }
}

async fn bind(key: &str, address: SocketAddr) -> anyhow::Result<Arc<TcpListener>> {
    let bound = TcpListener::bind(address).await;
    let bound = bound.with_context(|| format!("{key}: {address} cannot be used; is it taken? Name another address"))?;
    tracing::info!(address = %bound.local_addr()?, "listening");
    Ok(Arc::new(bound))
}

/// Serves until `stop` is cancelled and the requests under way are answered.
pub async fn run(config: Config, listeners: Listeners, stop: CancellationToken) -> anyhow::Result<()> {
    let opened = stop.child_token();
    let connected = Arc::new(OnceLock::new());
    // Until everything is there, people are told so.
    let starting = router::starting(Arc::clone(&connected));
    tokio::spawn(server::serve(Arc::clone(&listeners.public), starting, opened.clone()));
    let opening = Box::pin(state::State::open(config, &connected, stop.clone()));
    let Some(state) = stop.run_until_cancelled(opening).await.transpose()? else { return Ok(()) };
    opened.cancel();
    let seeding = tokio::spawn(account_seed::run(state.clone()));
    let public = server::serve(listeners.public, router::public(state.clone()), stop.clone());
    let internal = server::serve(listeners.internal, router::internal(state.clone()), stop);
    tokio::join!(public, internal);
    state.chats.closed().await;
    seeding.abort();
    state.broker.flush().await;
    Ok(())
}
