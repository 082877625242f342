//! What is particular to a cluster: lists that follow their tickets, answers that are lost, tables that several
//! processes make at once, nodes that are away.

mod away;
mod lists;
mod lossy;
mod lost_answers;
mod schema;

use std::sync::Arc;

use contracts::{UserId, query::MessageRange};
use futures::future::join_all;
use platform::config::Store as Config;
use scylla::client::{session::Session, session_builder::SessionBuilder};
use tests::{Cassandra, eventually};
use workers::persistence::{
    scylla::ScyllaStore,
    store::{Appended, Store},
};

use super::conformance::{
    self,
    samples::{message, save, ticket},
};

async fn open(config: &Config) -> Arc<dyn Store> {
    let store: Arc<dyn Store> = Arc::new(ScyllaStore::open(config).await.unwrap());
    eventually("the store is there", || async { store.check().await.ok() }).await;
    store
}

/// A store in the keyspace that tests share, as their data do not touch.
async fn shared_store() -> (Arc<dyn Store>, Config) {
    let config = Cassandra::shared().await.store("shared");
    (open(&config).await, config)
}

/// A store in a keyspace of its own, on the node that all tests share.
async fn new_store() -> (Arc<dyn Store>, Config) {
    let config = Cassandra::shared().await.new_store();
    (open(&config).await, config)
}

/// A way around the store to its tables.
async fn session(config: &Config) -> Session {
    let session = SessionBuilder::new().known_nodes(&config.nodes).build().await.unwrap();
    session.use_keyspace(&config.keyspace, false).await.unwrap();
    session
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn conforms() {
    conformance::run(new_store().await.0).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_stores_write_to_one_ticket_at_once() {
    let (store, config) = shared_store().await;
    let stores = [store, open(&config).await];
    let ticket = ticket(UserId::new());
    save(&stores[0], &ticket).await;
    let appends = (0..60).map(async |nth| {
        let message = message(ticket.id, &nth.to_string());
        // The other store may come first each time; then the event is tried again.
        for _ in 0..20 {
            match stores[nth % 2].append_message(&message, 1).await {
                Ok(appended) => return assert!(matches!(appended, Appended::New(_)), "{appended:?}"),
                Err(error) => assert!(error.to_string().contains("came first"), "{error}"),
            }
        }
        panic!("message {nth} found no place");
    });
    join_all(appends).await;
    for store in &stores {
        let page = store.messages(ticket.id, MessageRange::After(0), 1_000).await.unwrap();
        let seqs: Vec<u64> = page.items.iter().map(|message| message.seq).collect();
        assert_eq!(seqs, (1..=60).collect::<Vec<_>>());
    }
}
