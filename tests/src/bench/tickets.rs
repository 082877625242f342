//! Raising tickets.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use bytes::Bytes;
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use serde_json::{Value, json};
use tests::{Client, Desk, Part, SIGNING_KEY};

use crate::{
    bare::Bare,
    load::{Load, measure, milliseconds, round},
    machine::{fsync_ms, memory_mib},
};

const CLIENTS: [usize; 4] = [1, 8, 32, 128];
/// Tickets of one user: the default quota.
const PER_USER: usize = 5;
/// About the size of a ticket's event.
const DESCRIPTION: &str = "Since this morning the docking station in room 214 shows no picture on either screen. I \
    tried another cable and another laptop; the power light stays off. I need it for a customer call at two o'clock.";

/// Measures the desk and the bare broker by turns, and compares them.
pub(crate) async fn run(time: Duration) -> Value {
    let desk = Desk::start().await;
    let desk_loads = desk_loads(&desk, time).await;
    let (ingress, workers) = (desk.process(Part::Ingress(0)).id(), desk.process(Part::Workers(0)).id());
    let memory = [("ingress", memory_mib(ingress)), ("workers", memory_mib(workers))];
    let payload = Bytes::from(vec![b'x'; event_size(&desk).await]);
    let sync = fsync_ms(desk.folder());
    let single = bare_loads(&Bare::start(desk.nats(), payload.clone(), false).await, time).await;
    let batched = bare_loads(&Bare::start(desk.nats(), payload.clone(), true).await, time).await;
    let loads = |loads: &[Load]| loads.iter().map(Load::json).collect::<Value>();
    json!({
        "bench": "tickets",
        "seconds_each": time.as_secs(),
        "event_bytes": payload.len(),
        "fsync_ms": sync,
        "desk": loads(&desk_loads),
        "bare_five_hops": loads(&single),
        "bare_five_hops_batched": loads(&batched),
        "desk_to_bare": compare(&desk_loads, &single),
        "desk_to_bare_batched": compare(&desk_loads, &batched),
        "memory_mib": memory.map(|(name, (now, peak))| json!({"process": name, "now": now, "peak": peak})),
    })
}

async fn desk_loads(desk: &Desk, time: Duration) -> Vec<Load> {
    let mut loads = Vec::new();
    for clients in CLIENTS {
        let people: Arc<Vec<_>> = Arc::new((0..clients).map(|_| Person::new(desk.anonymous())).collect());
        loads.push(
            measure(clients, time, move |client| {
                let people = Arc::clone(&people);
                async move { people[client].raise().await }
            })
            .await,
        );
    }
    loads
}

async fn bare_loads(bare: &Bare, time: Duration) -> Vec<Load> {
    let mut loads = Vec::new();
    for clients in CLIENTS {
        let bare = bare.clone();
        loads.push(
            measure(clients, time, move |_| {
                let bare = bare.clone();
                async move { bare.pass().await }
            })
            .await,
        );
    }
    loads
}

/// How the desk does beside the bare broker, for each number of clients.
fn compare(desk: &[Load], bare: &[Load]) -> Value {
    desk.iter()
        .zip(bare)
        .map(|(desk, bare)| {
            json!({
                "clients": desk.clients,
                "throughput": round(desk.per_second / bare.per_second),
                "p50": round(milliseconds(desk.p50) / milliseconds(bare.p50)),
            })
        })
        .collect()
}

/// The mean size of a stored event, headers included.
async fn event_size(desk: &Desk) -> usize {
    let context = async_nats::jetstream::new(desk.nats().connect("workers").await);
    let info = context.get_stream(contracts::stream::EVENTS).await.unwrap().get_info().await.unwrap();
    usize::try_from(info.state.bytes / info.state.messages).unwrap()
}

/// A client that is a new user after every five tickets: nobody goes over the quota, and each has a record of it.
struct Person {
    client: Mutex<Client>,
    raised: AtomicUsize,
}

impl Person {
    fn new(client: Client) -> Self {
        Self { client: Mutex::new(client), raised: AtomicUsize::new(0) }
    }

    async fn raise(&self) {
        if self.raised.fetch_add(1, Ordering::Relaxed).is_multiple_of(PER_USER) {
            self.client.lock().unwrap().token = Some(token());
        }
        let client = self.client.lock().unwrap().clone();
        client.raise("Docking station is dead", DESCRIPTION).await.expect(201);
    }
}

/// An access token for a user whom nobody made: logging in would measure argon2.
fn token() -> String {
    let now = chrono::Utc::now().timestamp();
    let mut header = Header::new(Algorithm::HS256);
    header.typ = Some("at+jwt".to_owned());
    header.kid = Some(SIGNING_KEY.0.to_owned());
    let claims = json!({
        "iss": "deskwire", "aud": "deskwire", "iat": now, "nbf": now, "exp": now + 3_600,
        "sub": uuid::Uuid::now_v7(), "sid": uuid::Uuid::now_v7(), "role": "user", "department": null,
    });
    encode(&header, &claims, &EncodingKey::from_secret(SIGNING_KEY.1.as_bytes())).unwrap()
}
