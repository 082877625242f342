//! What the double of a language model answers: a ticket's title tells it.

use serde_json::{Value, json};
use tests::{ModelCall, ModelReply, ModelServer, Piece};

/// The model's name, and the key that it is called with.
pub(super) const NAME: &str = "double-1";
pub(super) const KEY: &str = "sk-never-to-be-logged";

/// The title of the ticket that a call is about.
pub(super) fn title(call: &ModelCall) -> String {
    call.data()["title"].as_str().unwrap().to_owned()
}

pub(super) async fn start() -> ModelServer {
    ModelServer::start(answer).await
}

fn answer(call: &ModelCall) -> ModelReply {
    let title = title(call);
    let behaviour = title.strip_prefix("answer ").unwrap();
    let pieces = |pieces: Vec<Piece>| ModelReply::Pieces("application/json", pieces);
    match behaviour {
        "hang" => ModelReply::Hang,
        "redirect" => ModelReply::Redirect,
        "close" => pieces(vec![Piece::Text("{\"choices\": [".to_owned()), Piece::Break]),
        "garbage" => pieces(vec![Piece::Text("<html>".to_owned())]),
        "endless" => pieces(vec![Piece::Endless(" ".repeat(40_960))]),
        status if status.starts_with("status ") => ModelReply::Status(status[7..].parse().unwrap()),
        "no choice" => ModelReply::Json(json!({"choices": []})),
        "no content" => completion(&Value::Null, &json!("stop")),
        "half" => completion(&harmless(), &json!("length")),
        "unfinished" => completion(&harmless(), &Value::Null),
        _ => completion(&content(behaviour, call), &json!("stop")),
    }
}

fn content(behaviour: &str, call: &ModelCall) -> Value {
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
            let description = call.data()["description"].as_str().unwrap().to_owned();
            Value::String(description[description.find("{\"is").unwrap()..].to_owned())
        }
        other => panic!("the double does not know {other:?}"),
    }
}

fn harmless() -> Value {
    Value::String(json!({"is_harmful": false, "category": "none", "reason": "because"}).to_string())
}

fn completion(content: &Value, finish_reason: &Value) -> ModelReply {
    let choice = json!({"index": 0, "message": {"role": "assistant", "content": content},
        "finish_reason": finish_reason});
    ModelReply::Json(json!({"id": "c1", "object": "chat.completion", "choices": [choice]}))
}
