//! Chats.
//!
//! Each load runs in the desk, in a bare WebSocket server and in the broker alone by turns, so that a machine that
//! changes its mind changes it for all. The load client has a part of the same processors.

pub(crate) mod bare_server;
mod hall;
mod link;
mod meter;
mod place;
mod post;

use std::{
    rc::Rc,
    time::{Duration, Instant},
};

use clap::ValueEnum;
use serde_json::{Map, Value, json};
use tests::Desk;

use crate::{
    load::round,
    machine::{fsync_ms, memory_mib, open_files_max, processor_time},
};
use hall::{Hall, Heard, latency};
use meter::Meter;
use place::Place;
use post::Post;

/// Rooms, members of each, and frames that each keeps under way in the closed loops: few, so that as a rule each is
/// written alone, and many, so that several go in one write. All rooms together stay below the 2,048 commands that a
/// client of the broker holds: the desk lets typing go when more wait.
const SHAPES: [(usize, usize, [usize; 2]); 5] =
    [(1, 100, [2, 32]), (1, 500, [2, 32]), (1, 1_000, [2, 32]), (100, 3, [1, 16]), (500, 2, [1, 4])];
/// Rooms, members of each, and frames a second over all rooms in the paced load.
const PACES: [(usize, usize, u64); 2] = [(1, 1_000, 40), (500, 2, 2_000)];
/// Rooms of two, messages a second over all of them, and messages that each keeps under way in the closed loops.
const MESSAGES: (usize, u64, [usize; 2]) = (500, 2_000, [1, 4]);
/// Rooms and members of each, in which sockets are idle.
const IDLE: (usize, usize) = (500, 10);
const ROOMS: usize = 500;
/// A closed loop is measured in this many parts, between which the others are.
const ROUNDS: u32 = 2;
/// Sockets, and what else this process and the servers have open.
const OPEN_FILES: u64 = 6_000;
/// How long a server is left alone before its memory is read.
const SETTLE: Duration = Duration::from_secs(1);
/// How often the workers are asked whether they have something to do, and how long they are waited for.
const LOOK: Duration = Duration::from_millis(500);
const BACKLOG_MAX: Duration = Duration::from_secs(10);

/// What is measured.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Part {
    /// Memory of idle sockets.
    Idle,
    /// How many broadcast-only frames are delivered at most.
    Deliveries,
    /// How long broadcast-only frames take at a moderate rate.
    Latency,
    /// Messages that are stored.
    Messages,
}

/// Measures each of `parts`.
pub(crate) async fn run(time: Duration, parts: &[Part]) -> Value {
    let limit = open_files_max();
    assert!(limit >= OPEN_FILES, "{limit} files may be open, and {OPEN_FILES} are needed: raise it with `ulimit -n`");
    // What is measured is what the desk can do, and not what it lets one session do.
    let desk = Desk::builder().set("chat.frames_per_second", 1_000_000).set("chat.burst", 1_000_000).start().await;
    let place = Rc::new(Place::desk(&desk, ROOMS).await);
    let bare = Rc::new(place.bare(&desk).await);
    let core = Rc::new(place.core_nats(&desk).await);
    let places = [&place, &bare, &core];
    let mut figures = json!({
        "bench": "chat",
        "seconds_each": time.as_secs(),
        "members": "half of a room's sockets are the requester's, half an admin's; the first one sends, and hears itself",
        "core_nats": "each member is a client of the broker of its own, with one subscription",
    });
    // Memory comes first: a server that has worked keeps some for what comes.
    if parts.contains(&Part::Idle) {
        figures["idle_sockets"] = idle(&[&place, &bare]).await;
    }
    if parts.contains(&Part::Deliveries) {
        figures["typing_closed_loop"] = deliveries(&places, time).await;
    }
    if parts.contains(&Part::Latency) {
        figures["typing_paced"] = paces(&places, time).await;
    }
    if parts.contains(&Part::Messages) {
        figures["messages"] = messages(&desk, &[&place, &core], time).await;
    }
    figures
}

/// Memory of idle sockets.
async fn idle(places: &[&Rc<Place>]) -> Value {
    let (rooms, members) = IDLE;
    let mut figures = json!({"rooms": rooms, "members_each": members, "sockets": rooms * members});
    for place in places {
        // The first sockets bring what a server needs once.
        drop(Hall::open(place, 10, members).await);
        tokio::time::sleep(SETTLE).await;
        let before = memory_mib(place.server).0;
        let mut hall = Hall::open(place, rooms, members).await;
        hall.wait(SETTLE).await;
        let joined = memory_mib(place.server).0;
        hall.all_speak().await;
        hall.wait(SETTLE).await;
        let used = memory_mib(place.server).0;
        let each = |now: f64| round((now - before) * 1_024.0 / f64::from(u32::try_from(rooms * members).unwrap()));
        figures[place.name] = json!({
            "resident_mib_before": before,
            "kib_per_socket": each(joined),
            "kib_per_socket_after_a_frame_of_each": each(used),
        });
    }
    figures
}

