//! Filling a store: tickets with their messages, written as the desk writes them.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use futures::future::join_all;
use workers::persistence::store::{Store, StoreError, TicketWritten};

use super::town::{MESSAGES, Town};

/// Tickets that are written at once.
const AT_ONCE: usize = 512;
/// How often a line about the progress is printed.
const TELL: u64 = 50_000;
/// The wait before a write is tried again that the store had no time for.
const PAUSE: Duration = Duration::from_millis(100);

/// Writes the tickets with the numbers from `from` to below `to`; how long that took.
pub(crate) async fn fill(store: &Arc<dyn Store>, town: Town, from: u64, to: u64) -> Duration {
    let (next, began) = (Arc::new(AtomicU64::new(from)), Instant::now());
    let writers = (0..AT_ONCE).map(|_| {
        let (store, next) = (Arc::clone(store), Arc::clone(&next));
        tokio::spawn(async move {
            loop {
                let number = next.fetch_add(1, Ordering::Relaxed);
                if number >= to {
                    return;
                }
                write(&*store, town, number).await;
                if number > from && number.is_multiple_of(TELL) {
                    eprintln!("{number} tickets, {} messages: {:.0?}", number * MESSAGES, began.elapsed());
                }
            }
        })
    });
    for writer in join_all(writers).await {
        writer.unwrap();
    }
    began.elapsed()
}

async fn write(store: &dyn Store, town: Town, number: u64) {
    loop {
        match store.write_ticket(town.write(number)).await {
            // Stale is what it says after an answer that was lost.
            Ok(TicketWritten::Written(_) | TicketWritten::Stale) => return,
            Err(StoreError::Unavailable(_)) => tokio::time::sleep(PAUSE).await,
            Err(error) => panic!("ticket {number}: {error}"),
        }
    }
}
