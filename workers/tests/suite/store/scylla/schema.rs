//! The keyspace and its tables.

use std::sync::Arc;

use contracts::UserId;
use futures::future::join_all;
use tests::Cassandra;
use workers::persistence::{
    scylla::ScyllaStore,
    store::{Store, StoreError},
};

use super::{
    super::conformance::samples::{save, ticket},
    new_store, open, session,
};

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn stores_that_start_at_once_make_one_set_of_tables() {
    let config = Cassandra::shared().await.new_store();
    let stores = join_all((0..5).map(|_| open(&config))).await;
    let ticket = ticket(UserId::new());
    save(&stores[0], &ticket).await;
    for store in &stores {
        assert_eq!(store.ticket(ticket.id).await.unwrap().unwrap().value, ticket);
    }
    let steps = session(&config).await.query_unpaged("SELECT step FROM schema_steps", ()).await.unwrap();
    let steps = steps.into_rows_result().unwrap();
    let mut steps: Vec<i32> = steps.rows::<(i32,)>().unwrap().map(|row| row.unwrap().0).collect();
    steps.sort_unstable();
    assert_eq!(steps, [1, 2, 3], "the lease is given back");
}

#[tokio::test]
async fn what_was_written_is_there_after_the_store_is_opened_again() {
    let (store, config) = new_store().await;
    let ticket = ticket(UserId::new());
    save(&store, &ticket).await;
    drop(store);
    assert_eq!(open(&config).await.ticket(ticket.id).await.unwrap().unwrap().value, ticket);
}

#[tokio::test]
async fn tables_of_a_later_version_are_refused() {
    let (store, config) = new_store().await;
    drop(store);
    let later = "INSERT INTO schema_steps (step, checksum) VALUES (9999, uuid())";
    session(&config).await.query_unpaged(later, ()).await.unwrap();
    let error = ScyllaStore::open(&config).await.err().unwrap();
    assert!(matches!(error, StoreError::Failed(_)), "{error}");
    assert!(error.to_string().contains("later version") && error.to_string().contains(&config.nodes[0]), "{error}");
}

#[tokio::test]
async fn a_step_that_a_crash_cut_short_is_finished() {
    let config = Cassandra::shared().await.new_store();
    let stores = [open(&config).await];
    drop(stores);
    // As a process leaves it that dies before the step is on record, with the lease still its own for a moment.
    let session = session(&config).await;
    session.query_unpaged("DELETE FROM schema_steps WHERE step IN (1, 2, 3)", ()).await.unwrap();
    session.query_unpaged("DROP TABLE deliveries", ()).await.unwrap();
    let lease = "INSERT INTO schema_steps (step, owner) VALUES (0, uuid()) USING TTL 2";
    session.query_unpaged(lease, ()).await.unwrap();
    let store: Arc<dyn Store> = open(&config).await;
    assert_eq!(store.deliveries(ticket(UserId::new()).id).await.unwrap(), []);
}