/// How many broadcast-only frames are delivered at most.
async fn deliveries(places: &[&Rc<Place>], time: Duration) -> Value {
    let mut turns = Vec::new();
    for (rooms, members, windows) in SHAPES {
        let mut halls = Vec::new();
        for place in places {
            halls.push((place, Meter::new(place), Hall::open(place, rooms, members).await));
        }
        for window in windows {
            let mut heard: Vec<Heard> = halls.iter().map(|_| Heard::default()).collect();
            for _ in 0..ROUNDS {
                for ((_, meter, hall), heard) in halls.iter_mut().zip(&mut heard) {
                    heard.add(hall.keep_under_way(window, time / ROUNDS, meter).await);
                }
            }
            let mut turn = json!({
                "rooms": rooms, "members_each": members,
                "load": "closed loop: each room's first member sends the next frame when all have heard the oldest",
                "frames_under_way_in_each_room": window,
            });
            for ((place, ..), heard) in halls.iter().zip(&heard) {
                turn[place.name] = heard_figures(heard);
            }
            turn["desk_to_bare_server"] = json!({
                "deliveries_per_second": compare(&turn, "/deliveries_per_second"),
                "processor_us_per_delivery": compare(&turn, "/processor_us_per_delivery/server"),
            });
            turns.push(turn);
            // Once is enough for the broker alone, with which nothing is compared.
            halls.retain(|(place, ..)| place.acknowledges());
        }
    }
    Value::Array(turns)
}

/// How long broadcast-only frames take at a moderate rate.
async fn paces(places: &[&Rc<Place>], time: Duration) -> Value {
    let mut turns = Vec::new();
    for (rooms, members, rate) in PACES {
        let mut turn = json!({
            "rooms": rooms, "members_each": members,
            "load": "paced: the rooms' first members take turns at an even rate",
            "frames_per_second": rate,
        });
        for place in places {
            let mut hall = Hall::open(place, rooms, members).await;
            let mut heard = hall.keep_pace(rate, time, &Meter::new(place)).await;
            turn[place.name] = heard_figures(&heard);
            turn[place.name]["publish_to_delivery"] = latency(std::mem::take(&mut heard.times));
        }
        turns.push(turn);
    }
    Value::Array(turns)
}

/// Messages that are stored: at an even rate first, then as many as there may be.
async fn messages(desk: &Desk, places: &[&Rc<Place>], time: Duration) -> Value {
    let (rooms, rate, windows) = MESSAGES;
    let mut posts = Vec::new();
    for place in places {
        posts.push(Post::open(place, rooms).await);
    }
    let mut turns = Vec::new();
    for window in std::iter::once(None).chain(windows.map(Some)) {
        let sync = fsync_ms(desk.folder());
        let mut turn = match window {
            None => json!({
                "load": "paced: the rooms' senders take turns at an even rate",
                "messages_per_second": rate,
            }),
            Some(window) => json!({
                "load": "closed loop: each room's sender sends the next when one is acknowledged and delivered",
                "messages_under_way_in_each_room": window,
            }),
        };
        turn["fsync_ms"] = json!({"p50": sync.0, "p99": sync.1});
        for (place, post) in places.iter().zip(&mut posts) {
            turn[place.name] = match window {
                None => post.keep_pace(rate, time).await,
                Some(window) => post.keep_under_way(window, time).await,
            };
            if let Some(workers) = place.workers {
                turn[place.name]["seconds_until_webhooks_were_done"] = json!(round(idle_again(workers).await));
            }
        }
        turns.push(turn);
    }
    json!({"rooms": rooms, "members_each": 2, "turns": turns})
}

/// Waits until the workers have nothing to do, so that what one load leaves behind is not measured with the next; how
/// many seconds that took.
async fn idle_again(workers: u32) -> f64 {
    let began = Instant::now();
    loop {
        let (before, waited) = (processor_time(workers), began.elapsed());
        tokio::time::sleep(LOOK).await;
        if processor_time(workers).saturating_sub(before) < LOOK / 10 || waited > BACKLOG_MAX {
            return waited.as_secs_f64();
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts of a few seconds are far below the limit")]
fn heard_figures(heard: &Heard) -> Value {
    let mut figures = Map::new();
    let per_second = heard.deliveries as f64 / heard.time.as_secs_f64();
    figures.insert("deliveries_per_second".to_owned(), json!(per_second.round()));
    figures.insert("processor_us_per_delivery".to_owned(), heard.cost.each_us(heard.deliveries));
    figures.insert("missing".to_owned(), json!(heard.missing));
    Value::Object(figures)
}

/// The desk's figure in parts of the bare server's.
fn compare(turn: &Value, figure: &str) -> Value {
    let [desk, bare] = ["desk", "bare_server"].map(|place| turn[place].pointer(figure).unwrap().as_f64().unwrap());
    json!(round(desk / bare))
}
