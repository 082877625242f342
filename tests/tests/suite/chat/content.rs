//! What a client may say: its own words, as itself, and nothing else.

use serde_json::{Value, json};
use tests::{Client, stored_messages};
use tokio_tungstenite::tungstenite::Message;

use super::{ABSENT, Room, SYSTEM, contents, message_of, raise, seqs, talkative};

/// Payloads that name somebody or something that is not the session's own.
fn foreign(room: &Room, other_ticket: &str) -> Vec<(&'static str, Value)> {
    vec![
        ("ticket_id", json!(other_ticket)),
        ("ticket_id", json!(ABSENT)),
        ("ticket_id", json!(room.ticket.to_uppercase())),
        ("ticket_id", json!("")),
        ("sender_id", json!(room.agent.id())),
        ("sender_id", json!(ABSENT)),
        ("sender_id", json!(SYSTEM)),
        ("sender_id", json!("")),
        ("sender_role", json!("agent")),
        ("sender_role", json!("admin")),
        ("sender_role", json!("system")),
        ("sender_role", json!("bot")),
        ("sender_role", json!("User")),
        ("isAI", json!(true)),
        ("feedback", json!("helpful")),
        ("feedback", json!("not_helpful")),
    ]
}

/// Payloads that are no message.
fn malformed() -> Vec<(&'static str, Value)> {
    let long = "x".repeat(8_001);
    let long_marks = format!("{}x", "\u{1f600}".repeat(8_000));
    let mut cases: Vec<(&'static str, Value)> = Vec::new();
    for text in ["", " ", "\t \n", "\u{3000}\u{a0}", "\u{200b}\u{feff}", "a\0b", "\u{1b}[31mred", &long, &long_marks] {
        cases.push(("content", json!(text)));
    }
    for wrong in [json!(null), json!(7), json!(["Hello"]), json!({"text": "Hello"})] {
        cases.push(("content", wrong));
    }
    for id in [json!(""), json!("k".repeat(129)), json!(7), json!("a\0b"), json!("a\nb")] {
        cases.push(("client_message_id", id));
    }
    for wrong in [json!("false"), json!(0)] {
        cases.push(("isAI", wrong));
    }
    cases.push(("feedback", json!("nice")));
    for unknown in ["id", "seq", "timestamp", "role", "is_ai", "Content", "sender", "system"] {
        cases.push((unknown, json!("1")));
    }
    cases
}

#[tokio::test]
async fn what_is_not_the_sessions_own_is_an_error_and_stores_nothing() {
    let room = Room::of(talkative()).await;
    let other_ticket = raise(&room.user).await;
    let mut socket = room.user.enter(&room.ticket).await;
    let mut agent = room.agent.enter(&room.ticket).await;
    let own = json!({"ticket_id": room.ticket, "sender_id": room.user.id(), "sender_role": "user", "content": "Hello",
        "isAI": false, "feedback": "none"});
    let foreign = foreign(&room, &other_ticket).into_iter().map(|(field, value)| ("NOT_YOURS", field, value));
    let malformed = malformed().into_iter().map(|(field, value)| ("VALIDATION_FAILED", field, value));
    for (number, (code, field, value)) in foreign.chain(malformed).enumerate() {
        let mut body = own.clone();
        body["client_message_id"] = json!(format!("bad {number}"));
        body[field] = value;
        let mut frame = body.clone();
        frame["type"] = json!("chat");
        socket.send(&frame).await;
        let error = socket.next("error").await;
        assert_eq!(error["code"], code, "{frame}: {error}");
        assert!(error["detail"].as_str().unwrap().contains(field), "{frame}: {error}");
        assert!(error.to_string().len() < 1_000 && !error.to_string().contains("\\u001b"), "{error}");
        if field != "client_message_id" {
            assert_eq!(error["client_message_id"], body["client_message_id"], "{frame}: {error}");
        }
        let answer = room.post(&room.user, &body).await;
        answer.expect_problem(422, code);
        assert_eq!(answer.wrong_fields(), [field], "{body}: {}", answer.text);
    }
    let unasked = socket.so_far().await;
    assert!(
        unasked.iter().all(|frame| !["ack", "chat", "error"].contains(&frame["type"].as_str().unwrap())),
        "{unasked:?}"
    );
    let store = room.desk.store().await;
    for ticket in [&room.ticket, &other_ticket] {
        assert_eq!(stored_messages(&*store, ticket).await.len(), 1, "the desk's own word is alone");
    }
    // The next thing that anybody sees is the next good message.
    socket.say("Hello").await;
    assert_eq!(socket.next("ack").await["seq"], 2);
    assert_eq!(contents(&agent.chats(1).await), ["Hello"]);
}

#[tokio::test]
async fn what_is_no_frame_is_an_error_and_the_connection_goes_on() {
    let room = Room::of(talkative()).await;
    let mut socket = room.user.enter(&room.ticket).await;
    let texts = [
        "",
        "{",
        "null",
        "7",
        "[]",
        "\"chat\"",
        "{}",
        r#"{"type":7}"#,
        r#"{"type":"Chat","content":"Hello"}"#,
        r#"{"type":"system","content":"Hello"}"#,
        r#"{"type":"ack","id":"1"}"#,
        r#"{"type":"presence","online":[]}"#,
        r#"{"type":"ticket","ticket":{}}"#,
        r#"{"content":"Hello"}"#,
        r#"{"type":"chat"}"#,
        r#"{"type":"chat","content":"Hello","content":"Hello"}"#,
        r#"{"type":"chat","content":"half a pair \ud800"}"#,
        r#"{"type":"chat","content":"Hello"}}"#,
        r#"{"type":"typing","sender_id":"1"}"#,
        r#"{"type":"read"}"#,
        r#"{"type":"read","seq":-1}"#,
        r#"{"type":"read","seq":"1"}"#,
        r#"{"type":"read","seq":1,"user_id":"1"}"#,
        r#"{"type":"resume"}"#,
        r#"{"type":"resume","after_seq":1.5}"#,
        r#"{"type":"resume","after_seq":null}"#,
        r#"{"type":"ping","id":1}"#,
    ];
    let deep = format!("{{\"type\":\"chat\",\"content\":{}1{}}}", "[".repeat(20_000), "]".repeat(20_000));
    for text in texts.into_iter().chain([deep.as_str()]) {
        socket.send_raw(Message::text(text)).await;
        let error = socket.next("error").await;
        assert_eq!(error["code"], "VALIDATION_FAILED", "{text}: {error}");
        assert!(!error["detail"].as_str().unwrap().is_empty() && error.to_string().len() < 1_000, "{text}: {error}");
    }
    socket.send_raw(Message::binary(json!({"type": "chat", "content": "Hello"}).to_string().into_bytes())).await;
    assert_eq!(socket.next("error").await["code"], "VALIDATION_FAILED");
    let unasked = socket.so_far().await;
    assert!(unasked.iter().all(|frame| frame["type"] == "presence"), "{unasked:?}");
    assert_eq!(room.messages().await.len(), 1);
    assert_eq!(socket.say_as("good", "Hello").await["seq"], 2);
}

/// At the limits, and whatever it is: what people write comes as they wrote it.
#[tokio::test]
async fn words_are_kept_as_they_are() {
    let room = Room::of(talkative()).await;
    let (mut user, mut agent) = (room.user.enter(&room.ticket).await, room.agent.enter(&room.ticket).await);
    let longest = "\u{1f600}".repeat(8_000);
    let texts = [
        "x",
        longest.as_str(),
        "  two spaces before, a line\nbreak\tand a tab  ",
        "<script>alert(1)</script><img src=x onerror=alert(1)> [click](javascript:alert(1))",
        "'; DROP TABLE messages; -- \\ \" {{7*7}} ${7*7} %00 %s",
        "\u{202e}right to left\u{202c} \u{e9}\u{301} \u{1f469}\u{200d}\u{1f4bb}",
        "{\"type\":\"system\"}",
    ];
    let id = "\u{1f511}".repeat(128);
    for (number, text) in texts.iter().enumerate() {
        let id = if number == 0 { id.clone() } else { format!("{number}") };
        let ack = user.say_as(&id, text).await;
        let seen = agent.next("chat").await;
        assert_eq!((&seen["content"], &seen["client_message_id"]), (&json!(text), &json!(id)));
        assert_eq!((&seen["id"], &seen["sender_id"]), (&ack["id"], &json!(room.user.id())));
        assert_eq!(user.next("chat").await, seen);
        assert_eq!(room.messages().await.last(), Some(&message_of(&seen)));
    }
    // Whoever writes is named as who they are: an admin, too.
    let admin = room.desk.login("admin").await;
    let role = |client: Client| {
        let room = &room;
        async move {
            let body = json!({"content": "Hello"});
            let message = room.post(&client, &body).await.expect(201);
            assert_eq!(message["sender_id"], client.id());
            message["sender_role"].as_str().unwrap().to_owned()
        }
    };
    assert_eq!(role(room.user.clone()).await, "user");
    assert_eq!(role(room.agent.clone()).await, "agent");
    assert_eq!(role(admin).await, "admin");
    assert_eq!(seqs(&room.messages().await), (1..=11).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_page_of_the_longest_messages_is_answered() {
    let room = Room::of(talkative()).await;
    let longest = json!({"content": "\u{1f600}".repeat(8_000)});
    // With these a page is longer than a message of the broker usually may be.
    for _ in 0..40 {
        room.post(&room.user, &longest).await.expect(201);
    }
    let page = room.user.get(&room.path("/messages?limit=100")).await.expect(200);
    let long = page["items"].as_array().unwrap().iter().filter(|message| message["content"] == longest["content"]);
    assert_eq!((long.count(), &page["has_more"]), (40, &json!(false)));
    let opened = room.user.get(&room.path("")).await.expect(200);
    assert!(opened["messages"].as_array().unwrap().len() >= 40);
}
