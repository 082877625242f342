//! What only other parts of the desk may reach.

use chrono::Utc;
use contracts::Kind;
use serde_json::{Value, json};
use standardwebhooks::Webhook;
use tests::{Answer, Client, Desk, Part, webhook_secret, wire};
use uuid::Uuid;

const OLD_SECRET: &str = "whsec_YW5vdGhlciBzZWNyZXQgb2YgdGVzdHMsIHRvbyBvbGQ=";
const FOREIGN_SECRET: &str = "whsec_c29tZWJvZHkgZWxzZSdzIHNlY3JldCwgbm90IG91cnM=";

/// A webhook call as a sender signs it.
struct Signed {
    id: String,
    timestamp: String,
    signature: String,
    body: String,
}

impl Signed {
    fn new(secret: &str, id: Uuid, timestamp: i64, call: &Value) -> Self {
        let (id, body) = (id.to_string(), call.to_string());
        let signature = Webhook::new(secret).unwrap().sign(&id, timestamp, body.as_bytes()).unwrap();
        Self { id, timestamp: timestamp.to_string(), signature, body }
    }

    async fn send(&self, client: &Client, hook: &str) -> Answer {
        let headers = [
            ("content-type", "application/json"),
            ("webhook-id", self.id.as_str()),
            ("webhook-timestamp", self.timestamp.as_str()),
            ("webhook-signature", self.signature.as_str()),
        ];
        client.post_raw(&format!("/internal/webhook/{hook}"), &headers, self.body.clone()).await
    }
}

#[tokio::test]
async fn only_signed_calls_are_taken_and_each_has_one_effect() {
    // Nothing but this test calls.
    let mut desk = Desk::builder().set("webhooks.base_url", "http://127.0.0.1:1/nobody").start().await;
    let ticket = desk.login("user1").await.raise("Mouse", "It is stuck.").await.expect(201);
    let receiver = Client::new(&desk.internal_url(0));
    let now = Utc::now().timestamp();
    let call = json!({"type": "on_ticket_created", "timestamp": Utc::now().to_rfc3339(), "data": ticket});
    let secret = webhook_secret();
    let good = Signed::new(&secret, Uuid::new_v4(), now, &call);

    let altered = call.to_string().replace("It is stuck.", "It is not stuck.");
    let other_id = Uuid::new_v4().to_string();
    for (why, forged) in [
        ("no call", Signed { signature: String::new(), ..Signed::new(&secret, Uuid::new_v4(), now, &call) }),
        ("another body", Signed { body: altered, ..Signed::new(&secret, Uuid::new_v4(), now, &call) }),
        ("another id", Signed { id: other_id, ..Signed::new(&secret, Uuid::new_v4(), now, &call) }),
        (
            "another time",
            Signed { timestamp: (now - 1).to_string(), ..Signed::new(&secret, Uuid::new_v4(), now, &call) },
        ),
        ("too old", Signed::new(&secret, Uuid::new_v4(), now - 3_600, &call)),
        ("of the future", Signed::new(&secret, Uuid::new_v4(), now + 3_600, &call)),
        ("somebody's secret", Signed::new(FOREIGN_SECRET, Uuid::new_v4(), now, &call)),
        ("the old secret", Signed::new(OLD_SECRET, Uuid::new_v4(), now, &call)),
        (
            "no version",
            Signed { signature: good.signature.replace("v1,", ""), ..Signed::new(&secret, Uuid::new_v4(), now, &call) },
        ),
    ] {
        let answer = forged.send(&receiver, "on_ticket_created").await;
        assert_eq!(answer.status, 401, "{why}: {}", answer.text);
        answer.expect_problem(401, "INVALID_SIGNATURE");
    }
    receiver.post("/internal/webhook/on_ticket_created", &call).await.expect_problem(401, "INVALID_SIGNATURE");
    let resolved = Signed::new(&secret, Uuid::new_v4(), now, &call).send(&receiver, "on_ticket_resolved").await;
    resolved.expect_problem(422, "VALIDATION_FAILED");
    for hook in ["on_ticket_deleted", "%ff", "On_ticket_created"] {
        good.send(&receiver, hook).await.expect_problem(404, "NOT_FOUND");
    }
    let large = json!({"type": "on_ticket_created", "data": "x".repeat(1 << 20)});
    let large = Signed::new(&secret, Uuid::new_v4(), now, &large).send(&receiver, "on_ticket_created").await;
    large.expect_problem(413, "BODY_TOO_LARGE");
    assert_eq!(desk.stored_events(Kind::AuditWebhookReceived).await.len(), 0);

    for _ in 0..3 {
        good.send(&receiver, "on_ticket_created").await.expect(204);
    }
    assert_eq!(desk.stored_events(Kind::AuditWebhookReceived).await.len(), 1);

    // During a rotation both secrets are good, and a call may bear both signatures.
    desk.kill(Part::Ingress(0));
    desk.set("webhooks.secrets", format!("[\"{secret}\",\"{OLD_SECRET}\"]"));
    desk.restart(Part::Ingress(0)).await;
    desk.ready().await;
    let old = Signed::new(OLD_SECRET, Uuid::new_v4(), now, &call);
    old.send(&receiver, "on_ticket_created").await.expect(204);
    let mut both = Signed::new(FOREIGN_SECRET, Uuid::new_v4(), now, &call);
    let second = Webhook::new(&secret).unwrap().sign(&both.id, now, both.body.as_bytes()).unwrap();
    both.signature = format!("{} {second}", both.signature);
    both.send(&receiver, "on_ticket_created").await.expect(204);
    // A call from before the restart is known as well.
    good.send(&receiver, "on_ticket_created").await.expect(204);
    assert_eq!(desk.stored_events(Kind::AuditWebhookReceived).await.len(), 3);
}

#[tokio::test]
async fn the_public_listener_has_nothing_internal() {
    let desk = Desk::start().await;
    let call = json!({"type": "on_ticket_created"});
    let signed = Signed::new(&webhook_secret(), Uuid::new_v4(), Utc::now().timestamp(), &call);
    signed.send(&desk.anonymous(), "on_ticket_created").await.expect_problem(404, "NOT_FOUND");
    for path in [
        "/internal/webhook/on_ticket_created",
        "/internal/webhook/on_message_sent",
        "/internal/webhook/on_ticket_resolved",
        "//internal/webhook/on_ticket_created",
        "/%69nternal/webhook/on_ticket_created",
        "/%2finternal/webhook/on_ticket_created",
        "/INTERNAL/webhook/on_ticket_created",
        "/./internal/webhook/on_ticket_created",
        "/tickets/../internal/webhook/on_ticket_created",
        "/internal/webhook/on_ticket_created/",
        "/internal;x/webhook/on_ticket_created",
        "/internal",
        "/metrics",
        "//metrics",
        "/%6detrics",
    ] {
        for method in ["GET", "POST", "TRACE"] {
            let request =
                format!("{method} {path} HTTP/1.1\r\nhost: desk\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
            let answer = wire::exchange(&desk.url(0), request.as_bytes()).await;
            assert!(answer.starts_with("HTTP/1.1 404 "), "{method} {path}: {answer}");
            assert!(answer.contains("application/problem+json"), "{method} {path}: {answer}");
        }
    }
    // The other listener has nothing for people.
    let internal = Client::new(&desk.internal_url(0));
    for path in ["/tickets", "/auth/me", "/users", "/openapi.json"] {
        internal.get(path).await.expect_problem(404, "NOT_FOUND");
    }
    internal.get("/health/live").await.expect(204);
}
