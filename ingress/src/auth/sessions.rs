//! Logins. Each has a record in a bucket that every ingress process watches, so that a login ended at one is ended at
//! all within moments.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use chrono::{DateTime, TimeDelta, Utc};
use contracts::{SessionId, UserId};
use futures::{StreamExt, stream::BoxStream};
use platform::{
    broker::{Bucket, BucketError, Entry},
    config::Auth,
};
use serde::{Deserialize, Serialize};

use super::tokens::RefreshClaims;

/// A refresh token may be used again this long: two tabs may refresh at once, and an answer may get lost.
const GRACE: TimeDelta = TimeDelta::seconds(10);
/// How often the list of ended logins is swept.
const SWEEP: usize = 4_096;

/// A login.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct SessionRecord {
    user_id: UserId,
    /// The refresh token that is good now.
    generation: u64,
    /// When it became that.
    refreshed_at: DateTime<Utc>,
    /// When the login was ended, if it was.
    revoked_at: Option<DateTime<Utc>>,
}

/// What became of a refresh token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refreshed {
    /// Here is its one successor.
    Next(RefreshClaims),
    /// It was used before: somebody has a copy, so the login is ended.
    Reused,
    /// The login is over.
    Over,
}

type Changes = BoxStream<'static, Result<(String, SessionRecord), BucketError>>;
type Revoked = Arc<Mutex<HashMap<SessionId, DateTime<Utc>>>>;

/// Every login.
pub(crate) struct Sessions {
    bucket: Bucket<SessionRecord>,
    /// Ended logins whose last access token may still be alive, until when it may.
    revoked: Revoked,
    access: TimeDelta,
}

impl Sessions {
    /// Watches the logins in `bucket`. When this returns, every login that was ended before is known.
    pub(crate) async fn open(bucket: Bucket<SessionRecord>, config: &Auth) -> Self {
        let access = TimeDelta::seconds(i64::try_from(config.access_seconds).unwrap_or(i64::MAX));
        let revoked = Revoked::default();
        let first = watch(&bucket, &revoked, access).await;
        tokio::spawn(follow(bucket.clone(), Arc::clone(&revoked), access, first));
        Self { bucket, revoked, access }
    }

    /// Whether the login was ended.
    pub(crate) fn is_revoked(&self, session: SessionId) -> bool {
        self.revoked.lock().unwrap_or_else(PoisonError::into_inner).contains_key(&session)
    }

    /// Begins a login.
    pub(crate) async fn begin(&self, user_id: UserId) -> Result<RefreshClaims, BucketError> {
        let session = SessionId::new();
        let record = SessionRecord { user_id, generation: 0, refreshed_at: Utc::now(), revoked_at: None };
        match self.bucket.put(&session.to_string(), &record, 0).await {
            // Nobody else can know a random id: after a lost answer the record there is this one.
            Ok(_) | Err(BucketError::Conflict) => Ok(RefreshClaims { sub: user_id, sid: session, generation: 0 }),
            Err(error) => Err(error),
        }
    }

    /// Takes a refresh token.
    pub(crate) async fn refresh(&self, token: RefreshClaims) -> Result<Refreshed, BucketError> {
        loop {
            let Some(Entry { value: record, revision }) = self.bucket.get(&token.sid.to_string()).await? else {
                return Ok(Refreshed::Over);
            };
            if record.revoked_at.is_some() || record.user_id != token.sub {
                return Ok(Refreshed::Over);
            }
            let now = Utc::now();
            if record.generation == token.generation + 1 && now - record.refreshed_at < GRACE {
                return Ok(Refreshed::Next(RefreshClaims { generation: record.generation, ..token }));
            }
            let reused = record.generation != token.generation;
            let next = if reused {
                SessionRecord { revoked_at: Some(now), ..record }
            } else {
                SessionRecord { generation: record.generation + 1, refreshed_at: now, ..record }
            };
            match self.bucket.put(&token.sid.to_string(), &next, revision).await {
                Ok(_) if reused => {
                    remember(&self.revoked, token.sid, now + self.access);
                    return Ok(Refreshed::Reused);
                }
                Ok(_) => return Ok(Refreshed::Next(RefreshClaims { generation: next.generation, ..token })),
                Err(BucketError::Conflict) => {}
                Err(error) => return Err(error),
            }
        }
    }

    /// Ends a login. When this returns, this process refuses its tokens; the others do within moments.
    pub(crate) async fn end(&self, session: SessionId) -> Result<(), BucketError> {
        loop {
            let Some(Entry { value: record, revision }) = self.bucket.get(&session.to_string()).await? else {
                return Ok(());
            };
            let now = Utc::now();
            if record.revoked_at.is_none() {
                let ended = SessionRecord { revoked_at: Some(now), ..record };
                match self.bucket.put(&session.to_string(), &ended, revision).await {
                    Ok(_) => {}
                    Err(BucketError::Conflict) => continue,
                    Err(error) => return Err(error),
                }
            }
            remember(&self.revoked, session, now + self.access);
            return Ok(());
        }
    }
}

/// Learns which logins are ended, and starts to learn of those that will be.
async fn watch(bucket: &Bucket<SessionRecord>, revoked: &Revoked, access: TimeDelta) -> Changes {
    loop {
        match bucket.watch().await {
            Ok(watched) => {
                watched.present.into_iter().for_each(|change| learn(revoked, access, change));
                return watched.changes;
            }
            Err(error) => tracing::warn!(%error, "logins are not watched; trying again"),
        }
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
}

/// Learns of every login that is ended, at any process, for as long as this one lives.
async fn follow(bucket: Bucket<SessionRecord>, revoked: Revoked, access: TimeDelta, mut changes: Changes) {
    loop {
        while let Some(Ok(change)) = changes.next().await {
            learn(&revoked, access, change);
        }
        tracing::warn!("the watch on logins ended; watching again");
        changes = watch(&bucket, &revoked, access).await;
    }
}

fn learn(revoked: &Revoked, access: TimeDelta, (key, record): (String, SessionRecord)) {
    if let (Ok(session), Some(at)) = (key.parse(), record.revoked_at) {
        remember(revoked, session, at + access);
    }
}

fn remember(revoked: &Revoked, session: SessionId, until: DateTime<Utc>) {
    let now = Utc::now();
    if until < now {
        return;
    }
    let mut revoked = revoked.lock().unwrap_or_else(PoisonError::into_inner);
    revoked.insert(session, until);
    if revoked.len().is_multiple_of(SWEEP) {
        revoked.retain(|_, until| *until >= now);
    }
}
