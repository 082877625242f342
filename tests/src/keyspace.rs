//! Keyspaces for desks, on the one node of Cassandra that they share. To make the tables takes seconds and to empty them
//! less than one, so a keyspace goes from desk to desk.

use std::sync::{Arc, Mutex, PoisonError};

use futures::future::join_all;
use platform::config::Store;
use scylla::client::{session::Session, session_builder::SessionBuilder};

use crate::{Cassandra, Line};

/// Keyspaces that no desk has now.
static FREE: Mutex<Vec<Store>> = Mutex::new(Vec::new());

/// A keyspace that one desk has until it is dropped. The desk's processes reach it by a line.
pub struct Keyspace {
    store: Store,
    line: Arc<Line>,
}

impl Keyspace {
    /// An empty one: the tables of an earlier desk without their rows, or none.
    pub async fn lend() -> Self {
        let free = FREE.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let store = if let Some(store) = free {
            empty(&store).await;
            store
        } else {
            Cassandra::shared().await.new_store()
        };
        let line = Arc::new(Line::to(&store.nodes[0]));
        Self { store, line }
    }

    /// The configuration that leads past the line.
    pub(crate) fn store(&self) -> &Store {
        &self.store
    }

    /// The part of the configuration that leads a desk here, by the line.
    pub fn variables(&self) -> Vec<(String, String)> {
        let pairs = [
            ("BACKEND", "scylla".to_owned()),
            ("NODES", format!("[\"{}\"]", self.line.address())),
            ("KEYSPACE", self.store.keyspace.clone()),
            ("REPLICATION", self.store.replication.to_string()),
        ];
        pairs.map(|(key, value)| (format!("DESKWIRE_STORE__{key}"), value)).to_vec()
    }

    /// A way to its tables past the desk.
    pub async fn session(&self) -> Session {
        let session = session(&self.store).await;
        session.use_keyspace(&self.store.keyspace, false).await.unwrap();
        session
    }

    /// The desk's only way here.
    pub(crate) fn line(&self) -> &Arc<Line> {
        &self.line
    }
}

impl Drop for Keyspace {
    fn drop(&mut self) {
        FREE.lock().unwrap_or_else(PoisonError::into_inner).push(std::mem::take(&mut self.store));
    }
}

async fn session(store: &Store) -> Session {
    let session = SessionBuilder::new().known_nodes(&store.nodes).fetch_schema_metadata(false);
    session.build().await.unwrap()
}

/// Removes the rows of every table but the record of the tables themselves.
async fn empty(store: &Store) {
    let session = session(store).await;
    let tables = "SELECT table_name FROM system_schema.tables WHERE keyspace_name = ?";
    let tables = session.query_unpaged(tables, (&store.keyspace,)).await.unwrap().into_rows_result().unwrap();
    let tables = tables.rows::<(String,)>().unwrap().map(|row| row.unwrap().0).filter(|table| table != "schema_steps");
    join_all(tables.map(|table| truncate(&session, format!("{}.{table}", store.keyspace)))).await;
}

/// Removes the rows of a table. Where there are none, that is cheaper to see than to do.
async fn truncate(session: &Session, table: String) {
    let rows = session.query_unpaged(format!("SELECT * FROM {table} LIMIT 1"), ()).await.unwrap();
    if rows.into_rows_result().unwrap().rows_num() > 0 {
        session.query_unpaged(format!("TRUNCATE {table}"), ()).await.unwrap();
    }
}
