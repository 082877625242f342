//! How the file is opened.

use std::{fs, path::Path, thread, time::Duration};

use rusqlite::{Connection, ErrorCode, OpenFlags, functions::FunctionFlags};
use rusqlite_migration::{M, Migrations};

use super::error::OpenError;
use contracts::text::fold_case;

/// What made the file what it is. Steps are only ever added.
const STEPS: &[M<'_>] = &[
    M::up(include_str!("migrations/001_tables.sql")),
    M::up(include_str!("migrations/002_chat.sql")),
    M::up(include_str!("migrations/003_articles.sql")),
];
const MIGRATIONS: Migrations<'_> = Migrations::from_slice(STEPS);

/// How often, and how many times, a connection tries to get a lock that another one has: 5 seconds in all.
const BUSY_PAUSE: Duration = Duration::from_millis(2);
const BUSY_TRIES: i32 = 2_500;
/// The statements that a connection keeps ready; more than there are.
const STATEMENTS: usize = 128;
/// Bytes of a page of a new file. Four times `SQLite`'s own: in a file of a million tickets, of which little is in memory,
/// a ticket with its conversation then takes fewer reads of the disk.
const PAGE_BYTES: u32 = 16 << 10;
/// Kibibytes of pages that a connection keeps at most: the inner pages of every index of such a file.
const CACHE_KIBIBYTES: i32 = 64 << 10;
/// The write-ahead log is cut back to this size after a burst.
const LOG_BYTES: u32 = 64 << 20;

/// Opens the file for writing, and makes what is missing of it.
pub(super) fn for_writing(path: &Path) -> Result<Connection, OpenError> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut connection = Connection::open_with_flags(path, flags)?;
    connection.busy_handler(Some(wait_for_lock))?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    keep_pages(&connection)?;
    // Counts for a file that is still empty, and must be said before the switch to the write-ahead log.
    connection.pragma_update(None, "page_size", PAGE_BYTES)?;
    // The switch to the write-ahead log does not wait for a lock, should another process be at it too.
    let mut tries = 0;
    while let Err(error) = use_log(&connection) {
        if error.sqlite_error_code() != Some(ErrorCode::DatabaseBusy) || !wait_for_lock(tries) {
            return Err(error.into());
        }
        tries += 1;
    }
    migrate(&mut connection)?;
    Ok(connection)
}

/// Opens the file for reading; it must be there.
pub(super) fn for_reading(path: &Path) -> Result<Connection, OpenError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_handler(Some(wait_for_lock))?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    keep_pages(&connection)?;
    let flags = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC;
    connection.create_scalar_function("holds_folded", 2, flags, |call| {
        Ok(fold_case(call.get_raw(0).as_str()?).contains(call.get_raw(1).as_str()?))
    })?;
    Ok(connection)
}

/// Whether the tables are what this version makes them.
pub(super) fn is_up_to_date(connection: &Connection) -> Result<bool, OpenError> {
    Ok(usize::from(&MIGRATIONS.current_version(connection)?) == STEPS.len())
}

/// `SQLite`'s own handler waits up to 100 ms between tries, in which a busy process takes the lock again and again.
pub(super) fn wait_for_lock(tries: i32) -> bool {
    thread::sleep(BUSY_PAUSE);
    tries < BUSY_TRIES
}

fn keep_pages(connection: &Connection) -> rusqlite::Result<()> {
    // A negative number counts kibibytes, and not pages.
    connection.pragma_update(None, "cache_size", -CACHE_KIBIBYTES)
}

fn use_log(connection: &Connection) -> rusqlite::Result<()> {
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "foreign_keys", true)?;
    connection.pragma_update(None, "journal_size_limit", LOG_BYTES)
}

/// Of several processes that start at once one migrates. The others find it done, some of them by an error
/// because they looked before and came after.
fn migrate(connection: &mut Connection) -> Result<(), OpenError> {
    loop {
        let before = MIGRATIONS.current_version(connection)?;
        match MIGRATIONS.to_latest(connection) {
            Err(_) if MIGRATIONS.current_version(connection)? > before => {}
            result => return Ok(result?),
        }
    }
}
