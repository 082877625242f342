//! Keyspaces for desks, on the one node of Cassandra that they share. To make the tables takes seconds and to empty them
//! less than one, so a keyspace goes from desk to desk.

use std::sync::{Mutex, PoisonError};

use scylla::client::{session::Session, session_builder::SessionBuilder};
use uuid::Uuid;

use crate::Cassandra;

/// Keyspaces that no desk has now.
static FREE: Mutex<Vec<String>> = Mutex::new(Vec::new());

/// A keyspace that one desk has until it is dropped.
pub struct Keyspace {
    name: String,
    address: String,
}

impl Keyspace {
    /// An empty one: the tables of an earlier desk without their rows, or none.
    pub async fn lend() -> Self {
        let address = Cassandra::shared().await.addresses().remove(0);
        let free = FREE.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let name = if let Some(name) = free {
            empty(&address, &name).await;
            name
        } else {
            format!("desk_{}", Uuid::new_v4().simple())
        };
        Self { name, address }
    }

    /// The part of the configuration that leads a desk here.
    pub fn variables(&self) -> impl Iterator<Item = (String, String)> {
        let pairs = [
            ("BACKEND", "scylla".to_owned()),
            ("NODES", format!("[\"{}\"]", self.address)),
            ("KEYSPACE", self.name.clone()),
            ("REPLICATION", "1".to_owned()),
        ];
        pairs.into_iter().map(|(key, value)| (format!("DESKWIRE_STORE__{key}"), value))
    }

    /// A way around the desk to its tables.
    pub async fn session(&self) -> Session {
        let session = session(&self.address).await;
        session.use_keyspace(&self.name, false).await.unwrap();
        session
    }
}

impl Drop for Keyspace {
    fn drop(&mut self) {
        FREE.lock().unwrap_or_else(PoisonError::into_inner).push(std::mem::take(&mut self.name));
    }
}

async fn session(address: &str) -> Session {
    SessionBuilder::new().known_node(address).build().await.unwrap()
}

/// Removes the rows of every table but the record of the tables themselves.
async fn empty(address: &str, keyspace: &str) {
    let session = session(address).await;
    let tables = "SELECT table_name FROM system_schema.tables WHERE keyspace_name = ?";
    let tables = session.query_unpaged(tables, (keyspace,)).await.unwrap().into_rows_result().unwrap();
    for table in tables.rows::<(String,)>().unwrap() {
        let (table,) = table.unwrap();
        if table != "schema_steps" {
            session.query_unpaged(format!("TRUNCATE {keyspace}.{table}"), ()).await.unwrap();
        }
    }
}
