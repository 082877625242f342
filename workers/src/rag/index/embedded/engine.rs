//! One collection of qdrant-edge. Everything here blocks.

use std::{
    collections::HashMap,
    fs::File,
    path::{Path, PathBuf},
    sync::Arc,
};

use chrono::{DateTime, Utc};
use contracts::{ArticleId, article::Audience};
use qdrant_edge::{
    Condition, CreateIndex, Distance, EdgeConfig, EdgeShard, EdgeSparseVectorParams, EdgeVectorParams, FieldCondition,
    FieldIndexOperations, Filter, HasIdCondition, HnswIndexConfig, JsonPath, Match, Modifier, MultiVectorComparator,
    MultiVectorConfig, NamedQuery, NamedVectors, OperationError, PayloadFieldSchema, PayloadSchemaType, PointId,
    PointInsertOperations, PointOperations, PointStruct, QueryEnum, QueryRequest, ScoringQuery, ScrollRequest,
    UpdateOperation, Vector, VectorInternal, VectorStorageDatatype, WithPayloadInterface, WithVector,
};
use serde::de::DeserializeOwned;
use uuid::Uuid;

use super::super::{
    Hit, IndexError, Point, Search, State, Target, Vectors,
    point::{FILTERED, MARK, MEANING, Mark, Payload, States, TOKENS, WORDS},
};
use crate::embedding::DIMENSIONS;

/// Points of one page when all are looked through.
const PAGE: usize = 1_000;

/// A collection in a folder whose name ends with the time at which it was made.
#[derive(Debug)]
pub(super) struct Shard {
    path: PathBuf,
    engine: EdgeShard,
    /// The folder's: the engine writes when it is closed, which is before this is.
    _lock: Arc<File>,
}

impl Shard {
    /// Makes a collection in an empty folder.
    pub(super) fn make(path: &Path, lock: &Arc<File>) -> Result<Self, IndexError> {
        let meaning = EdgeVectorParams::builder(DIMENSIONS, Distance::Dot).build();
        let words = EdgeSparseVectorParams::builder().modifier(Modifier::Idf).build();
        let tokens = EdgeVectorParams::builder(DIMENSIONS, Distance::Dot)
            .multivector_config(MultiVectorConfig { comparator: MultiVectorComparator::MaxSim })
            .hnsw_config(HnswIndexConfig { m: 0, ..HnswIndexConfig::default() })
            .datatype(VectorStorageDatatype::Float16)
            .on_disk(true)
            .build();
        let config = EdgeConfig::builder().vector(MEANING, meaning).vector(TOKENS, tokens).sparse_vector(WORDS, words);
        let config = config.build();
        let engine = EdgeShard::new(path, config).map_err(failed)?;
        // Before the first point, so that no search goes without.
        for field in FILTERED {
            let field_schema = Some(PayloadFieldSchema::FieldType(PayloadSchemaType::Keyword));
            let index = CreateIndex { field_name: field_path(field)?, field_schema };
            let operation = UpdateOperation::FieldIndexOperation(FieldIndexOperations::CreateIndex(index));
            engine.update(operation).map_err(failed)?;
        }
        engine.flush();
        Ok(Self { path: path.to_owned(), engine, _lock: Arc::clone(lock) })
    }

