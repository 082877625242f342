//! Webhooks, as a receiver sees them.

use contracts::{Event, Kind, event::header, webhook::Delivery};
use serde_json::{Value, json};
use standardwebhooks::Webhook;
use tests::{Desk, DeskBuilder, Received, Receiver, Reply, eventually, free_port};

const NEW: &str = "whsec_bmV3LW5ldy1uZXctbmV3LW5ldy1uZXctbmV3LW5ldw==";
const OLD: &str = "whsec_b2xkLW9sZC1vbGQtb2xkLW9sZC1vbGQtb2xkLW9sZA==";

fn desk(receiver: &Receiver) -> DeskBuilder {
    let desk = Desk::builder().set("webhooks.base_url", receiver.url()).set("webhooks.timeout_seconds", 1);
    desk.set("webhooks.secrets", format!("[\"{NEW}\",\"{OLD}\"]")).set("webhooks.retry_seconds", "[1,1,1,1,1,1]")
}

/// The record of the one call, once it is answered or given up.
async fn delivery(desk: &Desk, kind: Kind) -> Delivery {
    let stored = eventually("the call comes to an end", || async { desk.stored_events(kind).await.pop() }).await;
    match stored.envelope.event {
        Event::WebhookDelivered(event) => event.delivery,
        Event::WebhookFailed(event) => event.delivery,
        other => panic!("{other:?}"),
    }
}

/// Tries, status and error of each call about a ticket in the store.
async fn records(desk: &Desk, ticket: &Value) -> Vec<(u32, Option<u16>, Option<String>)> {
    let ticket = ticket["id"].as_str().unwrap().parse().unwrap();
    let deliveries = desk.store().await.deliveries(ticket).await.unwrap().into_iter();
    deliveries.map(|delivery| (delivery.attempts, delivery.status, delivery.error)).collect()
}

#[tokio::test]
async fn each_call_is_signed_with_both_secrets_of_a_rotation() {
    let receiver = Receiver::start(vec![]).await;
    let desk = desk(&receiver).start().await;
    let user = desk.login("user1").await;
    let ticket = user.raise("A screen", "It flickers.").await.expect(201);
    let id = ticket["id"].as_str().unwrap();
    user.post(&format!("/tickets/{id}/resolve"), &json!({})).await.expect(200);
    desk.drained().await;
    let calls = receiver.calls();
    assert_eq!(
        calls.iter().map(|call| call.path.as_str()).collect::<Vec<_>>(),
        ["/hooks/on_ticket_created", "/hooks/on_ticket_resolved"]
    );
    assert_ne!(calls[0].id(), calls[1].id());
    for Received { headers, body, path } in &calls {
        let told: Value = serde_json::from_slice(body).unwrap();
        assert!(path.ends_with(told["type"].as_str().unwrap()));
        assert_eq!(told["data"]["id"], id);
        assert_eq!(headers["content-type"], "application/json");
        for secret in [NEW, OLD] {
            let verifier = Webhook::new(secret).unwrap();
            verifier.verify(body, headers).unwrap();
            for (name, value) in [("webhook-id", "other"), ("webhook-timestamp", "1700000000")] {
                let mut altered = headers.clone();
                altered.insert(name, value.parse().unwrap());
                assert!(verifier.verify(body, &altered).is_err(), "{name}");
            }
            assert!(verifier.verify(&[body.as_ref(), b" "].concat(), headers).is_err());
        }
        let stranger = Webhook::new(&tests::webhook_secret()).unwrap();
        assert!(stranger.verify(body, headers).is_err());
    }
    let told: Value = serde_json::from_slice(&calls[0].body).unwrap();
    assert_eq!(told["data"], ticket);
}

