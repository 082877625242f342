//! What an error of the cluster means to those who use the store.

use std::{error::Error, sync::Arc};

use scylla::{
    deserialize::DeserializationError,
    errors::{
        ConnectionError, ConnectionPoolError, ConnectionSetupRequestErrorKind, DbError, ExecutionError, FirstRowError,
        IntoRowsResultError, MaybeFirstRowError, MetadataError, NewSessionError, PrepareError, RequestAttemptError,
        RowsError, UseKeyspaceError,
    },
};

use crate::persistence::store::StoreError;

/// The addresses by which the cluster is known: every error names them.
#[derive(Clone, Debug)]
pub(super) struct Nodes(Arc<str>);

impl Nodes {
    pub(super) fn new(nodes: &[String]) -> Self {
        Self(nodes.join(", ").into())
    }

    /// The same call may succeed later.
    pub(super) fn unavailable(&self, cause: impl Into<Box<dyn Error + Send + Sync>>) -> StoreError {
        StoreError::Unavailable(self.at(cause))
    }

    /// Another try would fail as this one did.
    pub(super) fn failed(&self, cause: impl Into<Box<dyn Error + Send + Sync>>) -> StoreError {
        StoreError::Failed(self.at(cause))
    }

    /// What an error of the driver comes to.
    pub(super) fn error<E: Cause>(&self, cause: E) -> StoreError {
        if cause.may_pass() { self.unavailable(cause) } else { self.failed(cause) }
    }

    fn at(&self, cause: impl Into<Box<dyn Error + Send + Sync>>) -> Box<dyn Error + Send + Sync> {
        NodeError { nodes: Arc::clone(&self.0), source: cause.into() }.into()
    }
}

#[derive(Debug, thiserror::Error)]
#[error("{nodes}: {source}")]
struct NodeError {
    nodes: Arc<str>,
    source: Box<dyn Error + Send + Sync>,
}

/// An error of the driver.
pub(super) trait Cause: Error + Send + Sync + 'static {
    /// Whether the same call may succeed later.
    fn may_pass(&self) -> bool;
}

impl Cause for ExecutionError {
    fn may_pass(&self) -> bool {
        match self {
            Self::BadQuery(_) => false,
            Self::PrepareError(error) => error.may_pass(),
            Self::ConnectionPoolError(error) => error.may_pass(),
            Self::LastAttemptError(error) => error.may_pass(),
            _ => true,
        }
    }
}

impl Cause for PrepareError {
    fn may_pass(&self) -> bool {
        match self {
            Self::ConnectionPoolError(error) => error.may_pass(),
            Self::AllAttemptsFailed { first_attempt } => first_attempt.may_pass(),
            _ => false,
        }
    }
}

impl Cause for RequestAttemptError {
    fn may_pass(&self) -> bool {
        match self {
            Self::UnableToAllocStreamId | Self::BrokenConnectionError(_) => true,
            Self::DbError(error, _) => may_pass(error),
            _ => false,
        }
    }
}

impl Cause for NewSessionError {
    fn may_pass(&self) -> bool {
        match self {
            Self::MetadataError(MetadataError::ConnectionPoolError(error)) => error.may_pass(),
            Self::FailedToResolveAnyHostname(_) | Self::MetadataError(_) => true,
            Self::UseKeyspaceError(error) => error.may_pass(),
            _ => false,
        }
    }
}

impl Cause for UseKeyspaceError {
    fn may_pass(&self) -> bool {
        match self {
            Self::RequestError(error) => error.may_pass(),
            Self::RequestTimeout(_) => true,
            _ => false,
        }
    }
}

impl Cause for ConnectionPoolError {
    /// All but a login that the cluster refuses.
    fn may_pass(&self) -> bool {
        let Self::Broken { last_connection_error: ConnectionError::ConnectionSetupRequestError(error) } = self else {
            return true;
        };
        !matches!(
            error.get_error(),
            ConnectionSetupRequestErrorKind::MissingAuthentication
                | ConnectionSetupRequestErrorKind::DbError(DbError::AuthenticationError, _)
        )
    }
}

/// An answer that does not hold what was asked for.
macro_rules! unreadable {
    ($($error:ty),*) => {$(
        impl Cause for $error {
            fn may_pass(&self) -> bool {
                false
            }
        }
    )*};
}
unreadable!(IntoRowsResultError, RowsError, FirstRowError, MaybeFirstRowError, DeserializationError, serde_json::Error);

fn may_pass(error: &DbError) -> bool {
    matches!(
        error,
        DbError::Unavailable { .. }
            | DbError::Overloaded
            | DbError::IsBootstrapping
            | DbError::TruncateError
            | DbError::ReadTimeout { .. }
            | DbError::WriteTimeout { .. }
            | DbError::ReadFailure { .. }
            | DbError::WriteFailure { .. }
            | DbError::ServerError
            | DbError::RateLimitReached { .. }
            | DbError::Unprepared { .. }
    )
}

#[cfg(test)]
mod tests {
    use scylla::{errors::WriteType, statement::Consistency};

    use super::*;

    #[test]
    fn what_may_pass_is_told_from_what_stays_and_names_the_nodes() {
        let nodes = Nodes::new(&["10.0.0.1:9042".to_owned(), "10.0.0.2:9042".to_owned()]);
        let db = |error| ExecutionError::LastAttemptError(RequestAttemptError::DbError(error, "said".to_owned()));
        let timeout = DbError::WriteTimeout {
            consistency: Consistency::LocalQuorum,
            received: 1,
            required: 2,
            write_type: WriteType::Cas,
        };
        for passing in [db(timeout), db(DbError::Overloaded), ExecutionError::EmptyPlan] {
            let error = nodes.error(passing);
            assert!(matches!(error, StoreError::Unavailable(_)), "{error}");
            assert!(error.to_string().contains("10.0.0.1:9042, 10.0.0.2:9042: "), "{error}");
        }
        for lasting in [db(DbError::Invalid), db(DbError::Unauthorized), db(DbError::SyntaxError)] {
            let error = nodes.error(lasting);
            assert!(matches!(error, StoreError::Failed(_)), "{error}");
        }
    }
}
