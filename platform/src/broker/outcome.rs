//! Waiting for the outcome of a request.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use contracts::{Outcome, RequestId, subject};
use futures::StreamExt;
use tokio::sync::oneshot;

use super::{Broker, LogError};

/// How often a stored outcome is looked for while a request waits, in case its notice was lost with the connection.
const LOOK_AGAIN: Duration = Duration::from_secs(2);

type Waiters = Arc<Mutex<HashMap<RequestId, Vec<oneshot::Sender<Outcome>>>>>;

/// Hands each outcome to the requests that wait for it. Clones share the waiting list.
#[derive(Clone)]
pub struct Outcomes {
    broker: Broker,
    waiters: Waiters,
}

impl Outcomes {
    /// Listens for the notices of every outcome. One subscription serves all requests, so that none has to wait for
    /// a subscription of its own before it publishes.
    pub async fn listen(broker: Broker) -> Result<Self, async_nats::SubscribeError> {
        let mut notices = broker.client().subscribe(subject::OUTCOME_NOTICES).await?;
        let waiters = Waiters::default();
        let listening = Arc::clone(&waiters);
        tokio::spawn(async move {
            while let Some(notice) = notices.next().await {
                let Some(request) = subject::outcome_notice_request(&notice.subject) else { continue };
                let waiting = listening.lock().unwrap_or_else(PoisonError::into_inner).remove(&request);
                let Some(waiting) = waiting else { continue };
                let Ok(outcome) = serde_json::from_slice::<Outcome>(&notice.payload) else { continue };
                for waiter in waiting {
                    let _ = waiter.send(outcome.clone());
                }
            }
        });
        Ok(Self { broker, waiters })
    }

    /// Starts to wait; to be called before the request is published.
    pub fn expect(&self, request: RequestId) -> Expected {
        let (sender, receiver) = oneshot::channel();
        let mut waiters = self.waiters.lock().unwrap_or_else(PoisonError::into_inner);
        waiters.entry(request).or_default().push(sender);
        Expected { request, receiver, outcomes: self.clone() }
    }
}

/// A request that waits.
pub struct Expected {
    request: RequestId,
    receiver: oneshot::Receiver<Outcome>,
    outcomes: Outcomes,
}

impl Expected {
    /// The outcome, or none when it did not come within `budget`.
    pub async fn within(mut self, budget: Duration) -> Result<Option<Outcome>, LogError> {
        let deadline = tokio::time::Instant::now() + budget;
        loop {
            let next = deadline.min(tokio::time::Instant::now() + LOOK_AGAIN);
            if let Ok(Ok(outcome)) = tokio::time::timeout_at(next, &mut self.receiver).await {
                return Ok(Some(outcome));
            }
            let stored = self.outcomes.broker.outcome(self.request).await;
            match stored {
                Ok(Some(outcome)) => return Ok(Some(outcome)),
                // Only the last look's failure is the caller's: until then the notice may still come.
                stored if tokio::time::Instant::now() >= deadline => return stored,
                _ => {}
            }
        }
    }
}

impl Drop for Expected {
    fn drop(&mut self) {
        self.receiver.close();
        let mut waiters = self.outcomes.waiters.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(waiting) = waiters.get_mut(&self.request) {
            waiting.retain(|waiter| !waiter.is_closed());
            if waiting.is_empty() {
                waiters.remove(&self.request);
            }
        }
    }
}
