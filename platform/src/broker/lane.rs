//! The commit lane: durable publishing that stays fast when many publish at once.
//!
//! With `sync_interval: always` a single broker syncs its file for each message it stores, but once for an atomic
//! batch (ADR-50). A batch has a price of its own, though, about that of a dozen syncs. So one task for each stream
//! takes every message that waits: few go as they are, one behind the other on the wire; once more wait than a batch
//! costs, they go as a batch. Each publisher is answered when its message is on disk.

mod ack;
mod cost;

use std::{sync::Arc, time::Duration};

use async_nats::{Client, HeaderMap, header, jetstream::publish::PublishAck};
use bytes::Bytes;
use futures::{StreamExt, stream::FuturesUnordered};
use tokio::{
    sync::{mpsc, oneshot},
    time::Instant,
};

use ack::{Failure, parse};
use cost::Cost;

/// Messages in one batch. The broker takes 1,000 at most.
const BATCH_MAX: usize = 500;
/// Bytes of payload in one batch, so that a batch of long messages does not hold up the connection.
const BATCH_BYTES: usize = 4 << 20;
/// Publishers that may wait in one lane before the next must wait to get in.
const WAITING_MAX: usize = 8_192;
/// How long a broker without a leader is asked again; an election takes 4 to 9 s.
const RETRY: Duration = Duration::from_secs(40);
/// How long one try may take. What is on the way to a broker that hangs is lost, and nobody says so: the next try finds
/// the new leader. A message that was stored all the same is answered as a duplicate.
const TRY: Duration = Duration::from_millis(1_500);
/// The first and the longest wait between two tries.
const WAITS: (Duration, Duration) = (Duration::from_millis(20), Duration::from_secs(1));

/// Where a message came to lie.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stored {
    /// The place in the stream.
    pub sequence: u64,
    /// The broker knew the message's id already and kept the first one.
    pub duplicate: bool,
}

/// A message is not known to be on disk.
#[derive(Debug, thiserror::Error)]
pub enum PublishError {
    /// Another message came first on the subject.
    #[error("the subject has a newer message than expected")]
    Conflict,
    /// The broker refuses this message.
    #[error("the broker refused the message: {description} (error {code})")]
    Refused {
        /// The broker's number for the error.
        code: u64,
        /// Its words.
        description: String,
    },
    /// The broker did not answer in time; the message may be stored or not.
    #[error("the broker did not confirm the message in time: {0}")]
    Unconfirmed(String),
    /// The payload cannot be written as JSON.
    #[error("the message cannot be encoded")]
    Encode(#[source] serde_json::Error),
    /// No lane leads to the stream.
    #[error("no lane leads to the stream {0}")]
    NoStream(String),
}

struct Waiting {
    subject: String,
    headers: HeaderMap,
    payload: Bytes,
    answer: oneshot::Sender<Result<Stored, PublishError>>,
}

/// The way into one stream.
#[derive(Clone)]
pub struct Lane {
    entrance: mpsc::Sender<Waiting>,
}

impl Lane {
    /// Opens the lane into `stream`. It closes when its last handle is gone.
    pub fn start(client: Client, stream: String) -> Self {
        let (entrance, waiting) = mpsc::channel(WAITING_MAX);
        tokio::spawn(Task { client, stream: stream.into(), cost: Cost::default() }.run(waiting));
        Self { entrance }
    }

    /// Publishes one message. When this returns it is on disk.
    ///
    /// A message with a `Nats-Msg-Id` is stored once, however often the broker had to be asked. One with an expected
    /// sequence and no id may report [`PublishError::Conflict`] with itself, after an answer was lost.
    pub async fn publish(&self, subject: String, headers: HeaderMap, payload: Bytes) -> Result<Stored, PublishError> {
        let (answer, answered) = oneshot::channel();
        let gone = || PublishError::Unconfirmed("the lane is closed".to_owned());
        self.entrance.send(Waiting { subject, headers, payload, answer }).await.map_err(|_| gone())?;
        answered.await.map_err(|_| gone())?
    }
}

struct Task {
    client: Client,
    stream: Arc<str>,
    cost: Cost,
}

impl Task {
    async fn run(mut self, mut entrance: mpsc::Receiver<Waiting>) {
        let mut waiting = Vec::with_capacity(BATCH_MAX);
        let mut singles = FuturesUnordered::new();
        let mut open = true;
        while open || !singles.is_empty() || !waiting.is_empty() {
            let room = BATCH_MAX - waiting.len();
            tokio::select! {
                biased;
                Some(time) = singles.next(), if !singles.is_empty() => self.cost.single_took(time),
                taken = entrance.recv_many(&mut waiting, room), if open && room > 0 => open = taken > 0,
            }
            if singles.len() + waiting.len() <= self.cost.batch_in_singles() {
                for message in waiting.drain(..) {
                    let ahead = singles.len();
                    singles.push(single(self.client.clone(), Arc::clone(&self.stream), message, ahead));
                }
            } else if singles.is_empty() {
                for batch in split(&mut waiting) {
                    self.commit(batch).await;
                }
            }
        }
    }

