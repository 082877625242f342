//! The store of a desk, from beside the desk: opened as the workers open it, and taken away from them.

use std::{path::Path, sync::Arc};

use contracts::{TicketId, message::Message, query::MessageRange};
use platform::config::{Store as Config, StoreBackend};
use rusqlite::Connection;
use workers::persistence::{self, store::Store};

use crate::{Line, PATIENCE, eventually, keyspace::Keyspace};

/// Names the store of every desk: `sqlite`, as where it is not set, or `scylla`. No variable with the prefix of the
/// configuration, for the processes of a desk read those.
const VARIABLE: &str = "DESK_STORE";

/// The store of every desk.
pub(crate) fn backend() -> StoreBackend {
    match std::env::var(VARIABLE).as_deref() {
        Ok("scylla") => StoreBackend::Scylla,
        Err(_) | Ok("sqlite") => StoreBackend::Sqlite,
        Ok(other) => panic!("{VARIABLE} is {other}: it may be sqlite or scylla"),
    }
}

/// Where a desk keeps its data.
pub(crate) enum Place {
    /// A file.
    File(Config),
    /// A keyspace of Cassandra.
    Keyspace(Keyspace),
}

impl Place {
    /// A new one; a file lies in the desk's folder.
    pub(crate) async fn new(folder: &Path) -> Self {
        match backend() {
            StoreBackend::Sqlite => Self::File(Config { path: folder.join("store/deskwire.db"), ..Config::default() }),
            StoreBackend::Scylla => Self::Keyspace(Keyspace::lend().await),
        }
    }

    /// The configuration of the desk's processes, key by key.
    pub(crate) fn variables(&self) -> Vec<(String, String)> {
        match self {
            Self::File(config) => vec![("DESKWIRE_STORE__PATH".to_owned(), config.path.display().to_string())],
            Self::Keyspace(keyspace) => keyspace.variables(),
        }
    }

    /// The address by which the desk's processes know it, and say that it is away.
    pub(crate) fn address(&self) -> String {
        match self {
            Self::File(config) => config.path.display().to_string(),
            Self::Keyspace(keyspace) => keyspace.line().address(),
        }
    }

    /// Opens it as the workers do, and past what is taken away from them.
    pub(crate) async fn open(&self) -> Arc<dyn Store> {
        let config = match self {
            Self::File(config) => config,
            Self::Keyspace(keyspace) => keyspace.store(),
        };
        let store = persistence::open(config).await.unwrap();
        eventually("the store is there", || async { store.check().await.ok() }).await;
        store
    }

    /// Takes it away from the desk's processes.
    pub(crate) fn take_away(&self) -> StoreAway {
        match self {
            Self::File(config) => {
                let file = Connection::open(&config.path).unwrap();
                file.busy_timeout(PATIENCE).unwrap();
                file.execute_batch("BEGIN IMMEDIATE").unwrap();
                StoreAway::Locked(file)
            }
            Self::Keyspace(keyspace) => {
                keyspace.line().cut();
                StoreAway::Cut(Arc::clone(keyspace.line()))
            }
        }
    }
}

/// While this is there, the processes of a desk cannot write to their store. What they can read differs.
#[must_use]
pub enum StoreAway {
    /// Somebody else writes to the file.
    Locked(Connection),
    /// The line to the cluster is cut.
    Cut(Arc<Line>),
}

impl Drop for StoreAway {
    fn drop(&mut self) {
        match self {
            Self::Locked(file) => file.execute_batch("ROLLBACK").unwrap(),
            Self::Cut(line) => line.mend(),
        }
    }
}

/// Every message of a ticket that is in the store at this moment.
pub async fn stored_messages(store: &dyn Store, ticket: &str) -> Vec<Message> {
    let ticket: TicketId = ticket.parse().unwrap();
    store.messages(ticket, MessageRange::After(0), u32::MAX).await.unwrap().items
}
