//! Answering them.

use std::{
    collections::HashMap,
    future::Future,
    pin::pin,
    sync::{Arc, Mutex, PoisonError},
};

use async_nats::{Client, Message, PublishError, Subject, SubscribeError};
use contracts::streamed::{Asking, Frame, FrameContent, PULSE, Stop, StreamedQuery};
use futures::StreamExt;
use tokio::{
    sync::{Semaphore, mpsc},
    time::{Instant, interval_at},
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use uuid::Uuid;

use super::Broker;
use crate::{broker::question::INBOXES, telemetry::with_causes};

/// Questions that one process answers at once; others wait, and their askers hear that they do.
const ANSWERS: usize = 32;
/// Parts that wait for the connection.
const WAITING: usize = 32;

/// What a question is answered with in parts: the pool's state, and how it fails.
pub trait AnsweredInParts<Q: StreamedQuery>: Send + Sync + 'static {
    /// Why no answer can be given; it is logged, and the asker hears only that there is none.
    type Error: std::error::Error + Send + Sync;

    /// Gives the answer part by part. It is dropped, whatever it is at, when the asker goes away.
    fn answer(&self, query: Q, parts: PartSender<Q::Part>) -> impl Future<Output = Result<(), Self::Error>> + Send;
}

/// Takes the parts of one answer.
pub struct PartSender<P>(mpsc::Sender<P>);

impl<P> PartSender<P> {
    /// The next part.
    pub async fn send(&self, part: P) {
        // Whoever receives them is gone only when the answer is dropped, too.
        let _ = self.0.send(part).await;
    }
}

/// Answers the questions of one kind until `stop` is cancelled. All processes of the pool share the work.
pub async fn answer_in_parts<Q: StreamedQuery, A: AnsweredInParts<Q>>(
    broker: &Broker,
    answerer: Arc<A>,
    tracker: &TaskTracker,
    stop: CancellationToken,
) -> Result<(), SubscribeError> {
    let client = broker.client().clone();
    let mut questions = client.queue_subscribe(Q::SUBJECT, Q::POOL.to_string()).await?;
    let mut stops = client.subscribe(Q::STOP_SUBJECT).await?;
    let running = tracker.clone();
    tracker.spawn(async move {
        let (permits, under_way) = (Arc::new(Semaphore::new(ANSWERS)), UnderWay::default());
        loop {
            // A question comes before the word that its asker has gone: it is looked for first.
            tokio::select! {
                biased;
                () = stop.cancelled() => return,
                Some(question) = questions.next() => {
                    let Some(answering) = Answering::of(&client, question) else { continue };
                    let (answerer, permits, under_way) =
                        (Arc::clone(&answerer), Arc::clone(&permits), under_way.clone());
                    // Entered before the next message is looked at.
                    let entry = under_way.enter(answering.id);
                    running.spawn(answering.run(answerer, permits, entry));
                }
                Some(told) = stops.next() => {
                    if let Ok(Stop { id }) = serde_json::from_slice(&told.payload) {
                        under_way.stop(id);
                    }
                }
                else => return,
            }
        }
    });
    Ok(())
}

/// The answers that this process is at work on.
#[derive(Clone, Default)]
struct UnderWay(Arc<Mutex<HashMap<Uuid, CancellationToken>>>);

/// One of them, until it is dropped.
struct Entry {
    under_way: UnderWay,
    id: Option<Uuid>,
    stopped: CancellationToken,
}

impl UnderWay {
    fn enter(&self, id: Option<Uuid>) -> Entry {
        let stopped = CancellationToken::new();
        if let Some(id) = id {
            self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(id, stopped.clone());
        }
        Entry { under_way: self.clone(), id, stopped }
    }

    fn stop(&self, id: Uuid) {
        if let Some(stopped) = self.0.lock().unwrap_or_else(PoisonError::into_inner).get(&id) {
            stopped.cancel();
        }
    }
}

impl Drop for Entry {
    fn drop(&mut self) {
        if let Some(id) = self.id {
            self.under_way.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&id);
        }
    }
}

/// A question that is to be answered.
struct Answering<Q> {
    line: Line,
    /// None for what does not decode.
    id: Option<Uuid>,
    query: Option<Q>,
}

impl<Q: StreamedQuery> Answering<Q> {
    fn of(client: &Client, question: Message) -> Option<Self> {
        // Answers go to inboxes alone: elsewhere an asker could have an answer stored as an event.
        let inbox = question.reply.filter(|inbox| inbox.starts_with(INBOXES))?;
        let asked = serde_json::from_slice::<Asking<Q>>(&question.payload).ok();
        let (id, query) = asked.map(|asked| (asked.id, asked.query)).unzip();
        Some(Self { line: Line { client: client.clone(), inbox, seq: 0 }, id, query })
    }

    async fn run<A: AnsweredInParts<Q>>(self, answerer: Arc<A>, permits: Arc<Semaphore>, entry: Entry) {
        let Self { mut line, query, .. } = self;
        let sent = match query {
            Some(query) => entry.stopped.run_until_cancelled(line.carry::<Q, A>(&answerer, &permits, query)).await,
            None => Some(line.send(FrameContent::<Q::Part>::Malformed).await),
        };
        match sent {
            Some(Err(error)) => tracing::warn!(subject = Q::SUBJECT, %error, "an answer was not sent"),
            Some(Ok(())) => {}
            None => tracing::debug!(subject = Q::SUBJECT, "the asker has gone"),
        }
    }
}

/// The way back to an asker.
struct Line {
    client: Client,
    inbox: Subject,
    seq: u32,
}

impl Line {
    async fn send<P: serde::Serialize>(&mut self, content: FrameContent<P>) -> Result<(), PublishError> {
        let frame = serde_json::to_vec(&Frame { seq: self.seq, content }).unwrap_or_default();
        self.seq += 1;
        self.client.publish(self.inbox.clone(), frame.into()).await
    }

    /// Sends the parts of an answer as they come, pulses between them, and the end.
    async fn carry<Q: StreamedQuery, A: AnsweredInParts<Q>>(
        &mut self,
        answerer: &A,
        permits: &Semaphore,
        query: Q,
    ) -> Result<(), PublishError> {
        let (sender, mut parts) = mpsc::channel(WAITING);
        let mut work = pin!(async {
            // It is never closed.
            let _permit = permits.acquire().await;
            answerer.answer(query, PartSender(sender)).await
        });
        // The first says that the question was taken.
        self.send(FrameContent::<Q::Part>::Pulse).await?;
        let mut pulse = interval_at(Instant::now() + PULSE, PULSE);
        let ended = loop {
            tokio::select! {
                biased;
                _ = pulse.tick() => self.send(FrameContent::<Q::Part>::Pulse).await?,
                Some(part) = parts.recv() => self.send(FrameContent::Part(part)).await?,
                ended = &mut work => break ended,
            }
        };
        while let Ok(part) = parts.try_recv() {
            self.send(FrameContent::Part(part)).await?;
        }
        match ended {
            Ok(()) => self.send(FrameContent::<Q::Part>::End).await,
            Err(error) => {
                tracing::error!(subject = Q::SUBJECT, error = with_causes(&error), "no answer");
                self.send(FrameContent::<Q::Part>::Unavailable).await
            }
        }
    }
}
