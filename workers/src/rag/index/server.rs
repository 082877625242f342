//! The index on a Qdrant server, which every process of the pool shares.
//!
//! A collection is known by an alias. A rebuild fills a new collection and sets the alias on it, which the server does in
//! one step: each search finds the old or the new one.

mod wire;

use std::{collections::HashMap, time::Duration};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use contracts::ArticleId;
use platform::config::Index as IndexConfig;
use qdrant_client::{
    Qdrant, QdrantError,
    qdrant::{
        CreateAliasBuilder, CreateCollectionBuilder, CreateFieldIndexCollectionBuilder, Datatype, DeletePointsBuilder,
        Distance, FieldType, HnswConfigDiffBuilder, Modifier, MultiVectorComparator, MultiVectorConfigBuilder,
        PayloadIncludeSelector, QueryBatchPointsBuilder, ScrollPointsBuilder, SparseVectorParamsBuilder,
        SparseVectorsConfigBuilder, UpsertPointsBuilder, VectorParamsBuilder, VectorsConfigBuilder,
    },
};
use tonic::Code;
use uuid::Uuid;

use super::{
    Draft, FORM, Hit, Index, IndexError, Point, Search, State,
    point::{FILTERED, MARK, MEANING, States, TOKENS, WORDS, made_at},
};
use crate::embedding::DIMENSIONS;

/// How long one call may take.
const TIMEOUT: Duration = Duration::from_secs(10);
/// Points of one page when all are looked through.
const PAGE: u32 = 1_000;
/// Points that are sent at once: at most 13 MB, of the 32 that a server takes. A token has 1.5 kilobytes, and a passage some
/// 130 of them and 256 at most.
const POINTS_AT_ONCE: usize = 32;

/// The index on a server.
pub struct Server {
    remote: Remote,
}

impl Server {
    /// Opens the index, which is made where it is missing.
    pub async fn open(config: &IndexConfig) -> Result<Self, IndexError> {
        let key = config.api_key.as_ref().map(|key| key.expose().to_owned());
        let builder = Qdrant::from_url(&config.url).timeout(TIMEOUT).connect_timeout(TIMEOUT).api_key(key);
        let client = builder.skip_compatibility_check().build();
        let remote = Remote {
            client: client.map_err(|error| refused(&config.url, error))?,
            url: config.url.clone(),
            alias: format!("{}-{FORM}", config.collection),
        };
        if remote.collection().await?.is_none() {
            remote.set_alias(&remote.make().await?).await?;
        }
        Ok(Self { remote })
    }
}

#[async_trait]
impl Index for Server {
    fn name(&self) -> &str {
        &self.remote.alias
    }

    async fn made_at(&self) -> Result<DateTime<Utc>, IndexError> {
        Ok(made_at(&self.remote.collection().await?.unwrap_or_default()))
    }

    async fn search(&self, searches: Vec<Search>) -> Result<Vec<Vec<Hit>>, IndexError> {
        let Remote { client, alias, .. } = &self.remote;
        let queries: Vec<_> = searches.iter().map(|search| wire::query(alias, search)).collect();
        let answer = client.query_batch(QueryBatchPointsBuilder::new(alias, queries)).await;
        let answer = answer.map_err(|error| self.remote.failed(error))?;
        answer.result.into_iter().map(|batch| batch.result.iter().map(wire::hit).collect()).collect()
    }

    async fn states(&self, of: Option<ArticleId>) -> Result<HashMap<ArticleId, Option<State>>, IndexError> {
        let fields = PayloadIncludeSelector { fields: MARK.map(str::to_owned).to_vec() };
        let (mut states, mut offset) = (States::default(), None);
        loop {
            let mut page = ScrollPointsBuilder::new(&self.remote.alias).limit(PAGE).with_payload(fields.clone());
            if let Some(article) = of {
                page = page.filter(wire::about(article));
            }
            if let Some(offset) = offset {
                page = page.offset::<qdrant_client::qdrant::PointId>(offset);
            }
            let answer = self.remote.client.scroll(page).await.map_err(|error| self.remote.failed(error))?;
            for point in &answer.result {
                states.count(&wire::mark(&point.payload)?);
            }
            if answer.next_page_offset.is_none() {
                return Ok(states.all());
            }
            offset = answer.next_page_offset;
        }
    }

    async fn replace(&self, article: ArticleId, state: State, points: Vec<Point>) -> Result<(), IndexError> {
        self.remote.upsert(&self.remote.alias, points).await?;
        self.remote.delete(wire::but(article, state)).await
    }

    async fn remove(&self, article: ArticleId) -> Result<(), IndexError> {
        self.remote.delete(wire::about(article)).await
    }

    async fn draft(&self) -> Result<Box<dyn Draft>, IndexError> {
        let collection = self.remote.make().await?;
        Ok(Box::new(ServerDraft { remote: self.remote.clone(), collection }))
    }
}

/// A collection that the alias does not stand for yet.
struct ServerDraft {
    remote: Remote,
    collection: String,
}

