//! A conversation with the bot becomes the start of a ticket.

use contracts::message::{Feedback, SenderRole};
use futures::future::join_all;
use serde_json::{Value, json};
use tests::{Answer, Client, Desk, stored_messages};

use super::{ask, ask_in, publish_both};

fn ticket(session: &Value) -> Value {
    json!({"title": "The VPN stays blocked", "description": "I tried it all.", "urgency": "low", "session_id": session})
}

async fn raise(person: &Client, key: &str, body: &Value) -> Answer {
    let headers = [("content-type", "application/json"), ("idempotency-key", key)];
    person.post_raw("/tickets", &headers, body.to_string()).await
}

#[tokio::test]
async fn its_turns_are_the_first_messages_exactly_once() {
    let desk = Desk::builder().ingress(2).start().await;
    publish_both(&desk.login("admin").await).await;
    let user = desk.login("user1").await;
    let first = ask(&user, "How do I connect to the VPN?").await.expect(200);
    let session = &first["session_id"];
    let second = ask_in(&user, session, "What is the capital of Mongolia, and how high does it lie?").await.expect(200);
    let judged = json!({"session_id": session, "turn": 1, "helpful": false});
    user.post("/ai/feedback", &judged).await.expect(204);

    // However often it is asked for.
    let (near, far) = (user.clone(), user.at(&desk.url(1)));
    let body = ticket(session);
    let answers = join_all((0..6).map(|number| raise([&near, &far][number % 2], "key", &body))).await;
    let saved = answers[0].expect(201);
    assert!(answers.iter().all(|answer| answer.expect(201)["id"] == saved["id"]));
    ask_in(&user, session, "And in a hotel?").await.expect(200);
    assert_eq!(raise(&user, "key", &body).await.expect(201), saved, "what is said later changes nothing");
    let mut without = ticket(session);
    without.as_object_mut().unwrap().remove("session_id");
    raise(&user, "key", &without).await.expect_problem(422, "IDEMPOTENCY_KEY_REUSED");

    let id = saved["id"].as_str().unwrap();
    let messages = stored_messages(&*desk.store().await, id).await;
    let said: Vec<_> = messages.iter().map(|message| (message.seq, message.is_ai, message.sender_role)).collect();
    let (user_role, desk_role) = (SenderRole::User, SenderRole::System);
    assert_eq!(
        said,
        [
            (1, false, user_role),
            (2, true, desk_role),
            (3, false, user_role),
            (4, true, desk_role),
            (5, false, desk_role)
        ]
    );
    assert_eq!(messages[0].content, "How do I connect to the VPN?");
    assert!(messages[1].content.starts_with(first["answer"].as_str().unwrap()));
    assert!(messages[1].content.contains("- [1] Connect to the VPN"), "{}", messages[1].content);
    assert_eq!(messages[3].content, second["answer"].as_str().unwrap());
    assert_eq!((messages[1].feedback, messages[3].feedback), (Feedback::NotHelpful, Feedback::None));
    assert_eq!(messages[0].sender_id.to_string(), user.id());
    assert!(messages[4].content.starts_with("Assigned to it-agent"));
    let shown = desk.login("it-agent").await.get(&format!("/tickets/{id}")).await.expect(200);
    assert_eq!(shown["messages"][1]["isAI"], true);
    // It can still be said whether an answer helped.
    let path = format!("/tickets/{id}/messages/{}", messages[1].id);
    let answer =
        user.request(reqwest::Method::PATCH, &path).json(&json!({"feedback": "helpful"})).send().await.unwrap();
    assert_eq!(answer.status(), 200);

    desk.drained().await;
    assert_eq!(desk.stored_on(&format!("*.ticket.saved.{id}")).await.len(), 1);
    assert_eq!(stored_messages(&*desk.store().await, id).await.len(), 5);
    assert!(desk.dead_letters().await.is_empty());
}

#[tokio::test]
async fn what_was_asked_is_screened_with_the_ticket() {
    let desk = Desk::start().await;
    let user = desk.login("user1").await;
    let threat = "I will find you at home and kill you tonight, you worthless pathetic pig.";
    let session = ask(&user, threat).await.expect(200)["session_id"].clone();
    let flagged = user.post("/tickets", &ticket(&session)).await.expect(201);
    assert_eq!((&flagged["misuse_flag"], &flagged["status"]), (&json!(true), &json!("open")));
    let id = flagged["id"].as_str().unwrap();
    let messages = stored_messages(&*desk.store().await, id).await;
    assert_eq!(messages.len(), 2);
    assert_eq!((messages[0].content.as_str(), messages[1].is_ai), (threat, true));

    // An admin lets it go on: it is not said again.
    desk.login("admin").await.post(&format!("/tickets/{id}/release"), &json!({})).await.expect(200);
    let messages = stored_messages(&*desk.store().await, id).await;
    assert_eq!(messages.iter().filter(|message| message.content == threat).count(), 1);
    assert_eq!(messages.iter().map(|message| message.seq).collect::<Vec<_>>(), [1, 2, 3, 4]);
}

#[tokio::test]
async fn a_long_conversation_gives_its_last_turns() {
    let desk = Desk::start().await;
    let user = desk.login("user1").await;
    let mut session = ask(&user, "Question 1 about nothing").await.expect(200)["session_id"].clone();
    for number in 2..=12 {
        let answer = ask_in(&user, &session, &format!("Question {number} about nothing")).await.expect(200);
        assert_eq!(answer["turn"], number);
        session = answer["session_id"].clone();
    }
    let saved = user.post("/tickets", &ticket(&session)).await.expect(201);
    let messages = stored_messages(&*desk.store().await, saved["id"].as_str().unwrap()).await;
    let asked: Vec<_> = messages.iter().filter(|message| message.sender_role == SenderRole::User).collect();
    assert_eq!((asked.len(), asked[0].content.as_str()), (10, "Question 3 about nothing"));
}
