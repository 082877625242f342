//! From a durable consumer to the handler.

use std::{sync::Arc, time::Duration};

use contracts::consumer::{Consumer, PULL_WAIT};
use platform::broker::{Broker, ProvisionError};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use super::{Membership, Worker, pull::Puller, queue::Queues, step::Step};

/// How many events at once, and until when.
#[derive(Clone)]
pub struct Pace {
    /// Events that one consumer handles at once.
    pub concurrency: usize,
    /// Cancelled when no further event is to be begun.
    pub stop: CancellationToken,
    /// Cancelled when what is under way is to be abandoned.
    pub abandon: CancellationToken,
    /// Counts what is under way.
    pub tracker: TaskTracker,
}

/// How long a consumer that the broker lost is waited for before it is made again.
const REOPEN: Duration = Duration::from_millis(500);

/// How long the former owner of a partition may take to finish what it began, before its pin is given up for it. Should it
/// still be at work, both have the same events, which has no second effect.
const HAND_OVER: Duration = Duration::from_millis(500);

/// Makes a durable consumer and handles its events until `pace.stop` is cancelled; those of a partition while this
/// process, among the members, is to have it.
pub async fn consume<W: Worker>(
    broker: &Broker,
    spec: Consumer,
    worker: Arc<W>,
    membership: Option<&Membership>,
    pace: Pace,
) -> Result<(), ProvisionError> {
    broker.provision_consumer(&spec).await?;
    let broker = broker.clone();
    let tracker = pace.tracker.clone();
    let share = membership.cloned().zip(spec.partition);
    tracker.spawn(async move {
        let step = Step { broker: broker.clone(), worker, abandon: pace.abandon.clone(), stop: pace.stop.clone() };
        let pump = Pump {
            queues: Queues::new(Arc::new(step), pace.tracker.clone()),
            permits: Arc::new(Semaphore::new(pace.concurrency)),
            concurrency: pace.concurrency,
            share,
            stop: pace.stop,
        };
        loop {
            match Puller::open(&broker, &spec).await {
                Ok(puller) => pump.run(puller, &spec.durable).await,
                Err(error) => tracing::warn!(consumer = spec.durable, %error, "the consumer does not open"),
            }
            if pump.stop.run_until_cancelled(tokio::time::sleep(REOPEN)).await.is_none() {
                break;
            }
            if let Some(Err(error)) = pump.stop.run_until_cancelled(broker.provision_consumer(&spec)).await {
                tracing::warn!(%error, "trying again");
            }
        }
    });
    Ok(())
}

/// Moves events from the broker to their queues.
struct Pump<W> {
    queues: Queues<W>,
    permits: Arc<Semaphore>,
    concurrency: usize,
    /// The partition, and how it is known whether this process has it.
    share: Option<(Membership, u8)>,
    stop: CancellationToken,
}

impl<W: Worker> Pump<W> {
    /// Runs until the process stops or the consumer is gone.
    async fn run(&self, mut puller: Puller, consumer: &str) {
        let mut taking = true;
        // The permits come first: what has none stays at the broker, where another process can have it.
        while let Some(Some(mut permits)) = self.stop.run_until_cancelled(self.free_permits()).await {
            if let Some((membership, partition)) = self.share.as_ref().filter(|(members, part)| !members.has(*part)) {
                drop(permits);
                self.hand_over(&mut puller, consumer).await;
                let Some(()) = self.stop.run_until_cancelled(membership.until_has(*partition)).await else { return };
                taking = true;
                continue;
            }
            if puller.must_rewind() {
                drop(permits);
                let Some(()) = self.stop.run_until_cancelled(self.rewind(&mut puller, consumer)).await else { break };
                continue;
            }
            let wait = if taking { HAND_OVER } else { PULL_WAIT };
            let Some(asked) = self.stop.run_until_cancelled(puller.ask(permits.num_permits(), wait)).await else {
                break;
            };
            if let Err(error) = asked {
                tracing::warn!(consumer, %error, "no event was asked for");
                return;
            }
            // A process that stops reads this request to its end: what the broker sent is begun, and waits for nobody.
            while permits.num_permits() > 0 {
                match puller.next().await {
                    Ok(Some(message)) => {
                        if let Some(permit) = permits.split(1) {
                            self.queues.push(message, permit);
                        }
                    }
                    Ok(None) => break,
                    Err(error) => {
                        tracing::warn!(consumer, %error, "making it again");
                        return;
                    }
                }
            }
            drop(permits);
            if taking && !puller.has_pin() {
                // There is nothing to do, or the former owner is dead or slow: what it had comes here.
                puller.unpin().await;
                self.rewind(&mut puller, consumer).await;
            }
            taking = false;
        }
        self.hand_over(&mut puller, consumer).await;
    }

    /// Lets another process have the consumer, with what came here and was not begun. Not before all that was begun is
    /// done, so that no event overtakes one of the same entity.
    async fn hand_over(&self, puller: &mut Puller, consumer: &str) {
        self.all_done().await;
        if puller.has_pin() {
            if puller.must_rewind() {
                self.rewind(puller, consumer).await;
            }
            puller.unpin().await;
        }
    }

    /// Begins again after the last event up to which all are done.
    async fn rewind(&self, puller: &mut Puller, consumer: &str) {
        self.all_done().await;
        match puller.rewind().await {
            Ok(()) => tracing::debug!(consumer, "rewound"),
            Err(error) => {
                tracing::warn!(consumer, %error, "trying again");
                tokio::time::sleep(REOPEN).await;
            }
        }
    }

    /// Waits until all that was begun is done.
    async fn all_done(&self) {
        let all = u32::try_from(self.concurrency).unwrap_or(u32::MAX);
        // It is never closed.
        let _ = self.permits.acquire_many(all).await;
    }

    /// Every permit that is free, at least one.
    async fn free_permits(&self) -> Option<OwnedSemaphorePermit> {
        let mut permits = Arc::clone(&self.permits).acquire_owned().await.ok()?;
        let free = u32::try_from(self.permits.available_permits()).unwrap_or(u32::MAX);
        if let Ok(more) = Arc::clone(&self.permits).try_acquire_many_owned(free) {
            permits.merge(more);
        }
        Some(permits)
    }
}
