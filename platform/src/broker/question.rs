//! Questions to other pools, and answering them.

use std::{future::Future, sync::Arc, time::Duration};

use async_nats::RequestErrorKind;
use contracts::query::{Query, Reply};
use futures::StreamExt;
use tokio::sync::Semaphore;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use super::Broker;
use crate::telemetry::with_causes;

/// How long each try of a question may take. The first are short: the broker hands a part of them to a process that hangs
/// until it notices, and asking again most likely reaches another.
pub(super) const TRIES: [Duration; 5] = [
    Duration::from_millis(500),
    Duration::from_millis(500),
    Duration::from_secs(1),
    Duration::from_secs(2),
    Duration::from_secs(4),
];
/// The first wait before a question is asked again when no pool listened, as when one restarts; it doubles.
pub(super) const PAUSE: Duration = Duration::from_millis(100);
/// How the inboxes of every process begin.
pub(super) const INBOXES: &str = "_INBOX_";
/// Questions that one process answers at once.
const ANSWERS: usize = 64;

/// A question got no answer.
#[derive(Debug, thiserror::Error)]
pub enum AskError {
    /// No process of the pool answered in time.
    #[error("no {pool} worker answered {subject}")]
    NoAnswer {
        /// The pool.
        pool: &'static str,
        /// Where it was asked.
        subject: &'static str,
    },
    /// The pool cannot reach its data.
    #[error("the {pool} workers cannot reach their data")]
    Unavailable {
        /// The pool.
        pool: &'static str,
    },
    /// Asker and answerer are of different versions.
    #[error("the {pool} workers do not understand {subject}: is an older version running?")]
    Malformed {
        /// The pool.
        pool: &'static str,
        /// Where it was asked.
        subject: &'static str,
    },
}

impl Broker {
    /// Asks the pool that owns the data. A question changes nothing, so it is asked again when no answer comes.
    pub async fn ask<Q: Query>(&self, query: &Q) -> Result<Q::Reply, AskError> {
        let (pool, subject) = (Q::POOL.as_str(), Q::SUBJECT);
        let malformed = AskError::Malformed { pool, subject };
        let Ok(payload) = serde_json::to_vec(query) else { return Err(malformed) };
        let mut pause = PAUSE;
        for time in TRIES {
            let request = async_nats::Request::new().payload(payload.clone().into()).timeout(Some(time));
            let reply = match self.client.send_request(subject, request).await {
                Ok(reply) => reply,
                Err(error) => {
                    if error.kind() != RequestErrorKind::TimedOut {
                        tokio::time::sleep(pause).await;
                        pause *= 2;
                    }
                    continue;
                }
            };
            return match serde_json::from_slice::<Reply<Q::Reply>>(&reply.payload) {
                Ok(Reply::Ok(answer)) => Ok(answer),
                Ok(Reply::Unavailable) => Err(AskError::Unavailable { pool }),
                Ok(Reply::Malformed) | Err(_) => Err(malformed),
            };
        }
        Err(AskError::NoAnswer { pool, subject })
    }
}

/// What a question is answered with: the pool's state, and how it fails.
pub trait Asked<Q: Query>: Send + Sync + 'static {
    /// Why no answer can be given; it is logged, and the asker hears only that there is none.
    type Error: std::error::Error + Send + Sync;

    /// The answer.
    fn answer(&self, query: Q) -> impl Future<Output = Result<Q::Reply, Self::Error>> + Send;
}

/// Answers the questions of one kind until `stop` is cancelled. All processes of the pool share the work.
pub async fn answer<Q: Query, A: Asked<Q>>(
    broker: &Broker,
    answerer: Arc<A>,
    tracker: &TaskTracker,
    stop: CancellationToken,
) -> Result<(), async_nats::SubscribeError> {
    let mut questions = broker.client().queue_subscribe(Q::SUBJECT, Q::POOL.to_string()).await?;
    let (client, running) = (broker.client().clone(), tracker.clone());
    let permits = Arc::new(Semaphore::new(ANSWERS));
    tracker.spawn(async move {
        while let Some(Some(question)) = stop.run_until_cancelled(questions.next()).await {
            // Answers go to inboxes alone: elsewhere an asker could have an answer stored as an event.
            let Some(inbox) = question.reply.filter(|inbox| inbox.starts_with(INBOXES)) else { continue };
            let Ok(permit) = Arc::clone(&permits).acquire_owned().await else { return };
            let (client, answerer) = (client.clone(), Arc::clone(&answerer));
            running.spawn(async move {
                let reply = reply_to::<Q, A>(&*answerer, &question.payload).await;
                if let Ok(payload) = serde_json::to_vec(&reply)
                    && let Err(error) = client.publish(inbox, payload.into()).await
                {
                    tracing::warn!(subject = Q::SUBJECT, %error, "an answer was not sent");
                }
                drop(permit);
            });
        }
        if let Err(error) = questions.unsubscribe().await {
            tracing::debug!(subject = Q::SUBJECT, %error, "the connection went before the subscription");
        }
    });
    Ok(())
}

async fn reply_to<Q: Query, A: Asked<Q>>(answerer: &A, payload: &[u8]) -> Reply<Q::Reply> {
    let Ok(query) = serde_json::from_slice::<Q>(payload) else { return Reply::Malformed };
    match answerer.answer(query).await {
        Ok(answer) => Reply::Ok(answer),
        Err(error) => {
            tracing::error!(subject = Q::SUBJECT, error = with_causes(&error), "no answer");
            Reply::Unavailable
        }
    }
}
