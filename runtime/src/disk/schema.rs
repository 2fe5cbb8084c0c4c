//! The tables of a file, and connections to it.

use std::cell::Cell;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use rusqlite::config::DbConfig;
use rusqlite::{Connection, Error, OpenFlags};

/// Marks the files of stores, in the header of the file.
pub(super) const APPLICATION_ID: i32 = i32::from_be_bytes(*b"fnct");

/// The version of the tables.
const VERSION: i32 = 1;

/// Writes to the file, and changes nothing.
pub(super) const PROBE: &str = "BEGIN IMMEDIATE; PRAGMA user_version = 1; COMMIT";

/// Times are milliseconds since 1970, except `used_at`, which is microseconds. A row of `changes`
/// without an `origin`, as another program writes it, removes the key and revokes its lease.
const TABLES: &str = "
CREATE TABLE entries (
    key TEXT NOT NULL UNIQUE,
    value BLOB NOT NULL,
    expires_at INTEGER,
    used_at INTEGER NOT NULL
        DEFAULT (CAST((julianday('now') - 2440587.5) * 86400000000.0 AS INTEGER)),
    checksum INTEGER
);
CREATE INDEX entries_by_use ON entries (used_at);
CREATE INDEX entries_by_expiry ON entries (expires_at) WHERE expires_at IS NOT NULL;
CREATE TABLE leases (
    key TEXT NOT NULL PRIMARY KEY,
    token TEXT NOT NULL,
    expires_at INTEGER NOT NULL,
    millis INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE changes (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    key TEXT NOT NULL,
    is_clear INTEGER NOT NULL DEFAULT 0,
    origin TEXT
);
CREATE TRIGGER removal AFTER INSERT ON changes WHEN new.origin IS NULL BEGIN
    DELETE FROM entries WHERE key = new.key;
    DELETE FROM leases WHERE key = new.key;
END;
";

/// Why there is no connection.
#[derive(Debug)]
pub(super) enum OpenError {
    /// The file cannot be used, for this reason: it is another program's, for instance.
    Foreign(String),
    Sqlite(Error),
}

impl From<Error> for OpenError {
    fn from(error: Error) -> Self {
        OpenError::Sqlite(error)
    }
}

/// What a file is.
enum Kind {
    /// Nothing is in it yet.
    Empty,
    Ours,
}

/// Opens the file to write, and makes its tables if it is empty.
pub(super) fn open_to_write(path: &Path) -> Result<Connection, OpenError> {
    let connection = open(path)?;
    let is_new = matches!(kind(&connection)?, Kind::Empty);
    let mode: String =
        connection.pragma_update_and_check(None, "journal_mode", "wal", |row| row.get(0))?;
    if mode != "wal" {
        return Err(foreign("is where SQLite has no write-ahead log"));
    }
    // A commit is not lost if the process is killed; if the power fails, the last ones may be. The
    // thread that writes moves the journal into the file when no call waits.
    connection.execute_batch(
        "PRAGMA synchronous = NORMAL; PRAGMA wal_autocheckpoint = 0;
         PRAGMA journal_size_limit = 16777216;",
    )?;
    if is_new {
        connection.execute_batch("BEGIN IMMEDIATE")?;
        // Another process may have been quicker.
        if matches!(kind(&connection)?, Kind::Empty) {
            connection.execute_batch(TABLES)?;
            connection.pragma_update(None, "application_id", APPLICATION_ID)?;
            connection.pragma_update(None, "user_version", VERSION)?;
        }
        connection.execute_batch("COMMIT")?;
        // From now on the header of the file itself has the mark.
        checkpoint(&connection, "TRUNCATE")?;
    }
    Ok(connection)
}

/// Opens the file to read.
pub(super) fn open_to_read(path: &Path) -> Result<Connection, OpenError> {
    let connection = open(path)?;
    match kind(&connection)? {
        Kind::Ours => (),
        Kind::Empty => return Err(foreign("is empty")),
    }
    connection.execute_batch("PRAGMA query_only = ON")?;
    Ok(connection)
}

fn open(path: &Path) -> Result<Connection, Error> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_handler(Some(wait_for_lock))?;
    // Otherwise the last connection to a file removes the journal at its path, which may be that
    // of a newer file.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
    // What is in the file may be anything.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
    connection.execute_batch("PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON;")?;
    connection.set_prepared_statement_cache_capacity(48);
    Ok(connection)
}

fn kind(connection: &Connection) -> Result<Kind, OpenError> {
    let number = |pragma| connection.pragma_query_value(None, pragma, |row| row.get::<_, i32>(0));
    match number("application_id")? {
        APPLICATION_ID if number("user_version")? == VERSION => Ok(Kind::Ours),
        APPLICATION_ID => Err(foreign("is that of another version of functools")),
        0 => {
            let tables: i64 =
                connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
            if tables == 0 { Ok(Kind::Empty) } else { Err(foreign(FOREIGN)) }
        }
        _ => Err(foreign(FOREIGN)),
    }
}

fn foreign(why: &str) -> OpenError {
    OpenError::Foreign(why.to_owned())
}

const FOREIGN: &str = "is a database of another program, and is left as it is";

/// Moves the journal into the file, as far as no reader needs it.
pub(super) fn checkpoint(connection: &Connection, mode: &str) -> Result<(), Error> {
    connection.query_row(&format!("PRAGMA wal_checkpoint({mode})"), [], |_| Ok(()))
}

thread_local! {
    /// Until when this thread waits for the lock of a file.
    static GIVE_UP_AT: Cell<Option<Instant>> = const { Cell::new(None) };
}

/// Sets for how long this thread waits for locks from now on.
pub(super) fn wait_for_locks_until(until: Instant) {
    GIVE_UP_AT.set(Some(until));
}

/// Waits for a lock that another process holds, typically for some microseconds. `SQLite`'s own
/// handler would sleep for milliseconds.
fn wait_for_lock(attempt: i32) -> bool {
    if GIVE_UP_AT.get().is_none_or(|until| Instant::now() >= until) {
        return false;
    }
    let doublings = u32::try_from(attempt / 4).unwrap_or(0).min(6);
    thread::sleep(Duration::from_micros(25 << doublings));
    true
}
