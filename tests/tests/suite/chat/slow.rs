//! A client that does not read.

use serde_json::json;
use tests::Socket;

use super::{Room, seq, seqs, talkative};

/// Messages of 32 KB that fill a connection's buffers, and those that come when nothing more goes in.
const FILLING: u64 = 150;
const LOST: u64 = 20;
/// Small frames that fill what the desk keeps for one member.
const FRAMES: usize = 1_000;

/// Writes messages, each of which everybody else sees at once.
async fn write(writer: &mut Socket, other: &mut Socket, places: std::ops::RangeInclusive<u64>) {
    let long = "\u{1f600}".repeat(7_990);
    for place in places {
        writer.say(&format!("{place} {long}")).await;
        for socket in [&mut *writer, &mut *other] {
            assert_eq!(seq(&socket.next("chat").await), place);
        }
        writer.next("ack").await;
    }
}

#[tokio::test]
async fn a_client_that_does_not_read_holds_up_nobody_and_is_told_to_refresh() {
    let room = Room::of(talkative()).await;
    let mut writer = room.agent.enter(&room.ticket).await;
    let knock = room.user.knock(&room.ticket).receive_buffer(16 * 1_024);
    let mut slow = knock.open().await.unwrap_or_else(|answer| panic!("{answer:?}"));
    slow.entered().await;
    let mut other = room.user.enter(&room.ticket).await;
    let (filled, last) = (1 + FILLING, 1 + FILLING + LOST);
    write(&mut writer, &mut other, 2..=filled).await;
    for _ in 0..FRAMES / 100 {
        for _ in 0..100 {
            writer.send(&json!({"type": "typing"})).await;
        }
        for _ in 0..100 {
            other.next("typing").await;
        }
    }
    write(&mut writer, &mut other, filled + 1..=last).await;

    // What it reads now has no gap; then it is told from where it has to go on.
    let mut seen = 1;
    let after = loop {
        let frame = slow.receive().await.expect("it is not cut off");
        match frame["type"].as_str().unwrap() {
            "chat" => {
                assert_eq!(seq(&frame), seen + 1);
                seen += 1;
            }
            "full_refresh" => break frame["after_seq"].as_u64().unwrap(),
            _ => {}
        }
    };
    assert_eq!(after, seen);
    assert!(seen < last, "it was slow");
    // Nothing comes before it says what it has.
    writer.say("One more").await;
    assert_eq!(seq(&other.next("chat").await), last + 1);
    let unasked = slow.so_far().await;
    assert!(unasked.is_empty(), "{}", unasked.len());
    slow.send(&json!({"type": "resume", "after_seq": after})).await;
    let missed = slow.chats(usize::try_from(last + 1 - after).unwrap()).await;
    assert_eq!(seqs(&missed), (after + 1..=last + 1).collect::<Vec<_>>());
    // It is a member as any other again.
    writer.say("The last").await;
    assert_eq!(slow.next("chat").await["content"], "The last");
    assert_eq!(slow.say_as("mine", "Thanks").await["seq"], last + 3);
}
