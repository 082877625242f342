//! Logins. Each has a record in a bucket that every ingress process watches, so that a login ended at one is ended at
//! all within moments.

use std::time::Duration;

use chrono::{DateTime, SubsecRound, TimeDelta, Utc};
use contracts::{SessionId, UserId};
use futures::{StreamExt, stream::BoxStream};
use platform::{
    broker::{Bucket, BucketError, Entry},
    config::Auth,
};
use serde::{Deserialize, Serialize};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::{
    ended::{Ended, LoggedIn},
    tokens::RefreshClaims,
};
use crate::extract::Session;

/// A refresh token may be used again this long: two tabs may refresh at once, and an answer may get lost.
const GRACE: TimeDelta = TimeDelta::seconds(10);
/// A login's time is known to this.
const TICK: TimeDelta = TimeDelta::milliseconds(1);
/// What the key of a user's own record begins with; a login's key is its id.
const OF_USER: &str = "user.";

/// What the bucket holds.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(untagged)]
pub(crate) enum SessionRecord {
    /// A login.
    Login(Login),
    /// Every login of a user that began before a time is ended.
    AllEnded { ended_before: DateTime<Utc> },
}

/// A login.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Login {
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

/// Every login.
pub(crate) struct Sessions {
    bucket: Bucket<SessionRecord>,
    ended: Ended,
}

impl Sessions {
    /// Watches the logins in `bucket`. When this returns, every login that was ended before is known. The watch begins
    /// anew when `interruptions` says that something may have been missed.
    pub(crate) async fn open(
        bucket: Bucket<SessionRecord>,
        mut interruptions: watch::Receiver<u64>,
        config: &Auth,
    ) -> Self {
        let seconds = |seconds| TimeDelta::seconds(i64::try_from(seconds).unwrap_or(i64::from(i32::MAX)));
        let ended = Ended::new(seconds(config.access_seconds), seconds(config.refresh_seconds));
        interruptions.mark_unchanged();
        let first = watch(&bucket, &ended).await;
        tokio::spawn(follow(bucket.clone(), ended.clone(), interruptions, first));
        Self { bucket, ended }
    }

    /// Whether the login was ended.
    pub(crate) fn is_revoked(&self, session: &Session) -> bool {
        self.ended.contains(session.id, session.actor.user_id)
    }

    /// Cancels `stop` once the login is ended, at whatever process; none when it is already.
    pub(crate) fn stop_with(&self, session: &Session, stop: CancellationToken) -> Option<LoggedIn> {
        self.ended.stop_with(session, stop)
    }

    /// Begins a login.
    pub(crate) async fn begin(&self, user_id: UserId) -> Result<RefreshClaims, BucketError> {
        let session = SessionId::new();
        let login = Login { user_id, generation: 0, refreshed_at: Utc::now(), revoked_at: None };
        match self.bucket.put(&session.to_string(), &SessionRecord::Login(login), 0).await {
            // Nobody else can know a random id: after a lost answer the record there is this one.
            Ok(_) | Err(BucketError::Conflict) => Ok(RefreshClaims { sub: user_id, sid: session, generation: 0 }),
            Err(error) => Err(error),
        }
    }

    /// Takes a refresh token.
    pub(crate) async fn refresh(&self, token: RefreshClaims) -> Result<Refreshed, BucketError> {
        loop {
            let Some((record, revision)) = self.login(token.sid).await? else { return Ok(Refreshed::Over) };
            let ended = record.revoked_at.is_some() || self.ended.contains(token.sid, token.sub);
            if ended || record.user_id != token.sub {
                return Ok(Refreshed::Over);
            }
            let now = Utc::now();
            if record.generation == token.generation + 1 && now - record.refreshed_at < GRACE {
                return Ok(Refreshed::Next(RefreshClaims { generation: record.generation, ..token }));
            }
            let reused = record.generation != token.generation;
            let next = if reused {
                Login { revoked_at: Some(now), ..record }
            } else {
                Login { generation: record.generation + 1, refreshed_at: now, ..record }
            };
            let generation = next.generation;
            match self.bucket.put(&token.sid.to_string(), &SessionRecord::Login(next), revision).await {
                Ok(_) if reused => {
                    self.ended.login(token.sid, now);
                    return Ok(Refreshed::Reused);
                }
                Ok(_) => return Ok(Refreshed::Next(RefreshClaims { generation, ..token })),
                Err(BucketError::Conflict) => {}
                Err(error) => return Err(error),
            }
        }
    }

