//! The pool: follows the articles' events.

use std::{sync::Arc, time::Duration};

use contracts::{Envelope, consumer::Pool};
use platform::telemetry::with_causes;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use super::{Index, KeepError, Keeper};
use crate::runtime::{Effects, Failure, Worker, input};

input! {
    /// What becomes of articles.
    ArticleEvent { ArticlePublished, ArticleWithdrawn, ArticleReindexRequested }
}

/// Articles that are brought into the index at once; each takes a core for as long as it takes to encode.
pub const AT_ONCE: usize = 2;
/// The wait before the index is compared with a store that did not answer, once more.
const AGAIN: Duration = Duration::from_secs(2);

/// The pool's state.
pub struct Rag {
    keeper: Keeper,
    index: Arc<dyn Index>,
}

impl Rag {
    /// Keeps an index.
    pub fn new(keeper: Keeper, index: Arc<dyn Index>) -> Arc<Self> {
        Arc::new(Self { keeper, index })
    }

    /// Compares the index with the store, once, as soon as the store answers. It catches up with what happened before
    /// the broker's events begin, and fills an index that is empty.
    pub fn catch_up(self: &Arc<Self>, tracker: &TaskTracker, stop: CancellationToken) {
        let rag = Arc::clone(self);
        tracker.spawn(async move {
            while let Some(Err(error)) = stop.run_until_cancelled(rag.keeper.bring_all()).await {
                tracing::warn!(cause = with_causes(&error), "the index is not compared with the store yet");
                if stop.run_until_cancelled(tokio::time::sleep(AGAIN)).await.is_none() {
                    return;
                }
            }
        });
    }
}

impl Worker for Rag {
    const POOL: Pool = Pool::Rag;
    type Input = ArticleEvent;

    async fn handle(&self, event: &Envelope<ArticleEvent>, _attempt: u32) -> Result<Effects, Failure> {
        match &event.event {
            ArticleEvent::ArticlePublished(published) => self.keeper.bring(published.article.id).await?,
            ArticleEvent::ArticleWithdrawn(withdrawn) => self.keeper.bring(withdrawn.article.id).await?,
            ArticleEvent::ArticleReindexRequested(_) => {
                // One that was made since is as new as was asked for.
                if self.index.made_at().await.map_err(KeepError::from)? <= event.time {
                    let size = self.keeper.rebuild().await?;
                    tracing::info!(size.articles, size.passages, "the index was made anew");
                }
            }
        }
        Ok(Effects::none())
    }

    fn give_up(&self, _event: &Envelope<ArticleEvent>, _attempts: u32, _cause: &str) -> Effects {
        Effects::none()
    }
}

impl From<KeepError> for Failure {
    /// What is away is waited for, and an index that refuses is mended by whoever runs it: no event may be left out.
    fn from(error: KeepError) -> Self {
        match error {
            KeepError::Store(_) | KeepError::Index(_) => Self::Unavailable(error.into()),
            KeepError::Encoder(_) => Self::Failed(error.into()),
        }
    }
}
