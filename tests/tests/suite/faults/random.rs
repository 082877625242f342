//! Parts are killed in turn while tickets are raised.

use std::{
    collections::BTreeSet,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use serde_json::Value;
use tests::{Client, Part, eventually};

use super::{HARMFUL, HARMLESS, desk, tally, ticket};

const WRITERS: usize = 8;
const DURATION: Duration = Duration::from_secs(25);
/// The next part is killed when so many more tickets were answered.
const ANSWERS_BETWEEN: usize = 12;
const VICTIMS: [Part; 5] = [Part::Workers(0), Part::Nats(0), Part::Ingress(0), Part::Workers(1), Part::Nats(0)];

/// Raises tickets one after the other; each until there is an answer, with one key.
async fn write(user: Client, answered: Arc<Mutex<BTreeSet<String>>>, stop: Arc<AtomicBool>) {
    let mut count = 0;
    while !stop.load(Ordering::Relaxed) {
        count += 1;
        let text = if count % 4 == 0 { HARMFUL } else { HARMLESS };
        let key = uuid::Uuid::new_v4().to_string();
        let id = eventually("an answer", || async {
            let request = user.request(reqwest::Method::POST, "/tickets").header("idempotency-key", &key);
            let answer = request.json(&ticket(text)).send().await.ok().filter(|answer| answer.status().is_success())?;
            let answer: Value = answer.json().await.ok()?;
            answer["id"].as_str().or(answer["ticket_id"].as_str()).map(str::to_owned)
        })
        .await;
        assert!(answered.lock().unwrap().insert(id), "two requests have one ticket");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_lost_or_doubled_while_parts_are_killed() {
    let mut desk = desk().workers(2).start().await;
    let answered = Arc::new(Mutex::new(BTreeSet::new()));
    let stop = Arc::new(AtomicBool::new(false));
    let mut writers = Vec::new();
    for _ in 0..WRITERS {
        let user = desk.new_user().await;
        writers.push(tokio::spawn(write(user, Arc::clone(&answered), Arc::clone(&stop))));
    }
    let started = Instant::now();
    let mut kills = 0;
    for victim in VICTIMS.iter().copied().cycle() {
        let enough = answered.lock().unwrap().len() + ANSWERS_BETWEEN;
        eventually("tickets are answered", || async { (answered.lock().unwrap().len() >= enough).then_some(()) }).await;
        if started.elapsed() > DURATION {
            break;
        }
        desk.kill(victim);
        desk.restart(victim).await;
        kills += 1;
    }
    stop.store(true, Ordering::Relaxed);
    for writer in writers {
        writer.await.unwrap();
    }
    desk.ready().await;
    let answered = answered.lock().unwrap().clone();
    let tally = tally(&desk, &answered).await;
    eprintln!("{kills} kills: {tally:?}");
    assert!(kills >= VICTIMS.len(), "only {kills} kills");
    assert!(tally.lost.is_empty() && tally.wrong.is_empty(), "{tally:?}");
}
