//! The threads that run a process.

use std::{num::NonZero, thread::available_parallelism};

use tokio::runtime::{Builder, Runtime};

/// A runtime on `threads` threads; on half of the cores where that is 0.
///
/// The broker and the other process need cores, too, and an event that is handed from thread to thread waits for each
/// to wake: on two cores one thread a process answers a third sooner than two (`./deploy/bench tickets`).
pub fn runtime(threads: usize) -> std::io::Result<Runtime> {
    let cores = available_parallelism().map_or(1, NonZero::get);
    let threads = if threads == 0 { (cores / 2).max(1) } else { threads };
    Builder::new_multi_thread().worker_threads(threads).enable_all().build()
}
