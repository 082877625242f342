//! When what went well, and what did not: the measure of availability.

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

/// A kind of write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Write {
    Ticket,
    Message,
    /// A ticket was resolved.
    Change,
}

/// How far a write is known to have come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Known {
    /// It was acknowledged: it is on disk and will be in the store.
    Acknowledged,
    /// It was seen to be in the store.
    Stored,
}

/// A request that was not answered, or not with what was asked for.
pub(crate) struct Failure {
    /// The ingress process that it was made to.
    pub(crate) ingress: usize,
    /// None for a frame of a socket, which has no beginning of its own.
    pub(crate) began: Option<Instant>,
    pub(crate) ended: Instant,
    pub(crate) cause: String,
}

/// What happened while one fault was there.
#[derive(Default)]
pub(crate) struct Tally(Mutex<Inner>);

#[derive(Default)]
struct Inner {
    successes: Vec<(Write, Known, Instant)>,
    failures: Vec<Failure>,
}

impl Tally {
    pub(crate) fn succeeded(&self, write: Write, known: Known) {
        self.lock().successes.push((write, known, Instant::now()));
    }

    pub(crate) fn failed(&self, ingress: usize, began: Option<Instant>, cause: String) {
        let ended = Instant::now();
        self.lock().failures.push(Failure { ingress, began, ended, cause });
    }

    /// How many writes were acknowledged.
    pub(crate) fn count(&self, write: Write) -> usize {
        self.times(write, Known::Acknowledged).len()
    }

    /// The longest part of the time from `from` to `to` in which no write of this kind came so far.
    pub(crate) fn longest_gap(&self, write: Write, known: Known, (from, to): (Instant, Instant)) -> Duration {
        let mut times = self.times(write, known);
        times.retain(|at| (from..to).contains(at));
        times.extend([from, to]);
        times.sort_unstable();
        times.windows(2).map(|pair| pair[1] - pair[0]).max().unwrap_or_default()
    }

    fn times(&self, write: Write, known: Known) -> Vec<Instant> {
        let inner = self.lock();
        inner.successes.iter().filter(|success| (success.0, success.1) == (write, known)).map(|(.., at)| *at).collect()
    }

    /// What did not go well for which something holds.
    pub(crate) fn failures(&self, holds: impl Fn(&Failure) -> bool) -> Vec<String> {
        self.lock().failures.iter().filter(|failure| holds(failure)).map(|failure| failure.cause.clone()).collect()
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
