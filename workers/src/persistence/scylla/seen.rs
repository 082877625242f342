//! What this process has seen in the store and need not look for again.

use std::{
    collections::HashSet,
    hash::Hash,
    sync::{Mutex, MutexGuard, PoisonError},
};

/// Things that were seen, of which none goes away again.
pub(super) struct Seen<T>(Mutex<HashSet<T>>);

impl<T> Default for Seen<T> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<T: Eq + Hash> Seen<T> {
    pub(super) fn holds(&self, thing: &T) -> bool {
        self.lock().contains(thing)
    }

    pub(super) fn add(&self, thing: T) {
        self.lock().insert(thing);
    }

    fn lock(&self) -> MutexGuard<'_, HashSet<T>> {
        // A thread that panicked left no half of an entry.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
