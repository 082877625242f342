//! A request that is sent again with its `Idempotency-Key` is answered as the first one was.

use futures::future::join_all;
use reqwest::Method;
use serde_json::{Value, json};
use tests::{Answer, Client, Desk, Part};

fn ticket(title: &str) -> Value {
    json!({"title": title, "description": "It makes a noise.", "urgency": "low"})
}

async fn raise(user: &Client, key: &str, body: &Value) -> Answer {
    let headers = [("content-type", "application/json"), ("idempotency-key", key)];
    user.post_raw("/tickets", &headers, body.to_string()).await
}

#[tokio::test]
async fn a_repeated_request_has_the_first_ones_outcome_and_no_second_effect() {
    let mut desk = Desk::builder().ingress(2).start().await;
    let user = desk.login("user1").await;
    let first = raise(&user, "key", &ticket("Fan")).await;
    let saved = first.expect(201);
    // The order of the fields and the white space are no part of what is asked for.
    let rewritten = r#" {"urgency":"low", "description":"It makes a noise.", "title":"Fan"} "#;
    let headers = [("content-type", "application/json"), ("idempotency-key", "key")];
    let again = user.post_raw("/tickets", &headers, rewritten).await;
    for answer in [again, raise(&user.at(&desk.url(1)), "key", &ticket("Fan")).await] {
        assert_eq!(answer.expect(201), saved);
        assert_eq!(answer.headers["location"], first.headers["location"]);
    }
    raise(&user, "key", &ticket("Another")).await.expect_problem(422, "IDEMPOTENCY_KEY_REUSED");

    // Somebody else's key is another key.
    let other = desk.login("user2").await;
    let others = raise(&other, "key", &ticket("Fan")).await.expect(201);
    assert_ne!(others["id"], saved["id"]);

    // Ten at once are one.
    let (near, far) = (user.clone(), user.at(&desk.url(1)));
    let body = ticket("At once");
    let answers = join_all((0..10).map(|number| raise([&near, &far][number % 2], "at once", &body))).await;
    let ids: Vec<Value> = answers.iter().map(|answer| answer.expect(201)["id"].clone()).collect();
    assert!(ids.iter().all(|id| *id == ids[0]), "{ids:?}");
    assert_eq!(user.get("/tickets").await.expect(200)["total"], 2);

    // A rejection is an outcome, too.
    for number in 0..3 {
        raise(&user, &format!("filler {number}"), &ticket("Filler")).await.expect(201);
    }
    let rejected = raise(&user, "sixth", &ticket("Sixth")).await.expect_problem(429, "RATE_LIMIT_EXCEEDED");
    for part in [Part::Ingress(0), Part::Ingress(1), Part::Workers(0), Part::Nats(0)] {
        desk.kill(part);
    }
    for part in [Part::Nats(0), Part::Workers(0), Part::Ingress(0), Part::Ingress(1)] {
        desk.restart(part).await;
    }
    desk.ready().await;
    assert_eq!(raise(&user, "key", &ticket("Fan")).await.expect(201), saved);
    let repeated = raise(&user, "sixth", &ticket("Sixth")).await;
    assert_eq!(repeated.expect_problem(429, "RATE_LIMIT_EXCEEDED")["retry_at"], rejected["retry_at"]);
    assert_eq!(user.get("/tickets").await.expect(200)["total"], 5);
}

#[tokio::test]
async fn a_key_is_one_header_of_1_to_255_visible_characters() {
    let desk = Desk::start().await;
    let user = desk.login("user1").await;
    let long = "k".repeat(256);
    for key in ["", &long, "schl\u{fc}ssel"] {
        let answer = raise(&user, key, &ticket("Fan")).await;
        answer.expect_problem(422, "VALIDATION_FAILED");
        assert_eq!(answer.wrong_fields(), ["Idempotency-Key"], "{key}");
    }
    let twice = user.request(Method::POST, "/tickets").json(&ticket("Fan"));
    let twice = twice.header("idempotency-key", "one").header("idempotency-key", "two").send().await.unwrap();
    assert_eq!(twice.status(), 422);
    assert_eq!(user.get("/tickets").await.expect(200)["total"], 0);
    raise(&user, &long[1..], &ticket("Fan")).await.expect(201);
    // A key belongs to a request that was understood: one that was not leaves it free.
    raise(&user, "free", &json!({"title": "Fan"})).await.expect_problem(422, "VALIDATION_FAILED");
    raise(&user, "free", &ticket("Fan")).await.expect(201);
}
