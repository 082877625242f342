//! The one thread that writes, and commits in groups: as many writes as wait share one sync of the disk.

use std::io;

use rusqlite::{Connection, Transaction, TransactionBehavior};
use tokio::sync::{mpsc, oneshot};

use super::{error::Shared, thread::Thread};
use crate::persistence::store::StoreError;

/// Writes in one transaction at most.
const GROUP_MAX: usize = 500;
/// Writes that wait for the thread; further callers wait to queue.
const QUEUE_MAX: usize = 2 * GROUP_MAX;

/// Applies a write, or takes why that cannot be, and gives back how its caller is told.
type Job = Box<dyn FnOnce(Result<&mut Transaction<'_>, StoreError>) -> Answer + Send>;
/// Tells the caller, now that the commit succeeded or failed.
type Answer = Box<dyn FnOnce(Result<(), StoreError>) + Send>;

/// The way to the thread that writes.
pub(super) struct Writer {
    // Dropped before the thread is waited for, which ends it.
    queue: mpsc::Sender<Job>,
    _thread: Thread,
}

impl Writer {
    /// Starts the thread on a connection that may write.
    pub(super) fn start(connection: Connection) -> io::Result<Self> {
        let (queue, jobs) = mpsc::channel(QUEUE_MAX);
        let thread = Thread::start("store-writer", move || serve(connection, jobs))?;
        Ok(Self { queue, _thread: thread })
    }

    /// Runs a write in a transaction, and answers once it is on disk. A write that fails leaves nothing behind,
    /// and does not disturb those that share the transaction.
    pub(super) async fn run<T, W>(&self, write: W) -> Result<T, StoreError>
    where
        T: Send + 'static,
        W: FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
    {
        let (reply, answer) = oneshot::channel();
        let job: Job = Box::new(move |transaction| {
            let result = transaction.and_then(|transaction| in_savepoint(transaction, write));
            Box::new(move |committed| {
                // Nobody listens when the caller gave up.
                reply.send(result.and_then(|value| committed.map(|()| value))).ok();
            })
        });
        self.queue.send(job).await.map_err(|_| ended())?;
        answer.await.map_err(|_| ended())?
    }
}

fn serve(mut connection: Connection, mut jobs: mpsc::Receiver<Job>) {
    let mut group = Vec::with_capacity(GROUP_MAX);
    while jobs.blocking_recv_many(&mut group, GROUP_MAX) > 0 {
        commit(&mut connection, group.drain(..));
    }
}

fn commit(connection: &mut Connection, group: impl Iterator<Item = Job>) {
    let mut transaction = match connection.transaction_with_behavior(TransactionBehavior::Immediate) {
        Ok(transaction) => transaction,
        Err(error) => {
            let error = Shared::from(StoreError::from(error));
            return group.for_each(|job| job(Err(error.to_error()))(Ok(())));
        }
    };
    let answers: Vec<Answer> = group.map(|job| job(Ok(&mut transaction))).collect();
    let committed = still_open(&transaction).and_then(|()| Ok(transaction.commit()?)).map_err(Shared::from);
    for answer in answers {
        answer(committed.as_ref().copied().map_err(Shared::to_error));
    }
}

fn in_savepoint<T>(
    transaction: &mut Transaction<'_>,
    write: impl FnOnce(&Connection) -> Result<T, StoreError>,
) -> Result<T, StoreError> {
    still_open(transaction)?;
    let savepoint = transaction.savepoint()?;
    let value = write(&savepoint)?;
    savepoint.commit()?;
    Ok(value)
}

/// `SQLite` rolls the whole transaction back when the disk is full or fails; what follows must not run outside of it.
fn still_open(transaction: &Transaction<'_>) -> Result<(), StoreError> {
    if transaction.is_autocommit() {
        Err(StoreError::Unavailable("another write of the same group ended the transaction".into()))
    } else {
        Ok(())
    }
}

fn ended() -> StoreError {
    StoreError::Unavailable("the thread that writes has ended".into())
}

#[cfg(test)]
mod tests;
