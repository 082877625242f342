//! A client that comes back gets what it missed: all of it, once, in order.

use serde_json::{Value, json};
use tests::{Line, Part, Socket};

use super::{Room, contents, message_of, messages, raise, seq, seqs, talkative};

/// Writes so many messages, some at a time, and waits until they are stored.
async fn write(socket: &mut Socket, count: usize) {
    let numbers: Vec<_> = (0..count).collect();
    for some in numbers.chunks(100) {
        for number in some {
            socket.say(&format!("{number}")).await;
        }
        for _ in some {
            socket.next("ack").await;
        }
    }
}

#[tokio::test]
async fn a_client_that_was_away_gets_exactly_the_gap() {
    let room = Room::of(talkative().ingress(2)).await;
    let mut writer = room.agent.enter(&room.ticket).await;
    let mut reader = room.user.enter(&room.ticket).await;
    write(&mut writer, 3).await;
    assert_eq!(seqs(&reader.chats(3).await), [2, 3, 4]);
    reader.leave().await;
    // More than one page of whatever size. Once the room has heard them, none comes live any more.
    write(&mut writer, 250).await;
    writer.chats(253).await;

    let far = room.user.at(&room.desk.url(1));
    let mut back = far.enter(&room.ticket).await;
    back.send(&json!({"type": "resume", "after_seq": 4})).await;
    let gap = back.chats(250).await;
    assert_eq!(seqs(&gap), (5..=254).collect::<Vec<_>>());
    let all = room.messages().await;
    assert_eq!(gap.iter().map(message_of).collect::<Vec<_>>(), all[4..]);
    // Then what comes now, and nothing again.
    write(&mut writer, 2).await;
    assert_eq!(seqs(&back.chats(2).await), [255, 256]);

    for (after, expected) in
        [(0, 1..257), (255, 256..257), (256, 257..257), (9_007_199_254_740_991_u64, 257..257), (200, 201..257)]
    {
        let mut client = far.enter(&room.ticket).await;
        client.send(&json!({"type": "resume", "after_seq": after})).await;
        let missed = client.chats(expected.clone().count()).await;
        assert_eq!(seqs(&missed), expected.collect::<Vec<_>>(), "after {after}");
        let more = client.so_far().await;
        assert!(more.iter().all(|frame| frame["type"] != "chat"), "after {after}: {more:?}");
    }
    // A client may go back as often as it likes.
    for _ in 0..3 {
        back.send(&json!({"type": "resume", "after_seq": 250})).await;
        assert_eq!(seqs(&back.chats(6).await), (251..=256).collect::<Vec<_>>());
    }
}

#[tokio::test]
async fn no_message_is_lost_or_doubled_between_the_gap_and_the_present() {
    let room = Room::of(talkative().ingress(2)).await;
    let mut writer = room.agent.enter(&room.ticket).await;
    write(&mut writer, 300).await;
    let far = room.user.at(&room.desk.url(1));
    let writing = write(&mut writer, 600);
    // Those that come back while it goes on.
    let reading = async {
        for round in 0..10_u64 {
            let client = if round % 2 == 0 { &far } else { &room.user };
            let mut back = client.enter(&room.ticket).await;
            // Live messages may come before the desk has seen the wish to resume.
            let after = round * 10;
            back.send(&json!({"type": "resume", "after_seq": after})).await;
            back.next_where("chat", |frame| seq(frame) == after + 1).await;
            let rest = back.chats(250).await;
            assert_eq!(seqs(&rest), (after + 2..=after + 251).collect::<Vec<_>>(), "round {round}");
            if round == 9 {
                let end = back.chats(usize::try_from(901 - (after + 251)).unwrap()).await;
                assert_eq!(seqs(&end), (after + 252..=901).collect::<Vec<_>>());
            }
        }
    };
    tokio::join!(writing, reading);
    assert_eq!(room.messages().await.len(), 901);
}

/// What the broker loses while it is away is made up for, without a word of the client's.
#[tokio::test]
async fn a_lost_broadcast_comes_late_and_once() {
    let mut room = Room::of(talkative().ingress(2).workers(2)).await;
    let far = room.agent.at(&room.desk.url(1));
    let (mut user, mut agent) = (room.user.enter(&room.ticket).await, far.enter(&room.ticket).await);
    let mut expected = 1;
    for (round, victims) in [
        vec![Part::Nats(0)],
        vec![Part::Workers(0), Part::Workers(1)],
        vec![Part::Nats(0), Part::Workers(0), Part::Workers(1)],
        vec![Part::Workers(1), Part::Nats(0)],
    ]
    .into_iter()
    .enumerate()
    {
        // Some are on their way when the parts are killed; a message that was not taken is sent again.
        for number in 0..10 {
            let id = format!("{round} before {number}");
            user.send(&json!({"type": "chat", "content": id, "client_message_id": id})).await;
        }
        for part in &victims {
            room.desk.kill(*part);
        }
        for part in &victims {
            room.desk.restart(*part).await;
        }
        for number in 0..10 {
            say_until_taken(&mut user, &format!("{round} before {number}")).await;
        }
        say_until_taken(&mut agent, &format!("{round} after")).await;
        let seen = [user.chats(11).await, agent.chats(11).await];
        assert_eq!(seen[0], seen[1]);
        assert_eq!(seqs(&seen[0]), (expected + 1..=expected + 11).collect::<Vec<_>>());
        expected += 11;
    }
    assert_eq!(seqs(&room.messages().await), (1..=expected).collect::<Vec<_>>());
    assert!(room.desk.dead_letters().await.is_empty());
}

