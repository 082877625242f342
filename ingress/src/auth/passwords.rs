//! Hashing and checking passwords with argon2id, a few at a time.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use anyhow::anyhow;
use argon2::{Argon2, PasswordHasher, PasswordVerifier, password_hash::phc};
use contracts::account::PasswordHash;
use tokio::{sync::Semaphore, task::spawn_blocking};

use crate::problem::Problem;

/// Hashes that may wait for each one that is computed; more are turned away.
const WAITING_PER_HASH: usize = 24;

/// Too many hashes wait already.
#[derive(Debug)]
pub(crate) struct Busy;

impl From<Busy> for Problem {
    fn from(_: Busy) -> Self {
        let status = axum::http::StatusCode::SERVICE_UNAVAILABLE;
        Self::new(status, "TOO_BUSY", "Too many people log in at this moment. Try again in a few seconds.")
            .retry_after(3)
    }
}

/// Computes password hashes. Argon2's defaults are OWASP's: 19 MiB, two passes, one lane.
pub(crate) struct Passwords {
    permits: Arc<Semaphore>,
    waiting: Arc<AtomicUsize>,
    waiting_max: usize,
    /// What the password of an account that does not exist is checked against, so that it takes as long.
    dummy: PasswordHash,
}

impl Passwords {
    /// Computes at most `concurrent` hashes at once.
    pub(crate) fn new(concurrent: usize) -> anyhow::Result<Self> {
        let dummy = hash(uuid::Uuid::new_v4().to_string().as_bytes()).map_err(|error| anyhow!("argon2: {error}"))?;
        let (permits, waiting) = (Arc::new(Semaphore::new(concurrent)), Arc::default());
        Ok(Self { permits, waiting, waiting_max: concurrent * WAITING_PER_HASH, dummy })
    }

    /// The hash of a new password.
    pub(crate) async fn hash(&self, password: String) -> Result<Option<PasswordHash>, Busy> {
        self.compute(move || hash(password.as_bytes()).ok()).await
    }

    /// Whether `password` is the one behind `hash`. Takes the same time when there is no hash.
    pub(crate) async fn verify(&self, password: String, hash: Option<PasswordHash>) -> Result<bool, Busy> {
        let exists = hash.is_some();
        let hash = hash.unwrap_or_else(|| self.dummy.clone());
        let matches = self.compute(move || {
            let parsed = phc::PasswordHash::new(&hash.0).ok()?;
            Argon2::default().verify_password(password.as_bytes(), &parsed).ok()
        });
        Ok(matches.await?.is_some() && exists)
    }

    async fn compute<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Option<T> + Send + 'static,
    ) -> Result<Option<T>, Busy> {
        let turn = Turn::take(&self.waiting, self.waiting_max).ok_or(Busy)?;
        let permit = Arc::clone(&self.permits).acquire_owned().await.map_err(|_| Busy)?;
        // The permit goes along: a client that hangs up does not make room while its hash is still being computed.
        let computed = spawn_blocking(move || {
            let value = work();
            drop((permit, turn));
            value
        });
        Ok(computed.await.ok().flatten())
    }
}

fn hash(password: &[u8]) -> Result<PasswordHash, argon2::password_hash::Error> {
    Argon2::default().hash_password(password).map(|hash| PasswordHash(hash.to_string()))
}

/// A place among those who wait, free again when dropped.
struct Turn(Arc<AtomicUsize>);

impl Turn {
    fn take(waiting: &Arc<AtomicUsize>, max: usize) -> Option<Self> {
        let taken = waiting.fetch_update(Ordering::AcqRel, Ordering::Acquire, |now| (now < max).then_some(now + 1));
        taken.ok().map(|_| Self(Arc::clone(waiting)))
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::AcqRel);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn only_the_password_itself_matches() {
        let passwords = Passwords::new(1).unwrap();
        let hash = passwords.hash("correct horse".to_owned()).await.unwrap().unwrap();
        assert!(passwords.verify("correct horse".to_owned(), Some(hash.clone())).await.unwrap());
        assert!(!passwords.verify("correct horsf".to_owned(), Some(hash)).await.unwrap());
        assert!(!passwords.verify("correct horse".to_owned(), None).await.unwrap());
    }

    #[tokio::test]
    async fn those_past_the_bound_are_turned_away_and_leave_no_trace() {
        let passwords = Arc::new(Passwords::new(1).unwrap());
        let hashes = (0..200).map(|_| passwords.hash("correct horse".to_owned()));
        let outcomes = futures::future::join_all(hashes).await;
        let computed = outcomes.iter().filter(|outcome| outcome.is_ok()).count();
        assert_eq!(computed, WAITING_PER_HASH);
        assert_eq!(passwords.waiting.load(Ordering::Acquire), 0);
    }
}
