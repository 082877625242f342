//! The keyspace and its tables: made in numbered steps, each by one process while the others wait.

use std::time::Duration;

use platform::config::Store as Config;
use scylla::{
    client::session::Session,
    response::query_result::QueryResult,
    statement::unprepared::Statement,
    value::{CqlValue, Row},
};
use uuid::Uuid;

use super::{
    db::{applied, pauses},
    error::Nodes,
};
use crate::persistence::store::StoreError;

/// What made the tables what they are. Steps are only ever added.
const STEPS: &[&str] = &[
    include_str!("migrations/001_tables.cql"),
    include_str!("migrations/002_articles.cql"),
    include_str!("migrations/003_users.cql"),
];

/// The namespace of what is computed here.
const DERIVED: Uuid = Uuid::from_u128(0x0193_5b2e_6f40_7cc1_9a53_de5c_317e_0002);
/// In the place of a step, the row of the process that makes steps. It ends by itself after so many seconds.
const LEASE: (i32, i32) = (0, 60);
/// The wait for another process that makes steps.
const PAUSE: Duration = Duration::from_millis(500);
/// For one change of a table, on which the nodes must agree.
const CHANGE: Duration = Duration::from_secs(30);

/// Makes what is missing, and refuses a store of a later version.
pub(super) async fn bring_up_to_date(session: &Session, config: &Config, nodes: &Nodes) -> Result<(), StoreError> {
    let schema = Schema { session, nodes };
    schema.make_keyspace(config).await?;
    let enter = || async { session.use_keyspace(&config.keyspace, false).await.map_err(|error| nodes.error(error)) };
    once_known(enter).await?;
    schema.make_ledger(&config.keyspace).await?;
    if once_known(|| schema.made()).await? == STEPS.len() {
        return Ok(());
    }
    let owner = Uuid::new_v4();
    while !once_known(|| schema.take_lease(owner)).await? {
        tokio::time::sleep(PAUSE).await;
        if schema.made().await? == STEPS.len() {
            return Ok(());
        }
    }
    let made = schema.make_steps(owner).await;
    let given_back = schema.give_lease_back(owner).await;
    made.and(given_back)
}

/// Calls again, for a moment, what is refused: a node lists what another process makes before it knows it itself.
async fn once_known<T, F: Future<Output = Result<T, StoreError>>>(call: impl Fn() -> F) -> Result<T, StoreError> {
    for pause in pauses() {
        match call().await {
            Err(StoreError::Failed(_)) => tokio::time::sleep(10 * pause).await,
            answer => return answer,
        }
    }
    call().await
}

struct Schema<'s> {
    session: &'s Session,
    nodes: &'s Nodes,
}

