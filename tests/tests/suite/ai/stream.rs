//! Answers as server-sent events.

use futures::StreamExt;
use reqwest::{Method, Response};
use serde_json::{Value, json};
use tests::{Client, Desk};

use super::{check, publish_both};

/// An event: its name and its data.
pub(super) type Told = (String, Value);

/// Asks for a stream.
pub(super) async fn open(person: &Client, body: &Value) -> Response {
    let request = person.request(Method::POST, "/ai/self-serve-query").header("accept", "text/event-stream");
    request.json(body).send().await.unwrap()
}

/// Every event of a stream to its end.
pub(super) async fn events(response: Response) -> Vec<Told> {
    parse(&response.text().await.unwrap())
}

/// The events in a text that may end in the middle of one.
fn parse(text: &str) -> Vec<Told> {
    let whole = text.split_inclusive("\n\n").filter(|event| event.ends_with("\n\n"));
    let event = |event: &str| {
        let field = |name: &str| event.lines().find_map(|line| line.strip_prefix(name)).map(str::trim);
        Some((field("event:")?.to_owned(), serde_json::from_str(field("data:")?).unwrap()))
    };
    whole.filter_map(event).collect()
}

/// Reads a stream up to the first event of this name, and leaves.
pub(super) async fn leave_at(response: Response, name: &str) {
    let (mut chunks, mut text) = (response.bytes_stream(), String::new());
    while !parse(&text).iter().any(|(told, _)| told == name) {
        text.push_str(std::str::from_utf8(&chunks.next().await.expect("it comes").unwrap()).unwrap());
    }
}

/// What was told under a name.
pub(super) fn told<'t>(events: &'t [Told], name: &str) -> Vec<&'t Value> {
    events.iter().filter(|(told, _)| told == name).map(|(_, data)| data).collect()
}

/// The text that the tokens make.
pub(super) fn text(events: &[Told]) -> String {
    told(events, "token").iter().map(|token| token["text"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn sources_come_first_then_the_text_and_last_the_whole() {
    let desk = Desk::start().await;
    publish_both(&desk.login("admin").await).await;
    let user = desk.login("user1").await;
    let response = open(&user, &json!({"query": "How do I connect to the VPN?"})).await;
    assert_eq!(response.status(), 200);
    assert_eq!(response.headers()["content-type"], "text/event-stream");
    assert_eq!(response.headers()["x-content-type-options"], "nosniff");
    let events = events(response).await;
    let names: Vec<_> = events.iter().map(|(name, _)| name.as_str()).collect();
    assert!(
        names.is_sorted_by_key(|name| ["source", "token", "done"].iter().position(|known| known == name)),
        "{names:?}"
    );
    let [done] = told(&events, "done").try_into().unwrap();
    check(done);
    assert_eq!((text(&events).as_str(), &done["turn"]), (done["answer"].as_str().unwrap(), &json!(1)));
    assert_eq!(told(&events, "source"), done["sources"].as_array().unwrap().iter().collect::<Vec<_>>());

    let next = json!({"query": "What is the capital of Mongolia, and how high does it lie?", "session_id": done["session_id"]});
    let events = self::events(open(&user, &next).await).await;
    let [(name, done)] = events.as_slice() else { panic!("{events:?}") };
    assert_eq!((name.as_str(), &done["answered"], &done["turn"]), ("done", &json!(false), &json!(2)));
}

/// What is wrong before the first event is a problem with its status, as without a stream.
#[tokio::test]
async fn a_question_that_is_refused_opens_no_stream() {
    let desk = Desk::start().await;
    let user = desk.login("user1").await;
    for (status, code, body) in [
        (422, "VALIDATION_FAILED", json!({"query": ""})),
        (404, "AI_SESSION_NOT_FOUND", json!({"query": "Why?", "session_id": "0197a000-0000-7000-8000-000000000000"})),
    ] {
        let response = open(&user, &body).await;
        assert_eq!(response.status(), status);
        assert_eq!(response.headers()["content-type"], "application/problem+json");
        assert_eq!(response.json::<Value>().await.unwrap()["code"], code);
    }
    assert_eq!(open(&desk.anonymous(), &json!({"query": "Why?"})).await.status(), 401);
}
