//! The one thread that writes to the index in the process.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, PoisonError, RwLock},
    thread,
    time::Duration,
};

use tokio::sync::{mpsc, oneshot};

use super::{super::IndexError, engine::Shard, folder::Folder};

/// Writes that wait at most.
const WAITING: usize = 64;
/// So many writes are followed by an optimization, which puts what came into the graph that is searched fast.
const WRITES_BETWEEN_OPTIMIZATIONS: usize = 200;
/// How often it is looked whether the last search of a collection that was replaced is over.
const LOOK: Duration = Duration::from_millis(5);

type Job = Box<dyn FnOnce(&mut Shelf) + Send>;

/// Gives the thread its work, and everybody the collection that is searched.
#[derive(Clone)]
pub(super) struct Owner {
    jobs: mpsc::Sender<Job>,
    current: Arc<RwLock<Arc<Shard>>>,
}

impl Owner {
    /// Opens the collection of a folder, and begins to write to it. The thread ends with the last owner.
    pub(super) fn start(folder: Folder) -> Result<Self, IndexError> {
        let shard = folder.current()?;
        folder.clear_but(&shard)?;
        let current = Arc::new(RwLock::new(Arc::new(shard)));
        let (jobs, mut waiting) = mpsc::channel::<Job>(WAITING);
        let mut shelf = Shelf { folder, current: Arc::clone(&current), writes: 0 };
        thread::Builder::new()
            .name("index".to_owned())
            .spawn(move || {
                while let Some(job) = waiting.blocking_recv() {
                    job(&mut shelf);
                }
            })
            .map_err(|error| IndexError::Engine(error.to_string()))?;
        Ok(Self { jobs, current })
    }

    /// What is searched now.
    pub(super) fn current(&self) -> Arc<Shard> {
        Arc::clone(&self.current.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Has the thread do something, in its turn.
    pub(super) async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Shelf) -> Result<T, IndexError> + Send + 'static,
    ) -> Result<T, IndexError> {
        let (done, answer) = oneshot::channel();
        let job: Job = Box::new(move |shelf| {
            let outcome = catch_unwind(AssertUnwindSafe(|| work(shelf)));
            // Whoever asked may be gone.
            let _ = done.send(outcome.unwrap_or_else(|_| Err(IndexError::Engine("a write panicked".to_owned()))));
        });
        let gone = || IndexError::Engine("the thread that writes has ended".to_owned());
        self.jobs.send(job).await.map_err(|_| gone())?;
        answer.await.unwrap_or_else(|_| Err(gone()))
    }
}

/// What the thread has.
pub(super) struct Shelf {
    folder: Folder,
    current: Arc<RwLock<Arc<Shard>>>,
    writes: usize,
}

impl Shelf {
    pub(super) fn folder(&self) -> &Folder {
        &self.folder
    }

    /// Writes to the collection that is searched, so that it is on disk.
    pub(super) fn write(&mut self, change: impl FnOnce(&Shard) -> Result<(), IndexError>) -> Result<(), IndexError> {
        let shard = self.shard();
        change(&shard)?;
        self.writes += 1;
        if self.writes.is_multiple_of(WRITES_BETWEEN_OPTIMIZATIONS) {
            shard.settle()?;
        }
        Ok(())
    }

    /// Puts a collection in the place of the one that is searched, which goes when its last search is over: the engine
    /// flushes a collection that it closes, so its files must be there until then.
    pub(super) fn take_up(&mut self, shard: &Arc<Shard>) -> Result<(), IndexError> {
        self.folder.choose(shard)?;
        let mut current = self.current.write().unwrap_or_else(PoisonError::into_inner);
        let mut old = Some(std::mem::replace(&mut *current, Arc::clone(shard)));
        drop(current);
        while let Some(last) = old.take() {
            if let Err(searched) = Arc::try_unwrap(last) {
                old = Some(searched);
                thread::sleep(LOOK);
            }
        }
        self.folder.clear_but(shard)
    }

    fn shard(&self) -> Arc<Shard> {
        Arc::clone(&self.current.read().unwrap_or_else(PoisonError::into_inner))
    }
}
