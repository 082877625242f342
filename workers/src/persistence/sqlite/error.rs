//! What an error of `SQLite` means to those who use the store.

use std::{
    error::Error,
    path::{Path, PathBuf},
    sync::Arc,
};

use rusqlite::ErrorCode;

use crate::persistence::store::StoreError;

type Cause = Box<dyn Error + Send + Sync>;

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        if may_pass(&error) { Self::Unavailable(error.into()) } else { Self::Failed(error.into()) }
    }
}

/// Whether the same statement may succeed later.
fn may_pass(error: &rusqlite::Error) -> bool {
    matches!(
        error.sqlite_error_code(),
        Some(
            ErrorCode::CannotOpen
                | ErrorCode::DatabaseBusy
                | ErrorCode::DatabaseLocked
                | ErrorCode::DiskFull
                | ErrorCode::FileLockingProtocolFailed
                | ErrorCode::OutOfMemory
                | ErrorCode::PermissionDenied
                | ErrorCode::ReadOnly
                | ErrorCode::SystemIoFailure
        )
    )
}

/// Why a file cannot be used.
#[derive(Debug, thiserror::Error)]
pub(super) enum OpenError {
    #[error(transparent)]
    Io(#[from] std::io::Error),
    #[error(transparent)]
    Sqlite(#[from] rusqlite::Error),
    #[error(transparent)]
    Migration(rusqlite_migration::Error),
}

impl From<rusqlite_migration::Error> for OpenError {
    fn from(error: rusqlite_migration::Error) -> Self {
        match error {
            // Without the text of the whole migration.
            rusqlite_migration::Error::RusqliteError { err, .. } => Self::Sqlite(err),
            other => Self::Migration(other),
        }
    }
}

impl From<OpenError> for StoreError {
    fn from(error: OpenError) -> Self {
        match error {
            OpenError::Io(error) => Self::Unavailable(error.into()),
            OpenError::Sqlite(error) => error.into(),
            OpenError::Migration(error) => Self::Failed(error.into()),
        }
    }
}

/// The same error with the file in which it came about.
pub(super) fn in_file(path: &Path, error: StoreError) -> StoreError {
    let in_file = |source| Cause::from(FileError { path: path.to_owned(), source });
    match error {
        StoreError::Unavailable(cause) => StoreError::Unavailable(in_file(cause)),
        StoreError::Failed(cause) => StoreError::Failed(in_file(cause)),
    }
}

#[derive(Debug, thiserror::Error)]
#[error("{}: {source}", path.display())]
struct FileError {
    path: PathBuf,
    source: Cause,
}

/// One error with which every write of a group is answered.
pub(super) struct Shared {
    kind: fn(Cause) -> StoreError,
    cause: Arc<dyn Error + Send + Sync>,
}

impl Shared {
    /// The error for one of the writes.
    pub(super) fn to_error(&self) -> StoreError {
        (self.kind)(Box::new(Arc::clone(&self.cause)))
    }
}

impl From<StoreError> for Shared {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Unavailable(cause) => Self { kind: StoreError::Unavailable, cause: cause.into() },
            StoreError::Failed(cause) => Self { kind: StoreError::Failed, cause: cause.into() },
        }
    }
}
