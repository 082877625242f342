//! Serving connections: a limit on the time that a header may take, and a stop that lets requests finish.

use std::{net::SocketAddr, pin::pin, sync::Arc, time::Duration};

use axum::{BoxError, Router, body::HttpBody, extract::connect_info::Connected, serve::IncomingStream};
use hyper::{body::Incoming, server::conn::http1, service::HttpService};
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    service::TowerToHyperService,
};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tower::{Service, ServiceExt};

/// How long a request's header may take to arrive; also how long an idle connection is kept.
const HEADER_TIME: Duration = Duration::from_secs(10);
/// How long requests under way may take once the process stops.
const GRACE: Duration = Duration::from_secs(15);

/// The other end of a connection.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Peer(pub(crate) SocketAddr);

impl Connected<SocketAddr> for Peer {
    fn connect_info(address: SocketAddr) -> Self {
        Self(address)
    }
}

impl Connected<IncomingStream<'_, TcpListener>> for Peer {
    fn connect_info(stream: IncomingStream<'_, TcpListener>) -> Self {
        Self(*stream.remote_addr())
    }
}

/// Serves until `stop` is cancelled and the requests under way are answered.
pub(crate) async fn serve(listener: Arc<TcpListener>, router: Router, stop: CancellationToken) {
    let mut make = router.into_make_service_with_connect_info::<Peer>();
    let connections = TaskTracker::new();
    while let Some(accepted) = stop.run_until_cancelled(listener.accept()).await {
        let (stream, address) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                // Out of file descriptors, as a rule: what is open must close first.
                tracing::warn!(%error, "a connection was not accepted");
                tokio::time::sleep(Duration::from_millis(50)).await;
                continue;
            }
        };
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "the peer has gone");
        }
        let Ok(service) = ServiceExt::<SocketAddr>::ready(&mut make).await;
        let Ok(service) = service.call(address).await;
        connections.spawn(serve_connection(stream, TowerToHyperService::new(service), stop.clone()));
    }
    connections.close();
    if tokio::time::timeout(GRACE, connections.wait()).await.is_err() {
        tracing::warn!("requests were still under way when the grace time was over");
    }
}

/// Serves one connection; once `stop` is cancelled, until the request under way is answered.
async fn serve_connection<S, B>(stream: TcpStream, service: S, stop: CancellationToken)
where
    S: HttpService<Incoming, ResBody = B, Future: Send> + Send,
    S::Error: Into<BoxError>,
    B: HttpBody<Data: Send, Error: Into<BoxError>> + Send + 'static,
{
    // The builder that tells HTTP/1 from HTTP/2 is no choice: it waits for a first byte as long as it takes.
    let mut builder = http1::Builder::new();
    builder.timer(TokioTimer::new()).header_read_timeout(HEADER_TIME);
    let mut connection = pin!(builder.serve_connection(TokioIo::new(stream), service).with_upgrades());
    let served = tokio::select! {
        served = connection.as_mut() => served,
        () = stop.cancelled() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = served {
        tracing::debug!(%error, "the connection broke");
    }
}
