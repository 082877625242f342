//! Two people talk, each at an ingress process of their own.

use contracts::{Event, Kind};
use serde_json::{Value, json};
use tests::{Desk, Part, eventually, stored_messages};

use super::{MESSAGE_FIELDS, Room, SYSTEM, contents, keys, message_of, seqs};

#[tokio::test]
async fn two_people_at_two_processes_see_every_message_in_one_order() {
    let room = Room::of(Desk::builder().ingress(2)).await;
    let far = room.agent.at(&room.desk.url(1));
    let (mut user, mut agent) = (room.user.enter(&room.ticket).await, far.enter(&room.ticket).await);
    let store = room.desk.store().await;

    let first = room.messages().await;
    let [system] = first.as_slice() else { panic!("not one message: {first:?}") };
    assert_eq!(keys(system), MESSAGE_FIELDS);
    let told = json!({"id": system["id"], "seq": 1, "ticket_id": room.ticket, "sender_id": SYSTEM,
        "sender_role": "system", "content": system["content"], "isAI": false, "feedback": "none",
        "timestamp": system["timestamp"], "client_message_id": null});
    assert_eq!(*system, told);
    assert!(!system["content"].as_str().unwrap().is_empty());

    // The seed's own payload, as it is.
    let mut sent = vec![first[0].clone()];
    let payload = json!({"type": "chat", "ticket_id": room.ticket, "sender_id": room.user.id(), "sender_role": "user",
        "content": "Hello?", "isAI": false, "feedback": "none"});
    user.send(&payload).await;
    let ack = user.next("ack").await;
    assert_eq!(keys(&ack), ["client_message_id", "id", "seq", "type"]);
    let seen = user.next("chat").await;
    assert_eq!((&ack["id"], &ack["seq"], &ack["client_message_id"]), (&seen["id"], &json!(2), &Value::Null));
    let expected = json!({"type": "chat", "id": ack["id"], "seq": 2, "ticket_id": room.ticket,
        "sender_id": room.user.id(), "sender_role": "user", "content": "Hello?", "isAI": false, "feedback": "none",
        "timestamp": seen["timestamp"], "client_message_id": null});
    assert_eq!(seen, expected);
    assert_eq!(agent.next("chat").await, expected);
    sent.push(message_of(&seen));

    // Both at once: whatever the order is, it is one, and what is seen is stored.
    let write = |socket: &'static str| {
        (0..20).map(move |number| (format!("{socket}-{number}"), format!("{socket} says {number}")))
    };
    for ((user_id, user_text), (agent_id, agent_text)) in write("user").zip(write("agent")) {
        let frame = |id: String, content: String| json!({"type": "chat", "content": content, "client_message_id": id});
        user.send(&frame(user_id, user_text)).await;
        agent.send(&frame(agent_id, agent_text)).await;
    }
    for _ in 0..40 {
        let seen = user.next("chat").await;
        let kept = stored_messages(&*store, &room.ticket).await.into_iter();
        let mut kept = kept.filter(|message| seen["id"] == message.id.to_string());
        assert_eq!(json!(kept.next().expect("it is stored when it is seen")), message_of(&seen));
        assert_eq!(agent.next("chat").await, seen);
        sent.push(message_of(&seen));
    }
    assert_eq!(seqs(&sent), (1..=42).collect::<Vec<_>>());
    assert_eq!(room.messages().await, sent);
    for (name, socket) in [("user", &mut user), ("agent", &mut agent)] {
        let own: Vec<_> = sent
            .iter()
            .filter(|message| message["client_message_id"].as_str().is_some_and(|id| id.starts_with(name)))
            .collect();
        // One's own messages keep their order.
        let said: Vec<_> = own.iter().map(|message| message["content"].as_str().unwrap().to_owned()).collect();
        assert_eq!(said, write(name).map(|(_, text)| text).collect::<Vec<_>>());
        for message in own {
            let ack = socket.next("ack").await;
            assert_eq!((&ack["client_message_id"], &ack["id"]), (&message["client_message_id"], &message["id"]));
            // Only where the store took longer than a second does it come without its place.
            assert!(ack.get("seq").is_none_or(|seq| *seq == message["seq"]), "{ack}");
        }
    }

    // Over HTTP it is the same message.
    let body = json!({"content": "By HTTP", "client_message_id": "http"});
    let posted = room.post(&far, &body).await.expect(201);
    for socket in [&mut user, &mut agent] {
        assert_eq!(message_of(&socket.next("chat").await), posted);
    }
    assert_eq!(
        (&posted["seq"], &posted["sender_role"], &posted["sender_id"]),
        (&json!(43), &json!("agent"), &json!(far.id()))
    );

    // Each person's message is told once; the desk's own are not.
    room.desk.drained().await;
    let saved = room.desk.stored_events(Kind::MessageSaved).await.into_iter();
    let saved: Vec<_> = saved.map(|stored| stored.envelope.event).collect();
    let told = room.desk.stored_events(Kind::AuditWebhookReceived).await.into_iter();
    let told = told.filter(|stored| matches!(&stored.envelope.event, Event::AuditWebhookReceived(event) if event.hook.as_str() == "on_message_sent"));
    assert_eq!((saved.len(), told.count()), (42, 42));
    let saved = saved.iter().map(|event| match event {
        Event::MessageSaved(event) => serde_json::to_value(&event.message).unwrap(),
        other => panic!("{other:?}"),
    });
    assert_eq!(saved.collect::<Vec<_>>(), [&sent[1..], &[posted]].concat());
}