#[async_trait]
impl Draft for ServerDraft {
    async fn add(&mut self, points: Vec<Point>) -> Result<(), IndexError> {
        self.remote.upsert(&self.collection, points).await
    }

    /// Drops what is older than the new collection; a newer one is being made by another process.
    async fn publish(self: Box<Self>) -> Result<(), IndexError> {
        self.remote.set_alias(&self.collection).await?;
        let older = self.remote.collections().await?.into_iter().filter(|name| *name < self.collection);
        for name in older {
            self.remote.client.delete_collection(name).await.map_err(|error| self.remote.failed(error))?;
        }
        Ok(())
    }
}

#[derive(Clone)]
struct Remote {
    client: Qdrant,
    url: String,
    alias: String,
}

impl Remote {
    /// What the alias stands for.
    async fn collection(&self) -> Result<Option<String>, IndexError> {
        let aliases = self.client.list_aliases().await.map_err(|error| self.failed(error))?.aliases;
        Ok(aliases.into_iter().find(|alias| alias.alias_name == self.alias).map(|alias| alias.collection_name))
    }

    /// Every collection that the alias may stand for.
    async fn collections(&self) -> Result<Vec<String>, IndexError> {
        let all = self.client.list_collections().await.map_err(|error| self.failed(error))?.collections;
        let ours = |name: &String| {
            let id = name.strip_prefix(&self.alias).and_then(|rest| rest.strip_prefix('-'));
            id.is_some_and(|id| Uuid::try_parse(id).is_ok())
        };
        Ok(all.into_iter().map(|collection| collection.name).filter(ours).collect())
    }

    /// Makes an empty collection, whose name sorts behind those made before it.
    async fn make(&self) -> Result<String, IndexError> {
        let name = format!("{}-{}", self.alias, Uuid::now_v7());
        let (mut dense, mut sparse) = (VectorsConfigBuilder::default(), SparseVectorsConfigBuilder::default());
        dense.add_named_vector_params(MEANING, VectorParamsBuilder::new(DIMENSIONS as u64, Distance::Dot));
        let tokens = VectorParamsBuilder::new(DIMENSIONS as u64, Distance::Dot)
            .multivector_config(MultiVectorConfigBuilder::new(MultiVectorComparator::MaxSim))
            .hnsw_config(HnswConfigDiffBuilder::default().m(0))
            .datatype(Datatype::Float16)
            .on_disk(true);
        dense.add_named_vector_params(TOKENS, tokens);
        sparse.add_named_vector_params(WORDS, SparseVectorParamsBuilder::default().modifier(Modifier::Idf));
        let collection = CreateCollectionBuilder::new(&name).vectors_config(dense).sparse_vectors_config(sparse);
        self.client.create_collection(collection).await.map_err(|error| self.failed(error))?;
        for field in FILTERED {
            let index = CreateFieldIndexCollectionBuilder::new(&name, field, FieldType::Keyword).wait(true);
            self.client.create_field_index(index).await.map_err(|error| self.failed(error))?;
        }
        Ok(name)
    }

    /// The server puts one that is there already on the collection in one step.
    async fn set_alias(&self, collection: &str) -> Result<(), IndexError> {
        let alias = CreateAliasBuilder::new(collection, &self.alias);
        self.client.create_alias(alias).await.map(drop).map_err(|error| self.failed(error))
    }

    async fn upsert(&self, collection: &str, points: Vec<Point>) -> Result<(), IndexError> {
        let mut points = points.into_iter().map(wire::point).peekable();
        while points.peek().is_some() {
            let some = points.by_ref().take(POINTS_AT_ONCE).collect::<Vec<_>>();
            let upsert = UpsertPointsBuilder::new(collection, some).wait(true);
            self.client.upsert_points(upsert).await.map_err(|error| self.failed(error))?;
        }
        Ok(())
    }

    async fn delete(&self, filter: qdrant_client::qdrant::Filter) -> Result<(), IndexError> {
        let delete = DeletePointsBuilder::new(&self.alias).points(filter).wait(true);
        self.client.delete_points(delete).await.map(drop).map_err(|error| self.failed(error))
    }

    fn failed(&self, error: QdrantError) -> IndexError {
        let away = match &error {
            QdrantError::ResponseError { status } => matches!(
                status.code(),
                Code::Unavailable
                    | Code::DeadlineExceeded
                    | Code::Cancelled
                    | Code::Unknown
                    | Code::Aborted
                    // A connection that is refused, as the client tells it.
                    | Code::Internal
            ),
            QdrantError::ResourceExhaustedError { .. } | QdrantError::Io(_) => true,
            _ => false,
        };
        if away {
            IndexError::Unavailable { url: self.url.clone(), source: Box::new(error) }
        } else {
            refused(&self.url, error)
        }
    }
}

fn refused(url: &str, error: QdrantError) -> IndexError {
    IndexError::Refused { url: url.to_owned(), source: Box::new(error) }
}