/// While the line between one process and the broker is cut, its people miss what is told; the others do not. It is all
/// made up for, with what comes in behind it.
#[tokio::test]
async fn what_one_process_misses_comes_late_and_once() {
    let mut desk = talkative().ingress(2).prepare().await;
    let line = Line::to(&desk.nats().address());
    desk.set_for(Part::Ingress(1), "nats.url", format!("nats://{}", line.address()));
    for part in [Part::Workers(0), Part::Ingress(0), Part::Ingress(1)] {
        desk.restart(part).await;
    }
    desk.ready().await;
    let (user, agent, admin) = (desk.login("user1").await, desk.login("it-agent").await, desk.login("admin").await);
    let ticket = raise(&user).await;
    let mut near = user.enter(&ticket).await;
    let (mut far, mut watcher) =
        (agent.at(&desk.url(1)).enter(&ticket).await, admin.at(&desk.url(1)).enter(&ticket).await);

    // A few, and more than one page; and at the last others that come when the line is whole.
    let mut last = 1;
    for (missed, live) in [(3, 0), (250, 20), (1, 1)] {
        line.cut();
        write(&mut near, missed).await;
        assert_eq!(near.chats(missed).await.len(), missed);
        for socket in [&mut far, &mut watcher] {
            let unasked = socket.so_far().await;
            assert!(unasked.iter().all(|frame| frame["type"] != "chat"), "{unasked:?}");
        }
        line.mend();
        write(&mut near, live).await;
        near.chats(live).await;
        let end = last + (missed + live) as u64;
        for socket in [&mut far, &mut watcher] {
            assert_eq!(seqs(&socket.chats(missed + live).await), (last + 1..=end).collect::<Vec<_>>());
        }
        last = end;
    }

    // So it is with the right to be there.
    line.cut();
    let body = json!({"department": "HR", "reason": "It is about leave."});
    let ticket_now = agent.post(&format!("/tickets/{ticket}/assign"), &body).await.expect(200);
    near.say_as("private", "For HR alone").await;
    assert!(far.so_far().await.iter().all(|frame| frame["type"] != "ticket"), "nobody told it");
    line.mend();
    assert_eq!(far.closed().await, Some(1008));
    while let Ok(frame) = far.receive().await {
        assert!(!frame.to_string().contains("For HR alone"), "{frame}");
    }
    assert_eq!(watcher.next("ticket").await["ticket"], ticket_now);
    assert_eq!(seqs(&watcher.chats(2).await), [last + 1, last + 2]);
}

/// Waits for the `ack` of a message, and sends it again for as long as it is refused because a part is away.
async fn say_until_taken(socket: &mut Socket, id: &str) {
    let frame = json!({"type": "chat", "content": id, "client_message_id": id});
    socket.send(&frame).await;
    loop {
        let answer = socket.answer_to(id).await;
        if answer["type"] == "ack" {
            return;
        }
        assert_eq!(answer["code"], "UNAVAILABLE", "{answer}");
        socket.send(&frame).await;
    }
}

#[tokio::test]
async fn a_room_that_nobody_is_in_is_empty_and_starts_where_it_is() {
    let room = Room::of(talkative()).await;
    let other = raise(&room.user).await;
    let (mut one, mut two) = (room.user.enter(&room.ticket).await, room.user.enter(&other).await);
    one.say("In the one").await;
    two.say("In the other").await;
    for (socket, text) in [(&mut one, "In the one"), (&mut two, "In the other")] {
        assert_eq!(contents(&socket.chats(1).await), [text]);
    }
    let frames: Vec<Value> = one.so_far().await.into_iter().chain(two.so_far().await).collect();
    assert!(frames.iter().all(|frame| frame["type"] != "chat"), "{frames:?}");
    one.leave().await;
    room.post(&room.agent, &json!({"content": "While nobody was there"})).await.expect(201);
    let mut back = room.user.enter(&room.ticket).await;
    let mut agent = room.agent.enter(&room.ticket).await;
    agent.say("And now").await;
    assert_eq!(contents(&back.chats(1).await), ["And now"], "what was before is for those who ask");
    back.send(&json!({"type": "resume", "after_seq": 2})).await;
    assert_eq!(contents(&back.chats(2).await), ["While nobody was there", "And now"]);
    assert_eq!(messages(&room.agent, &room.ticket).await.len(), 4);
}