#[tokio::test]
async fn typing_presence_and_reading_are_seen_across_processes() {
    let room = Room::of(Desk::builder().ingress(2)).await;
    let far = room.agent.at(&room.desk.url(1));
    let person = |id: &str, role: &str| json!({"user_id": id, "role": role});
    let (user_id, agent_id) = (room.user.id(), room.agent.id());
    let online = |frame: &Value| {
        let mut ids: Vec<_> = frame["online"].as_array().unwrap().clone();
        ids.sort_by_key(|person| person["user_id"].to_string());
        ids
    };
    let both = || {
        let mut both = vec![person(user_id, "user"), person(agent_id, "agent")];
        both.sort_by_key(|person| person["user_id"].to_string());
        both
    };

    let mut user = room.user.enter(&room.ticket).await;
    let alone = user.next("presence").await;
    assert_eq!(alone, json!({"type": "presence", "ticket_id": room.ticket, "online": [person(user_id, "user")]}));
    let mut agent = far.enter(&room.ticket).await;
    agent.next_where("presence", |frame| online(frame) == both()).await;
    user.next_where("presence", |frame| online(frame) == both()).await;
    // Two tabs are one person.
    let second_tab = room.user.at(&room.desk.url(1)).enter(&room.ticket).await;
    second_tab.leave().await;

    user.send(&json!({"type": "typing"})).await;
    let typing = agent.next("typing").await;
    assert_eq!(
        typing,
        json!({"type": "typing", "ticket_id": room.ticket, "sender_id": user_id, "sender_role": "user"})
    );

    // What is read counts for the one who read it.
    let counts = |client: &tests::Client| {
        let (client, path) = (client.clone(), room.path(""));
        async move {
            let item = client.get("/tickets").await.expect(200)["items"][0].clone();
            let opened = client.get(&path).await.expect(200);
            (
                item["last_seq"].as_u64().unwrap(),
                item["unread"].as_u64().unwrap(),
                opened["last_read_seq"].as_u64().unwrap(),
            )
        }
    };
    assert_eq!((counts(&room.user).await, counts(&room.agent).await), ((1, 1, 0), (1, 1, 0)));
    for number in 0..5 {
        agent.say_as(&format!("a{number}"), "Are you there?").await;
    }
    user.chats(5).await;
    // Who writes has read what stood there.
    assert_eq!((counts(&room.user).await, counts(&room.agent).await), ((6, 6, 0), (6, 0, 6)));
    user.send(&json!({"type": "read", "seq": 4})).await;
    let mark = agent.next("read").await;
    assert_eq!(mark, json!({"type": "read", "ticket_id": room.ticket, "user_id": user_id, "seq": 4}));
    eventually("it is counted", || async { (counts(&room.user).await == (6, 2, 4)).then_some(()) }).await;
    // A mark does not go back, and not beyond the end.
    user.send(&json!({"type": "read", "seq": 2})).await;
    user.send(&json!({"type": "read", "seq": 5})).await;
    eventually("it is counted", || async { (counts(&room.user).await == (6, 1, 5)).then_some(()) }).await;
    user.send(&json!({"type": "read", "seq": 1_000_000})).await;
    eventually("it is counted", || async { (counts(&room.user).await == (6, 0, 6)).then_some(()) }).await;
    user.send(&json!({"type": "read", "seq": 3})).await;
    user.say_as("u0", "Yes").await;
    assert_eq!(counts(&room.user).await, (7, 0, 7));
    assert_eq!(counts(&room.agent).await, (7, 1, 6));
    let none = (7, 7, 0);
    assert_eq!(counts(&room.desk.login("admin").await).await, none, "nobody else has read anything");

    // Nothing of it is stored as a message, and who leaves is gone, at whatever process.
    assert_eq!(stored_messages(&*room.desk.store().await, &room.ticket).await.len(), 7);
    agent.leave().await;
    user.next_where("presence", |frame| online(frame) == [person(user_id, "user")]).await;
}