impl Schema<'_> {
    async fn make_keyspace(&self, config: &Config) -> Result<(), StoreError> {
        let known = "SELECT keyspace_name FROM system_schema.keyspaces WHERE keyspace_name = ?";
        if !self.rows(self.session.query_unpaged(known, (&config.keyspace,)).await)?.is_empty() {
            return Ok(());
        }
        let tablets = if config.tablets { "" } else { " AND tablets = {'enabled': false}" };
        let make = format!(
            "CREATE KEYSPACE IF NOT EXISTS {} WITH replication = \
             {{'class': 'NetworkTopologyStrategy', 'replication_factor': {}}}{tablets}",
            config.keyspace, config.replication
        );
        self.change(&make).await
    }

    /// The table that tells which steps were made. Its id is computed, so that two processes that make it at once make
    /// one table.
    async fn make_ledger(&self, keyspace: &str) -> Result<(), StoreError> {
        let known =
            "SELECT table_name FROM system_schema.tables WHERE keyspace_name = ? AND table_name = 'schema_steps'";
        if !self.rows(self.session.query_unpaged(known, (keyspace,)).await)?.is_empty() {
            return Ok(());
        }
        let id = Uuid::new_v5(&DERIVED, keyspace.as_bytes());
        let make = "CREATE TABLE IF NOT EXISTS schema_steps (step int PRIMARY KEY, checksum uuid, owner uuid)";
        self.change(&format!("{make} WITH id = {id}")).await
    }

    /// How many steps were made.
    async fn made(&self) -> Result<usize, StoreError> {
        let rows = self.rows(self.session.query_unpaged("SELECT step, checksum FROM schema_steps", ()).await)?;
        let mut made: Vec<(usize, Option<Uuid>)> = rows
            .iter()
            .filter_map(|row| {
                let step = row.columns.first()?.as_ref()?.as_int()?;
                let checksum = row.columns.get(1)?.as_ref().and_then(CqlValue::as_uuid);
                (step != LEASE.0).then_some((usize::try_from(step).ok()?, checksum))
            })
            .collect();
        made.sort_unstable();
        check(&made, STEPS).map_err(|problem| self.nodes.failed(problem))
    }

    async fn make_steps(&self, owner: Uuid) -> Result<(), StoreError> {
        for (index, step) in STEPS.iter().enumerate().skip(self.made().await?) {
            tracing::info!(step = index + 1, "bringing the store up to date");
            for statement in statements(step) {
                // A process that died in the middle of a step left a part of it.
                self.change(&statement.replacen("CREATE TABLE", "CREATE TABLE IF NOT EXISTS", 1)).await?;
                let renew =
                    format!("UPDATE schema_steps USING TTL {} SET owner = ? WHERE step = ? IF owner = ?", LEASE.1);
                if !self.applied(self.session.query_unpaged(renew, (owner, LEASE.0, owner)).await)? {
                    return Err(self.nodes.unavailable("another process has taken over the making of the tables"));
                }
            }
            let number = i32::try_from(index + 1).unwrap_or(i32::MAX);
            let record = "INSERT INTO schema_steps (step, checksum) VALUES (?, ?)";
            let recorded = self.session.query_unpaged(record, (number, checksum(step))).await;
            recorded.map_err(|error| self.nodes.error(error))?;
        }
        Ok(())
    }

    async fn take_lease(&self, owner: Uuid) -> Result<bool, StoreError> {
        let take = format!("INSERT INTO schema_steps (step, owner) VALUES (?, ?) IF NOT EXISTS USING TTL {}", LEASE.1);
        self.applied(self.session.query_unpaged(take, (LEASE.0, owner)).await)
    }

    async fn give_lease_back(&self, owner: Uuid) -> Result<(), StoreError> {
        let give = "DELETE FROM schema_steps WHERE step = ? IF owner = ?";
        self.applied(self.session.query_unpaged(give, (LEASE.0, owner)).await).map(drop)
    }

    /// Changes keyspace or tables, and waits until the nodes agree.
    async fn change(&self, cql: &str) -> Result<(), StoreError> {
        let mut statement = Statement::new(cql);
        statement.set_request_timeout(Some(CHANGE));
        self.session.query_unpaged(statement, ()).await.map(drop).map_err(|error| self.nodes.error(error))
    }

    fn applied(&self, result: Result<QueryResult, scylla::errors::ExecutionError>) -> Result<bool, StoreError> {
        let result = result.map_err(|error| self.nodes.error(error))?;
        applied(result, self.nodes)
    }

    fn rows(&self, result: Result<QueryResult, scylla::errors::ExecutionError>) -> Result<Vec<Row>, StoreError> {
        let result = result.map_err(|error| self.nodes.error(error))?;
        let rows = result.into_rows_result().map_err(|error| self.nodes.error(error))?;
        let rows = rows.rows::<Row>().map_err(|error| self.nodes.error(error))?;
        rows.collect::<Result<_, _>>().map_err(|error| self.nodes.error(error))
    }
}

/// How many of `steps` are on record; an error when the record holds something else.
fn check(made: &[(usize, Option<Uuid>)], steps: &[&str]) -> Result<usize, &'static str> {
    for (index, &(number, recorded)) in made.iter().enumerate() {
        let Some(step) = steps.get(index).filter(|_| number == index + 1) else {
            return Err("the tables were made by a later version of Deskwire");
        };
        if recorded != Some(checksum(step)) {
            return Err("the tables were made by another version of Deskwire");
        }
    }
    Ok(made.len())
}

fn checksum(step: &str) -> Uuid {
    Uuid::new_v5(&DERIVED, step.as_bytes())
}

/// The statements of a step, without its comments.
fn statements(step: &str) -> Vec<String> {
    let lines = step.lines().filter(|line| !line.trim_start().starts_with("--"));
    let text = lines.collect::<Vec<_>>().join("\n");
    text.split(';').map(|statement| statement.trim().to_owned()).filter(|statement| !statement.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_is_statements_without_comments() {
        let step = "-- One; two.\nCREATE TABLE a (\n    -- Three; four.\n    b int\n);\n\nCREATE TABLE c (d int);\n";
        assert_eq!(statements(step), ["CREATE TABLE a (\n    b int\n)", "CREATE TABLE c (d int)"]);
        for step in STEPS {
            assert!(statements(step).iter().all(|statement| statement.starts_with("CREATE TABLE ")));
        }
    }

    #[test]
    fn a_record_that_does_not_fit_the_steps_is_refused() {
        let steps = ["one", "two"];
        let (one, two) = ((1, Some(checksum("one"))), (2, Some(checksum("two"))));
        assert_eq!(check(&[], &steps), Ok(0));
        assert_eq!(check(&[one], &steps), Ok(1));
        assert_eq!(check(&[one, two], &steps), Ok(2));
        assert!(check(&[one, two, (3, None)], &steps).is_err());
        assert!(check(&[two], &steps).is_err());
        assert!(check(&[(1, Some(checksum("another")))], &steps).is_err());
    }
}
