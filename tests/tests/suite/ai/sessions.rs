//! Conversations: what is remembered, for whom, and what is said of the answers.

use async_nats::HeaderMap;
use contracts::{Event, Kind};
use serde_json::{Value, json};
use tests::{Client, Desk, Part};

use super::{ask, ask_in, check, publish_both};

const ABSENT: &str = "0197a000-0000-7000-8000-000000000000";

async fn judge(person: &Client, session: &Value, turn: u32, helpful: bool) -> tests::Answer {
    person.post("/ai/feedback", &json!({"session_id": session, "turn": turn, "helpful": helpful})).await
}

#[tokio::test]
async fn a_follow_up_is_understood_by_what_was_before_it() {
    let mut desk = Desk::builder().ingress(2).start().await;
    publish_both(&desk.login("admin").await).await;
    let user = desk.login("user1").await;
    // By itself it says nothing.
    let alone = ask(&user, "And what do I do if that does not work in a hotel?").await.expect(200);
    assert_eq!(alone["turn"], 1);
    let first = ask(&user, "How do I connect to the VPN?").await.expect(200);
    let session = &first["session_id"];
    assert_ne!(session, &alone["session_id"]);
    let second = ask_in(&user.at(&desk.url(1)), session, "And if it does not work?").await.expect(200);
    check(&second);
    assert_eq!((&second["turn"], &second["session_id"]), (&json!(2), session));
    assert_eq!(second["sources"][0]["title"], "Connect to the VPN", "{second}");
    // Another subject is not mistaken for the same.
    let third = ask_in(&user, session, "When are salaries paid in December?").await.expect(200);
    assert_eq!((&third["turn"], &third["sources"][0]["title"]), (&json!(3), &json!("Payday")), "{third}");

    // It outlives every process.
    for part in [Part::Ingress(0), Part::Ingress(1), Part::Workers(0), Part::Nats(0)] {
        desk.kill(part);
    }
    for part in [Part::Nats(0), Part::Workers(0), Part::Ingress(0), Part::Ingress(1)] {
        desk.restart(part).await;
    }
    desk.ready().await;
    let fourth = tests::eventually("the bot is back", || async {
        let answer = ask_in(&user, session, "And when it is a Sunday?").await;
        (answer.status == 200).then(|| answer.json())
    })
    .await;
    assert_eq!((&fourth["turn"], &fourth["sources"][0]["title"]), (&json!(4), &json!("Payday")), "{fourth}");
}

#[tokio::test]
async fn a_conversation_belongs_to_its_user_and_ends() {
    let desk = Desk::start().await;
    let (user, other) = (desk.login("user1").await, desk.login("user2").await);
    let session = ask(&user, "Where do I find peace?").await.expect(200)["session_id"].clone();
    let ticket = |session: &Value| json!({"title": "A", "description": "B", "urgency": "low", "session_id": session});
    let absent = ask_in(&other, &json!(ABSENT), "Why?").await;
    for foreign in [&session, &json!(ABSENT)] {
        let answer = ask_in(&other, foreign, "Why?").await;
        answer.expect_problem(404, "AI_SESSION_NOT_FOUND");
        assert_eq!(answer.text, absent.text);
        judge(&other, foreign, 1, true).await.expect_problem(404, "AI_SESSION_NOT_FOUND");
        other.post("/tickets", &ticket(foreign)).await.expect_problem(404, "AI_SESSION_NOT_FOUND");
    }
    assert_eq!(other.get("/quota").await.expect(200)["used"], 0);
    assert_eq!(ask_in(&user, &session, "Why?").await.expect(200)["turn"], 2, "nothing came of it");
    judge(&user, &session, 3, true).await.expect_problem(404, "AI_TURN_NOT_FOUND");

    // When its day is over the broker lets it go, which a marker of its end says as well.
    let broker = async_nats::jetstream::new(desk.connect("ingress").await);
    let mut headers = HeaderMap::new();
    headers.insert("KV-Operation", "DEL");
    let key = format!("$KV.bot_sessions.{}.{}", user.id(), session.as_str().unwrap());
    broker.publish_with_headers(key, headers, "".into()).await.unwrap().await.unwrap();
    ask_in(&user, &session, "Why?").await.expect_problem(404, "AI_SESSION_NOT_FOUND");
    user.post("/tickets", &ticket(&session)).await.expect_problem(404, "AI_SESSION_NOT_FOUND");
    let bucket = broker.get_stream("KV_bot_sessions").await.unwrap();
    assert_eq!(bucket.cached_info().config.max_age, std::time::Duration::from_hours(24));
}

#[tokio::test]
async fn what_is_said_of_an_answer_is_kept_and_told() {
    let desk = Desk::start().await;
    publish_both(&desk.login("admin").await).await;
    let user = desk.login("user1").await;
    let answer = ask(&user, "How do I connect to the VPN?").await.expect(200);
    let session = &answer["session_id"];
    judge(&user, session, 1, false).await.expect(204);
    judge(&user, session, 1, true).await.expect(204);
    let stored = desk.stored_about(Kind::BotFeedbackGiven, session.as_str().unwrap()).await;
    let told = |stored: &tests::StoredEvent| match &stored.envelope.event {
        Event::BotFeedbackGiven(given) => given.clone(),
        other => panic!("{other:?}"),
    };
    let told: Vec<_> = stored.iter().map(told).collect();
    assert_eq!(told.iter().map(|given| given.helpful).collect::<Vec<_>>(), [false, true]);
    let article = answer["sources"][0]["article_id"].as_str().unwrap();
    assert_eq!(told[0].query, "How do I connect to the VPN?");
    assert!(told[0].article_ids.iter().any(|id| id.to_string() == article) && told[0].answered);
    assert_eq!((told[0].user_id.to_string().as_str(), told[0].turn), (user.id(), 1));
}
