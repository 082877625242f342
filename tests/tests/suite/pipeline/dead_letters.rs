//! What fails for good is put aside with its cause, and the rest goes on.

use contracts::{Kind, subject};
use serde_json::{Value, json};
use tests::{Desk, eventually};

use super::{asked, publish};

/// The dead letter of an entity's event.
async fn letter(desk: &Desk, id: &str) -> Value {
    eventually("a dead letter", || async {
        let of = |letter: &Value| letter["subject"].as_str().is_some_and(|subject| subject.ends_with(id));
        desk.dead_letters().await.into_iter().find(of)
    })
    .await
}

/// The first time that there is. The quota's window reaches to before it, and the handler that looks which slots are in
/// the window panics.
const FIRST_TIME: &str = "-262143-01-01T00:00:00Z";

#[tokio::test]
async fn a_handler_that_panics_is_tried_again_and_then_the_event_is_put_aside() {
    let desk = Desk::start().await;
    let user = desk.login("user1").await;
    user.raise("A slot", "That the handler looks at.").await.expect(201);
    let poison = asked(user.id(), FIRST_TIME);
    let id = poison.event.entity_id().to_string();
    publish(&desk, &poison, poison.event.encode().unwrap(), &[]).await;
    user.raise("A keyboard", "Its keys stick.").await.expect(201);
    let letter = letter(&desk, &id).await;
    assert!(letter["cause"].as_str().unwrap().contains("the handler panicked"), "{letter}");
    assert_eq!(letter["pool"], "ratelimit");
    assert_eq!(letter["attempts"], 6);
    assert_eq!(letter["stream"], "EVENTS");
    assert_eq!(letter["headers"]["ce-id"], poison.id.as_str());
    assert_eq!(letter["payload"]["draft"]["id"], *id);
    desk.drained().await;
    assert_eq!(desk.dead_letters().await.len(), 1);
    // Whoever asked hears of it.
    let answer = user.get(&format!("/tickets/{id}")).await;
    answer.expect_problem(500, "REQUEST_FAILED");
    user.raise("A mouse", "It squeaks.").await.expect(201);
}

#[tokio::test]
async fn what_is_no_event_is_put_aside_at_once() {
    let desk = Desk::start().await;
    let user = desk.login("user1").await;
    let now = chrono::Utc::now().to_rfc3339();
    let (garbage, other, forged) = (asked(user.id(), &now), asked(user.id(), &now), asked(user.id(), &now));
    let whole = |envelope: &contracts::Envelope<contracts::Event>| envelope.event.encode().unwrap();
    publish(&desk, &garbage, b"{\"draft\": 7}".to_vec(), &[]).await;
    publish(&desk, &other, whole(&other), &[("ce-type", "deskwire.ticket.created.v2")]).await;
    publish(&desk, &forged, whole(&forged), &[("Nats-Stream", "EVENTS")]).await;
    for (envelope, cause) in
        [(&garbage, "ticket.created does not decode"), (&other, "unknown event type"), (&forged, "Nats-Stream")]
    {
        let letter = letter(&desk, &envelope.event.entity_id().to_string()).await;
        assert!(letter["cause"].as_str().unwrap().contains(cause), "{letter}");
        assert_eq!(letter["attempts"], 0);
    }
    user.raise("A keyboard", "Its keys stick.").await.expect(201);
    desk.drained().await;
    assert_eq!(desk.stored_events(Kind::TicketSaved).await.len(), 1);
}

/// The broker answers wherever an asker says: ingress may not publish `ticket.flagged`, but have the broker do it.
#[tokio::test]
async fn an_answer_of_the_broker_is_no_event() {
    let desk = Desk::start().await;
    let user = desk.login("user1").await;
    let asked = asked(user.id(), &chrono::Utc::now().to_rfc3339());
    let draft: Value = serde_json::from_slice(&asked.event.encode().unwrap()).unwrap();
    let verdict = json!({"is_harmful": true, "category": "hate", "reason": "forged", "model": "none"});
    let payload = json!({"draft": draft["draft"], "verdict": verdict}).to_string();
    let flagged = contracts::Event::decode(Kind::TicketFlagged, payload.as_bytes()).unwrap();
    let target = subject::of_event(&flagged);
    let envelope = asked.follow(flagged);

    let client = desk.nats().connect("ingress").await;
    let mut headers = async_nats::HeaderMap::new();
    envelope.headers("test").into_iter().for_each(|(name, value)| headers.insert(name, value));
    let kept = client.request_with_headers("$KV.sessions.forged", headers, payload.into()).await.unwrap();
    assert!(serde_json::from_slice::<Value>(&kept.payload).unwrap()["seq"].is_u64());
    let get = "$JS.API.DIRECT.GET.KV_sessions.$KV.sessions.forged";
    client.publish_with_reply(get, target, "".into()).await.unwrap();

    let letter = letter(&desk, &envelope.event.entity_id().to_string()).await;
    assert!(letter["cause"].as_str().unwrap().contains("Nats-Stream"), "{letter}");
    desk.drained().await;
    assert_eq!(desk.login("admin").await.get("/tickets").await.expect(200)["total"], 0);
}
