//! The HTTP side of the desk. It speaks to browsers and to the broker, and to nothing else.

mod account_seed;
mod api;
mod auth;
mod chat;
mod cursor;
mod extract;
mod internal;
mod middleware;
mod problem;
mod router;
mod server;
mod state;

use std::net::SocketAddr;

use anyhow::Context;
use platform::config::Config;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

pub use router::openapi;

/// The two listeners, bound.
pub struct Listeners {
    /// For people.
    pub public: TcpListener,
    /// For other parts of the desk.
    pub internal: TcpListener,
}

impl Listeners {
    /// Binds both as the configuration says.
    pub async fn bind(config: &Config) -> anyhow::Result<Self> {
        let public = bind("ingress.listen", config.ingress.listen).await?;
        let internal = bind("ingress.internal_listen", config.ingress.internal_listen).await?;
        Ok(Self { public, internal })
    }
}

async fn bind(key: &str, address: SocketAddr) -> anyhow::Result<TcpListener> {
    let bound = TcpListener::bind(address).await;
    bound.with_context(|| format!("{key}: {address} cannot be used; is it taken? Name another address"))
}

/// Serves until `stop` is cancelled and the requests under way are answered.
pub async fn run(config: Config, listeners: Listeners, stop: CancellationToken) -> anyhow::Result<()> {
    let opening = Box::pin(state::State::open(config, stop.clone()));
    let Some(state) = stop.run_until_cancelled(opening).await.transpose()? else { return Ok(()) };
    let seeding = tokio::spawn(account_seed::run(state.clone()));
    let public = server::serve(listeners.public, router::public(state.clone()), stop.clone());
    let internal = server::serve(listeners.internal, router::internal(state.clone()), stop);
    tokio::join!(public, internal);
    state.chats.closed().await;
    seeding.abort();
    state.broker.flush().await;
    Ok(())
}
