//! A double of a language model: an OpenAI-compatible endpoint that answers each call as a test says.

use std::{
    collections::VecDeque,
    io,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use axum::{
    Json, Router,
    body::{Body, Bytes},
    extract::State,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
    routing::post,
};
use futures::stream;
use serde_json::{Value, json};
use tokio::net::TcpListener;

const PATH: &str = "/v1/chat/completions";

/// One call.
#[derive(Clone)]
pub struct ModelCall {
    /// The header `Authorization`; empty where there was none.
    pub authorization: String,
    /// The body.
    pub body: Value,
    left: Arc<AtomicBool>,
}

impl ModelCall {
    /// The user's message, which the desk writes as JSON.
    pub fn data(&self) -> Value {
        serde_json::from_str(self.body["messages"][1]["content"].as_str().unwrap()).unwrap()
    }

    /// Whether the desk closed the connection before the answer was whole.
    pub fn was_left(&self) -> bool {
        self.left.load(Ordering::SeqCst)
    }
}

/// How a call is answered.
#[derive(Clone)]
pub enum ModelReply {
    /// With this completion, or whatever it is.
    Json(Value),
    /// With this status alone.
    Status(u16),
    /// With a redirection to the same address.
    Redirect,
    /// Not at all.
    Hang,
    /// With a body of this media type, piece by piece.
    Pieces(&'static str, Vec<Piece>),
}

/// A piece of a body. Each is sent by itself.
#[derive(Clone)]
pub enum Piece {
    /// This text.
    Text(String),
    /// This text again and again, at a hundred times a second.
    Endless(String),
    /// Nothing more, and the connection stays open.
    Hang,
    /// The connection breaks.
    Break,
}

impl ModelReply {
    /// A whole answer as a stream, a token each.
    pub fn writes(tokens: &[&str]) -> Self {
        let tokens = tokens.iter().map(|token| Self::token(token));
        Self::events(tokens.chain([Self::end("stop"), "data: [DONE]\n\n".to_owned()]).map(Piece::Text).collect())
    }

    /// A stream of events in these pieces.
    pub fn events(pieces: Vec<Piece>) -> Self {
        Self::Pieces("text/event-stream; charset=utf-8", pieces)
    }

    /// The event of a token.
    pub fn token(text: &str) -> String {
        event(&json!({"content": text}), &Value::Null)
    }

    /// The event that says why the answer ends.
    pub fn end(reason: &str) -> String {
        event(&json!({}), &reason.into())
    }
}

fn event(delta: &Value, finish_reason: &Value) -> String {
    let choice = json!({"index": 0, "delta": delta, "finish_reason": finish_reason});
    format!("data: {}\n\n", json!({"id": "c1", "object": "chat.completion.chunk", "choices": [choice]}))
}

type Answering = dyn Fn(&ModelCall) -> ModelReply + Send + Sync;

#[derive(Clone)]
struct Shared {
    calls: Arc<Mutex<Vec<ModelCall>>>,
    answer: Arc<Answering>,
}

/// The endpoint, on a port of its own.
pub struct ModelServer {
    port: u16,
    shared: Shared,
}

impl ModelServer {
    /// Answers each call as `answer` says.
    pub async fn start(answer: impl Fn(&ModelCall) -> ModelReply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let shared = Shared { calls: Arc::default(), answer: Arc::new(answer) };
        let router = Router::new().route(PATH, post(complete)).with_state(shared.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { port, shared }
    }

    /// Its address for `llm.base_url`.
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}/v1/", self.port)
    }

    /// Every call so far.
    pub fn calls(&self) -> Vec<ModelCall> {
        self.shared.calls.lock().unwrap().clone()
    }
}

/// Tells that the caller left, unless the answer was whole.
struct Watch {
    left: Arc<AtomicBool>,
    whole: bool,
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.left.store(!self.whole, Ordering::SeqCst);
    }
}

async fn complete(State(shared): State<Shared>, headers: HeaderMap, body: Bytes) -> Response {
    let authorization = headers.get(header::AUTHORIZATION).map(|value| value.to_str().unwrap().to_owned());
    let (authorization, body) = (authorization.unwrap_or_default(), serde_json::from_slice(&body).unwrap());
    let call = ModelCall { authorization, body, left: Arc::default() };
    shared.calls.lock().unwrap().push(call.clone());
    let mut watch = Watch { left: call.left.clone(), whole: false };
    match (shared.answer)(&call) {
        ModelReply::Hang => std::future::pending().await,
        ModelReply::Pieces(media_type, pieces) => {
            let body = Body::from_stream(stream::unfold((VecDeque::from(pieces), watch), next));
            ([(header::CONTENT_TYPE, media_type)], body).into_response()
        }
        at_once => {
            watch.whole = true;
            match at_once {
                ModelReply::Json(body) => Json(body).into_response(),
                ModelReply::Status(status) => StatusCode::from_u16(status).unwrap().into_response(),
                _ => (StatusCode::FOUND, [(header::LOCATION, PATH)]).into_response(),
            }
        }
    }
}

type Rest = (VecDeque<Piece>, Watch);

async fn next((mut pieces, mut watch): Rest) -> Option<(io::Result<Bytes>, Rest)> {
    let piece = match pieces.pop_front() {
        None => {
            watch.whole = true;
            return None;
        }
        Some(Piece::Text(text)) => Ok(text.into()),
        Some(Piece::Endless(text)) => {
            tokio::time::sleep(Duration::from_millis(10)).await;
            pieces.push_front(Piece::Endless(text.clone()));
            Ok(text.into())
        }
        Some(Piece::Hang) => std::future::pending().await,
        Some(Piece::Break) => Err(io::Error::other("gone")),
    };
    Some((piece, (pieces, watch)))
}