    pub(super) fn load(path: &Path, lock: &Arc<File>) -> Result<Self, IndexError> {
        let engine = EdgeShard::load(path, None).map_err(failed)?;
        Ok(Self { path: path.to_owned(), engine, _lock: Arc::clone(lock) })
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    pub(super) fn name(&self) -> String {
        self.path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
    }

    pub(super) fn made_at(&self) -> DateTime<Utc> {
        super::super::point::made_at(&self.name())
    }

    pub(super) fn search(&self, search: &Search) -> Result<Vec<Hit>, IndexError> {
        let query = match &search.target {
            Target::Meaning(vector) => NamedQuery::new(VectorInternal::from(vector.to_vec()), MEANING),
            Target::Words(words) => {
                let words = Vector::new_sparse(words.indices.clone(), words.values.clone()).map_err(failed)?;
                NamedQuery::new(words.0, WORDS)
            }
            Target::Tokens(tokens) => NamedQuery::new(Vector::new_multi(tokens.clone()).map_err(failed)?.0, TOKENS),
        };
        let request = QueryRequest {
            prefetches: Vec::new(),
            query: Some(ScoringQuery::Vector(QueryEnum::Nearest(query))),
            filter: Some(shown_to(&search.audiences, search.among.as_deref())?),
            score_threshold: None,
            limit: search.limit,
            offset: 0,
            params: None,
            with_vector: WithVector::Bool(false),
            with_payload: WithPayloadInterface::Bool(search.among.is_none()),
        };
        let hits = self.engine.query(request).map_err(failed)?;
        hits.into_iter()
            .map(|hit| {
                let passage = hit.payload.filter(|_| search.among.is_none()).map(read::<Payload>).transpose()?;
                Ok(Hit { id: uuid_of(hit.id)?, score: hit.score, passage: passage.map(Into::into) })
            })
            .collect()
    }

    pub(super) fn states(&self, of: Option<ArticleId>) -> Result<HashMap<ArticleId, Option<State>>, IndexError> {
        let fields = MARK.map(field_path).into_iter().collect::<Result<Vec<_>, _>>()?;
        let filter = of.map(about).transpose()?;
        let (mut states, mut offset) = (States::default(), None);
        loop {
            let request = ScrollRequest {
                offset,
                limit: Some(PAGE),
                filter: filter.clone(),
                with_payload: Some(WithPayloadInterface::Fields(fields.clone())),
                ..ScrollRequest::default()
            };
            let (records, next) = self.engine.scroll(request).map_err(failed)?;
            for record in records {
                states.count(&read::<Mark>(record.payload.unwrap_or_default())?);
            }
            if next.is_none() {
                return Ok(states.all());
            }
            offset = next;
        }
    }

    /// Adds points, and flushes them.
    pub(super) fn add(&self, points: Vec<Point>) -> Result<(), IndexError> {
        self.upsert(points)?;
        self.engine.flush();
        Ok(())
    }

    /// The new points first: a search in between finds some of both, and never none.
    pub(super) fn replace(&self, article: ArticleId, state: State, points: Vec<Point>) -> Result<(), IndexError> {
        self.upsert(points)?;
        let older = Filter { must_not: Some(vec![is("state", state.text())?]), ..about(article)? };
        self.delete(older)
    }

    pub(super) fn remove(&self, article: ArticleId) -> Result<(), IndexError> {
        self.delete(about(article)?)
    }

    /// Puts all points where they are searched fast. It takes a while where there are many.
    pub(super) fn settle(&self) -> Result<(), IndexError> {
        self.engine.optimize().map_err(failed)?;
        self.engine.flush();
        Ok(())
    }

    fn upsert(&self, points: Vec<Point>) -> Result<(), IndexError> {
        let points = points.into_iter().map(to_engine).collect::<Result<Vec<_>, _>>()?;
        let points = PointInsertOperations::PointsList(points.into_iter().map(Into::into).collect());
        self.engine.update(UpdateOperation::PointOperation(PointOperations::UpsertPoints(points))).map_err(failed)
    }

    fn delete(&self, filter: Filter) -> Result<(), IndexError> {
        let operation = PointOperations::DeletePointsByFilter(filter);
        self.engine.update(UpdateOperation::PointOperation(operation)).map_err(failed)?;
        self.engine.flush();
        Ok(())
    }
}

fn to_engine(point: Point) -> Result<PointStruct, IndexError> {
    let Vectors { meaning, words, tokens } = point.vectors;
    let vectors = NamedVectors::default()
        .add_vector(MEANING, Vector::new_dense(meaning.to_vec()))
        .add_vector(WORDS, Vector::new_sparse(words.indices, words.values).map_err(failed)?)
        .add_vector(TOKENS, Vector::new_multi(tokens).map_err(failed)?);
    let payload = serde_json::to_value(&point.payload).map_err(|error| IndexError::Engine(error.to_string()))?;
    Ok(PointStruct::new(PointId::Uuid(point.id), vectors, payload))
}

/// What may be shown to these, of all or of some points.
fn shown_to(audiences: &[Audience], among: Option<&[Uuid]>) -> Result<Filter, IndexError> {
    let words: Vec<String> = audiences.iter().map(|audience| audience.as_str().to_owned()).collect();
    let shown = Condition::Field(FieldCondition::new_match(field_path("audience")?, Match::from(words)));
    let named = among.map(|ids| {
        let ids: HasIdCondition = ids.iter().map(|id| PointId::Uuid(*id)).collect();
        Condition::HasId(ids)
    });
    Ok(Filter { must: Some(std::iter::once(shown).chain(named).collect()), ..Filter::default() })
}

fn about(article: ArticleId) -> Result<Filter, IndexError> {
    Ok(Filter { must: Some(vec![is("article_id", article.to_string())?]), ..Filter::default() })
}

fn is(field: &str, value: String) -> Result<Condition, IndexError> {
    Ok(Condition::Field(FieldCondition::new_match(field_path(field)?, Match::from(value))))
}

fn field_path(field: &str) -> Result<JsonPath, IndexError> {
    JsonPath::try_from(field).map_err(|()| IndexError::Engine(format!("{field} is no field")))
}

fn read<T: DeserializeOwned>(payload: qdrant_edge::Payload) -> Result<T, IndexError> {
    serde_json::from_value(payload.0.into()).map_err(|error| IndexError::Foreign(error.to_string()))
}

fn uuid_of(id: PointId) -> Result<Uuid, IndexError> {
    match id {
        PointId::Uuid(id) => Ok(id),
        PointId::NumId(number) => Err(IndexError::Foreign(number.to_string())),
    }
}

#[allow(clippy::needless_pass_by_value, reason = "it is given to map_err")]
fn failed(error: OperationError) -> IndexError {
    IndexError::Engine(error.to_string())
}
