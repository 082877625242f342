//! Between Qdrant's protocol and the engine: as much of it as the desk speaks.

use std::collections::HashMap;

use qdrant_client::qdrant::{
    self as wire, CreateCollection, PointStruct, QueryPoints, RetrievedPoint, ScoredPoint, ScrollPoints,
    condition::ConditionOneOf, r#match::MatchValue, point_id::PointIdOptions, query::Variant as QueryVariant,
    value::Kind, vector::Vector as WireVector, vector_input::Variant as InputVariant, vectors::VectorsOptions,
    vectors_config::Config, with_payload_selector::SelectorOptions,
};
use qdrant_edge::{
    Condition, Distance, EdgeConfig, EdgeSparseVectorParams, EdgeVectorParams, FieldCondition, Filter, HasIdCondition,
    HnswIndexConfig, JsonPath, Match, Modifier, MultiVectorComparator, MultiVectorConfig, NamedQuery, NamedVectors,
    OperationError, PointId, PointStructPersisted, QueryEnum, QueryRequest, Record, ScoringQuery, ScrollRequest,
    Vector, VectorStorageDatatype, WithPayloadInterface, WithVector,
};
use serde_json::Value;
use tonic::Status;

fn unknown(what: &str) -> Status {
    Status::invalid_argument(format!("the test's server does not know {what}"))
}

pub(super) fn config(request: CreateCollection) -> Result<EdgeConfig, Status> {
    let mut config = EdgeConfig::builder();
    let Some(Config::ParamsMap(vectors)) = request.vectors_config.and_then(|vectors| vectors.config) else {
        return Err(unknown("vectors without a name"));
    };
    for (name, params) in vectors.map {
        if params.distance() != wire::Distance::Dot {
            return Err(unknown("this distance"));
        }
        config = config.vector(name, vector(&params)?);
    }
    for (name, params) in request.sparse_vectors_config.unwrap_or_default().map {
        if params.modifier() != wire::Modifier::Idf {
            return Err(unknown("this modifier"));
        }
        config = config.sparse_vector(name, EdgeSparseVectorParams::builder().modifier(Modifier::Idf).build());
    }
    Ok(config.build())
}

/// One vector, or many of which only a few points are searched.
fn vector(params: &wire::VectorParams) -> Result<EdgeVectorParams, Status> {
    let vector = EdgeVectorParams::builder(usize::try_from(params.size).unwrap(), Distance::Dot);
    let Some(many) = params.multivector_config else { return Ok(vector.build()) };
    if (many.comparator(), params.datatype()) != (wire::MultiVectorComparator::MaxSim, wire::Datatype::Float16) {
        return Err(unknown("this multivector"));
    }
    let m = params.hnsw_config.as_ref().and_then(|hnsw| hnsw.m);
    let m = m.map(|m| usize::try_from(m).unwrap()).ok_or_else(|| unknown("this index"))?;
    let comparator = MultiVectorComparator::MaxSim;
    Ok(vector
        .multivector_config(MultiVectorConfig { comparator })
        .hnsw_config(HnswIndexConfig { m, ..HnswIndexConfig::default() })
        .datatype(VectorStorageDatatype::Float16)
        .on_disk(params.on_disk())
        .build())
}

/// The vectors of a multivector.
fn many(vectors: wire::MultiDenseVector) -> Result<Vector, Status> {
    Vector::new_multi(vectors.vectors.into_iter().map(|vector| vector.data).collect::<Vec<_>>()).map_err(invalid)
}

pub(super) fn field(name: &str) -> Result<JsonPath, Status> {
    JsonPath::try_from(name).map_err(|()| unknown(name))
}

pub(super) fn point(point: PointStruct) -> Result<PointStructPersisted, Status> {
    let id = id(point.id)?;
    let Some(VectorsOptions::Vectors(named)) = point.vectors.and_then(|vectors| vectors.vectors_options) else {
        return Err(unknown("vectors without a name"));
    };
    let mut vectors = NamedVectors::default();
    for (name, vector) in named.vectors {
        vectors = vectors.add_vector(
            name,
            match vector.vector {
                Some(WireVector::Dense(dense)) => Vector::new_dense(dense.data),
                Some(WireVector::Sparse(sparse)) => {
                    Vector::new_sparse(sparse.indices, sparse.values).map_err(invalid)?
                }
                Some(WireVector::MultiDense(vectors)) => many(vectors)?,
                _ => return Err(unknown("this vector")),
            },
        );
    }
    Ok(qdrant_edge::PointStruct::new(id, vectors, payload(point.payload)?).into())
}

fn payload(fields: HashMap<String, wire::Value>) -> Result<Value, Status> {
    let value = |value: wire::Value| match value.kind {
        Some(Kind::StringValue(text)) => Ok(Value::from(text)),
        Some(Kind::IntegerValue(number)) => Ok(Value::from(number)),
        _ => Err(unknown("this value")),
    };
    let fields = fields.into_iter().map(|(name, field)| Ok((name, value(field)?)));
    fields.collect::<Result<serde_json::Map<_, _>, Status>>().map(Value::Object)
}

