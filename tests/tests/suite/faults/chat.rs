//! A test in the manner of Jepsen: people write and read in four rooms while every part of the desk is killed in turn.

mod people;

use std::{
    collections::BTreeMap,
    sync::{Arc, atomic::Ordering},
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use contracts::{Event, Kind, MessageId, message::Message};
use tests::{Client, Desk, PATIENCE, Part, Random, Writer, Written, check_rooms, eventually, stored_messages};
use tokio::time::timeout;

use people::{Reader, Run, Seen};

const ROOMS: usize = 4;
/// A writer sends no more than one message in this time.
const PACE: Duration = Duration::from_millis(40);
/// A writer who hears nothing of a message for so long connects anew and sends it again.
const ACK_WAIT: Duration = Duration::from_secs(10);
const DURATION: Duration = Duration::from_mins(2);
/// The next part is killed when so many more messages were acked.
const ACKS_BETWEEN: usize = 60;
const PARTS: [Part; 5] = [Part::Workers(0), Part::Workers(1), Part::Ingress(0), Part::Ingress(1), Part::Nats(0)];

/// The seed of the run: that of `CHAOS_SEED`, to see a run again, or a new one.
fn seed() -> u64 {
    let given = std::env::var("CHAOS_SEED").ok().map(|seed| seed.parse().expect("CHAOS_SEED is a number"));
    given.unwrap_or_else(|| u64::from(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().subsec_nanos()))
}

/// A ticket and those who are in its room.
struct Room {
    ticket: String,
    requester: Client,
    agent: Client,
}

async fn rooms(desk: &Desk) -> Vec<Room> {
    let texts = [
        ("My laptop does not start", "It stays black since the update.", "it-agent"),
        ("Parental leave", "How many weeks of parental leave may I take?", "hr-agent"),
    ];
    let mut rooms = Vec::new();
    for number in 0..ROOMS {
        let (title, description, agent) = texts[number % texts.len()];
        let requester = desk.new_user().await;
        let ticket = requester.raise(title, description).await.expect(201);
        let agent = desk.login(agent).await;
        assert_eq!(ticket["assignee_id"], agent.id());
        rooms.push(Room { ticket: ticket["id"].as_str().unwrap().to_owned(), requester, agent });
    }
    rooms
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_acked_message_is_stored_once_and_seen_once_by_each_reader_in_order() {
    let seed = seed();
    eprintln!("CHAOS_SEED={seed}");
    let mut random = Random::new(seed);
    let fast = Desk::builder().set("chat.frames_per_second", 100_000).set("chat.burst", 100_000);
    // A receiver that is killed again and again must not put a webhook off until after the test.
    let fast = fast.set("webhooks.retry_seconds", format!("{:?}", [1; 20]));
    let mut desk = fast.ingress(2).workers(2).start().await;
    let admin = desk.login("admin").await;
    let rooms = rooms(&desk).await;
    let run = Arc::new(Run::new(vec![desk.url(0), desk.url(1)], ROOMS));

    let (mut writers, mut readers) = (Vec::new(), Vec::new());
    for (number, room) in rooms.iter().enumerate() {
        // The one sends a message when the last is acked, the other several at a time.
        for (client, window) in [(&room.requester, 1), (&room.agent, 4)] {
            let name = format!("{number}-{window}");
            let (client, ticket) = (client.clone(), room.ticket.clone());
            let writer = Writer { client, ticket, name, window, pace: PACE, patience: ACK_WAIT };
            let (run, random) = (Arc::clone(&run), random.split());
            writers.push(tokio::spawn(async move {
                writer.write(&run.doors, random, &run.stop, |moment| run.count(moment)).await
            }));
        }
        for client in [&room.requester, &admin] {
            let reader = Reader { client: client.clone(), ticket: room.ticket.clone(), room: number };
            readers.push(tokio::spawn(reader.read(Arc::clone(&run), random.split())));
        }
    }

    let kills = kill_in_turn(&mut desk, &run, &mut random).await;
    run.stop.store(true, Ordering::Relaxed);
    let mut written: Vec<Written> = Vec::new();
    for writer in writers {
        written.push(timeout(PATIENCE, writer).await.expect("everything is acked in the end").unwrap());
    }
    desk.ready().await;
    desk.drained().await;

    let store = desk.store().await;
    let mut stored = Vec::new();
    for room in &rooms {
        stored.push(stored_messages(&*store, &room.ticket).await);
    }
    for (number, stored) in stored.iter().enumerate() {
        run.finish(number, stored.len() as u64);
    }
    let mut views: Vec<Seen> = Vec::new();
    for reader in readers {
        views.push(timeout(PATIENCE, reader).await.expect("everything is seen in the end").unwrap());
    }
    let faults = faults(&desk, &stored, &written, &views).await;
    eprintln!("kills: {kills:?}");
    for written in &written {
        eprintln!("writer {}: {written}", written.name);
    }
    for (number, stored) in stored.iter().enumerate() {
        let each: Vec<_> = views.iter().filter(|view| view.room == number).map(ToString::to_string).collect();
        eprintln!("room {number}: {} stored; readers: {}", stored.len(), each.join("; "));
    }
    let (sent, acked): (usize, usize) =
        written.iter().fold((0, 0), |sum, writer| (sum.0 + writer.sent.len(), sum.1 + writer.acked.len()));
    let kept: usize = stored.iter().map(Vec::len).sum();
    eprintln!("{sent} sent, {acked} acked, {kept} stored with the desk's own; faults: {faults:#?}");
    assert!(PARTS.iter().all(|part| kills.get(part).is_some_and(|count| *count > 0)), "{kills:?}");
    assert!(faults.is_empty(), "CHAOS_SEED={seed}");
}

/// Kills one part or two at a time, and starts them again, for as long as the test takes; how often each was killed.
async fn kill_in_turn(desk: &mut Desk, run: &Run, random: &mut Random) -> BTreeMap<Part, usize> {
    let (mut kills, started) = (BTreeMap::new(), Instant::now());
    let mut turn = Vec::new();
    while started.elapsed() < DURATION || kills.len() < PARTS.len() {
        let enough = run.acked.load(Ordering::Relaxed) + ACKS_BETWEEN;
        eventually("messages are acked", || async { (run.acked.load(Ordering::Relaxed) >= enough).then_some(()) })
            .await;
        if turn.is_empty() {
            turn = random.shuffled(PARTS.to_vec());
        }
        let count = if random.below(4) == 0 { turn.len().min(2) } else { 1 };
        let victims = turn.split_off(turn.len() - count);
        eprintln!("{:>5.1} s: {victims:?}", started.elapsed().as_secs_f64());
        for victim in &victims {
            desk.kill(*victim);
            *kills.entry(*victim).or_default() += 1;
        }
        for victim in victims {
            desk.restart(victim).await;
        }
    }
    kills
}

/// Everything that is missing, doubled, foreign or out of order.
async fn faults(desk: &Desk, stored: &[Vec<Message>], written: &[Written], views: &[Seen]) -> Vec<String> {
    let rooms = check_rooms(stored, written);
    let mut faults = [rooms.lost, rooms.doubled, rooms.disordered].concat();
    for reader in views {
        faults.extend(reader.faults.iter().cloned());
        let expected = stored[reader.room].iter().map(|message| (message.seq, message.id.to_string()));
        if !reader.messages.iter().cloned().eq(expected) {
            faults.push(format!("a reader of room {} saw other messages than are stored", reader.room));
        }
    }
    // Other systems hear of each once.
    let mut told: BTreeMap<MessageId, usize> = BTreeMap::new();
    for event in desk.stored_events(Kind::MessageSaved).await {
        if let Event::MessageSaved(event) = event.envelope.event {
            *told.entry(event.message.id).or_default() += 1;
        }
    }
    let by_people: Vec<_> = stored.iter().flatten().filter(|message| message.client_message_id.is_some()).collect();
    let once = by_people.iter().filter(|message| told.get(&message.id) == Some(&1)).count();
    if once != by_people.len() || told.len() != by_people.len() {
        faults.push(format!("message.saved: {} of {} messages once, {} in all", once, by_people.len(), told.len()));
    }
    faults
}
