//! A cluster that is away: nothing else is taken for it, and all goes on by itself when it is back.

use std::{sync::Arc, time::Duration};

use contracts::UserId;
use tests::{Cassandra, eventually};
use workers::persistence::{
    scylla::ScyllaStore,
    store::{Store, StoreError},
};

use super::{
    super::conformance::samples::{save, ticket, ticket_write},
    open,
};

async fn is_away(store: &Arc<dyn Store>, address: &str) {
    // Until the connections are known to be dead, requests time out.
    let error = store.check().await.unwrap_err();
    assert!(matches!(error, StoreError::Unavailable(_)), "{error}");
    assert!(error.to_string().contains(address), "{error}");
    let error = store.write_ticket(ticket_write(0, &ticket(UserId::new()))).await.unwrap_err();
    assert!(matches!(error, StoreError::Unavailable(_)), "{error}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_store_that_goes_away_or_was_never_there_works_once_it_is_back() {
    let mut cassandra = Cassandra::start(1).await;
    let config = cassandra.new_store();
    let store = open(&config).await;
    let before = ticket(UserId::new());
    save(&store, &before).await;

    cassandra.kill(0);
    is_away(&store, &config.nodes[0]).await;
    let started: Arc<dyn Store> = Arc::new(ScyllaStore::open(&config).await.unwrap());
    is_away(&started, &config.nodes[0]).await;

    cassandra.restart(0).await;
    for store in [&store, &started] {
        eventually("the store is back", || async { store.check().await.ok() }).await;
        assert_eq!(store.ticket(before.id).await.unwrap().unwrap().value, before);
        save(store, &ticket(UserId::new())).await;
    }

    // A node that hangs is found out by a timeout, and nothing waits for ever.
    cassandra.process(0).signal("STOP");
    let answered = tokio::time::timeout(Duration::from_mins(1), is_away(&store, &config.nodes[0])).await;
    cassandra.process(0).signal("CONT");
    answered.unwrap();
    eventually("the store is back", || async { store.check().await.ok() }).await;
}

#[tokio::test]
async fn a_name_that_leads_nowhere_is_waited_for_and_named() {
    let config = platform::config::Store { nodes: vec!["nowhere.invalid:9042".to_owned()], ..Default::default() };
    let store: Arc<dyn Store> = Arc::new(ScyllaStore::open(&config).await.unwrap());
    is_away(&store, "nowhere.invalid:9042").await;
}
