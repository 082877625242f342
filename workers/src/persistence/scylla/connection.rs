//! How the cluster is reached, and waited for.

use std::{
    sync::{Arc, OnceLock},
    time::Duration,
};

use platform::config::Store as Config;
use scylla::{
    client::{execution_profile::ExecutionProfile, session::Session, session_builder::SessionBuilder},
    errors::NewSessionError,
    policies::speculative_execution::SimpleSpeculativeExecutionPolicy,
    statement::{Consistency, SerialConsistency},
};
use tokio_util::task::AbortOnDropHandle;

use super::{db::Db, error::Nodes, schema, seen::Seen, statements::Statements, turns::Turns};
use crate::persistence::store::StoreError;

/// For one request with all tries that the driver makes of it.
const REQUEST: Duration = Duration::from_secs(3);
/// After so long another node is asked, too.
const SLOW_READ: Duration = Duration::from_millis(150);
const SLOW_WRITE: Duration = Duration::from_millis(500);
/// So often a node is asked whether it is there, and after so long without an answer it is taken to be gone: longer than a
/// busy node pauses to collect its garbage.
const KEEPALIVE: Duration = Duration::from_secs(1);
const SILENCE: Duration = Duration::from_secs(2);
/// For the whole way from nothing to an open store, in which the cluster may have to agree on tables.
const OPENING: Duration = Duration::from_mins(2);
/// For one connection, and for one look at the cluster: here, and before that at the node, which knows the cause.
const CONNECTING: Duration = Duration::from_secs(5);
const LOOKING: Duration = Duration::from_secs(4);
/// The wait between two tries to reach the cluster.
const PAUSE: Duration = Duration::from_secs(3);

/// The way to the store: open, or on the way to be.
pub(super) struct Link {
    nodes: Nodes,
    db: Arc<OnceLock<Db>>,
    _opening: Option<AbortOnDropHandle<()>>,
}

impl Link {
    /// Opens the store. When the cluster is away, it goes on trying until it is dropped.
    pub(super) async fn open(config: &Config) -> Result<Self, StoreError> {
        let nodes = Nodes::new(&config.nodes);
        let db = Arc::new(OnceLock::new());
        let opening = match open(config, &nodes).await {
            Ok(open) => {
                // Nobody else has it yet.
                db.set(open).ok();
                None
            }
            Err(error @ StoreError::Failed(_)) => return Err(error),
            Err(error) => {
                tracing::warn!(%error, "waiting for the store");
                Some(AbortOnDropHandle::new(tokio::spawn(keep_trying(config.clone(), nodes.clone(), Arc::clone(&db)))))
            }
        };
        Ok(Self { nodes, db, _opening: opening })
    }

    /// The open store, or that it is away.
    pub(super) fn db(&self) -> Result<&Db, StoreError> {
        self.db.get().ok_or_else(|| self.nodes.unavailable("not reached yet"))
    }
}

async fn keep_trying(config: Config, nodes: Nodes, db: Arc<OnceLock<Db>>) {
    loop {
        tokio::time::sleep(PAUSE).await;
        match open(&config, &nodes).await {
            Ok(open) => {
                db.set(open).ok();
                tracing::info!("the store is there");
                return;
            }
            Err(error) => tracing::warn!(%error, "waiting for the store"),
        }
    }
}

/// Opens the store, or tells why not.
pub(super) async fn open(config: &Config, nodes: &Nodes) -> Result<Db, StoreError> {
    let opened = tokio::time::timeout(OPENING, async {
        let session = connect(config).await.map_err(|error| nodes.error(error))?;
        schema::bring_up_to_date(&session, config, nodes).await?;
        let reads = profile(SLOW_READ).into_handle();
        let run = Box::pin(Statements::prepare(&session, &reads)).await.map_err(|error| nodes.error(error))?;
        let (tickets, nodes) = (Turns::new(), nodes.clone());
        let (known_periods, beyond_count) = (Seen::default(), Seen::default());
        Ok(Db { session, run, reads, nodes, tickets, known_periods, beyond_count })
    });
    opened.await.unwrap_or_else(|_| Err(nodes.unavailable("it took too long to open")))
}

async fn connect(config: &Config) -> Result<Session, NewSessionError> {
    let mut builder = SessionBuilder::new()
        .known_nodes(&config.nodes)
        .default_execution_profile_handle(profile(SLOW_WRITE).into_handle())
        .keyspaces_to_fetch([&config.keyspace])
        .fetch_full_schema_metadata(false)
        .connection_timeout(CONNECTING)
        .metadata_request_clientside_timeout(CONNECTING)
        .metadata_request_serverside_timeout(LOOKING)
        .keepalive_interval(KEEPALIVE)
        .keepalive_timeout(SILENCE)
        .tcp_nodelay(true);
    if let Some(datacenter) = &config.datacenter {
        builder = builder.prefer_datacenter(datacenter.clone());
    }
    if let (Some(username), Some(password)) = (&config.username, &config.password) {
        builder = builder.user(username, password.expose());
    }
    builder.build().await
}

/// How statements run that may be repeated, and after how long they are.
fn profile(slow: Duration) -> ExecutionProfile {
    let second = SimpleSpeculativeExecutionPolicy { max_retry_count: 1, retry_interval: slow };
    ExecutionProfile::builder()
        .consistency(Consistency::LocalQuorum)
        .serial_consistency(Some(SerialConsistency::LocalSerial))
        .request_timeout(Some(REQUEST))
        .speculative_execution_policy(Some(Arc::new(second)))
        .build()
}