fn payload_to_wire(payload: Option<qdrant_edge::Payload>) -> HashMap<String, wire::Value> {
    let value = |value: Value| match value {
        Value::String(text) => wire::Value::from(text),
        other => wire::Value::from(other.as_i64().unwrap()),
    };
    payload.unwrap_or_default().0.into_iter().map(|(name, field)| (name, value(field))).collect()
}

fn id(id: Option<wire::PointId>) -> Result<PointId, Status> {
    match id.and_then(|id| id.point_id_options) {
        Some(PointIdOptions::Uuid(id)) => Ok(PointId::Uuid(id.parse().map_err(|_| unknown("this id"))?)),
        _ => Err(unknown("this id")),
    }
}

pub(super) fn id_to_wire(id: PointId) -> wire::PointId {
    match id {
        PointId::Uuid(id) => id.to_string().into(),
        PointId::NumId(id) => id.into(),
    }
}

pub(super) fn filter(filter: wire::Filter) -> Result<Filter, Status> {
    if !filter.should.is_empty() || filter.min_should.is_some() {
        return Err(unknown("should"));
    }
    let all = |conditions: Vec<wire::Condition>| conditions.into_iter().map(condition).collect::<Result<Vec<_>, _>>();
    Ok(Filter { must: Some(all(filter.must)?), must_not: Some(all(filter.must_not)?), ..Filter::default() })
}

fn condition(condition: wire::Condition) -> Result<Condition, Status> {
    match condition.condition_one_of {
        Some(ConditionOneOf::HasId(ids)) => {
            let ids = ids.has_id.into_iter().map(|one| id(Some(one))).collect::<Result<HasIdCondition, _>>()?;
            Ok(Condition::HasId(ids))
        }
        Some(ConditionOneOf::Field(condition)) => {
            let wanted = match condition.r#match.and_then(|wanted| wanted.match_value) {
                Some(MatchValue::Keyword(word)) => Match::from(word),
                Some(MatchValue::Keywords(words)) => Match::from(words.strings),
                _ => return Err(unknown("this match")),
            };
            Ok(Condition::Field(FieldCondition::new_match(field(&condition.key)?, wanted)))
        }
        _ => Err(unknown("this condition")),
    }
}

fn selection(selector: Option<wire::WithPayloadSelector>) -> Result<WithPayloadInterface, Status> {
    match selector.and_then(|selector| selector.selector_options) {
        None => Ok(WithPayloadInterface::Bool(false)),
        Some(SelectorOptions::Enable(all)) => Ok(WithPayloadInterface::Bool(all)),
        Some(SelectorOptions::Include(some)) => {
            Ok(WithPayloadInterface::Fields(some.fields.iter().map(|name| field(name)).collect::<Result<_, _>>()?))
        }
        Some(SelectorOptions::Exclude(_)) => Err(unknown("this selector")),
    }
}

pub(super) fn scroll(request: ScrollPoints) -> Result<ScrollRequest, Status> {
    Ok(ScrollRequest {
        offset: request.offset.map(|offset| id(Some(offset))).transpose()?,
        limit: request.limit.map(|limit| limit as usize),
        filter: request.filter.map(filter).transpose()?,
        with_payload: Some(selection(request.with_payload)?),
        ..ScrollRequest::default()
    })
}

pub(super) fn query(request: QueryPoints) -> Result<QueryRequest, Status> {
    let Some(QueryVariant::Nearest(input)) = request.query.and_then(|query| query.variant) else {
        return Err(unknown("this query"));
    };
    let vector = match input.variant {
        Some(InputVariant::Dense(dense)) => Vector::new_dense(dense.data),
        Some(InputVariant::Sparse(sparse)) => Vector::new_sparse(sparse.indices, sparse.values).map_err(invalid)?,
        Some(InputVariant::MultiDense(vectors)) => many(vectors)?,
        _ => return Err(unknown("this input")),
    };
    let query = NamedQuery::new(vector.0, request.using.unwrap_or_default());
    Ok(QueryRequest {
        prefetches: Vec::new(),
        query: Some(ScoringQuery::Vector(QueryEnum::Nearest(query))),
        filter: request.filter.map(filter).transpose()?,
        score_threshold: None,
        limit: usize::try_from(request.limit.unwrap_or(10)).unwrap(),
        offset: 0,
        params: None,
        with_vector: WithVector::Bool(false),
        with_payload: selection(request.with_payload)?,
    })
}

pub(super) fn record(record: Record) -> RetrievedPoint {
    let (id, payload) = (Some(id_to_wire(record.id)), payload_to_wire(record.payload));
    RetrievedPoint { id, payload, ..RetrievedPoint::default() }
}

pub(super) fn hit(hit: qdrant_edge::ScoredPoint) -> ScoredPoint {
    let (id, payload) = (Some(id_to_wire(hit.id)), payload_to_wire(hit.payload));
    ScoredPoint { id, payload, score: hit.score, ..ScoredPoint::default() }
}

#[allow(clippy::needless_pass_by_value, reason = "it is given to map_err")]
fn invalid(error: OperationError) -> Status {
    Status::invalid_argument(error.to_string())
}
