//! The broker as the desk uses it: events in, events out, outcomes, questions and compare-and-set state.

mod archive;
mod bucket;
mod connection;
mod lane;
mod log;
mod look;
mod outcome;
mod oversight;
mod provision;
mod question;
mod room;
mod streamed;

use std::{
    collections::HashMap,
    sync::{Arc, atomic::Ordering},
};

use async_nats::{Client, HeaderMap, jetstream::Context};
use contracts::{Envelope, Event, Outcome, RequestId, consumer, dead_letter::DeadLetter, stream, subject};
use tokio::sync::watch;

pub use archive::{ArchiveError, StreamRecord};
pub use bucket::{Bucket, BucketError, Entry, Watched};
pub use connection::ConnectError;
pub use lane::{Lane, PublishError, Stored};
pub use log::{LogError, Progress, read_event};
pub use outcome::Outcomes;
pub use oversight::{Backlog, DeadLetters};
pub use provision::ProvisionError;
pub use question::{AskError, Asked, answer};
pub use streamed::{AnsweredInParts, PartSender, Parts, answer_in_parts};

use crate::config::Nats;

/// Which process is speaking; also its user name's default and the prefix of its inboxes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Process {
    /// HTTP and WebSocket.
    Ingress,
    /// The pools.
    Workers,
    /// Whoever makes a backup, and brings it back.
    Operator,
}

impl Process {
    /// The name in credentials, connections and the `source` of events.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ingress => "ingress",
            Self::Workers => "workers",
            Self::Operator => "operator",
        }
    }
}

/// A connection to the broker with a commit lane for each stream. Clones share it.
#[derive(Clone)]
pub struct Broker {
    process: Process,
    client: Client,
    context: Context,
    lanes: Arc<HashMap<String, Lane>>,
    interruptions: watch::Receiver<u64>,
}

impl Broker {
    /// Connects; waits and tries again while the broker is away, for `nats.url` may come up later than this process.
    pub async fn connect(nats: &Nats, process: Process) -> Result<Self, ConnectError> {
        let (client, interruptions) = connection::open(nats, process).await?;
        let context = async_nats::jetstream::new(client.clone());
        let streams = [stream::EVENTS, stream::ACCOUNTS, stream::OUTCOMES, stream::DEAD].map(str::to_owned);
        let lanes = streams.into_iter().chain(stream::bucket::ALL.map(stream::of_bucket));
        let lanes = lanes.map(|name| (name.clone(), Lane::start(client.clone(), name))).collect();
        Ok(Self { process, client, context, lanes: Arc::new(lanes), interruptions })
    }

    /// The connection itself.
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// JetStream's interface.
    pub fn context(&self) -> &Context {
        &self.context
    }

    /// Whether the connection is up now.
    pub fn is_connected(&self) -> bool {
        self.client.connection_state() == async_nats::connection::State::Connected
    }

    /// Counts the times that messages of core NATS may have been lost on the way to this process: when the connection
    /// came back, or this process was too slow. Who needs every message asks for what it missed when this changes.
    pub fn interruptions(&self) -> watch::Receiver<u64> {
        self.interruptions.clone()
    }

    /// How often this process has connected so far. When it changed since something was published on core NATS, that
    /// may not have arrived.
    pub fn connections(&self) -> u64 {
        self.client.statistics().connects.load(Ordering::Relaxed)
    }

    /// Publishes an event. When this returns, it is on disk; the same event again is stored once.
    pub async fn publish(&self, envelope: &Envelope<Event>) -> Result<Stored, PublishError> {
        let payload = envelope.event.encode().map_err(PublishError::Encode)?;
        let mut headers = HeaderMap::new();
        headers.insert(async_nats::header::NATS_MESSAGE_ID, envelope.deduplication_id());
        for (name, value) in envelope.headers(self.process.as_str()) {
            headers.insert(name, value);
        }
        let stream = consumer::stream_of(envelope.event.kind());
        self.lane(stream)?.publish(subject::of_event(&envelope.event), headers, payload.into()).await
    }

    /// Keeps the outcome of a request and tells the ingress process that waits for it.
    pub async fn record_outcome(&self, request: RequestId, outcome: &Outcome) -> Result<Stored, PublishError> {
        let payload = serde_json::to_vec(outcome).map_err(PublishError::Encode)?;
        let mut headers = HeaderMap::new();
        headers.insert(async_nats::header::NATS_MESSAGE_ID, format!("outcome:{request}"));
        self.lane(stream::OUTCOMES)?.publish(subject::outcome(request), headers, payload.into()).await
    }

    /// Keeps a message that failed for good.
    pub async fn bury(&self, id: uuid::Uuid, letter: &DeadLetter) -> Result<Stored, PublishError> {
        let payload = serde_json::to_vec(letter).map_err(PublishError::Encode)?;
        let pool = &letter.pool;
        let mut headers = HeaderMap::new();
        headers.insert(async_nats::header::NATS_MESSAGE_ID, format!("dead:{pool}:{id}"));
        self.lane(stream::DEAD)?.publish(subject::dead_letter(pool, id), headers, payload.into()).await
    }

    fn lane(&self, stream: &str) -> Result<&Lane, PublishError> {
        self.lanes.get(stream).ok_or_else(|| PublishError::NoStream(stream.to_owned()))
    }
}
