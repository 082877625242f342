//! A server that speaks Qdrant's protocol, over the engine that the product has in its process.

use std::sync::{Arc, Mutex};

use futures::future::pending;
use qdrant_client::qdrant::{
    ChangeAliases, ClearPayloadPoints, CollectionClusterInfoRequest, CollectionClusterInfoResponse,
    CollectionExistsRequest, CollectionExistsResponse, CollectionOperationResponse, CountPoints, CountResponse,
    CreateCollection, CreateFieldIndexCollection, CreateShardKeyRequest, CreateShardKeyResponse,
    CreateVectorNameRequest, DeleteCollection, DeleteFieldIndexCollection, DeletePayloadPoints, DeletePointVectors,
    DeletePoints, DeleteShardKeyRequest, DeleteShardKeyResponse, DeleteVectorNameRequest, DiscoverBatchPoints,
    DiscoverBatchResponse, DiscoverPoints, DiscoverResponse, FacetCounts, FacetResponse, GetCollectionInfoRequest,
    GetCollectionInfoResponse, GetPoints, GetResponse, ListAliasesRequest, ListAliasesResponse,
    ListCollectionAliasesRequest, ListCollectionsRequest, ListCollectionsResponse, ListShardKeysRequest,
    ListShardKeysResponse, PointsOperationResponse, QueryBatchPoints, QueryBatchResponse, QueryGroupsResponse,
    QueryPointGroups, QueryPoints, QueryResponse, RecommendBatchPoints, RecommendBatchResponse,
    RecommendGroupsResponse, RecommendPointGroups, RecommendPoints, RecommendResponse, ScrollPoints, ScrollResponse,
    SearchBatchPoints, SearchBatchResponse, SearchGroupsResponse, SearchMatrixOffsetsResponse,
    SearchMatrixPairsResponse, SearchMatrixPoints, SearchPointGroups, SearchPoints, SearchResponse, SetPayloadPoints,
    UpdateBatchPoints, UpdateBatchResponse, UpdateCollection, UpdateCollectionClusterSetupRequest,
    UpdateCollectionClusterSetupResponse, UpdatePointVectors, UpsertPoints,
    collections_server::{Collections, CollectionsServer},
    points_server::{Points, PointsServer},
};
use tokio::net::TcpListener;
use tonic::{Code, Request, Response, Status, transport::Server};

use super::engine::Engine;

/// A server on a free port, ended when it is dropped.
pub(in super::super) struct Qdrant {
    url: String,
    shared: Shared,
    task: tokio::task::JoinHandle<()>,
}

/// What both services have.
#[derive(Clone)]
struct Shared {
    engine: Arc<Engine>,
    refusal: Arc<Mutex<Option<Refusal>>>,
}

/// After so many calls, each is answered so.
struct Refusal {
    behind: usize,
    code: Code,
}

impl Qdrant {
    pub(in super::super) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let shared = Shared { engine: Arc::new(Engine::new()), refusal: Arc::default() };
        let services = Server::builder()
            .add_service(CollectionsServer::new(CollectionsService(shared.clone())))
            .add_service(PointsServer::new(PointsService(shared.clone())));
        let incoming = futures::stream::unfold(listener, |listener| async move {
            match listener.accept().await {
                Ok((stream, _)) => Some((Ok::<_, std::io::Error>(stream), listener)),
                Err(_) => pending().await,
            }
        });
        let task = tokio::spawn(async move { services.serve_with_incoming(incoming).await.unwrap() });
        Self { url, shared, task }
    }

    pub(in super::super) fn url(&self) -> &str {
        &self.url
    }

    pub(in super::super) fn collections(&self) -> Vec<String> {
        self.shared.engine.names()
    }

    /// Answers every call so.
    pub(in super::super) fn refuse(&self, code: Code) {
        self.refuse_behind(0, code);
    }

    /// Answers so many calls, and every other so.
    pub(in super::super) fn refuse_behind(&self, behind: usize, code: Code) {
        *self.shared.refusal.lock().unwrap() = Some(Refusal { behind, code });
    }

    pub(in super::super) fn serve_again(&self) {
        *self.shared.refusal.lock().unwrap() = None;
    }
}

impl Drop for Qdrant {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Shared {
    /// Answers a call by the engine, which blocks.
    async fn answer<T: Send + 'static>(
        &self,
        call: impl FnOnce(&Engine) -> Result<T, Status> + Send + 'static,
    ) -> Result<Response<T>, Status> {
        match &mut *self.refusal.lock().unwrap() {
            Some(Refusal { behind: 0, code }) => return Err(Status::new(*code, "as the test wants it")),
            Some(refusal) => refusal.behind -= 1,
            None => {}
        }
        let engine = Arc::clone(&self.engine);
        tokio::task::spawn_blocking(move || call(&engine)).await.unwrap().map(Response::new)
    }
}

