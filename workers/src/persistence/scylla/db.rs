//! An open store: the session with its statements, and how they are run.

use std::time::Duration;

use backon::{BackoffBuilder, ExponentialBuilder};
use contracts::UserId;
use futures::stream::{self, StreamExt, TryStreamExt};
use scylla::{
    client::{execution_profile::ExecutionProfileHandle, session::Session},
    deserialize::row::DeserializeRow,
    response::{
        PagingState,
        query_result::{QueryResult, QueryRowsResult},
    },
    serialize::row::SerializeRow,
    statement::prepared::PreparedStatement,
    value::{CqlValue, Row},
};

use super::{error::Nodes, lists::Place, seen::Seen, statements::Statements, turns::Turns};
use crate::persistence::store::StoreError;

/// How often a write that may have failed is made, in all.
pub(super) const TRIES: usize = 4;
/// Reads of one call under way at once.
const AT_ONCE: usize = 64;

/// An open store.
pub(super) struct Db {
    pub(super) session: Session,
    pub(super) run: Statements,
    /// How reads run.
    pub(super) reads: ExecutionProfileHandle,
    pub(super) nodes: Nodes,
    /// Whose turn it is to write to a ticket.
    pub(super) tickets: Turns,
    /// The partitions whose periods are on record.
    pub(super) known_periods: Seen<Place>,
    /// Who raised more tickets than are counted. A ticket stays with whoever raised it.
    pub(super) beyond_count: Seen<UserId>,
}

/// The waits before each further try.
pub(super) fn pauses() -> impl Iterator<Item = Duration> {
    let pauses = ExponentialBuilder::new().with_jitter().with_min_delay(Duration::from_millis(20));
    pauses.with_max_times(TRIES - 1).build()
}

impl Db {
    /// Every row that a statement finds; for those that find a limited number.
    pub(super) async fn all<R>(
        &self,
        statement: &PreparedStatement,
        values: impl SerializeRow,
    ) -> Result<Vec<R>, StoreError>
    where
        R: for<'row> DeserializeRow<'row, 'row>,
    {
        let result = self.session.execute_unpaged(statement, values).await.map_err(|error| self.nodes.error(error))?;
        self.rows_of(result)
    }

    /// The first row that a statement finds.
    pub(super) async fn first<R>(
        &self,
        statement: &PreparedStatement,
        values: impl SerializeRow,
    ) -> Result<Option<R>, StoreError>
    where
        R: for<'row> DeserializeRow<'row, 'row>,
    {
        Ok(self.all(statement, values).await?.into_iter().next())
    }

    /// At most so many rows, and where the next one begins, if there is one.
    pub(super) async fn page<R>(
        &self,
        statement: &PreparedStatement,
        values: &impl SerializeRow,
        rows: i32,
        from: PagingState,
    ) -> Result<(Vec<R>, Option<PagingState>), StoreError>
    where
        R: for<'row> DeserializeRow<'row, 'row>,
    {
        let mut statement = statement.clone();
        statement.set_page_size(rows);
        let page = self.session.execute_single_page(&statement, values, from).await;
        let (result, next) = page.map_err(|error| self.nodes.error(error))?;
        let next = match next.into_paging_control_flow() {
            std::ops::ControlFlow::Continue(next) => Some(next),
            std::ops::ControlFlow::Break(()) => None,
        };
        Ok((self.rows_of(result)?, next))
    }

    /// Makes a write that may be repeated.
    pub(super) async fn write(
        &self,
        statement: &PreparedStatement,
        values: impl SerializeRow,
    ) -> Result<(), StoreError> {
        self.repeated(statement, &values).await.map(drop)
    }

    /// Makes a conditional write, and tells whether the condition held. After a lost answer it is made again: who gets
    /// `false` must look whether their own value is there.
    pub(super) async fn write_if(
        &self,
        statement: &PreparedStatement,
        values: impl SerializeRow,
    ) -> Result<bool, StoreError> {
        let result = self.repeated(statement, &values).await?;
        applied(result, &self.nodes)
    }

    async fn repeated(
        &self,
        statement: &PreparedStatement,
        values: &impl SerializeRow,
    ) -> Result<QueryResult, StoreError> {
        let mut pauses = pauses();
        loop {
            let result = self.session.execute_unpaged(statement, values).await.map_err(|error| self.nodes.error(error));
            match (result, pauses.next()) {
                (Err(StoreError::Unavailable(cause)), Some(pause)) => {
                    tracing::debug!(%cause, "a write is tried again");
                    tokio::time::sleep(pause).await;
                }
                (result, _) => return result,
            }
        }
    }

    fn rows_of<R>(&self, result: QueryResult) -> Result<Vec<R>, StoreError>
    where
        R: for<'row> DeserializeRow<'row, 'row>,
    {
        let rows = into_rows(result, &self.nodes)?;
        let rows = rows.rows::<R>().map_err(|error| self.nodes.error(error))?;
        rows.collect::<Result<_, _>>().map_err(|error| self.nodes.error(error))
    }
}

/// Whether the condition of a conditional write held. By its name, for the columns beside it differ.
pub(super) fn applied(result: QueryResult, nodes: &Nodes) -> Result<bool, StoreError> {
    let rows = into_rows(result, nodes)?;
    let column = rows.column_specs().get_by_name("[applied]").map(|(index, _)| index);
    let row: Row = rows.first_row().map_err(|error| nodes.error(error))?;
    let value = column.and_then(|index| row.columns.into_iter().nth(index).flatten());
    value.as_ref().and_then(CqlValue::as_boolean).ok_or_else(|| nodes.failed("a condition without an answer"))
}

fn into_rows(result: QueryResult, nodes: &Nodes) -> Result<QueryRowsResult, StoreError> {
    result.into_rows_result().map_err(|error| nodes.error(error))
}

/// Makes many calls, some at once, and gives their answers in the order of the calls.
pub(super) async fn all_of<T, F>(calls: Vec<F>) -> Result<Vec<T>, StoreError>
where
    F: Future<Output = Result<T, StoreError>>,
{
    stream::iter(calls).buffered(AT_ONCE).try_collect().await
}
