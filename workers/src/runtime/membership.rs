//! Which processes of a pool are alive, and which of them has which partition.
//!
//! Each process says once a second on core NATS that it is there, and the partitions go around among those who are. Two
//! processes may differ for a moment about who is there; the broker's pin then lets one of them have the partition, and
//! the store refuses what is out of date.
//!
//! A process that ends takes its subscription along, so a message to it is answered by the broker: nobody hears it. That
//! is how a crash is known within [`PROBE`]; a process that hangs is known by its silence.

use std::collections::BTreeMap;

use async_nats::{Client, Message, StatusCode, SubscribeError, Subscriber};
use contracts::{consumer::Pool, subject};
use futures::StreamExt;
use platform::broker::Broker;
use serde::{Deserialize, Serialize};
use tokio::{
    sync::watch,
    time::{Duration, Instant, MissedTickBehavior, interval, timeout_at},
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use uuid::Uuid;

/// How often a process says that it is there.
const SAY: Duration = Duration::from_secs(1);
/// How often the others are asked whether they hear.
const PROBE: Duration = Duration::from_millis(200);
/// A process that was silent this long hangs or is cut off.
const SILENT: Duration = Duration::from_secs(3);
/// How long a process that starts listens for the others before it takes any partition.
const SETTLE: Duration = Duration::from_millis(300);

/// What a process says of itself.
#[derive(Clone, Copy, Serialize, Deserialize)]
struct Word {
    process: Uuid,
    state: State,
}

#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
enum State {
    /// It listens for the others, and has no partition yet.
    Joining,
    Sharing,
    /// It finishes what it began and begins nothing new.
    Leaving,
}

/// This process among those of its pool. Clones share it.
#[derive(Clone)]
pub struct Membership {
    own: Uuid,
    /// Who has partitions, in order.
    sharers: watch::Receiver<Vec<Uuid>>,
}

impl Membership {
    /// Tells the others of this process until `stop` is cancelled, and listens to them.
    ///
    /// # Errors
    ///
    /// The connection to the broker was closed.
    pub async fn join(
        broker: &Broker,
        pool: Pool,
        tracker: &TaskTracker,
        stop: CancellationToken,
    ) -> Result<Self, SubscribeError> {
        let (client, own) = (broker.client().clone(), Uuid::new_v4());
        let inbox = client.new_inbox();
        let ears = Ears {
            words: client.subscribe(subject::members(pool)).await?,
            probes: client.subscribe(subject::member(pool, own)).await?,
            deaf: client.subscribe(format!("{inbox}.*")).await?,
        };
        let (sender, sharers) = watch::channel(Vec::new());
        let roll = Roll {
            own,
            state: State::Joining,
            others: BTreeMap::new(),
            trusted_from: (broker.connections(), Instant::now()),
            broker: broker.clone(),
            client,
            pool,
            inbox,
            sharers: sender,
        };
        tracker.spawn(roll.keep(ears, stop));
        Ok(Self { own, sharers })
    }

    /// Whether this process is to have a partition.
    pub(super) fn has(&self, partition: u8) -> bool {
        owner(&self.sharers.borrow(), partition) == Some(self.own)
    }

    /// Waits until this process is to have a partition.
    pub(super) async fn until_has(&self, partition: u8) {
        let mut sharers = self.sharers.clone();
        let own = self.own;
        if sharers.wait_for(|sharers| owner(sharers, partition) == Some(own)).await.is_err() {
            // Nobody listens any more: the process stops.
            std::future::pending::<()>().await;
        }
    }
}

fn owner(sharers: &[Uuid], partition: u8) -> Option<Uuid> {
    sharers.get(usize::from(partition).checked_rem(sharers.len())?).copied()
}

/// What a process hears.
struct Ears {
    words: Subscriber,
    /// What the others send to see whether this process hears.
    probes: Subscriber,
    /// The broker's answers to own probes that nobody heard.
    deaf: Subscriber,
}

/// Another process.
struct Other {
    heard: Instant,
    state: State,
}

/// The list of those who are there.
struct Roll {
    broker: Broker,
    client: Client,
    pool: Pool,
    own: Uuid,
    state: State,
    others: BTreeMap<Uuid, Other>,
    inbox: String,
    /// On a connection that is new, some of the others may not have theirs back; that nobody hears means nothing yet.
    trusted_from: (u64, Instant),
    sharers: watch::Sender<Vec<Uuid>>,
}

impl Roll {
    async fn keep(mut self, mut ears: Ears, stop: CancellationToken) {
        self.say().await;
        let settled = Instant::now() + SETTLE;
        while let Ok(Some(word)) = timeout_at(settled, ears.words.next()).await {
            self.hear(&word).await;
        }
        self.state = State::Sharing;
        let (mut turn, mut probe) = (interval(SAY), interval(PROBE));
        turn.set_missed_tick_behavior(MissedTickBehavior::Delay);
        probe.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut heard_until = Instant::now();
        loop {
            self.share();
            tokio::select! {
                () = stop.cancelled() => break,
                _ = turn.tick() => {
                    self.say().await;
                    self.bury_silent(heard_until.elapsed());
                    heard_until = Instant::now();
                }
                _ = probe.tick() => self.probe().await,
                Some(word) = ears.words.next() => self.hear(&word).await,
                Some(answer) = ears.deaf.next() => self.hear_silence(&answer),
                Some(_) = ears.probes.next() => {}
            }
        }
        self.state = State::Leaving;
        self.say().await;
    }

    async fn hear(&mut self, word: &Message) {
        let Ok(Word { process, state }) = serde_json::from_slice(&word.payload) else { return };
        if process == self.own {
            return;
        }
        let known = self.others.insert(process, Other { heard: Instant::now(), state }).is_some();
        // Who has just come hears of the others at once.
        if !known {
            tracing::info!(pool = %self.pool, %process, "another process is there");
            self.say().await;
        }
    }

    async fn probe(&mut self) {
        let connections = self.broker.connections();
        if self.trusted_from.0 != connections {
            self.trusted_from = (connections, Instant::now() + SILENT);
        }
        if !self.broker.is_connected() || Instant::now() < self.trusted_from.1 {
            return;
        }
        for process in self.others.keys() {
            let (to, reply) = (subject::member(self.pool, *process), format!("{}.{}", self.inbox, process.simple()));
            if let Err(error) = self.client.publish_with_reply(to, reply, "".into()).await {
                tracing::debug!(%error, "another process was not probed");
            }
        }
    }

    fn hear_silence(&mut self, answer: &Message) {
        let process = answer.subject.rsplit('.').next().and_then(|name| Uuid::try_parse(name).ok());
        if let (Some(StatusCode::NO_RESPONDERS), Some(process)) = (answer.status, process) {
            self.bury(process);
        }
    }

    /// `turn` is how long this turn took: a process that itself hung has not heard the others, and waits for them anew.
    fn bury_silent(&mut self, turn: Duration) {
        if turn > SILENT / 2 {
            self.others.values_mut().for_each(|other| other.heard = Instant::now());
        }
        let silent = self.others.iter().filter(|(_, other)| other.heard.elapsed() > SILENT);
        for process in silent.map(|(process, _)| *process).collect::<Vec<_>>() {
            self.bury(process);
        }
    }

    fn bury(&mut self, process: Uuid) {
        if self.others.remove(&process).is_some() {
            tracing::info!(pool = %self.pool, %process, "another process is gone");
        }
    }

    fn share(&self) {
        let others = self.others.iter().filter(|(_, other)| other.state == State::Sharing).map(|(process, _)| *process);
        let mut present: Vec<Uuid> = others.chain([self.own]).collect();
        present.sort_unstable();
        self.sharers.send_if_modified(|sharers| {
            let changed = *sharers != present;
            *sharers = present;
            changed
        });
    }

    async fn say(&self) {
        let word = serde_json::to_vec(&Word { process: self.own, state: self.state }).unwrap_or_default();
        if let Err(error) = self.client.publish(subject::members(self.pool), word.into()).await {
            tracing::debug!(%error, "the other processes were not told of this one");
        }
    }
}