/// A service of the protocol: the calls that the engine answers, and those that the desk never makes.
macro_rules! service {
    ($trait:ident, $service:ident;
     answered { $($name:ident($request:ident) -> $reply:ident by $call:ident;)* }
     never { $($other:ident($other_request:ident) -> $other_reply:ident;)* }) => {
        struct $service(Shared);

        #[tonic::async_trait]
        impl $trait for $service {
            $(async fn $name(&self, request: Request<$request>) -> Result<Response<$reply>, Status> {
                self.0.answer(move |engine| engine.$call(request.into_inner())).await
            })*

            $(async fn $other(&self, _: Request<$other_request>) -> Result<Response<$other_reply>, Status> {
                Err(Status::unimplemented(stringify!($other)))
            })*
        }
    };
}

service! { Collections, CollectionsService;
    answered {
        list(ListCollectionsRequest) -> ListCollectionsResponse by list;
        create(CreateCollection) -> CollectionOperationResponse by create;
        delete(DeleteCollection) -> CollectionOperationResponse by drop_collection;
        update_aliases(ChangeAliases) -> CollectionOperationResponse by update_aliases;
        list_aliases(ListAliasesRequest) -> ListAliasesResponse by list_aliases;
    }
    never {
        get(GetCollectionInfoRequest) -> GetCollectionInfoResponse;
        update(UpdateCollection) -> CollectionOperationResponse;
        list_collection_aliases(ListCollectionAliasesRequest) -> ListAliasesResponse;
        collection_cluster_info(CollectionClusterInfoRequest) -> CollectionClusterInfoResponse;
        collection_exists(CollectionExistsRequest) -> CollectionExistsResponse;
        update_collection_cluster_setup(UpdateCollectionClusterSetupRequest) -> UpdateCollectionClusterSetupResponse;
        create_shard_key(CreateShardKeyRequest) -> CreateShardKeyResponse;
        delete_shard_key(DeleteShardKeyRequest) -> DeleteShardKeyResponse;
        list_shard_keys(ListShardKeysRequest) -> ListShardKeysResponse;
    }
}

service! { Points, PointsService;
    answered {
        upsert(UpsertPoints) -> PointsOperationResponse by upsert;
        delete(DeletePoints) -> PointsOperationResponse by delete_points;
        create_field_index(CreateFieldIndexCollection) -> PointsOperationResponse by create_field_index;
        scroll(ScrollPoints) -> ScrollResponse by scroll;
        query_batch(QueryBatchPoints) -> QueryBatchResponse by query_batch;
    }
    never {
        get(GetPoints) -> GetResponse;
        update_vectors(UpdatePointVectors) -> PointsOperationResponse;
        delete_vectors(DeletePointVectors) -> PointsOperationResponse;
        set_payload(SetPayloadPoints) -> PointsOperationResponse;
        overwrite_payload(SetPayloadPoints) -> PointsOperationResponse;
        delete_payload(DeletePayloadPoints) -> PointsOperationResponse;
        clear_payload(ClearPayloadPoints) -> PointsOperationResponse;
        delete_field_index(DeleteFieldIndexCollection) -> PointsOperationResponse;
        create_vector_name(CreateVectorNameRequest) -> PointsOperationResponse;
        delete_vector_name(DeleteVectorNameRequest) -> PointsOperationResponse;
        search(SearchPoints) -> SearchResponse;
        search_batch(SearchBatchPoints) -> SearchBatchResponse;
        search_groups(SearchPointGroups) -> SearchGroupsResponse;
        recommend(RecommendPoints) -> RecommendResponse;
        recommend_batch(RecommendBatchPoints) -> RecommendBatchResponse;
        recommend_groups(RecommendPointGroups) -> RecommendGroupsResponse;
        discover(DiscoverPoints) -> DiscoverResponse;
        discover_batch(DiscoverBatchPoints) -> DiscoverBatchResponse;
        count(CountPoints) -> CountResponse;
        update_batch(UpdateBatchPoints) -> UpdateBatchResponse;
        query(QueryPoints) -> QueryResponse;
        query_groups(QueryPointGroups) -> QueryGroupsResponse;
        facet(FacetCounts) -> FacetResponse;
        search_matrix_pairs(SearchMatrixPoints) -> SearchMatrixPairsResponse;
        search_matrix_offsets(SearchMatrixPoints) -> SearchMatrixOffsetsResponse;
    }
}
