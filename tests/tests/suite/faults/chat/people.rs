//! Those who write and those who read while parts are killed.

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    fmt,
    sync::atomic::{AtomicBool, AtomicUsize, Ordering},
    time::Duration,
};

use serde_json::{Value, json};
use tests::{Client, Socket, eventually};
use tokio::{
    sync::watch,
    time::{interval, timeout},
};

use super::Random;

/// A writer sends no more than one message in this time.
const PACE: Duration = Duration::from_millis(40);
/// Who hears nothing of a message for so long connects anew and sends it again.
const ACK_WAIT: Duration = Duration::from_secs(10);

/// What everybody knows of the run.
pub(super) struct Run {
    urls: Vec<String>,
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
        Self { urls, acked: AtomicUsize::new(0), stop: AtomicBool::new(false), last }
    }

    pub(super) fn finish(&self, room: usize, last: u64) {
        self.last[room].send_replace(Some(last));
    }

    /// A connection to one of the processes, as soon as there is one.
    async fn connect(&self, client: &Client, ticket: &str, random: &mut Random) -> Socket {
        let start = random.below(self.urls.len() as u64);
        let tries = AtomicUsize::new(usize::try_from(start).unwrap());
        eventually("a connection", || async {
            let url = &self.urls[tries.fetch_add(1, Ordering::Relaxed) % self.urls.len()];
            match client.at(url).knock(ticket).try_open().await.ok()? {
                Ok(socket) => Some(socket),
                // The store or the broker may be away.
                Err(answer) => {
                    assert_eq!(answer.status, 503, "{answer:?}");
                    None
                }
            }
        })
        .await
    }
}

pub(super) struct Writer {
    pub(super) client: Client,
    pub(super) ticket: String,
    pub(super) name: String,
    /// Messages that are sent before the first of them is acked.
    pub(super) window: usize,
}

/// What a writer did.
pub(super) struct Written {
    pub(super) name: String,
    pub(super) window: usize,
    /// The name of each message, in their order.
    pub(super) sent: Vec<String>,
    /// The id of each message that was acked.
    pub(super) acked: BTreeMap<String, String>,
    resends: usize,
    connections: usize,
}

impl Writer {
    /// Sends numbered messages until it is told to stop and each is acked; those that are not, again after every
    /// reconnection.
    pub(super) async fn write(self, run: std::sync::Arc<Run>, mut random: Random) -> Written {
        let Self { client, ticket, name, window } = self;
        let mut written =
            Written { name, window, sent: Vec::new(), acked: BTreeMap::new(), resends: 0, connections: 0 };
        let mut pending: VecDeque<String> = VecDeque::new();
        let mut pace = interval(PACE);
        loop {
            let mut socket = run.connect(&client, &ticket, &mut random).await;
            written.connections += 1;
            let mut open = true;
            for name in &pending {
                written.resends += 1;
                open &= socket.try_send(&chat(name)).await;
            }
            while open {
                let stop = run.stop.load(Ordering::Relaxed);
                if stop && pending.is_empty() {
                    return written;
                }
                if !stop && pending.len() < window {
                    pace.tick().await;
                    let name = format!("{}-{:05}", written.name, written.sent.len());
                    open = socket.try_send(&chat(&name)).await;
                    written.sent.push(name.clone());
                    pending.push_back(name);
                    if pending.len() < window {
                        continue;
                    }
                }
                let Ok(Ok(frame)) = timeout(ACK_WAIT, answer(&mut socket)).await else { break };
                let name = frame["client_message_id"].as_str().expect("each has one");
                if frame["type"] == "error" {
                    assert_eq!(frame["code"], "UNAVAILABLE", "{frame}");
                    break;
                }
                // A message that was sent twice may be acked twice.
                if let Some(index) = pending.iter().position(|pending| pending == name) {
                    pending.remove(index);
                    written.acked.insert(name.to_owned(), frame["id"].as_str().unwrap().to_owned());
                    run.acked.fetch_add(1, Ordering::Relaxed);
                }
            }
        }
    }
}

fn chat(name: &str) -> Value {
    json!({"type": "chat", "content": name, "client_message_id": name})
}

/// The next `ack` or error.
async fn answer(socket: &mut Socket) -> Result<Value, Option<u16>> {
    loop {
        let frame = socket.receive().await?;
        if frame["type"] == "ack" || frame["type"] == "error" {
            return Ok(frame);
        }
    }
}

impl fmt::Display for Written {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { sent, acked, resends, connections, .. } = self;
        write!(f, "{} sent, {} acked, {resends} resends, {connections} connections", sent.len(), acked.len())
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
            let mut socket = run.connect(&client, &ticket, &mut random).await;
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
