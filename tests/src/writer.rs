//! Somebody who writes numbered messages in a room, whatever becomes of the desk meanwhile.

use std::{
    collections::{BTreeMap, VecDeque},
    fmt,
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

use serde_json::{Value, json};
use tokio::time::{Instant, MissedTickBehavior, interval, sleep, timeout, timeout_at};

use crate::{Client, Random, Socket};

/// How long a process may take to let somebody in, and the wait before another one is asked.
const OPENING: Duration = Duration::from_secs(3);
const PAUSE: Duration = Duration::from_millis(50);

/// Where people reach the desk: the addresses of its ingress processes.
pub struct Doors(Vec<String>);

impl Doors {
    /// These addresses.
    pub fn new(urls: Vec<String>) -> Self {
        Self(urls)
    }

    /// A connection to a ticket's chat at one of the processes, however long it takes until there is one; and at which.
    pub async fn enter(&self, client: &Client, ticket: &str, random: &mut Random) -> (Socket, usize) {
        let mut door = random.index(self.0.len());
        loop {
            let opening = client.at(&self.0[door]).knock(ticket).try_open();
            match timeout(OPENING, opening).await {
                Ok(Ok(Ok(socket))) => return (socket, door),
                // The store or the broker may be away.
                Ok(Ok(Err(answer))) => assert_eq!(answer.status, 503, "{answer:?}"),
                Ok(Err(_)) | Err(_) => {}
            }
            sleep(PAUSE).await;
            door = (door + 1) % self.0.len();
        }
    }
}

/// Somebody who writes.
pub struct Writer {
    /// Who it is.
    pub client: Client,
    /// Where they write.
    pub ticket: String,
    /// What the names of their messages begin with.
    pub name: String,
    /// Messages that are sent before the first of them is acked.
    pub window: usize,
    /// They send no more than one message in this time.
    pub pace: Duration,
    /// When they hear nothing of a message for so long, they connect anew and send it again.
    pub patience: Duration,
}

/// What happens to a writer.
#[derive(Clone, Copy, Debug)]
pub enum Moment {
    /// A message was acked.
    Acked,
    /// A message was seen in the room, so that it is in the store.
    Seen,
    /// The connection to the process with this index was lost, or it was silent or said that it cannot take a message.
    Lost(usize),
}

/// What a writer did.
pub struct Written {
    /// What the names of the messages begin with.
    pub name: String,
    /// Messages that were sent before the first of them was acked.
    pub window: usize,
    /// The name of each message, in their order.
    pub sent: Vec<String>,
    /// The id of each message that was acked.
    pub acked: BTreeMap<String, String>,
    resends: usize,
    connections: usize,
}

impl Writer {
    /// Sends numbered messages until it is told to stop and each is acked; those that are not, again after every
    /// reconnection.
    pub async fn write(self, doors: &Doors, mut random: Random, stop: &AtomicBool, tell: impl Fn(Moment)) -> Written {
        let Self { client, ticket, name, window, pace, patience } = self;
        let mut written =
            Written { name, window, sent: Vec::new(), acked: BTreeMap::new(), resends: 0, connections: 0 };
        let mut pending: VecDeque<String> = VecDeque::new();
        let mut pace = interval(pace);
        pace.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            let (mut socket, door) = doors.enter(&client, &ticket, &mut random).await;
            written.connections += 1;
            let mut open = true;
            for name in &pending {
                written.resends += 1;
                open &= socket.try_send(&chat(name)).await;
            }
            let mut waiting_since = Instant::now();
            while open {
                let stop = stop.load(Ordering::Relaxed);
                if stop && pending.is_empty() {
                    return written;
                }
                if pending.is_empty() {
                    waiting_since = Instant::now();
                }
                let received = tokio::select! {
                    _ = pace.tick(), if !stop && pending.len() < window => {
                        let name = format!("{}-{:05}", written.name, written.sent.len());
                        open = socket.try_send(&chat(&name)).await;
                        written.sent.push(name.clone());
                        pending.push_back(name);
                        continue;
                    }
                    received = timeout_at(waiting_since + patience, socket.receive()) => received,
                };
                let Ok(Ok(frame)) = received else { break };
                let name = frame["client_message_id"].as_str().unwrap_or_default();
                match frame["type"].as_str() {
                    // A message that was sent twice may be acked twice.
                    Some("ack") => {
                        if let Some(index) = pending.iter().position(|pending| pending == name) {
                            pending.remove(index);
                            written.acked.insert(name.to_owned(), frame["id"].as_str().unwrap().to_owned());
                            waiting_since = Instant::now();
                            tell(Moment::Acked);
                        }
                    }
                    Some("chat") if name.starts_with(&written.name) => tell(Moment::Seen),
                    Some("error") => {
                        assert_eq!(frame["code"], "UNAVAILABLE", "{frame}");
                        break;
                    }
                    _ => {}
                }
            }
            tell(Moment::Lost(door));
        }
    }
}

fn chat(name: &str) -> Value {
    json!({"type": "chat", "content": name, "client_message_id": name})
}

impl fmt::Display for Written {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { sent, acked, resends, connections, .. } = self;
        write!(f, "{} sent, {} acked, {resends} resends, {connections} connections", sent.len(), acked.len())
    }
}
