//! Raising tickets.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use bytes::Bytes;
use contracts::Role;
use futures::future::BoxFuture;
use serde_json::{Value, json};
use tests::{Client, Desk, Part, token};

use crate::{
    bare::Bare,
    load::{Load, measure, milliseconds, round},
    machine::{fsync_ms, memory_mib},
};

const CLIENTS: [usize; 4] = [1, 8, 32, 128];
/// Tickets of one user: the default quota.
pub(crate) const PER_USER: usize = 5;
/// About the size of a ticket's event.
pub(crate) const DESCRIPTION: &str = "Since this morning the docking station in room 214 shows no picture on either screen. I \
    tried another cable and another laptop; the power light stays off. I need it for a customer call at two o'clock.";

/// Measures the desk and the bare broker by turns at each number of clients, so that a disk that changes its mind
/// changes it for all, and compares them.
pub(crate) async fn run(time: Duration) -> Value {
    let desk = Desk::start().await;
    // What the bare broker sends is as long as what the desk sends.
    measure(1, Duration::from_secs(1), raise(&desk, 1)).await;
    let payload = Bytes::from(vec![b'x'; event_size(&desk).await]);
    let single = Bare::start(desk.nats(), payload.clone(), false).await;
    let batched = Bare::start(desk.nats(), payload.clone(), true).await;
    let mut turns = Vec::new();
    for clients in CLIENTS {
        let sync = fsync_ms(desk.folder());
        let desk = measure(clients, time, raise(&desk, clients)).await;
        let single = measure(clients, time, pass(&single)).await;
        let batched = measure(clients, time, pass(&batched)).await;
        turns.push(json!({
            "clients": clients,
            "fsync_ms": {"p50": sync.0, "p99": sync.1},
            "desk": desk.json(),
            "bare_five_hops": single.json(),
            "bare_five_hops_batched": batched.json(),
            "desk_to_bare": compare(&desk, &single),
            "desk_to_bare_batched": compare(&desk, &batched),
        }));
    }
    let memory = [Part::Ingress(0), Part::Workers(0)].map(|part| {
        let (now, peak) = memory_mib(desk.process(part).id());
        json!({"process": format!("{part:?}"), "now": now, "peak": peak})
    });
    json!({
        "bench": "tickets",
        "seconds_each": time.as_secs(),
        "event_bytes": payload.len(),
        "turns": turns,
        "memory_mib": memory,
    })
}

/// One request of the desk's load.
fn raise(desk: &Desk, clients: usize) -> impl Fn(usize) -> BoxFuture<'static, ()> + Send + Sync + 'static {
    let people: Arc<Vec<_>> = Arc::new((0..clients).map(|_| Person::new(desk.anonymous())).collect());
    move |client| {
        let people = Arc::clone(&people);
        Box::pin(async move { people[client].raise().await })
    }
}

/// One request of the bare broker's load.
fn pass(bare: &Bare) -> impl Fn(usize) -> BoxFuture<'static, ()> + Send + Sync + 'static {
    let bare = bare.clone();
    move |_| {
        let bare = bare.clone();
        Box::pin(async move { bare.pass().await })
    }
}

/// How the desk does beside the bare broker.
fn compare(desk: &Load, bare: &Load) -> Value {
    json!({
        "throughput": round(desk.per_second / bare.per_second),
        "p50": round(milliseconds(desk.p50) / milliseconds(bare.p50)),
    })
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
            self.client.lock().unwrap().token = Some(token(Role::User));
        }
        let client = self.client.lock().unwrap().clone();
        client.raise("Docking station is dead", DESCRIPTION).await.expect(201);
    }
}
