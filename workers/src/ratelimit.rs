//! How many tickets a person may raise: an exact sliding window, counted without a race by any number of processes.

mod window;

use std::{
    collections::HashMap,
    sync::{Arc, PoisonError},
};

use chrono::Utc;
use contracts::{
    Envelope, Outcome, UserId,
    consumer::Pool,
    event::{TicketAdmitted, TicketCreated, TicketRejected},
    query::GetQuota,
    quota::Quota,
};
use platform::broker::{Asked, Bucket, BucketError, Entry};
use tokio::sync::Mutex;

use crate::runtime::{Effects, Failure, Worker};

pub use window::{Decision, Slots, Window};

/// Locks that keep the requests of one user in this process from losing to each other again and again.
const LOCKS: usize = 64;
/// Users whose slots this process remembers.
const REMEMBERED: usize = 4_096;

/// The pool's state.
pub struct Ratelimit {
    window: Window,
    bucket: Bucket<Slots>,
    locks: [Mutex<()>; LOCKS],
    /// What this process wrote last. It may be out of date: then the next write is refused, and the bucket is asked.
    written: std::sync::Mutex<HashMap<UserId, Entry<Slots>>>,
}

impl Ratelimit {
    /// Counts in `bucket`.
    pub fn new(window: Window, bucket: Bucket<Slots>) -> Arc<Self> {
        Arc::new(Self {
            window,
            bucket,
            locks: std::array::from_fn(|_| Mutex::new(())),
            written: std::sync::Mutex::default(),
        })
    }

    /// The slots of a user, as this process wrote them or as the bucket has them.
    async fn slots(&self, user: UserId) -> Result<Entry<Slots>, BucketError> {
        let written = self.written.lock().unwrap_or_else(PoisonError::into_inner).remove(&user);
        if let Some(entry) = written {
            return Ok(entry);
        }
        let entry = self.bucket.get(&user.to_string()).await?;
        Ok(entry.unwrap_or(Entry { value: Slots::default(), revision: 0 }))
    }

    fn remember(&self, user: UserId, entry: Entry<Slots>) {
        let mut written = self.written.lock().unwrap_or_else(PoisonError::into_inner);
        if written.len() >= REMEMBERED {
            written.clear();
        }
        written.insert(user, entry);
    }

    fn lock_of(&self, user: UserId) -> &Mutex<()> {
        let random = user.uuid().as_u64_pair().1;
        &self.locks[usize::try_from(random % LOCKS as u64).unwrap_or_default()]
    }
}

impl Worker for Ratelimit {
    const POOL: Pool = Pool::Ratelimit;
    type Input = TicketCreated;

    async fn handle(&self, event: &Envelope<TicketCreated>, _attempt: u32) -> Result<Effects, Failure> {
        let draft = &event.event.draft;
        let user = draft.user_id;
        let _turn = self.lock_of(user).lock().await;
        loop {
            let Entry { value: mut slots, revision } = self.slots(user).await.map_err(failure)?;
            match self.window.take(&mut slots, draft.id, draft.created_at) {
                Decision::Rejected { retry_at } => {
                    let (limit, window_seconds) = (self.window.limit(), self.window.seconds());
                    let rejected =
                        TicketRejected { ticket_id: draft.id, user_id: draft.user_id, limit, window_seconds, retry_at };
                    let outcome = Outcome::TicketRejected { limit, window_seconds, retry_at };
                    return Ok(Effects::event(rejected).with_outcome(outcome));
                }
                Decision::Had => return Ok(Effects::event(TicketAdmitted { draft: draft.clone() })),
                Decision::Taken => match self.bucket.put(&user.to_string(), &slots, revision).await {
                    Ok(revision) => {
                        self.remember(user, Entry { value: slots, revision });
                        return Ok(Effects::event(TicketAdmitted { draft: draft.clone() }));
                    }
                    Err(BucketError::Conflict) => {}
                    Err(error) => return Err(failure(error)),
                },
            }
        }
    }

    fn give_up(&self, _event: &Envelope<TicketCreated>, _attempts: u32, _cause: &str) -> Effects {
        Effects::outcome(Outcome::Failed)
    }
}

impl Asked<GetQuota> for Ratelimit {
    type Error = BucketError;

    async fn answer(&self, query: GetQuota) -> Result<Quota, BucketError> {
        let entry = self.bucket.get(&query.user_id.to_string()).await?;
        Ok(self.window.quota(&entry.map(|entry| entry.value).unwrap_or_default(), Utc::now()))
    }
}

fn failure(error: BucketError) -> Failure {
    match error {
        BucketError::Malformed { .. } => Failure::Failed(error.into()),
        error => Failure::Unavailable(error.into()),
    }
}
