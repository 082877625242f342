//! From a durable consumer to the handler.

use std::{sync::Arc, time::Duration};

use async_nats::jetstream::consumer::{
    Consumer as Handle,
    pull::{Config as PullConfig, MessagesErrorKind, Stream as Messages},
};
use contracts::consumer::{Consumer, PIN_GROUP, PINNED_PULL};
use futures::{FutureExt, StreamExt};
use platform::broker::{Broker, ProvisionError};
use tokio::sync::Semaphore;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use super::{Worker, queue::Queues, step::Step};

/// How many events at once, and until when.
#[derive(Clone)]
pub struct Pace {
    /// Events that one consumer handles at once.
    pub concurrency: usize,
    /// Cancelled when no further event is to be fetched.
    pub stop: CancellationToken,
    /// Cancelled when what is under way is to be abandoned.
    pub abandon: CancellationToken,
    /// Counts what is under way.
    pub tracker: TaskTracker,
}

/// How long a consumer that the broker lost is waited for before it is made again.
const REOPEN: Duration = Duration::from_millis(500);

/// Makes a durable consumer and handles its events until `pace.stop` is cancelled.
pub async fn consume<W: Worker>(
    broker: &Broker,
    spec: Consumer,
    worker: Arc<W>,
    pace: Pace,
) -> Result<(), ProvisionError> {
    let mut consumer = broker.provision_consumer(&spec).await?;
    let broker = broker.clone();
    let tracker = pace.tracker.clone();
    tracker.spawn(async move {
        let step = Step { broker: broker.clone(), worker, abandon: pace.abandon.clone(), stop: pace.stop.clone() };
        let queues = Queues::new(Arc::new(step), pace.tracker.clone());
        let permits = Arc::new(Semaphore::new(pace.concurrency));
        while !pace.stop.is_cancelled() {
            match open(&consumer, &spec, pace.concurrency).await {
                Ok(messages) => pump(messages, &queues, &permits, &pace.stop, &spec.durable).await,
                Err(error) => tracing::warn!(consumer = spec.durable, %error, "the consumer does not open"),
            }
            if pace.stop.run_until_cancelled(tokio::time::sleep(REOPEN)).await.is_none() {
                break;
            }
            match broker.provision_consumer(&spec).await {
                Ok(remade) => consumer = remade,
                Err(error) => tracing::warn!(%error, "trying again"),
            }
        }
    });
    Ok(())
}

async fn open(
    consumer: &Handle<PullConfig>,
    spec: &Consumer,
    batch: usize,
) -> Result<Messages, async_nats::jetstream::consumer::StreamError> {
    let builder = consumer.stream().max_messages_per_batch(batch);
    if spec.pinned {
        builder.group(PIN_GROUP).expires(PINNED_PULL).heartbeat(PINNED_PULL / 3).messages().await
    } else {
        builder.messages().await
    }
}

/// Hands events to their queues until the stream of them ends.
async fn pump<W: Worker>(
    mut messages: Messages,
    queues: &Queues<W>,
    permits: &Arc<Semaphore>,
    stop: &CancellationToken,
    consumer: &str,
) {
    loop {
        // The permit comes first: what has no permit stays at the broker, where another process can have it.
        let Some(Ok(permit)) = stop.run_until_cancelled(Arc::clone(permits).acquire_owned()).await else { break };
        match stop.run_until_cancelled(messages.next()).await {
            None => break,
            Some(Some(Ok(message))) => queues.push(message, permit),
            Some(Some(Err(error))) if ends(error.kind()) => {
                tracing::warn!(consumer, %error, "the consumer is gone; making it again");
                return;
            }
            Some(Some(Err(error))) => tracing::debug!(consumer, %error, "the consumer goes on"),
            Some(None) => return,
        }
    }
    give_back(messages, consumer).await;
}

fn ends(kind: MessagesErrorKind) -> bool {
    matches!(
        kind,
        MessagesErrorKind::ConsumerDeleted
            | MessagesErrorKind::PushBasedConsumer
            | MessagesErrorKind::RequestLimitExceeded
            | MessagesErrorKind::NoResponders
    )
}

/// Returns what was fetched and not begun, so that another process has it at once and not after the ack wait.
async fn give_back(mut messages: Messages, consumer: &str) {
    while let Some(Some(Ok(message))) = messages.next().now_or_never() {
        if let Err(error) = message.ack_with(async_nats::jetstream::AckKind::Nak(None)).await {
            tracing::debug!(consumer, %error, "an event was not given back; it comes again after the ack wait");
        }
    }
}