    /// Ends a login. When this returns, this process refuses its tokens; the others do within moments.
    pub(crate) async fn end(&self, session: SessionId) -> Result<(), BucketError> {
        loop {
            let Some((login, revision)) = self.login(session).await? else { return Ok(()) };
            let now = Utc::now();
            if login.revoked_at.is_none() {
                let ended = SessionRecord::Login(Login { revoked_at: Some(now), ..login });
                match self.bucket.put(&session.to_string(), &ended, revision).await {
                    Ok(_) => {}
                    Err(BucketError::Conflict) => continue,
                    Err(error) => return Err(error),
                }
            }
            self.ended.login(session, now);
            return Ok(());
        }
    }

    /// Ends every login of `user`. When this returns, this process refuses their tokens, the others do within moments,
    /// and a login that begins from now on is good.
    pub(crate) async fn end_all(&self, user: UserId) -> Result<(), BucketError> {
        let key = format!("{OF_USER}{user}");
        let ended_before = loop {
            let revision = self.bucket.get(&key).await?.map_or(0, |entry| entry.revision);
            let ended_before = Utc::now().trunc_subsecs(3) + TICK;
            match self.bucket.put(&key, &SessionRecord::AllEnded { ended_before }, revision).await {
                Ok(_) => break ended_before,
                Err(BucketError::Conflict) => {}
                Err(error) => return Err(error),
            }
        };
        self.ended.all_of(user, ended_before);
        let left = (ended_before - Utc::now()).to_std().unwrap_or_default();
        tokio::time::sleep(left.min(Duration::from_secs(1))).await;
        Ok(())
    }

    async fn login(&self, session: SessionId) -> Result<Option<(Login, u64)>, BucketError> {
        let found = self.bucket.get(&session.to_string()).await?;
        Ok(found.and_then(|Entry { value, revision }| match value {
            SessionRecord::Login(login) => Some((login, revision)),
            SessionRecord::AllEnded { .. } => None,
        }))
    }
}

/// Learns which logins are ended, and starts to learn of those that will be.
async fn watch(bucket: &Bucket<SessionRecord>, ended: &Ended) -> Changes {
    loop {
        match bucket.watch().await {
            Ok(watched) => {
                watched.present.into_iter().for_each(|change| learn(ended, change));
                return watched.changes;
            }
            Err(error) => tracing::warn!(%error, "logins are not watched; trying again"),
        }
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
}

/// Learns of every login that is ended, at any process, for as long as this one lives.
async fn follow(
    bucket: Bucket<SessionRecord>,
    ended: Ended,
    mut interruptions: watch::Receiver<u64>,
    mut changes: Changes,
) {
    loop {
        tokio::select! {
            change = changes.next() => {
                if let Some(Ok(change)) = change {
                    learn(&ended, change);
                    continue;
                }
                tracing::warn!("the watch on logins ended; watching again");
            }
            // A watch finds out by itself that it was cut off, but not within seconds.
            Ok(()) = interruptions.changed() => {}
        }
        changes = watch(&bucket, &ended).await;
    }
}

fn learn(ended: &Ended, (key, record): (String, SessionRecord)) {
    match record {
        SessionRecord::Login(login) => {
            if let (Ok(session), Some(at)) = (key.parse(), login.revoked_at) {
                ended.login(session, at);
            }
        }
        SessionRecord::AllEnded { ended_before } => {
            if let Some(user) = key.strip_prefix(OF_USER).and_then(|user| user.parse().ok()) {
                ended.all_of(user, ended_before);
            }
        }
    }
}