/// A process that is killed says no word; its people are gone all the same.
#[tokio::test]
async fn who_was_at_a_killed_process_comes_back_once() {
    let mut room = Room::of(Desk::builder().ingress(2)).await;
    let far = room.agent.at(&room.desk.url(1));
    let mut user = room.user.enter(&room.ticket).await;
    let mut agent = far.enter(&room.ticket).await;
    user.next_where("presence", |frame| frame["online"].as_array().unwrap().len() == 2).await;
    room.desk.kill(Part::Ingress(1));
    assert_eq!(agent.closed().await, None);
    room.desk.restart(Part::Ingress(1)).await;
    room.desk.ready().await;
    let mut agent = far.enter(&room.ticket).await;
    let frame = agent.next_where("presence", |frame| frame["online"].as_array().unwrap().len() > 1).await;
    assert_eq!(frame["online"].as_array().unwrap().len(), 2, "{frame}");
    agent.say("Here I am again").await;
    assert_eq!(contents(&user.chats(1).await), ["Here I am again"]);
}

#[tokio::test]
async fn messages_come_in_pages_by_their_place() {
    let room = Room::start().await;
    for number in 2..=25 {
        room.post(&room.user, &json!({"content": format!("{number}")})).await.expect(201);
    }
    for (query, places, has_more) in [
        ("after_seq=0&limit=100", 1..=25, false),
        ("after_seq=0&limit=5", 1..=5, true),
        ("after_seq=5&limit=20", 6..=25, false),
        ("after_seq=5&limit=19", 6..=24, true),
        ("after_seq=24", 25..=25, false),
        ("before_seq=6&limit=5", 1..=5, false),
        ("before_seq=7&limit=5", 2..=6, true),
        ("before_seq=1000&limit=3", 23..=25, true),
        ("limit=25", 1..=25, false),
        ("limit=1", 25..=25, true),
    ] {
        for client in [&room.user, &room.agent] {
            let page = client.get(&room.path(&format!("/messages?{query}"))).await.expect(200);
            assert_eq!(keys(&page), ["has_more", "items"]);
            assert_eq!(seqs(page["items"].as_array().unwrap()), places.clone().collect::<Vec<_>>(), "{query}");
            assert_eq!(page["has_more"], has_more, "{query}");
        }
    }
    for query in ["after_seq=25", "before_seq=1", "after_seq=9007199254740991"] {
        let page = room.user.get(&room.path(&format!("/messages?{query}"))).await.expect(200);
        assert_eq!(page, json!({"items": [], "has_more": false}), "{query}");
    }
    for (query, field) in [
        ("after_seq=-1", "after_seq"),
        ("after_seq=x", "after_seq"),
        ("after_seq=18446744073709551615", "after_seq"),
        ("before_seq=0", "before_seq"),
        ("before_seq=1e9", "before_seq"),
        ("limit=0", "limit"),
        ("limit=-1", "limit"),
        ("limit=1000000000", "limit"),
        ("limit=", "limit"),
    ] {
        let answer = room.user.get(&room.path(&format!("/messages?{query}"))).await;
        answer.expect_problem(422, "VALIDATION_FAILED");
        assert_eq!(answer.wrong_fields(), [field], "{query}");
    }
    for query in ["page=1", "after_seq=1&before_seq=9", "after_seq=1&after_seq=2"] {
        let answer = room.user.get(&room.path(&format!("/messages?{query}"))).await;
        assert!([400, 422].contains(&answer.status.as_u16()), "{query}: {}", answer.text);
    }
}