#[tokio::test]
async fn a_call_is_tried_again_with_the_same_id_until_it_is_taken() {
    let canary = Receiver::start(vec![]).await;
    let faults = vec![
        Reply::Status(500),
        Reply::Hang,
        Reply::Endless(500),
        Reply::Close,
        Reply::Redirect(canary.url()),
        Reply::Status(204),
    ];
    let tries = faults.len();
    let receiver = Receiver::start(faults).await;
    let proxy = canary.url();
    let desk = desk(&receiver).environment("http_proxy", &proxy).environment("HTTP_PROXY", &proxy);
    let desk = desk.environment("ALL_PROXY", &proxy).start().await;
    let ticket = desk.login("user1").await.raise("A screen", "It flickers.").await.expect(201);
    let delivery = delivery(&desk, Kind::WebhookDelivered).await;
    let calls = receiver.calls();
    assert_eq!(calls.len(), tries);
    assert!(calls.iter().all(|call| call.id() == delivery.id.to_string()), "the same id each time");
    for call in &calls {
        Webhook::new(NEW).unwrap().verify(&call.body, &call.headers).unwrap();
        assert_eq!(call.body, calls[0].body);
    }
    assert_eq!(usize::try_from(delivery.attempts).unwrap(), tries);
    assert_eq!((delivery.status, delivery.error), (Some(204), None));
    desk.drained().await;
    assert_eq!(records(&desk, &ticket).await, [(delivery.attempts, Some(204), None)]);
    assert!(canary.calls().is_empty(), "neither a redirect nor a proxy is followed");
    assert!(desk.dead_letters().await.is_empty());
}

#[tokio::test]
async fn an_answer_without_an_end_is_cut_off() {
    let receiver = Receiver::start(vec![Reply::Endless(200), Reply::Drip]).await;
    let desk = desk(&receiver).start().await;
    let user = desk.login("user1").await;
    let tickets = [user.raise("A screen", "It flickers.").await, user.raise("A mouse", "It squeaks.").await];
    desk.drained().await;
    assert_eq!(receiver.calls().len(), 2, "its status said that it was taken");
    for ticket in tickets {
        assert_eq!(records(&desk, &ticket.expect(201)).await, [(1, Some(200), None)]);
    }
}

#[tokio::test]
async fn a_receiver_that_comes_later_is_told() {
    let port = free_port();
    let nobody = format!("http://127.0.0.1:{port}/hooks");
    let desk = desk(&Receiver::start(vec![]).await).set("webhooks.base_url", nobody).start().await;
    desk.login("user1").await.raise("A screen", "It flickers.").await.expect(201);
    eventually("the receiver is missed", || async { desk.logs().contains("no connection").then_some(()) }).await;
    let receiver = Receiver::start_at(port, vec![]).await;
    let delivery = delivery(&desk, Kind::WebhookDelivered).await;
    assert!(delivery.attempts > 1);
    assert_eq!(receiver.calls().len(), 1);
}

#[tokio::test]
async fn a_call_that_is_never_taken_is_given_up_and_put_aside() {
    let receiver = Receiver::start(vec![Reply::Status(503); 3]).await;
    let desk = desk(&receiver).set("webhooks.retry_seconds", "[1,1]").start().await;
    let user = desk.login("user1").await;
    let ticket = user.raise("A screen", "It flickers.").await.expect(201);
    let delivery = delivery(&desk, Kind::WebhookFailed).await;
    assert_eq!(delivery.attempts, 3);
    assert_eq!(delivery.ticket_id.to_string(), ticket["id"].as_str().unwrap());
    assert!(delivery.error.unwrap().contains("status 503"));
    desk.drained().await;
    assert_eq!(receiver.calls().len(), 3);
    let letters = desk.dead_letters().await;
    assert_eq!(letters.len(), 1);
    assert_eq!((&letters[0]["pool"], &letters[0]["attempts"]), (&json!("webhooks"), &json!(3)));
    assert!(letters[0]["cause"].as_str().unwrap().contains("status 503"));
    assert_eq!(letters[0]["headers"][header::TYPE], "deskwire.ticket.saved.v1");
    assert_eq!(letters[0]["payload"]["ticket"]["id"], ticket["id"]);
    let records = records(&desk, &ticket).await;
    assert!(matches!(&records[..], [(3, None, Some(error))] if error.contains("status 503")), "{records:?}");
    // The receiver is well again, and hears of the next.
    user.raise("A mouse", "It squeaks.").await.expect(201);
    desk.drained().await;
    assert_eq!(receiver.calls().len(), 4);
}

#[tokio::test]
async fn a_receiver_that_hangs_delays_no_ticket() {
    let receiver = Receiver::start(vec![Reply::Hang; 40]).await;
    let desk = desk(&receiver).set("webhooks.timeout_seconds", 60).set("webhooks.concurrency", 2);
    let desk = desk.set("ratelimit.limit", 100).start().await;
    let user = desk.login("user1").await;
    for _ in 0..30 {
        user.raise("A screen", "It flickers.").await.expect(201);
    }
    let calls = receiver.calls();
    assert!(!calls.is_empty() && calls.len() <= 2, "{} calls", calls.len());
    assert!(desk.stored_events(Kind::WebhookDelivered).await.is_empty());
}
