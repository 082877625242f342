//! Threads that end with their owner.

use std::{io, thread};

/// A thread that is waited for when this is dropped. What it serves must be told to end before.
pub(super) struct Thread(Option<thread::JoinHandle<()>>);

impl Thread {
    /// Starts a thread.
    pub(super) fn start(name: &str, run: impl FnOnce() + Send + 'static) -> io::Result<Self> {
        thread::Builder::new().name(name.to_owned()).spawn(run).map(|thread| Self(Some(thread)))
    }
}

impl Drop for Thread {
    fn drop(&mut self) {
        if self.0.take().is_some_and(|thread| thread.join().is_err()) {
            tracing::error!("a thread of the store ended in a panic");
        }
    }
}
