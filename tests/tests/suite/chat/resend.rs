//! A message that is sent again under its `client_message_id` is one message.

use contracts::{Envelope, Event, Kind, RequestId, event::MessageSent, trace::TraceParent};
use futures::future::join_all;
use serde_json::{Value, json};
use tests::{Client, Part, Socket};

use super::{Room, contents, message_of, raise, seqs, talkative};
use crate::pipeline::publish;

async fn start() -> Room {
    Room::of(talkative().ingress(2)).await
}

/// Sends a message again every way there is; each is answered with the first one.
async fn resend_everywhere(room: &Room, first: &Value) {
    let (id, text) = (first["client_message_id"].as_str().unwrap(), first["content"].as_str().unwrap());
    for url in [room.desk.url(0), room.desk.url(1)] {
        let user = room.user.at(&url);
        let mut socket = user.enter(&room.ticket).await;
        for _ in 0..2 {
            let ack = socket.say_as(id, text).await;
            assert_eq!((&ack["id"], &ack["seq"]), (&first["id"], &first["seq"]));
        }
        let unasked = socket.so_far().await;
        assert!(unasked.iter().all(|frame| frame["type"] == "presence"), "{unasked:?}");
        socket.leave().await;
        let body = json!({"content": text, "client_message_id": id});
        assert_eq!(room.post(&user, &body).await.expect(201), *first);
    }
}

/// Sends other words under a message's id every way there is; each is an error, and no `ack`.
async fn reuse_everywhere(room: &Room, first: &Value) {
    let id = first["client_message_id"].as_str().unwrap();
    for url in [room.desk.url(0), room.desk.url(1)] {
        let user = room.user.at(&url);
        let mut socket = user.enter(&room.ticket).await;
        socket.send(&json!({"type": "chat", "content": "Other words", "client_message_id": id})).await;
        let error = socket.answer_to(id).await;
        assert_eq!((&error["type"], &error["code"]), (&json!("error"), &json!("CLIENT_MESSAGE_ID_REUSED")), "{error}");
        let unasked = socket.so_far().await;
        assert!(unasked.iter().all(|frame| frame["type"] == "presence"), "{unasked:?}");
        socket.leave().await;
        let body = json!({"content": "Other words", "client_message_id": id});
        room.post(&user, &body).await.expect_problem(422, "CLIENT_MESSAGE_ID_REUSED");
    }
}

async fn say(socket: &mut Socket, id: &str, text: &str) -> Value {
    let ack = socket.say_as(id, text).await;
    let message = message_of(&socket.next("chat").await);
    assert_eq!(ack["id"], message["id"]);
    message
}

#[tokio::test]
async fn within_and_after_the_brokers_memory_a_resend_is_one_message() {
    let room = start().await;
    let mut witness = room.agent.enter(&room.ticket).await;
    let mut socket = room.user.enter(&room.ticket).await;
    let first = say(&mut socket, "one", "The first").await;
    resend_everywhere(&room, &first).await;
    reuse_everywhere(&room, &first).await;
    room.desk.shorten_memory().await;
    let second = say(&mut socket, "two", "The second").await;
    for message in [&first, &second] {
        for _ in 0..2 {
            room.desk.drained().await;
            room.desk.forgotten().await;
            resend_everywhere(&room, message).await;
            room.desk.forgotten().await;
            reuse_everywhere(&room, message).await;
        }
    }
    // The same words without an id, or under another, are other messages; so are those of others under the same id.
    let other_ticket = raise(&room.user).await;
    let body = json!({"content": "The first", "client_message_id": "one"});
    let elsewhere = room.user.post(&format!("/tickets/{other_ticket}/messages"), &body).await.expect(201);
    let agents = room.post(&room.agent, &body).await.expect(201);
    let anonymous = room.post(&room.user, &json!({"content": "The first"})).await.expect(201);
    let anonymous_again = room.post(&room.user, &json!({"content": "The first"})).await.expect(201);
    let ids = [&first, &second, &elsewhere, &agents, &anonymous, &anonymous_again].map(|message| message["id"].clone());
    assert!((1..ids.len()).all(|index| !ids[..index].contains(&ids[index])), "{ids:?}");

    // Nobody saw any of them twice, and it was told once.
    let seen = witness.chats(5).await;
    assert_eq!(seqs(&seen), [2, 3, 4, 5, 6]);
    assert_eq!(contents(&seen), ["The first", "The second", "The first", "The first", "The first"]);
    room.desk.drained().await;
    let unasked = witness.so_far().await;
    assert!(unasked.iter().all(|frame| frame["type"] != "chat" && frame["type"] != "error"), "{unasked:?}");
    assert_eq!(room.messages().await.len(), 6);
    assert_eq!(room.desk.stored_about(Kind::MessageSaved, &room.ticket).await.len(), 5);
    assert!(room.desk.dead_letters().await.is_empty());
}

