//! The index in the process: qdrant-edge in a folder of its own.
//!
//! The engine's writes, flushes and optimizations must not meet, so one thread does them all; searches run beside it. What
//! was not flushed is lost with the process, so a write ends with a flush.

mod engine;
mod folder;
mod owner;

use std::{collections::HashMap, path::Path, sync::Arc};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use contracts::ArticleId;

use self::{engine::Shard, folder::Folder, owner::Owner};
use super::{Draft, Hit, Index, IndexError, Point, Search, State};

/// The index in the process.
pub struct Embedded {
    name: String,
    owner: Owner,
}

impl Embedded {
    /// Opens the index of a folder, which is made where it is missing. A folder is one process's.
    pub async fn open(path: &Path) -> Result<Self, IndexError> {
        let path = path.to_owned();
        blocking(move || {
            let folder = Folder::open(&path)?;
            let name = folder.identity()?;
            Ok(Self { name, owner: Owner::start(folder)? })
        })
        .await
    }
}

#[async_trait]
impl Index for Embedded {
    fn name(&self) -> &str {
        &self.name
    }

    async fn made_at(&self) -> Result<DateTime<Utc>, IndexError> {
        Ok(self.owner.current().made_at())
    }

    async fn search(&self, searches: Vec<Search>) -> Result<Vec<Vec<Hit>>, IndexError> {
        let shard = self.owner.current();
        blocking(move || searches.iter().map(|search| shard.search(search)).collect()).await
    }

    async fn states(&self, of: Option<ArticleId>) -> Result<HashMap<ArticleId, Option<State>>, IndexError> {
        let shard = self.owner.current();
        blocking(move || shard.states(of)).await
    }

    async fn replace(&self, article: ArticleId, state: State, points: Vec<Point>) -> Result<(), IndexError> {
        self.owner.run(move |shelf| shelf.write(|shard| shard.replace(article, state, points))).await
    }

    async fn remove(&self, article: ArticleId) -> Result<(), IndexError> {
        self.owner.run(move |shelf| shelf.write(|shard| shard.remove(article))).await
    }

    async fn draft(&self) -> Result<Box<dyn Draft>, IndexError> {
        let shard = self.owner.run(|shelf| shelf.folder().make()).await?;
        Ok(Box::new(EmbeddedDraft { shard: Arc::new(shard), owner: self.owner.clone() }))
    }
}

/// An index beside the one that is searched. Nobody else has it, so it needs no owner.
struct EmbeddedDraft {
    shard: Arc<Shard>,
    owner: Owner,
}

#[async_trait]
impl Draft for EmbeddedDraft {
    async fn add(&mut self, points: Vec<Point>) -> Result<(), IndexError> {
        let shard = Arc::clone(&self.shard);
        blocking(move || shard.add(points)).await
    }

    async fn publish(self: Box<Self>) -> Result<(), IndexError> {
        let Self { shard, owner } = *self;
        let settling = Arc::clone(&shard);
        blocking(move || settling.settle()).await?;
        owner.run(move |shelf| shelf.take_up(&shard)).await
    }
}

/// Runs what blocks where it may. The engine panics where others give an error.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, IndexError> + Send + 'static,
) -> Result<T, IndexError> {
    tokio::task::spawn_blocking(work).await.unwrap_or_else(|error| Err(IndexError::Engine(error.to_string())))
}
