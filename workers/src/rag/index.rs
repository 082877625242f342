//! The index of passages: what it keeps and what is asked of it, whatever the engine.

mod embedded;
mod point;
mod server;

use std::collections::HashMap;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use contracts::{ArticleId, article::Audience};
use platform::config::{Index as IndexConfig, IndexBackend};
use uuid::Uuid;

pub use embedded::Embedded;
pub use point::{Point, State, Vectors};
pub use server::Server;

use super::sparse::Sparse;
use crate::embedding::Embedding;

/// Changes whenever what is kept for a passage, or how it is computed, changes: an index of another form is made anew.
pub const FORM: &str = "v3";

/// The index cannot do what was asked of it.
#[derive(Debug, thiserror::Error)]
pub enum IndexError {
    /// The folder is another process's.
    #[error(
        "index.path: {0} is in use by another process. Each process of the rag pool has an index of its own: name another \
         folder, or share a Qdrant server (index.backend = \"qdrant\")"
    )]
    InUse(String),
    /// The folder cannot be used.
    #[error("index.path: {path}")]
    Folder {
        /// The folder, or the file in it.
        path: String,
        /// What the system said.
        source: std::io::Error,
    },
    /// The server is away, or does not answer in time.
    #[error("index.url: the Qdrant server at {url} cannot be reached")]
    Unavailable {
        /// Its address.
        url: String,
        /// Why.
        source: Box<qdrant_client::QdrantError>,
    },
    /// The server does not do it.
    #[error("index.url: the Qdrant server at {url} refused")]
    Refused {
        /// Its address.
        url: String,
        /// Why.
        source: Box<qdrant_client::QdrantError>,
    },
    /// The engine in the process failed.
    #[error("the index: {0}")]
    Engine(String),
    /// What the index holds is none of the desk's.
    #[error("the index holds a point that is no passage: {0}")]
    Foreign(String),
}

/// What passages are near to.
#[derive(Clone, Debug)]
pub enum Target {
    /// The meaning of a text.
    Meaning(Box<Embedding>),
    /// Its words.
    Words(Sparse),
    /// Each of its tokens, wherever in a passage what is nearest to it is (Khattab and Zaharia, "`ColBERT`", 2020). Only
    /// among points that are named, for it compares each token with each.
    Tokens(Vec<Vec<f32>>),
}

/// A search for what is nearest.
#[derive(Clone, Debug)]
pub struct Search {
    /// To this.
    pub target: Target,
    /// Of what these may be shown; it is part of the search, so that nothing else is found.
    pub audiences: Vec<Audience>,
    /// Of these points alone, where it is given.
    pub among: Option<Vec<Uuid>>,
    /// So many.
    pub limit: usize,
}

/// A point that was found.
#[derive(Clone, Debug)]
pub struct Hit {
    /// The point.
    pub id: Uuid,
    /// How near it is: the dot product of the meanings, the weight of BM25, or the sum, over the tokens that were asked for,
    /// of the dot product with the nearest of its own.
    pub score: f32,
    /// What it says; left out where points were named.
    pub passage: Option<Stored>,
}

/// A passage as the index keeps it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stored {
    /// The article that it is of.
    pub article_id: ArticleId,
    /// The article's title.
    pub title: String,
    /// The headings above it.
    pub heading: String,
    /// What it says.
    pub text: String,
}

/// An index. Whatever it said is done is on disk.
#[async_trait]
pub trait Index: Send + Sync + 'static {
    /// A name that no other index has, of letters, digits, underscores and hyphens.
    fn name(&self) -> &str;

    /// When it was made, or made anew last.
    async fn made_at(&self) -> Result<DateTime<Utc>, IndexError>;

    /// Several searches at once, with their hits, the nearest first.
    async fn search(&self, searches: Vec<Search>) -> Result<Vec<Vec<Hit>>, IndexError>;

    /// Which state of which articles it holds, of all or of one. An article that was not wholly written is in no state.
    async fn states(&self, of: Option<ArticleId>) -> Result<HashMap<ArticleId, Option<State>>, IndexError>;

    /// Puts the points of an article in the place of those that are there.
    async fn replace(&self, article: ArticleId, state: State, points: Vec<Point>) -> Result<(), IndexError>;

    /// Drops an article.
    async fn remove(&self, article: ArticleId) -> Result<(), IndexError>;

    /// Begins a new index, in which nothing is searched before [`Draft::publish`].
    async fn draft(&self) -> Result<Box<dyn Draft>, IndexError>;
}

/// An index that is being made. One that is dropped leaves what is there as it is.
#[async_trait]
pub trait Draft: Send {
    /// Adds points of articles that it does not have yet.
    async fn add(&mut self, points: Vec<Point>) -> Result<(), IndexError>;

    /// Puts it in the place of the index.
    async fn publish(self: Box<Self>) -> Result<(), IndexError>;
}

/// Opens the index that the configuration names.
pub async fn open(config: &IndexConfig) -> Result<Box<dyn Index>, IndexError> {
    match config.backend {
        IndexBackend::Embedded => Ok(Box::new(Embedded::open(&config.path).await?)),
        IndexBackend::Qdrant => Ok(Box::new(Server::open(config).await?)),
    }
}
