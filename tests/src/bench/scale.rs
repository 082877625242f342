//! A store with many tickets: how long lists, an open ticket and a message take, as the number grows.
//!
//! The sizes are reached one after the other in one store, and each is measured through the real processes.

mod fill;
mod town;

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use clap::ValueEnum;
use contracts::{Department, Role, Status, UserId};
use futures::future::BoxFuture;
use platform::config::Store as Config;
use scylla::client::session_builder::SessionBuilder;
use serde_json::{Map, Value, json};
use tests::{Cassandra, Client, Desk, eventually, token_of};
use workers::persistence;

use crate::{
    load::{Load, measure, round},
    machine::{fsync_ms, memory_mib},
};
use fill::fill;
use town::{MESSAGES, Random, Town};

/// Tickets at which is measured, as far as the run goes.
const SIZES: [u64; 3] = [1_000, 100_000, 1_000_000];
/// The seed of the town.
const SEED: u64 = 20_260_302;
/// Requests at once.
const CLIENTS: usize = 2;
/// Rooms in which something is said.
const ROOMS: usize = 100;

/// A store that is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Backend {
    /// The file.
    Sqlite,
    /// One node of Apache Cassandra.
    Scylla,
}

/// Measures each of the stores, filled to `tickets`.
pub(crate) async fn run(time: Duration, tickets: u64, backends: &[Backend]) -> Value {
    let mut stores = Vec::new();
    for backend in backends {
        stores.push(Box::pin(grow(*backend, time, tickets)).await);
    }
    json!({
        "bench": "scale",
        "seed": SEED,
        "seconds_each": time.as_secs(),
        "clients": CLIENTS,
        "messages_per_ticket": MESSAGES,
        "stores": stores,
    })
}

/// Measures one store at each size.
async fn grow(backend: Backend, time: Duration, tickets: u64) -> Value {
    let (desk, config, _cassandra) = start(backend).await;
    let store = persistence::open(&config).await.unwrap();
    eventually("the store is there", || async { store.check().await.ok() }).await;
    let town = Town::new(SEED, tickets);
    let (mut filled, mut turns) = (0, Vec::new());
    for size in SIZES.into_iter().filter(|size| *size < tickets).chain([tickets]) {
        let took = fill(&store, town, filled, size).await;
        settle(backend, &config).await;
        let sync = fsync_ms(desk.folder());
        let mut turn = json!({
            "tickets": size,
            "fill_seconds": round(took.as_secs_f64()),
            "fsync_ms": {"p50": sync.0, "p99": sync.1},
            "workers_mib": memory_mib(desk.process(tests::Part::Workers(0)).id()).0,
        });
        // A node that just started has none of its code compiled, and would make every later size look good beside the first.
        loads(&desk, town, size, time).await;
        for (name, load) in loads(&desk, town, size, time).await {
            eprintln!("{backend:?}, {size} tickets, {name}: {:?}, {:?}", load.p50, load.p99);
            turn[name] = load.json();
        }
        filled = size;
        turns.push(turn);
    }
    let to_first: Vec<Value> = turns.iter().skip(1).map(|turn| compare(&turns[0], turn)).collect();
    json!({"store": format!("{backend:?}").to_lowercase(), "sizes": turns, "to_the_first_size": to_first})
}

/// A desk that keeps its data there, and the node that it needs.
async fn start(backend: Backend) -> (Desk, Config, Option<Cassandra>) {
    // What is measured is what the desk can do, and not what it lets one person do.
    let desk = Desk::builder().set("chat.frames_per_second", 1_000_000).set("chat.burst", 1_000_000);
    match backend {
        Backend::Sqlite => {
            let desk = desk.set("store.backend", "sqlite").start().await;
            let config = Config { path: desk.folder().join("store/deskwire.db"), ..Config::default() };
            (desk, config, None)
        }
        Backend::Scylla => {
            let cassandra = Cassandra::start_lasting().await;
            let config = cassandra.new_store();
            let desk = desk.set("store.backend", "scylla").set("store.nodes", format!("[\"{}\"]", config.nodes[0]));
            let desk = desk.set("store.keyspace", &config.keyspace).set("store.replication", config.replication);
            (desk.start().await, config, Some(cassandra))
        }
    }
}

