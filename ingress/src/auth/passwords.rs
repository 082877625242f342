//! Hashing and checking passwords with argon2id, a few at a time.
//!
//! The hashes are computed by threads of their own: each takes 19 MiB, and an allocator keeps that much for every thread
//! that ever computed one.

use std::{
    sync::{Arc, Mutex, PoisonError},
    thread,
};

use anyhow::anyhow;
use argon2::{Argon2, PasswordHasher, PasswordVerifier, password_hash::phc};
use contracts::account::PasswordHash;
use tokio::sync::{mpsc, oneshot};

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

/// A hash to be computed, unless whoever wants it has gone.
type Job = Box<dyn FnOnce() + Send>;

/// Computes password hashes. Argon2's defaults are OWASP's: 19 MiB, two passes, one lane.
pub(crate) struct Passwords {
    jobs: mpsc::Sender<Job>,
    /// What the password of an account that does not exist is checked against, so that it takes as long.
    dummy: PasswordHash,
}

impl Passwords {
    /// Computes at most `concurrent` hashes at once.
    pub(crate) fn new(concurrent: usize) -> anyhow::Result<Self> {
        let dummy = hash(uuid::Uuid::new_v4().to_string().as_bytes()).map_err(|error| anyhow!("argon2: {error}"))?;
        let (jobs, waiting) = mpsc::channel(concurrent * WAITING_PER_HASH);
        let waiting = Arc::new(Mutex::new(waiting));
        for _ in 0..concurrent {
            let waiting = Arc::clone(&waiting);
            thread::Builder::new().name("argon2".to_owned()).spawn(move || compute_all(&waiting))?;
        }
        Ok(Self { jobs, dummy })
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
        let (answer, answered) = oneshot::channel();
        let job = move || {
            // A client that hung up while it waited costs nothing more.
            if !answer.is_closed() {
                let _ = answer.send(work());
            }
        };
        self.jobs.try_send(Box::new(job)).map_err(|_| Busy)?;
        Ok(answered.await.ok().flatten())
    }
}

/// Computes one hash after another until [`Passwords`] is dropped.
fn compute_all(waiting: &Mutex<mpsc::Receiver<Job>>) {
    loop {
        let job = waiting.lock().unwrap_or_else(PoisonError::into_inner).blocking_recv();
        match job {
            Some(job) => job(),
            None => return,
        }
    }
}

fn hash(password: &[u8]) -> Result<PasswordHash, argon2::password_hash::Error> {
    Argon2::default().hash_password(password).map(|hash| PasswordHash(hash.to_string()))
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
    async fn those_past_the_bound_are_turned_away_and_the_others_served() {
        let passwords = Passwords::new(1).unwrap();
        let hashes = (0..200).map(|_| passwords.hash("correct horse".to_owned()));
        let outcomes = futures::future::join_all(hashes).await;
        let computed = outcomes.iter().filter(|outcome| matches!(outcome, Ok(Some(_)))).count();
        let turned_away = outcomes.iter().filter(|outcome| outcome.is_err()).count();
        assert_eq!(computed + turned_away, 200);
        // One is being computed while the others wait.
        assert!((WAITING_PER_HASH..=WAITING_PER_HASH + 1).contains(&computed), "{computed}");
        assert!(passwords.hash("correct horse".to_owned()).await.unwrap().is_some());
    }
}
