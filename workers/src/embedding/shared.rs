//! The encoder as the pools of one process share it: computations take turns, and a text that several pools ask for is
//! computed once.

use std::{
    collections::VecDeque,
    future, panic,
    path::Path,
    sync::{Arc, Mutex, PoisonError},
    thread,
};

use tokio::{
    sync::Semaphore,
    task::{self, JoinError},
};

use super::{Embedding, Encoder, EncoderError};

/// Bytes up to which a text is remembered; what the encoder reads of a text is shorter.
const REMEMBERED_BYTES: usize = 8_192;

/// An [`Encoder`] with a memory, for any number of tasks.
pub struct Embedder {
    encoder: Arc<Encoder>,
    recent: Mutex<VecDeque<(String, Embedding)>>,
    turns: Arc<Semaphore>,
}

impl Embedder {
    /// How many texts are remembered: those of the tickets under way, for moderation and routing read the same text
    /// within moments. Each takes 1.5 KiB and its own length.
    pub const REMEMBERED: usize = 256;

    /// Loads the model from its folder. Blocks for some tenths of a second.
    pub fn open(folder: &Path) -> Result<Self, EncoderError> {
        let cores = thread::available_parallelism().map_or(1, usize::from);
        Ok(Self {
            encoder: Arc::new(Encoder::open(folder)?),
            recent: Mutex::new(VecDeque::with_capacity(Self::REMEMBERED)),
            turns: Arc::new(Semaphore::new(cores)),
        })
    }

    /// The vector of a text, from memory if it was asked for lately. Blocks for some milliseconds otherwise.
    pub fn encode(&self, text: &str) -> Result<Embedding, EncoderError> {
        if let Some(known) = self.remembered(text) {
            return Ok(known);
        }
        let embedding = self.encoder.encode(text)?;
        if text.len() <= REMEMBERED_BYTES {
            let mut recent = self.recent.lock().unwrap_or_else(PoisonError::into_inner);
            recent.truncate(Self::REMEMBERED - 1);
            recent.push_front((text.to_owned(), embedding));
        }
        Ok(embedding)
    }

    /// The encoder itself, for texts that nobody else reads.
    pub fn encoder(&self) -> Arc<Encoder> {
        Arc::clone(&self.encoder)
    }

    fn remembered(&self, text: &str) -> Option<Embedding> {
        let recent = self.recent.lock().unwrap_or_else(PoisonError::into_inner);
        recent.iter().find(|(known, _)| known == text).map(|(_, embedding)| *embedding)
    }

    /// Does blocking work away from the threads of the async runtime, as much at once as the machine has cores. A panic
    /// of the work goes on in the caller; work whose caller went away still ends before its turn is given on.
    pub async fn run<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> T {
        // The semaphore is never closed, so that without a permit nothing would be lost but the limit.
        let turn = Arc::clone(&self.turns).acquire_owned().await.ok();
        let done = task::spawn_blocking(move || {
            let result = work();
            drop(turn);
            result
        });
        match done.await.map_err(JoinError::try_into_panic) {
            Ok(result) => result,
            Err(Ok(panic)) => panic::resume_unwind(panic),
            // The runtime ends, and this task with it.
            Err(Err(_)) => future::pending().await,
        }
    }
}
