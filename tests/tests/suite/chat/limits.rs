//! Frames that are too large, too many, or never come.

use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::json;
use tests::{Desk, Socket, eventually, stored_messages};
use tokio::{io::AsyncReadExt, sync::Mutex};
use tokio_tungstenite::tungstenite::{
    Message,
    protocol::frame::{
        Frame,
        coding::{Data, OpCode},
    },
};

use super::{Room, contents, raise};

#[tokio::test]
async fn a_frame_over_the_limit_closes_the_connection() {
    let room = Room::start().await;
    let mut other = room.agent.enter(&room.ticket).await;
    let limit = contracts::chat::FRAME_MAX;
    let frame = |size: usize| {
        let frame = json!({"type": "typing"}).to_string();
        format!("{frame}{}", " ".repeat(size - frame.len()))
    };
    // At the limit it is a frame as any other.
    let mut socket = room.user.enter(&room.ticket).await;
    socket.send_raw(Message::text(frame(limit))).await;
    assert_eq!(other.next("typing").await["sender_id"], room.user.id());
    socket.send_raw(Message::text(frame(limit + 1))).await;
    assert_eq!(socket.closed().await, Some(1009));
    // Nor in parts.
    let mut socket = room.user.enter(&room.ticket).await;
    for (code, last) in [(Data::Text, false), (Data::Continue, false), (Data::Continue, true)] {
        let part = Frame::message(vec![b' '; limit / 2], OpCode::Data(code), last);
        // It may be closed before the last part.
        let _ = socket.try_send_raw(Message::Frame(part)).await;
    }
    assert_eq!(socket.closed().await, Some(1009));
    // The others go on.
    other.say("Still here").await;
    assert_eq!(contents(&other.chats(1).await), ["Still here"]);
    assert_eq!(stored_messages(&*room.desk.store().await, &room.ticket).await.len(), 2);
}

#[tokio::test]
async fn a_flood_is_throttled_and_then_closed() {
    let room = Room::of(Desk::builder().set("chat.frames_per_second", 5).set("chat.burst", 20)).await;
    let other_ticket = raise(&room.user).await;
    let mut other = room.agent.enter(&room.ticket).await;
    let (mut flood, mut elsewhere) = (room.user.enter(&room.ticket).await, room.user.enter(&other_ticket).await);
    // A burst is taken, and what goes beyond it is refused.
    for number in 0..60 {
        let id = format!("{number}");
        flood.send(&json!({"type": "chat", "content": id, "client_message_id": id})).await;
    }
    let (mut taken, mut refused) = (Vec::new(), 0);
    while taken.len() + refused < 60 {
        let frame = flood.receive().await.unwrap();
        match frame["type"].as_str().unwrap() {
            "ack" => taken.push(frame["client_message_id"].as_str().unwrap().to_owned()),
            "error" => {
                assert_eq!(frame["code"], "RATE_LIMITED", "{frame}");
                refused += 1;
            }
            _ => {}
        }
    }
    assert!(taken.len() >= 20 && refused > 0, "{taken:?}");
    assert_eq!(contents(&other.chats(taken.len()).await), taken);
    // It is the socket that is throttled, and the person writes elsewhere.
    assert_eq!(elsewhere.say_as("one", "Hello").await["seq"], 2);
    // Who waits is heard again.
    let heard = say_until_taken(&mut flood).await;
    assert_eq!(other.next("chat").await["content"], heard.as_str());
    // Who goes on without an end is put out.
    let mut sent = 0;
    while sent < 100_000 && flood.try_send(&json!({"type": "typing"})).await {
        sent += 1;
    }
    assert_eq!(flood.closed().await, Some(1008));
    // And may come back.
    let mut back = room.user.enter(&room.ticket).await;
    back.say_as("back", "I am sorry").await;
    assert_eq!(contents(&other.chats(1).await), ["I am sorry"]);
}

/// Says something until it is taken; its text.
async fn say_until_taken(socket: &mut Socket) -> String {
    let socket = Mutex::new(socket);
    let number = AtomicUsize::new(0);
    eventually("a message is taken", || async {
        let id = format!("again {}", number.fetch_add(1, Ordering::Relaxed));
        let mut socket = socket.lock().await;
        socket.send(&json!({"type": "chat", "content": id, "client_message_id": id})).await;
        loop {
            let frame = socket.receive().await.unwrap();
            if frame["type"] == "error" {
                return None;
            }
            if frame["type"] == "ack" {
                return Some(id);
            }
        }
    })
    .await
}

#[tokio::test]
async fn who_never_answers_is_gone_and_who_answers_stays() {
    let room = Room::of(Desk::builder().set("chat.ping_seconds", 1).set("chat.idle_seconds", 2)).await;
    let mut stays = room.agent.enter(&room.ticket).await;
    let gone = room.user.enter(&room.ticket).await;
    stays.next_where("presence", |frame| frame["online"].as_array().unwrap().len() == 2).await;
    // The connection is open, and nobody reads it until the desk has closed it.
    let mut gone = gone.into_stream();
    stays.next_where("presence", |frame| frame["online"].as_array().unwrap().len() == 1).await;
    let mut bytes = Vec::new();
    // It ends, whether or not the desk waited for an answer to its last word.
    let _ = gone.read_to_end(&mut bytes).await;
    assert!(bytes.windows(2).any(|frame| frame[0] == 0x89), "it was asked whether it is there");
    // The other one has said nothing but answered for longer than that.
    stays.say("Still here").await;
    assert_eq!(contents(&stays.chats(1).await), ["Still here"]);
}