#[tokio::test]
async fn after_each_part_was_killed_a_resend_is_one_message() {
    let mut room = start().await;
    let mut socket = room.user.enter(&room.ticket).await;
    let mut kept = vec![say(&mut socket, "first", "First").await];
    for part in [Part::Workers(0), Part::Nats(0), Part::Ingress(0)] {
        room.desk.kill(part);
        room.desk.restart(part).await;
        room.desk.ready().await;
        for message in &kept {
            resend_everywhere(&room, message).await;
            reuse_everywhere(&room, message).await;
        }
        let mut socket = room.user.at(&room.desk.url(1)).enter(&room.ticket).await;
        kept.push(say(&mut socket, &format!("{part:?}"), "Another").await);
    }
    assert_eq!(room.messages().await[1..], kept);
}

/// All at once: one of them is the message, and the others are it, too.
#[tokio::test]
async fn at_once_from_everywhere_it_is_one_message() {
    let mut room = start().await;
    let (near, far) = (room.user.clone(), room.user.at(&room.desk.url(1)));
    for workers_are_away in [false, true] {
        let id = format!("{workers_are_away}");
        if workers_are_away {
            room.desk.kill(Part::Workers(0));
        }
        let by_socket = |client: Client| {
            let (ticket, id) = (room.ticket.clone(), id.clone());
            async move {
                let mut socket = client.enter(&ticket).await;
                socket.say_as(&id, "At once").await["id"].clone()
            }
        };
        if workers_are_away {
            // Nobody enters while the store is away: those who are in write, and have the `ack` when it is on disk.
            room.desk.restart(Part::Workers(0)).await;
            room.desk.ready().await;
            let mut sockets = [near.enter(&room.ticket).await, far.enter(&room.ticket).await];
            room.desk.kill(Part::Workers(0));
            let mut acks = Vec::new();
            for socket in &mut sockets {
                acks.push(socket.say_as(&id, "At once").await);
            }
            assert_eq!(acks[0], json!({"type": "ack", "client_message_id": id, "id": acks[1]["id"]}), "not yet stored");
            assert_eq!(acks[0], acks[1]);
            room.desk.restart(Part::Workers(0)).await;
            for socket in &mut sockets {
                assert_eq!(socket.next("chat").await["id"], acks[0]["id"]);
            }
        } else {
            let by_http = |client: Client| {
                let (path, id) = (room.path("/messages"), id.clone());
                async move {
                    let body = json!({"content": "At once", "client_message_id": id});
                    client.post(&path, &body).await.expect(201)["id"].clone()
                }
            };
            let http = join_all((0..6).map(|number| by_http([&near, &far][number % 2].clone())));
            let sockets = join_all((0..6).map(|number| by_socket([&near, &far][number % 2].clone())));
            let (http, sockets) = tokio::join!(http, sockets);
            assert!(http.iter().chain(&sockets).all(|id| *id == http[0]), "{http:?} {sockets:?}");
        }
    }
    room.desk.ready().await;
    assert_eq!(contents(&room.messages().await)[1..], ["At once", "At once"]);
}

