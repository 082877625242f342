//! Whether an answer of the bot helped.

use chrono::Utc;
use contracts::{
    MessageId,
    message::{Feedback, Message, SenderRole},
};
use reqwest::Method;
use serde_json::{Value, json};
use tests::{Answer, Client, Desk};
use workers::persistence::store::Appended;

use super::{ABSENT, Room};

async fn judge(client: &Client, path: &str, body: &Value) -> Answer {
    let response = client.request(Method::PATCH, path).json(body).send().await.unwrap();
    let (status, headers) = (response.status(), response.headers().clone());
    Answer { status, headers, text: response.text().await.unwrap() }
}

/// Adds a message of the bot, and gives its id. There is no bot yet: the message is put where it would be kept.
async fn add_bots(room: &Room, content: &str) -> String {
    let store = room.desk.store().await;
    let ticket = store.ticket(room.ticket.parse().unwrap()).await.unwrap().unwrap();
    let message = Message {
        id: MessageId::new(),
        seq: 0,
        ticket_id: ticket.value.id,
        sender_id: room.agent.id().parse().unwrap(),
        sender_role: SenderRole::Agent,
        content: content.to_owned(),
        is_ai: true,
        feedback: Feedback::None,
        timestamp: Utc::now(),
        client_message_id: None,
    };
    let added = store.append_message(&message, ticket.version).await.unwrap();
    assert!(matches!(added, Appended::New(_)), "{added:?}");
    message.id.to_string()
}

#[tokio::test]
async fn a_message_of_the_bot_can_be_judged_and_a_persons_cannot() {
    let room = Room::of(Desk::builder().ingress(2)).await;
    let other = room.desk.login("user2").await;
    let persons = room.post(&room.agent, &json!({"content": "Have you tried turning it off?"})).await.expect(201);
    let persons = persons["id"].as_str().unwrap();
    let bots = add_bots(&room, "Hold the power button.").await;
    let bots = bots.as_str();
    let path = |message: &str| room.path(&format!("/messages/{message}"));
    let feedback_of = |message: &'static str| {
        let room = &room;
        let id = if message == "bots" { bots.to_owned() } else { persons.to_owned() };
        async move {
            let found = room.messages().await.into_iter().find(|found| found["id"] == id.as_str()).unwrap();
            found["feedback"].as_str().unwrap().to_owned()
        }
    };
    let mut socket = room.agent.at(&room.desk.url(1)).enter(&room.ticket).await;

    let system = room.messages().await[0]["id"].as_str().unwrap().to_owned();
    for id in [persons, &system, ABSENT, "1", "x'--"] {
        let answer = judge(&room.user, &path(id), &json!({"feedback": "helpful"})).await;
        answer.expect_problem(404, "MESSAGE_NOT_FOUND");
    }
    let absent = judge(&other, &format!("/tickets/{ABSENT}/messages/{bots}"), &json!({"feedback": "helpful"})).await;
    absent.expect_problem(404, "TICKET_NOT_FOUND");
    for id in [bots, persons, ABSENT] {
        assert_eq!(judge(&other, &path(id), &json!({"feedback": "helpful"})).await.text, absent.text);
    }
    // A message of one ticket is none of another.
    let elsewhere = super::raise(&room.user).await;
    let answer =
        judge(&room.user, &format!("/tickets/{elsewhere}/messages/{bots}"), &json!({"feedback": "helpful"})).await;
    answer.expect_problem(404, "MESSAGE_NOT_FOUND");
    for (body, field) in [
        (json!({}), "feedback"),
        (json!({"feedback": null}), "feedback"),
        (json!({"feedback": "nice"}), "feedback"),
        (json!({"feedback": true}), "feedback"),
        (json!({"feedback": "helpful", "content": "Other words"}), "content"),
        (json!({"feedback": "helpful", "isAI": false}), "isAI"),
    ] {
        let answer = judge(&room.user, &path(bots), &body).await;
        answer.expect_problem(422, "VALIDATION_FAILED");
        assert_eq!(answer.wrong_fields(), [field], "{body}");
    }
    assert_eq!((feedback_of("bots").await, feedback_of("persons").await), ("none".to_owned(), "none".to_owned()));

    for feedback in ["helpful", "not_helpful", "not_helpful", "none"] {
        let message = judge(&room.user, &path(bots), &json!({"feedback": feedback})).await.expect(200);
        assert_eq!(
            (&message["id"], &message["feedback"], &message["isAI"]),
            (&json!(bots), &json!(feedback), &json!(true))
        );
        assert_eq!(message["content"], "Hold the power button.");
        let frame = socket.next("feedback").await;
        let expected = json!({"type": "feedback", "ticket_id": room.ticket, "message_id": bots, "feedback": feedback});
        assert_eq!(frame, expected);
        assert_eq!(feedback_of("bots").await, feedback);
    }
    assert_eq!(room.messages().await.len(), 3);
    assert_eq!(feedback_of("persons").await, "none");
}
