//! The pools on the broker: sharing, order, stopping, dead letters, and what an event carries.

mod dead_letters;
mod sharing;

use std::collections::BTreeSet;

use async_nats::HeaderMap;
use contracts::{Envelope, Event, Kind, event::header, subject};
use futures::StreamExt;
use serde_json::{Value, json};
use tests::{Desk, PATIENCE};

/// Publishes an event as ingress does, with further headers, under a message id of its own.
pub(crate) async fn publish(desk: &Desk, envelope: &Envelope<Event>, payload: Vec<u8>, further: &[(&str, &str)]) {
    let mut headers = HeaderMap::new();
    for (name, value) in envelope.headers("test") {
        headers.insert(name, value);
    }
    for (name, value) in further {
        headers.insert(*name, *value);
    }
    let client = desk.nats().connect("ingress").await;
    let reply = client.request_with_headers(subject::of_event(&envelope.event), headers, payload.into()).await.unwrap();
    let ack: Value = serde_json::from_slice(&reply.payload).unwrap();
    assert!(ack["seq"].is_u64(), "{ack}");
}

/// An event with which somebody asks for a ticket.
pub(crate) fn asked(user_id: &str, created_at: &str) -> Envelope<Event> {
    let id = contracts::TicketId::new();
    let draft = json!({"id": id, "user_id": user_id, "title": "t", "description": "d", "urgency": "low",
        "created_at": created_at});
    let payload = json!({ "draft": draft }).to_string();
    let event = Event::decode(Kind::TicketCreated, payload.as_bytes()).unwrap();
    let request = contracts::RequestId::from(id.uuid());
    Envelope::of_request(event, request, contracts::trace::TraceParent::start())
}

#[tokio::test]
async fn the_events_of_a_ticket_come_in_order_in_one_trace_and_outsiders_hear_them() {
    let desk = Desk::start().await;
    let outside = desk.nats().connect("outside").await;
    let mut heard = outside.subscribe("events.>").await.unwrap();
    outside.flush().await.unwrap();
    let user = desk.login("user1").await;
    let trace = "4bf92f3577b34da6a3ce929d0e0e4736";
    let request = user.request(reqwest::Method::POST, "/tickets");
    let request = request.header("traceparent", format!("00-{trace}-00f067aa0ba902b7-01"));
    let body = json!({"title": "The printer", "description": "It prints nothing.", "urgency": "low"});
    let ticket: Value = request.json(&body).send().await.unwrap().json().await.unwrap();
    let id = ticket["id"].as_str().unwrap();
    user.post(&format!("/tickets/{id}/resolve"), &json!({})).await.expect(200);
    desk.drained().await;

    let stored = desk.stored_on(&format!("*.ticket.*.{id}")).await;
    let kinds: Vec<String> = stored.iter().map(|stored| stored.envelope.event.kind().to_string()).collect();
    let expected = ["created", "admitted", "cleared", "routed", "saved", "resolve_requested", "resolved"];
    assert_eq!(kinds, expected.map(|verb| format!("ticket.{verb}")));
    let mut spans = BTreeSet::new();
    for stored in &stored[..5] {
        let header = |name: &str| stored.headers.get(name).unwrap().as_str();
        assert_eq!(header(header::SPEC_VERSION), "1.0");
        assert_eq!(header(header::ID), stored.envelope.id.as_str());
        assert_eq!(header("Nats-Msg-Id"), stored.envelope.deduplication_id());
        assert_eq!(header(header::TYPE), format!("deskwire.{}.v1", stored.envelope.event.kind()));
        assert_eq!(header(header::SUBJECT), id);
        assert_eq!(header(header::CONTENT_TYPE), "application/json");
        assert!(header(header::SOURCE).starts_with("/deskwire/"));
        assert_eq!(stored.envelope.trace.trace_id(), trace);
        assert!(spans.insert(header(header::TRACE_PARENT).to_owned()), "each step has a span of its own");
    }
    let created = stored[0].envelope.time;
    assert!(stored[..5].iter().all(|stored| stored.envelope.time >= created));

    for stored in &stored {
        let message = loop {
            let next = tokio::time::timeout(PATIENCE, heard.next()).await.expect("outsiders hear of it");
            if let Some(message) = next.filter(|message| message.subject.ends_with(id)) {
                break message;
            }
        };
        assert_eq!(message.subject.as_str(), format!("events.{}.{id}", stored.envelope.event.kind()));
        let headers = message.headers.unwrap();
        assert_eq!(headers.get("Nats-Sequence").unwrap().as_str(), stored.sequence.to_string());
        assert_eq!(headers.get(header::ID).unwrap().as_str(), stored.envelope.id.as_str());
    }
}

/// All workers may be away for longer than the broker knows ids: here it forgets them at once.
#[tokio::test]
async fn an_old_event_that_comes_again_has_no_second_effect() {
    let desk = Desk::start().await;
    desk.shorten_memory().await;
    let user = desk.login("user1").await;
    let asked = asked(user.id(), &chrono::Utc::now().to_rfc3339());
    let an_hour_ago = (chrono::Utc::now() - chrono::TimeDelta::hours(1)).to_rfc3339();
    for id in ["first", "second"] {
        let further = [("Nats-Msg-Id", id), (header::TIME, an_hour_ago.as_str())];
        publish(&desk, &asked, asked.event.encode().unwrap(), &further).await;
        desk.drained().await;
        desk.forgotten().await;
    }
    let id = asked.event.entity_id().to_string();
    assert_eq!(desk.stored_about(Kind::TicketCreated, &id).await.len(), 2);
    assert_eq!(desk.stored_about(Kind::TicketAdmitted, &id).await.len(), 1);
    assert_eq!(desk.stored_about(Kind::TicketSaved, &id).await.len(), 1);
}

#[tokio::test]
async fn an_event_that_comes_twice_takes_one_slot() {
    let desk = Desk::start().await;
    let user = desk.login("user1").await;
    let asked = asked(user.id(), &chrono::Utc::now().to_rfc3339());
    for id in ["first", "second"] {
        publish(&desk, &asked, asked.event.encode().unwrap(), &[("Nats-Msg-Id", id)]).await;
    }
    desk.drained().await;
    let id = asked.event.entity_id().to_string();
    assert_eq!(desk.stored_about(Kind::TicketCreated, &id).await.len(), 2);
    assert_eq!(desk.stored_about(Kind::TicketAdmitted, &id).await.len(), 1);
    assert_eq!(user.get("/quota").await.expect(200)["used"], 1);
    assert_eq!(user.get("/tickets").await.expect(200)["total"], 1);
}
