//! A double of a webhook receiver, which answers its calls as it is told, then each with 204.

use std::{
    collections::VecDeque,
    io,
    sync::{Arc, Mutex},
    time::Duration,
};

use axum::{
    Router,
    body::{Body, Bytes},
    extract::State,
    http::{HeaderMap, StatusCode, Uri, header},
    response::{IntoResponse, Response},
};
use futures::{StreamExt, stream};
use tokio::net::TcpListener;

/// What the receiver does with a call.
#[derive(Clone)]
pub enum Reply {
    /// Answers with this status.
    Status(u16),
    /// Never answers.
    Hang,
    /// Ends the connection without an answer that is whole.
    Close,
    /// Answers with a body that has no end.
    Endless(u16),
    /// Answers with 200 and a body that comes a byte at a time.
    Drip,
    /// Sends the caller elsewhere.
    Redirect(String),
}

/// A call as it came.
#[derive(Clone)]
pub struct Received {
    /// Where to.
    pub path: String,
    /// With what headers.
    pub headers: HeaderMap,
    /// What it said.
    pub body: Bytes,
}

impl Received {
    /// The `webhook-id`.
    pub fn id(&self) -> &str {
        self.headers["webhook-id"].to_str().unwrap()
    }
}

#[derive(Clone, Default)]
struct Shared {
    replies: Arc<Mutex<VecDeque<Reply>>>,
    calls: Arc<Mutex<Vec<Received>>>,
}

/// A receiver on a port of its own.
pub struct Receiver {
    port: u16,
    shared: Shared,
}

impl Receiver {
    /// Answers its first calls so.
    pub async fn start(replies: Vec<Reply>) -> Self {
        Self::start_at(0, replies).await
    }

    /// The same on a port that was free.
    pub async fn start_at(port: u16, replies: Vec<Reply>) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", port)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let shared = Shared { replies: Arc::new(Mutex::new(replies.into())), ..Shared::default() };
        let router = Router::new().fallback(receive).with_state(shared.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { port, shared }
    }

    /// Its address for `webhooks.base_url`.
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}/hooks", self.port)
    }

    /// Every call so far.
    pub fn calls(&self) -> Vec<Received> {
        self.shared.calls.lock().unwrap().clone()
    }
}

async fn receive(State(shared): State<Shared>, uri: Uri, headers: HeaderMap, body: Bytes) -> Response {
    shared.calls.lock().unwrap().push(Received { path: uri.path().to_owned(), headers, body });
    let reply = shared.replies.lock().unwrap().pop_front();
    match reply {
        None => StatusCode::NO_CONTENT.into_response(),
        Some(Reply::Status(status)) => StatusCode::from_u16(status).unwrap().into_response(),
        Some(Reply::Hang) => std::future::pending().await,
        Some(Reply::Close) => {
            let gone = stream::once(async { Err::<Bytes, _>(io::Error::other("gone")) });
            (StatusCode::BAD_GATEWAY, Body::from_stream(gone)).into_response()
        }
        Some(Reply::Endless(status)) => {
            let body = stream::repeat_with(|| Ok::<_, io::Error>(Bytes::from_static(&[b'x'; 4_096])));
            (StatusCode::from_u16(status).unwrap(), Body::from_stream(body)).into_response()
        }
        Some(Reply::Drip) => {
            let body = stream::repeat(()).then(|()| async {
                tokio::time::sleep(Duration::from_millis(20)).await;
                Ok::<_, io::Error>(Bytes::from_static(b"x"))
            });
            Body::from_stream(body).into_response()
        }
        Some(Reply::Redirect(to)) => (StatusCode::TEMPORARY_REDIRECT, [(header::LOCATION, to)]).into_response(),
    }
}
