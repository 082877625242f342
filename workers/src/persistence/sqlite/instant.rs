//! The file at one instant, copied while the desk goes on.

use std::{path::Path, time::Duration};

use rusqlite::{Connection, OpenFlags, backup::Backup};

use super::{
    connection,
    error::{OpenError, in_file},
};
use crate::persistence::store::StoreError;

/// Pages that are copied at a time.
const PAGES: i32 = 1_024;

/// A file that nobody writes to for this moment.
pub struct Held {
    lock: Connection,
    instant: Instant,
}

/// A file as it was at one instant, whatever was written since.
pub struct Instant {
    reader: Connection,
}

impl Held {
    /// Waits for its turn to write, and writes nothing: until it is let go, others wait.
    pub fn take(path: &Path) -> Result<Self, StoreError> {
        Self::start(path).map_err(|error| in_file(path, error.into()))
    }

    fn start(path: &Path) -> Result<Self, OpenError> {
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let lock = Connection::open_with_flags(path, flags)?;
        lock.busy_handler(Some(connection::wait_for_lock))?;
        lock.execute_batch("BEGIN IMMEDIATE")?;
        let reader = connection::for_reading(path)?;
        // The instant is that of the first read.
        reader.execute_batch("BEGIN")?;
        reader.query_one("SELECT count(*) FROM departments", [], |_| Ok(()))?;
        Ok(Self { lock, instant: Instant { reader } })
    }

    /// Lets others write again.
    pub fn let_go(self) -> Result<Instant, StoreError> {
        self.lock.execute_batch("ROLLBACK")?;
        Ok(self.instant)
    }
}

impl Instant {
    /// Writes the file as it was to another one, which is empty.
    pub fn copy_to(&self, path: &Path) -> Result<(), StoreError> {
        let mut copy = Connection::open(path)?;
        Ok(Backup::new(&self.reader, &mut copy)?.run_to_completion(PAGES, Duration::ZERO, None)?)
    }
}
