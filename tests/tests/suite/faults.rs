//! What a killed part costs: nothing that was answered or accepted is lost or doubled.

mod chat;
mod conversation;
mod random;
mod steps;

use std::collections::{BTreeMap, BTreeSet};

use contracts::{Event, Kind, consumer::Pool};
use serde_json::{Value, json};
use tests::{Client, Desk, DeskBuilder, Part, eventually};

/// A text in which moderation finds no harm, and one in which it does.
const HARMLESS: (&str, &str) = ("My laptop does not start", "It stays black since this morning's update.");
const HARMFUL: (&str, &str) =
    ("You are worthless scum", "I will find you at home and kill you tonight, you pathetic pig.");

/// A desk whose requests wait a second for their outcome, with quotas that nobody reaches.
fn desk() -> DeskBuilder {
    Desk::builder().set("ingress.wait_seconds", 1).set("ratelimit.limit", 10_000)
}

fn ticket(text: (&str, &str)) -> Value {
    json!({"title": text.0, "description": text.1, "urgency": "medium"})
}

/// Starts what is not running, with every pool, and waits until the desk works.
async fn revive(desk: &mut Desk, victim: Part) {
    if victim == Part::Nats(0) || matches!(victim, Part::Ingress(_)) {
        desk.restart(victim).await;
    }
    desk.kill(Part::Workers(0));
    desk.set_for(Part::Workers(0), "workers.pools", "[]");
    desk.restart(Part::Workers(0)).await;
    desk.ready().await;
}

/// What became of a run.
#[derive(Debug, Default)]
struct Tally {
    answered: usize,
    accepted: usize,
    flagged: usize,
    /// Answered or accepted, and not saved.
    lost: BTreeSet<String>,
    /// Saved, listed, told to another system or notified a second time, or not told or notified at all.
    wrong: BTreeSet<String>,
}

/// Waits until every event is handled, then compares what was `answered` with what is there.
async fn tally(desk: &Desk, answered: &BTreeSet<String>) -> Tally {
    let admin = desk.login("admin").await;
    desk.drained().await;
    let accepted = ids(desk, Kind::TicketCreated).await;
    let saved = ids(desk, Kind::TicketSaved).await;
    let received = ids(desk, Kind::AuditWebhookReceived).await;
    let listed = counted(every(&admin, "/tickets?limit=100", |item| Some(item["id"].as_str()?.to_owned())).await);
    let notified = counted(notices(&admin).await);
    let mut tally = Tally { answered: answered.len(), accepted: accepted.len(), ..Tally::default() };
    for id in answered.iter().chain(accepted.keys()).collect::<BTreeSet<_>>() {
        if !listed.contains_key(id) || !saved.contains_key(id) {
            tally.lost.insert(id.clone());
            continue;
        }
        let is_flagged = admin.get(&format!("/tickets/{id}")).await.expect(200)["ticket"]["misuse_flag"] == true;
        tally.flagged += usize::from(is_flagged);
        let once = [&saved, &received, &listed].iter().all(|counts| counts.get(id) == Some(&1));
        if !once || notified.get(id).copied().unwrap_or(0) != usize::from(is_flagged) {
            tally.wrong.insert(id.clone());
        }
    }
    tally
}

/// How many events of a kind there are about each ticket.
async fn ids(desk: &Desk, kind: Kind) -> BTreeMap<String, usize> {
    let events = desk.stored_events(kind).await.into_iter().map(|stored| match stored.envelope.event {
        Event::AuditWebhookReceived(event) => event.ticket_id.to_string(),
        event => event.entity_id().to_string(),
    });
    counted(events.collect())
}

fn counted(ids: Vec<String>) -> BTreeMap<String, usize> {
    ids.into_iter().fold(BTreeMap::new(), |mut counts, id| {
        *counts.entry(id).or_default() += 1;
        counts
    })
}

/// The ticket of each notice, over all pages.
async fn notices(client: &Client) -> Vec<String> {
    let mut found = Vec::new();
    let mut path = "/notifications?limit=100".to_owned();
    loop {
        let page = client.get(&path).await.expect(200);
        let items = page["items"].as_array().unwrap();
        found.extend(items.iter().filter_map(|item| Some(item["ticket_id"].as_str()?.to_owned())));
        let Some(last) = items.last() else { return found };
        path = format!("/notifications?limit=100&before={}", last["created_at"].as_str().unwrap());
    }
}

/// What `of` gives for each item of a list, over all its pages.
async fn every(client: &Client, path: &str, of: impl Fn(&Value) -> Option<String>) -> Vec<String> {
    let mut found = Vec::new();
    let mut cursor = None::<String>;
    loop {
        let path = cursor.as_ref().map_or_else(|| path.to_owned(), |cursor| format!("{path}&cursor={cursor}"));
        let page = client.get(&path).await.expect(200);
        found.extend(page["items"].as_array().unwrap().iter().filter_map(&of));
        match page["next_cursor"].as_str() {
            Some(next) => cursor = Some(next.to_owned()),
            None => return found,
        }
    }
}

/// Waits until so many events are with the persistence pool that it has not finished.
async fn in_hand(desk: &Desk, enough: impl Fn(usize) -> bool) {
    let client = desk.nats().connect("workers").await;
    let broker = async_nats::jetstream::new(client);
    eventually("the events are with the pool", || async {
        let mut sum = 0;
        for consumer in Pool::Persistence.consumers() {
            let stream = broker.get_stream_no_info(consumer.stream).await.ok()?;
            sum += stream.consumer_info(&consumer.durable).await.ok()?.num_ack_pending;
        }
        enough(sum).then_some(())
    })
    .await;
}

/// Waits until there is a `kind` of event about the ticket.
async fn reached(desk: &Desk, kind: Kind, id: &str) {
    eventually(&format!("{kind} of {id}"), || async { (!desk.stored_about(kind, id).await.is_empty()).then_some(()) })
        .await;
}
