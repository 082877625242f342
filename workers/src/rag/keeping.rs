//! Keeping the index as the store is.

use std::{collections::HashSet, sync::Arc};

use contracts::{
    Article, ArticleId,
    query::{ARTICLES_MAX, ArticleScope, GetArticle, ListArticles},
};
use platform::broker::{AskError, Broker};

use super::{Index, IndexError, Passages, index::State};
use crate::embedding::EncoderError;

/// The index is not as the store is.
#[derive(Debug, thiserror::Error)]
pub enum KeepError {
    /// The store was asked in vain.
    #[error(transparent)]
    Store(#[from] AskError),
    /// The index did not do it.
    #[error(transparent)]
    Index(#[from] IndexError),
    /// An article has no vectors.
    #[error(transparent)]
    Encoder(#[from] EncoderError),
}

/// What a new index holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Size {
    /// Articles.
    pub articles: usize,
    /// Their passages.
    pub passages: usize,
}

/// Brings the index to what the store says.
///
/// Whoever wrote to the index looks at the store once more, and goes on until both say the same. So it does not matter in
/// which order events come, or how many processes write at once: the last to write has seen the newest.
#[derive(Clone)]
pub struct Keeper {
    broker: Broker,
    index: Arc<dyn Index>,
    passages: Passages,
}

impl Keeper {
    /// Of this index, by the store behind the broker.
    pub fn new(broker: Broker, index: Arc<dyn Index>, passages: Passages) -> Self {
        Self { broker, index, passages }
    }

    /// Brings one article to what the store says of it.
    pub async fn bring(&self, id: ArticleId) -> Result<(), KeepError> {
        loop {
            let article = self.broker.ask(&GetArticle { article_id: id }).await?.filter(|article| article.published);
            let held = self.index.states(Some(id)).await?.remove(&id);
            match article {
                None if held.is_none() => return Ok(()),
                None => self.index.remove(id).await?,
                Some(article) if held == Some(Some(State::of(&article))) => return Ok(()),
                Some(article) => {
                    let state = State::of(&article);
                    let points = self.passages.of(&article).await?;
                    self.index.replace(id, state, points).await?;
                }
            }
        }
    }

    /// Brings every article to what the store says of it.
    pub async fn bring_all(&self) -> Result<(), KeepError> {
        let held = self.index.states(None).await?;
        let (mut published, mut after) = (HashSet::new(), None);
        loop {
            let (page, next) = self.page(after).await?;
            for article in page {
                published.insert(article.id);
                if held.get(&article.id) != Some(&Some(State::of(&article))) {
                    self.bring(article.id).await?;
                }
            }
            after = next;
            if after.is_none() {
                break;
            }
        }
        for gone in held.keys().filter(|id| !published.contains(*id)) {
            self.bring(*gone).await?;
        }
        Ok(())
    }

    /// Makes the index anew, while the old one is searched. What changes meanwhile is brought behind.
    pub async fn rebuild(&self) -> Result<Size, KeepError> {
        let mut draft = self.index.draft().await?;
        let (mut size, mut after) = (Size::default(), None);
        loop {
            let (page, next) = self.page(after).await?;
            for article in page {
                let points = self.passages.of(&article).await?;
                size.articles += 1;
                size.passages += points.len();
                draft.add(points).await?;
            }
            after = next;
            if after.is_none() {
                break;
            }
        }
        draft.publish().await?;
        self.bring_all().await?;
        Ok(size)
    }

    /// A page of the published articles, and where the next begins; none where this is the last.
    async fn page(&self, after: Option<ArticleId>) -> Result<(Vec<Article>, Option<ArticleId>), KeepError> {
        let page =
            self.broker.ask(&ListArticles { scope: ArticleScope::Published, after, limit: ARTICLES_MAX }).await?;
        let next = page.items.last().map(|last| last.id).filter(|_| page.has_more);
        Ok((page.items, next))
    }
}
