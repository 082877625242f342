//! The threads that read, each on its own connection.

use std::{
    io,
    sync::{Arc, Mutex, PoisonError},
};

use rusqlite::Connection;
use tokio::sync::{mpsc, oneshot};

use super::thread::Thread;
use crate::persistence::store::StoreError;

/// Reads that wait for a thread; further callers wait to queue.
const QUEUE_MAX: usize = 1_000;

type Job = Box<dyn FnOnce(&mut Connection) + Send>;

/// The way to the threads that read.
pub(super) struct Readers {
    // Dropped before the threads are waited for, which ends them.
    queue: mpsc::Sender<Job>,
    _threads: Vec<Thread>,
}

impl Readers {
    /// Starts a thread on each connection.
    pub(super) fn start(connections: Vec<Connection>) -> io::Result<Self> {
        let (queue, jobs) = mpsc::channel(QUEUE_MAX);
        let jobs = Arc::new(Mutex::new(jobs));
        let start = |connection| {
            let jobs = Arc::clone(&jobs);
            Thread::start("store-reader", move || serve(connection, &jobs))
        };
        let threads = connections.into_iter().map(start).collect::<io::Result<_>>()?;
        Ok(Self { queue, _threads: threads })
    }

    /// Runs a read, all of whose statements see the store at one point in time.
    pub(super) async fn run<T, R>(&self, read: R) -> Result<T, StoreError>
    where
        T: Send + 'static,
        R: FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
    {
        let (reply, answer) = oneshot::channel();
        let job: Job = Box::new(move |connection| {
            if !reply.is_closed() {
                reply.send(in_snapshot(connection, read)).ok();
            }
        });
        self.queue.send(job).await.map_err(|_| ended())?;
        answer.await.map_err(|_| ended())?
    }
}

fn serve(mut connection: Connection, jobs: &Mutex<mpsc::Receiver<Job>>) {
    loop {
        // Whoever holds the lock waits for the next job; the others wait for the lock.
        let job = jobs.lock().unwrap_or_else(PoisonError::into_inner).blocking_recv();
        let Some(job) = job else { return };
        job(&mut connection);
    }
}

fn in_snapshot<T>(
    connection: &mut Connection,
    read: impl FnOnce(&Connection) -> Result<T, StoreError>,
) -> Result<T, StoreError> {
    let transaction = connection.transaction()?;
    let value = read(&transaction)?;
    transaction.commit()?;
    Ok(value)
}

fn ended() -> StoreError {
    StoreError::Unavailable("the threads that read have ended".into())
}
