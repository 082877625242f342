//! A double of an OpenAI-compatible endpoint. A ticket's title tells it what to answer.

use std::{
    io,
    sync::{Arc, Mutex},
};

use axum::{
    Router,
    body::{Body, Bytes},
    extract::State,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
    routing::post,
};
use futures::stream;
use serde_json::{Value, json};
use tokio::net::TcpListener;

/// The model's name, and the key that it is called with.
pub(super) const NAME: &str = "double-1";
pub(super) const KEY: &str = "sk-never-to-be-logged";

/// One call.
#[derive(Clone)]
pub(super) struct Call {
    pub(super) authorization: String,
    pub(super) body: Value,
}

impl Call {
    fn ticket(&self) -> Value {
        serde_json::from_str(self.body["messages"][1]["content"].as_str().unwrap()).unwrap()
    }

    pub(super) fn title(&self) -> String {
        self.ticket()["title"].as_str().unwrap().to_owned()
    }
}

type Calls = Arc<Mutex<Vec<Call>>>;

pub(super) struct Model {
    port: u16,
    calls: Calls,
}

impl Model {
    pub(super) async fn start() -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let calls = Calls::default();
        let router = Router::new().route("/v1/chat/completions", post(complete)).with_state(Arc::clone(&calls));
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { port, calls }
    }

    pub(super) fn url(&self) -> String {
        format!("http://127.0.0.1:{}/v1/", self.port)
    }

    pub(super) fn calls(&self) -> Vec<Call> {
        self.calls.lock().unwrap().clone()
    }
}

async fn complete(State(calls): State<Calls>, headers: HeaderMap, body: Bytes) -> Response {
    let authorization = headers.get(header::AUTHORIZATION).map(|value| value.to_str().unwrap().to_owned());
    let call = Call { authorization: authorization.unwrap_or_default(), body: serde_json::from_slice(&body).unwrap() };
    calls.lock().unwrap().push(call.clone());
    let title = call.title();
    let behaviour = title.strip_prefix("answer ").unwrap();
    match behaviour {
        "hang" => std::future::pending().await,
        "redirect" => (StatusCode::FOUND, [(header::LOCATION, "/v1/chat/completions")]).into_response(),
        "close" => broken().into_response(),
        "garbage" => "<html>".into_response(),
        "endless" => endless().into_response(),
        status if status.starts_with("status ") => {
            StatusCode::from_bytes(&status.as_bytes()[7..]).unwrap().into_response()
        }
        "no choice" => axum::Json(json!({"choices": []})).into_response(),
        "no content" => completion(&Value::Null, &json!("stop")),
        "half" => completion(&harmless(), &json!("length")),
        "unfinished" => completion(&harmless(), &Value::Null),
        _ => completion(&content(behaviour, &call), &json!("stop")),
    }
}

fn content(behaviour: &str, call: &Call) -> Value {
    let verdict = |verdict: Value| Value::String(verdict.to_string());
    match behaviour {
        "harmful" => verdict(json!({"is_harmful": true, "category": "hate", "reason": "because"})),
        "harmless" => harmless(),
        "prose" => json!("This ticket is fine."),
        "missing field" => verdict(json!({"is_harmful": true, "category": "hate"})),
        "further field" => {
            verdict(json!({"is_harmful": true, "category": "hate", "reason": "because", "action": "close"}))
        }
        "wrong type" => verdict(json!({"is_harmful": "no", "category": "none", "reason": "because"})),
        "two verdicts" => Value::String([harmless(), harmless()].map(|one| one.as_str().unwrap().to_owned()).concat()),
        "unknown category" => verdict(json!({"is_harmful": true, "category": "boring", "reason": "because"})),
        "contradiction" => verdict(json!({"is_harmful": false, "category": "hate", "reason": "because"})),
        "as ordered" => {
            let description = call.ticket()["description"].as_str().unwrap().to_owned();
            Value::String(description[description.find("{\"is").unwrap()..].to_owned())
        }
        other => panic!("the double does not know {other:?}"),
    }
}

fn harmless() -> Value {
    Value::String(json!({"is_harmful": false, "category": "none", "reason": "because"}).to_string())
}

fn completion(content: &Value, finish_reason: &Value) -> Response {
    let choice = json!({"index": 0, "message": {"role": "assistant", "content": content},
        "finish_reason": finish_reason});
    axum::Json(json!({"id": "c1", "object": "chat.completion", "choices": [choice]})).into_response()
}

/// An answer whose connection ends before it does.
fn broken() -> Body {
    let parts: [io::Result<&str>; 2] = [Ok("{\"choices\": ["), Err(io::Error::other("gone"))];
    Body::from_stream(stream::iter(parts))
}

fn endless() -> Body {
    Body::from_stream(stream::repeat_with(|| Ok::<_, io::Error>(Bytes::from_static(&[b' '; 4_096]))))
}
