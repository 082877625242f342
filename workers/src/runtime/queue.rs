//! One queue for each entity that has events under way: its events run in order, those of different entities at once.

use std::{
    collections::{HashMap, VecDeque},
    panic::AssertUnwindSafe,
    sync::{Arc, Mutex, PoisonError},
};

use async_nats::jetstream::Message;
use futures::FutureExt;
use tokio::sync::OwnedSemaphorePermit;
use tokio_util::task::TaskTracker;

use super::{Worker, step::Step};

/// An event that waits, with the permit that it holds until it is done.
type Waiting = (Message, OwnedSemaphorePermit);

pub(super) struct Queues<W> {
    step: Arc<Step<W>>,
    tracker: TaskTracker,
    /// An entity is a key while one of its events is under way.
    waiting: Arc<Mutex<HashMap<String, VecDeque<Waiting>>>>,
}

impl<W: Worker> Queues<W> {
    pub(super) fn new(step: Arc<Step<W>>, tracker: TaskTracker) -> Self {
        Self { step, tracker, waiting: Arc::default() }
    }

    /// Runs the event after those of its entity that came before.
    pub(super) fn push(&self, message: Message, permit: OwnedSemaphorePermit) {
        let entity = message.subject.rsplit('.').next().unwrap_or_default().to_owned();
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(queue) = waiting.get_mut(&entity) {
            queue.push_back((message, permit));
            return;
        }
        waiting.insert(entity.clone(), VecDeque::new());
        drop(waiting);
        let (step, queues) = (Arc::clone(&self.step), Arc::clone(&self.waiting));
        self.tracker.spawn(async move {
            let mut next = Some((message, permit));
            while let Some((message, permit)) = next {
                // A panic outside the handler: the event comes again after the ack wait, and the queue goes on.
                if AssertUnwindSafe(step.run(message)).catch_unwind().await.is_err() {
                    tracing::error!(pool = %W::POOL, entity, "the runtime panicked over an event");
                }
                drop(permit);
                let mut waiting = queues.lock().unwrap_or_else(PoisonError::into_inner);
                next = waiting.get_mut(&entity).and_then(VecDeque::pop_front);
                if next.is_none() {
                    waiting.remove(&entity);
                }
            }
        });
    }
}
