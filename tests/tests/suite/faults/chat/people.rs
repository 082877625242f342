//! Those who read while parts are killed, and what they and the writers know of the run.

use std::{
    collections::BTreeSet,
    fmt,
    sync::atomic::{AtomicBool, AtomicUsize, Ordering},
};

use serde_json::{Value, json};
use tests::{Client, Doors, Moment, Random, Socket};
use tokio::sync::watch;

/// What everybody knows of the run.
pub(super) struct Run {
    pub(super) doors: Doors,
    /// Messages acked so far, by all.
    pub(super) acked: AtomicUsize,
    /// Whether writers are to come to an end.
    pub(super) stop: AtomicBool,
    /// The last message of each room, once nobody writes any more.
    last: Vec<watch::Sender<Option<u64>>>,
}

impl Run {
    pub(super) fn new(urls: Vec<String>, rooms: usize) -> Self {
        let last = (0..rooms).map(|_| watch::Sender::new(None)).collect();
        Self { doors: Doors::new(urls), acked: AtomicUsize::new(0), stop: AtomicBool::new(false), last }
    }

    pub(super) fn finish(&self, room: usize, last: u64) {
        self.last[room].send_replace(Some(last));
    }

    pub(super) fn count(&self, moment: Moment) {
        if let Moment::Acked = moment {
            self.acked.fetch_add(1, Ordering::Relaxed);
        }
    }
}

pub(super) struct Reader {
    pub(super) client: Client,
    pub(super) ticket: String,
    pub(super) room: usize,
}

/// What a reader saw.
pub(super) struct Seen {
    pub(super) room: usize,
    /// Place and id of each message, in the order in which they were seen.
    pub(super) messages: Vec<(u64, String)>,
    /// What came twice or out of order on one connection.
    pub(super) faults: Vec<String>,
    resumes: usize,
    refreshes: usize,
}

impl Reader {
    /// Reads, leaves at random, and resumes, until it has seen the last message.
    pub(super) async fn read(self, run: std::sync::Arc<Run>, mut random: Random) -> Seen {
        let Self { client, ticket, room } = self;
        let mut seen = Seen { room, messages: Vec::new(), faults: Vec::new(), resumes: 0, refreshes: 0 };
        let mut end = run.last[room].subscribe();
        loop {
            let (mut socket, _) = run.doors.enter(&client, &ticket, &mut random).await;
            let mut stay = random.below(400);
            let mut view = seen.resume(&mut socket).await;
            loop {
                let last = seen.last();
                if end.borrow_and_update().is_some_and(|end| last >= end) {
                    return seen;
                }
                let frame = tokio::select! {
                    frame = socket.receive() => frame,
                    _ = end.changed() => continue,
                };
                let Ok(frame) = frame else { break };
                match frame["type"].as_str().unwrap() {
                    "chat" => seen.take(&frame, &mut view),
                    "pong" => view.settled = true,
                    "full_refresh" => {
                        seen.refreshes += 1;
                        view = seen.resume(&mut socket).await;
                    }
                    _ => {}
                }
                // Once nobody writes any more, it stays to the end.
                if stay == 0 && end.borrow().is_none() {
                    if random.below(2) == 0 {
                        socket.leave().await;
                    }
                    break;
                }
                stay = stay.saturating_sub(1);
            }
        }
    }
}

/// A connection, from the wish to resume on.
#[derive(Default)]
struct View {
    /// Whether the desk has taken the wish. What is live comes before that as well, and then again in its place.
    settled: bool,
    /// The places of what came before.
    early: BTreeSet<u64>,
}

impl Seen {
    fn last(&self) -> u64 {
        self.messages.last().map_or(0, |(seq, _)| *seq)
    }

    async fn resume(&mut self, socket: &mut Socket) -> View {
        self.resumes += 1;
        // A connection that is lost meanwhile is noticed by whoever reads.
        let _ = socket.try_send(&json!({"type": "resume", "after_seq": self.last()})).await;
        let _ = socket.try_send(&json!({"type": "ping"})).await;
        View::default()
    }

    fn take(&mut self, frame: &Value, view: &mut View) {
        let (seq, last) = (frame["seq"].as_u64().unwrap(), self.last());
        if !view.settled {
            view.early.insert(seq);
        }
        if seq == last + 1 {
            self.messages.push((seq, frame["id"].as_str().unwrap().to_owned()));
        } else if seq <= last {
            let again = view.settled && !view.early.remove(&seq);
            self.faults.extend(again.then(|| format!("room {}: {seq} twice", self.room)));
        } else if view.settled {
            self.faults.push(format!("room {}: {seq} after {last}", self.room));
        }
    }
}

impl fmt::Display for Seen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { messages, resumes, refreshes, .. } = self;
        write!(f, "{} seen, {resumes} resumes, {refreshes} of them after a refresh", messages.len())
    }
}
