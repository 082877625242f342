//! The AsyncAPI document says all that outsiders and clients of a chat may hear, and nothing else.
#![allow(clippy::unwrap_used, reason = "these are tests")]

use std::collections::BTreeSet;

use contracts::{
    Kind, MessageId, Role, TicketId, UserId, asyncapi,
    chat::{
        Ack, Chat, ClientFrame, Empty, FeedbackMark, FrameError, FullRefresh, Person, Presence, ReadMark, ReadUpTo,
        ResumeAfter, ServerFrame, Typing,
    },
    message::{Feedback, SenderRole},
};
use serde::Serialize;
use serde_json::{Value, json};

fn keys(value: &Value) -> BTreeSet<String> {
    value.as_object().unwrap().keys().cloned().collect()
}

/// Each reference in `part` leads somewhere in `document`.
fn check_references(document: &Value, part: &Value) {
    match part {
        Value::Object(members) => {
            if let Some(target) = members.get("$ref") {
                let pointer = target.as_str().unwrap().strip_prefix('#').unwrap();
                assert!(document.pointer(pointer).is_some(), "{target}");
            }
            members.values().for_each(|member| check_references(document, member));
        }
        Value::Array(items) => items.iter().for_each(|item| check_references(document, item)),
        _ => {}
    }
}

#[test]
fn every_event_for_outsiders_is_there_and_no_account() {
    let document = asyncapi::document();
    assert_eq!(document["asyncapi"], "3.0.0");
    check_references(&document, &document);
    for kind in Kind::ALL {
        let (name, outside) = (kind.to_string(), kind.entity() != "account");
        assert_eq!(document["channels"][&name].is_object(), outside, "{name}");
        assert_eq!(document["components"]["schemas"][kind.schema_name()].is_object(), outside, "{name}");
        if outside {
            assert_eq!(document["channels"][&name]["address"], format!("events.{name}.{{id}}"));
            let message = &document["components"]["messages"][&name];
            assert_eq!(message["name"], kind.cloud_event_type());
            assert!(!message["summary"].as_str().unwrap().is_empty(), "{name}");
        }
    }
    let text = document.to_string();
    for hidden in ["password_hash", "PasswordHash", "chat.room", "query.", "outcome", "$KV", "account.c"] {
        assert!(!text.contains(hidden), "{hidden}");
    }
}

/// The schema of a frame knows each member that the frame has, and its type.
fn check_frame(document: &Value, side: &str, frame: &impl Serialize) -> String {
    let frame = serde_json::to_value(frame).unwrap();
    let name = format!("{side}.{}", frame["type"].as_str().unwrap());
    let payload = &document["components"]["messages"][&name]["payload"];
    assert_eq!(payload["properties"]["type"]["const"], frame["type"], "{name}");
    assert_eq!(payload["required"][0], "type", "{name}");
    assert!(keys(&frame).is_subset(&keys(&payload["properties"])), "{name}: {payload}");
    name
}

#[test]
fn every_frame_is_there() {
    let document = asyncapi::document();
    let (ticket_id, user_id, seq) = (TicketId::new(), UserId::new(), 3);
    let client = [
        ClientFrame::Chat(Chat { content: "x".to_owned(), ..Chat::default() }),
        ClientFrame::Typing(Empty {}),
        ClientFrame::Read(ReadUpTo { seq }),
        ClientFrame::Resume(ResumeAfter { after_seq: seq }),
        ClientFrame::Ping(Empty {}),
    ];
    let (sender_role, feedback, message_id) = (SenderRole::Agent, Feedback::Helpful, MessageId::new());
    let samples = [
        ServerFrame::Ack(Ack { client_message_id: None, id: message_id, seq: Some(seq) }),
        ServerFrame::Typing(Typing { ticket_id, sender_id: user_id, sender_role }),
        ServerFrame::Read(ReadMark { ticket_id, user_id, seq }),
        ServerFrame::Presence(Presence { ticket_id, online: vec![Person { user_id, role: Role::User }] }),
        ServerFrame::Feedback(FeedbackMark { ticket_id, message_id, feedback }),
        ServerFrame::Error(FrameError { code: "X".to_owned(), detail: "x".to_owned(), client_message_id: None }),
        ServerFrame::FullRefresh(FullRefresh { after_seq: seq }),
        ServerFrame::Pong(Empty {}),
    ];
    let mut expected: BTreeSet<_> = client.iter().map(|frame| check_frame(&document, "client", frame)).collect();
    expected.extend(samples.iter().map(|frame| check_frame(&document, "server", frame)));
    // Their contents are a message and a ticket.
    expected.extend(["server.chat", "server.ticket"].map(str::to_owned));
    assert_eq!(keys(&document["channels"]["chat"]["messages"]), expected);
    let payload = &document["components"]["messages"]["server.chat"]["payload"];
    assert_eq!(payload["properties"]["seq"]["type"], json!("integer"));
}