/// Waits until the store has put in order what was written.
async fn settle(backend: Backend, config: &Config) {
    if backend == Backend::Sqlite {
        return;
    }
    let session = SessionBuilder::new().known_nodes(&config.nodes).build().await.unwrap();
    while {
        let tasks = session.query_unpaged("SELECT task_id FROM system_views.sstable_tasks", ()).await.unwrap();
        tasks.into_rows_result().unwrap().rows_num() > 0
    } {
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
}

type Request = Box<dyn Fn() -> BoxFuture<'static, ()> + Send + Sync>;

/// Measures each load at a size.
async fn loads(desk: &Desk, town: Town, size: u64, time: Duration) -> Vec<(&'static str, Load)> {
    let person = |id: UserId, role, department| {
        let mut client = desk.anonymous();
        client.token = Some(token_of(id, role, department));
        client
    };
    let requester = person(town::requester(size / 2 + 1), Role::User, None);
    let busy = person(town::busy_requester(), Role::User, None);
    let agent = person(town::agent(Department::It), Role::Agent, Some(Department::It));
    let admin = person(UserId::new(), Role::Admin, None);
    let draws = Arc::new(AtomicU64::new(0));
    let requests: Vec<(&'static str, Request)> = vec![
        ("list_of_a_requester_with_few", list(&requester, "/tickets")),
        ("list_of_a_requester_with_many", list(&busy, "/tickets")),
        ("list_of_a_department", list(&agent, "/tickets")),
        ("list_of_a_department_by_status", list(&agent, "/tickets?status=assigned")),
        ("list_of_all", list(&admin, "/tickets")),
        ("open", open(&admin, town, size, &draws)),
        ("send", send(&admin, town, size, &draws)),
    ];
    let mut measured = Vec::new();
    for (name, request) in requests {
        measured.push((name, measure(CLIENTS, time, move |_| request()).await));
    }
    measured
}

fn list(client: &Client, path: &'static str) -> Request {
    let client = client.clone();
    Box::new(move || {
        let client = client.clone();
        Box::pin(async move {
            let page = client.get(path).await.expect(200);
            assert!(!page["items"].as_array().unwrap().is_empty(), "{page}");
        })
    })
}

/// Opens random tickets.
fn open(client: &Client, town: Town, size: u64, draws: &Arc<AtomicU64>) -> Request {
    let (client, draws) = (client.clone(), Arc::clone(draws));
    Box::new(move || {
        let (client, number) = (client.clone(), draw(&draws).below(size));
        Box::pin(async move {
            let ticket = client.get(&format!("/tickets/{}", town.id(number))).await.expect(200);
            assert!(ticket["messages"].as_array().unwrap().len() as u64 >= MESSAGES, "{ticket}");
        })
    })
}

/// Says something in one of the rooms; the answer comes when it is saved. There are as many rooms at each size, in
/// random tickets that take messages.
fn send(client: &Client, town: Town, size: u64, draws: &Arc<AtomicU64>) -> Request {
    let (client, draws, mut random) = (client.clone(), Arc::clone(draws), draw(draws));
    let numbers = std::iter::repeat_with(|| random.below(size));
    let rooms: Vec<_> = numbers.filter(|number| town.status(*number) == Status::Assigned).take(ROOMS).collect();
    Box::new(move || {
        let (client, number) = (client.clone(), rooms[usize::try_from(draw(&draws).below(ROOMS as u64)).unwrap()]);
        Box::pin(async move {
            let said = json!({"content": "I looked at it, and it works for me now."});
            client.post(&format!("/tickets/{}/messages", town.id(number)), &said).await.expect(201);
        })
    })
}

/// Numbers for the next request.
fn draw(draws: &AtomicU64) -> Random {
    Random(SEED ^ draws.fetch_add(1, Ordering::Relaxed).wrapping_mul(0x2545_f491_4f6c_dd1d))
}

/// How each load does beside the first size.
fn compare(first: &Value, turn: &Value) -> Value {
    let mut ratios = Map::from_iter([("tickets".to_owned(), turn["tickets"].clone())]);
    for (name, load) in turn.as_object().unwrap().iter().filter(|(_, load)| load.get("p50_ms").is_some()) {
        let ratio = |figure: &str| round(load[figure].as_f64().unwrap() / first[name][figure].as_f64().unwrap());
        ratios.insert(name.clone(), json!({"p50": ratio("p50_ms"), "p99": ratio("p99_ms")}));
    }
    Value::Object(ratios)
}