/// The two contents reach the store in some order; the first is the message, and whoever wrote the other hears of it.
#[tokio::test]
async fn two_contents_under_one_id_at_once_are_one_message_and_one_error() {
    let mut room = start().await;
    let mut sockets = [room.user.enter(&room.ticket).await, room.user.at(&room.desk.url(1)).enter(&room.ticket).await];
    for round in 0..10 {
        let id = format!("{round}");
        for (number, socket) in sockets.iter_mut().enumerate() {
            socket.send(&json!({"type": "chat", "content": format!("from {number}"), "client_message_id": id})).await;
        }
        let mut answers = Vec::new();
        for socket in &mut sockets {
            answers.push(socket.answer_to(&id).await);
        }
        let message = sockets[0].next("chat").await;
        assert_eq!(sockets[1].next("chat").await, message);
        let winner = usize::from(message["content"] == "from 1");
        assert_eq!((&answers[winner]["type"], &answers[winner]["id"]), (&json!("ack"), &message["id"]), "{answers:?}");
        assert_eq!(answers[1 - winner]["code"], "CLIENT_MESSAGE_ID_REUSED", "{answers:?}");
    }
    // While the store is away nobody can tell; the one who lost hears of it afterwards.
    room.desk.kill(Part::Workers(0));
    for (number, socket) in sockets.iter_mut().enumerate() {
        socket.say_as("late", &format!("from {number}")).await;
    }
    room.desk.restart(Part::Workers(0)).await;
    let message = sockets[0].next("chat").await;
    assert_eq!((&message["content"], sockets[1].next("chat").await), (&json!("from 0"), message.clone()));
    let error = sockets[1].answer_to("late").await;
    assert_eq!(error["code"], "CLIENT_MESSAGE_ID_REUSED", "{error}");
    room.desk.ready().await;
    assert_eq!(room.messages().await.len(), 12);
}

/// What persistence sees of a resend when the broker has forgotten the first: the same event, in a second place of the
/// stream.
#[tokio::test]
async fn an_event_that_comes_again_is_saved_once() {
    let room = start().await;
    let mut witness = room.agent.enter(&room.ticket).await;
    let user: contracts::User = serde_json::from_value(room.user.user.clone()).unwrap();
    let ticket_id = room.ticket.parse().unwrap();
    let message_id = contracts::MessageId::of_client(ticket_id, user.id, "one");
    let sent = |content: &str| {
        let event = MessageSent {
            message_id,
            ticket_id,
            actor: (&user).into(),
            content: content.to_owned(),
            is_ai: false,
            client_message_id: Some("one".to_owned()),
        };
        Envelope::of_request(Event::from(event), RequestId::from(message_id.uuid()), TraceParent::start())
    };
    let first = sent("The first");
    let (again, other) = (sent("The first"), sent("Other words"));
    for (envelope, id) in [(&first, "1"), (&first, "2"), (&again, "3"), (&other, "4"), (&again, "5")] {
        publish(&room.desk, envelope, envelope.event.encode().unwrap(), &[("Nats-Msg-Id", id)]).await;
    }
    assert_eq!(witness.next("chat").await["id"], message_id.to_string());
    room.desk.drained().await;
    witness.say_as("next", "The next").await;
    assert_eq!(contents(&witness.chats(1).await), ["The next"]);
    assert_eq!(room.desk.stored_about(Kind::MessageSent, &room.ticket).await.len(), 6);
    assert_eq!(room.desk.stored_about(Kind::MessageSaved, &room.ticket).await.len(), 2);
    assert_eq!(room.desk.stored_about(Kind::MessageRefused, &room.ticket).await.len(), 1);
    let kept = room.messages().await;
    assert_eq!(contents(&kept)[1..], ["The first", "The next"]);
    assert_eq!(kept[1]["timestamp"], json!(first.time));
}
