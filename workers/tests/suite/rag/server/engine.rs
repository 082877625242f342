//! Collections and aliases as a Qdrant server has them.
#![allow(
    clippy::needless_pass_by_value,
    clippy::unnecessary_wraps,
    reason = "every call takes its request and may fail"
)]

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, Mutex, RwLock},
};

use qdrant_client::qdrant::{
    AliasDescription, BatchResult, ChangeAliases, CollectionDescription, CollectionOperationResponse, CreateCollection,
    CreateFieldIndexCollection, DeleteCollection, DeletePoints, ListAliasesRequest, ListAliasesResponse,
    ListCollectionsRequest, ListCollectionsResponse, PointsOperationResponse, QueryBatchPoints, QueryBatchResponse,
    ScrollPoints, ScrollResponse, UpdateResult, UpdateStatus, UpsertPoints, alias_operations::Action,
    points_selector::PointsSelectorOneOf,
};
use qdrant_edge::{
    CreateIndex, EdgeShard, FieldIndexOperations, OperationError, PayloadFieldSchema, PayloadSchemaType,
    PointInsertOperations, PointOperations, UpdateOperation,
};
use tempfile::TempDir;
use tonic::Status;

use super::convert;

/// A collection; writes to it are one after the other.
struct Collection {
    shard: EdgeShard,
    writing: Mutex<()>,
    _folder: TempDir,
}

pub(super) struct Engine {
    collections: RwLock<BTreeMap<String, Arc<Collection>>>,
    aliases: RwLock<HashMap<String, String>>,
}

type Made = Result<CollectionOperationResponse, Status>;

impl Engine {
    pub(super) fn new() -> Self {
        Self { collections: RwLock::default(), aliases: RwLock::default() }
    }

    pub(super) fn names(&self) -> Vec<String> {
        self.collections.read().unwrap().keys().cloned().collect()
    }

    pub(super) fn list(&self, _: ListCollectionsRequest) -> Result<ListCollectionsResponse, Status> {
        let collections = self.names().into_iter().map(|name| CollectionDescription { name }).collect();
        Ok(ListCollectionsResponse { collections, time: 0.0 })
    }

    pub(super) fn create(&self, request: CreateCollection) -> Made {
        let mut collections = self.collections.write().unwrap();
        if collections.contains_key(&request.collection_name) {
            return Err(Status::already_exists(request.collection_name));
        }
        let folder = tempfile::tempdir().unwrap();
        let name = request.collection_name.clone();
        let shard = EdgeShard::new(folder.path(), convert::config(request)?).map_err(failed)?;
        collections.insert(name, Arc::new(Collection { shard, writing: Mutex::default(), _folder: folder }));
        Ok(CollectionOperationResponse { result: true, time: 0.0 })
    }

    pub(super) fn drop_collection(&self, request: DeleteCollection) -> Made {
        let removed = self.collections.write().unwrap().remove(&request.collection_name).is_some();
        self.aliases.write().unwrap().retain(|_, collection| *collection != request.collection_name);
        Ok(CollectionOperationResponse { result: removed, time: 0.0 })
    }

    /// An alias that is there already is put on another collection.
    pub(super) fn update_aliases(&self, request: ChangeAliases) -> Made {
        for action in request.actions {
            let Some(Action::CreateAlias(alias)) = action.action else { return Err(Status::unimplemented("aliases")) };
            let collections = self.collections.read().unwrap();
            if !collections.contains_key(&alias.collection_name) {
                return Err(Status::not_found(alias.collection_name));
            }
            if collections.contains_key(&alias.alias_name) {
                return Err(Status::already_exists(alias.alias_name));
            }
            self.aliases.write().unwrap().insert(alias.alias_name, alias.collection_name);
        }
        Ok(CollectionOperationResponse { result: true, time: 0.0 })
    }

    pub(super) fn list_aliases(&self, _: ListAliasesRequest) -> Result<ListAliasesResponse, Status> {
        let aliases = self.aliases.read().unwrap();
        let named = |(alias, collection): (&String, &String)| AliasDescription {
            alias_name: alias.clone(),
            collection_name: collection.clone(),
        };
        Ok(ListAliasesResponse { aliases: aliases.iter().map(named).collect(), time: 0.0 })
    }

    pub(super) fn create_field_index(
        &self,
        request: CreateFieldIndexCollection,
    ) -> Result<PointsOperationResponse, Status> {
        let field_schema = Some(PayloadFieldSchema::FieldType(PayloadSchemaType::Keyword));
        let index = CreateIndex { field_name: convert::field(&request.field_name)?, field_schema };
        self.update(
            &request.collection_name,
            UpdateOperation::FieldIndexOperation(FieldIndexOperations::CreateIndex(index)),
        )
    }

    pub(super) fn upsert(&self, request: UpsertPoints) -> Result<PointsOperationResponse, Status> {
        let points = request.points.into_iter().map(convert::point).collect::<Result<_, _>>()?;
        let points = PointOperations::UpsertPoints(PointInsertOperations::PointsList(points));
        self.update(&request.collection_name, UpdateOperation::PointOperation(points))
    }

    pub(super) fn delete_points(&self, request: DeletePoints) -> Result<PointsOperationResponse, Status> {
        let Some(PointsSelectorOneOf::Filter(filter)) = request.points.and_then(|points| points.points_selector_one_of)
        else {
            return Err(Status::unimplemented("points that are named"));
        };
        let operation = PointOperations::DeletePointsByFilter(convert::filter(filter)?);
        self.update(&request.collection_name, UpdateOperation::PointOperation(operation))
    }

    pub(super) fn scroll(&self, request: ScrollPoints) -> Result<ScrollResponse, Status> {
        let collection = self.find(&request.collection_name)?;
        let (records, next) = collection.shard.scroll(convert::scroll(request)?).map_err(failed)?;
        let result = records.into_iter().map(convert::record).collect();
        Ok(ScrollResponse { result, next_page_offset: next.map(convert::id_to_wire), ..ScrollResponse::default() })
    }

    pub(super) fn query_batch(&self, request: QueryBatchPoints) -> Result<QueryBatchResponse, Status> {
        let collection = self.find(&request.collection_name)?;
        let answer = |query| {
            let hits = collection.shard.query(convert::query(query)?).map_err(failed)?;
            Ok(BatchResult { result: hits.into_iter().map(convert::hit).collect() })
        };
        let result = request.query_points.into_iter().map(answer).collect::<Result<_, Status>>()?;
        Ok(QueryBatchResponse { result, ..QueryBatchResponse::default() })
    }

    fn update(&self, collection: &str, operation: UpdateOperation) -> Result<PointsOperationResponse, Status> {
        let collection = self.find(collection)?;
        let _writing = collection.writing.lock().unwrap();
        collection.shard.update(operation).map_err(failed)?;
        let result = UpdateResult { status: UpdateStatus::Completed.into(), ..UpdateResult::default() };
        Ok(PointsOperationResponse { result: Some(result), ..PointsOperationResponse::default() })
    }

    /// By its name or by an alias.
    fn find(&self, name: &str) -> Result<Arc<Collection>, Status> {
        let collections = self.collections.read().unwrap();
        let name = self.aliases.read().unwrap().get(name).cloned().unwrap_or_else(|| name.to_owned());
        collections.get(&name).cloned().ok_or_else(|| Status::not_found(format!("no collection {name}")))
    }
}

#[allow(clippy::needless_pass_by_value, reason = "it is given to map_err")]
fn failed(error: OperationError) -> Status {
    Status::internal(error.to_string())
}