    async fn commit(&mut self, batch: Vec<Waiting>) {
        let deadline = Instant::now() + RETRY;
        let mut waits = Waits::new();
        loop {
            let began = Instant::now();
            match self.send_batch(&batch).await {
                Ok(last) => {
                    self.cost.batch_took(began.elapsed());
                    let first = last + 1 - batch.len() as u64;
                    for (sequence, message) in (first..).zip(batch) {
                        let _ = message.answer.send(Ok(Stored { sequence, duplicate: false }));
                    }
                    return;
                }
                // One bad message fails the whole batch; alone each gets its own answer.
                Err(Failure::Final(_)) => break,
                Err(Failure::Temporary(reason)) => {
                    tracing::warn!(stream = %self.stream, reason, "the broker did not take a batch; trying again");
                    if Instant::now() >= deadline {
                        break;
                    }
                    waits.wait().await;
                }
            }
        }
        let alone = batch.into_iter().enumerate();
        let singles =
            alone.map(|(ahead, message)| single(self.client.clone(), Arc::clone(&self.stream), message, ahead));
        singles.collect::<FuturesUnordered<_>>().collect::<Vec<_>>().await;
    }

    async fn send_batch(&self, batch: &[Waiting]) -> Result<u64, Failure> {
        // New for each try: the broker keeps a batch that was abandoned for some seconds.
        let id = uuid::Uuid::new_v4().simple().to_string();
        let last = batch.len() - 1;
        for (index, message) in batch.iter().enumerate() {
            let mut headers = message.headers.clone();
            headers.insert(header::NATS_BATCH_ID, id.as_str());
            headers.insert(header::NATS_BATCH_SEQUENCE, (index + 1).to_string());
            let (subject, payload) = (message.subject.clone(), message.payload.clone());
            if index < last {
                let sent = self.client.publish_with_headers(subject, headers, payload).await;
                sent.map_err(|error| Failure::Temporary(error.to_string()))?;
            } else {
                headers.insert(header::NATS_BATCH_COMMIT, header::NATS_BATCH_COMMIT_FINAL);
                let ack = ask(&self.client, subject, headers, payload).await?;
                let whole = ack.batch_size == Some(batch.len() as u64);
                return if whole { Ok(ack.sequence) } else { Err(Failure::Temporary("a part of a batch".to_owned())) };
            }
        }
        Err(Failure::Temporary("an empty batch".to_owned()))
    }
}

/// Sends one message behind `ahead` others and answers its publisher. Gives the time that the broker took for it.
async fn single(client: Client, stream: Arc<str>, message: Waiting, ahead: usize) -> Duration {
    let began = Instant::now();
    let stored = send_single(&client, &stream, &message).await;
    let _ = message.answer.send(stored);
    began.elapsed() / u32::try_from(ahead + 1).unwrap_or(u32::MAX)
}

async fn send_single(client: &Client, stream: &str, message: &Waiting) -> Result<Stored, PublishError> {
    let deadline = Instant::now() + RETRY;
    let mut waits = Waits::new();
    loop {
        let (headers, payload) = (message.headers.clone(), message.payload.clone());
        let failure = match ask(client, message.subject.clone(), headers, payload).await {
            Ok(ack) => return Ok(Stored { sequence: ack.sequence, duplicate: ack.duplicate }),
            Err(failure) => failure,
        };
        match failure {
            Failure::Final(error) => return Err(error),
            Failure::Temporary(reason) if Instant::now() >= deadline || message.answer.is_closed() => {
                return Err(PublishError::Unconfirmed(reason));
            }
            Failure::Temporary(reason) => {
                tracing::warn!(stream, reason, "the broker did not take a message; trying again");
                waits.wait().await;
            }
        }
    }
}

/// One try.
async fn ask(client: &Client, subject: String, headers: HeaderMap, payload: Bytes) -> Result<PublishAck, Failure> {
    let request = async_nats::Request::new().headers(headers).payload(payload).timeout(Some(TRY));
    let reply = client.send_request(subject, request).await;
    parse(&reply.map_err(|error| Failure::Temporary(error.to_string()))?.payload)
}

fn split(taken: &mut Vec<Waiting>) -> Vec<Vec<Waiting>> {
    let mut batches = Vec::new();
    let (mut batch, mut bytes) = (Vec::new(), 0);
    for message in taken.drain(..) {
        bytes += message.payload.len();
        batch.push(message);
        if bytes >= BATCH_BYTES {
            batches.push(std::mem::take(&mut batch));
            bytes = 0;
        }
    }
    if !batch.is_empty() {
        batches.push(batch);
    }
    batches
}

/// Waits that double, each shortened by up to a half at random so that processes do not ask in step.
struct Waits(Duration);

impl Waits {
    fn new() -> Self {
        Self(WAITS.0)
    }

    async fn wait(&mut self) {
        let random = uuid::Uuid::new_v4().as_u64_pair().0 % 50;
        tokio::time::sleep(self.0 * u32::try_from(100 - random).unwrap_or(100) / 100).await;
        self.0 = (self.0 * 2).min(WAITS.1);
    }
}
