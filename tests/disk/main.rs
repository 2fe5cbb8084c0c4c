//! Results in a file that outlives the process. Section 9 of the contract.
//!
//! Each test has a file and a tier of its own.

mod bounds;
mod changes;
mod damage;
mod failures;
mod forks;
mod killed;
mod kinds;
mod processes;
mod python;
mod restarts;
mod table;
mod worker;

use std::ops::Deref;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use functools::disk::{Disk, Tier};
use functools_test_support::SECOND;
use rusqlite::Connection;
use tempfile::TempDir;

/// How long a query may take where what is asserted must not depend on how busy the machine is.
const PATIENT: Duration = Duration::from_secs(20);

/// A folder with the file of a store. It is removed at the end.
struct Folder(TempDir);

impl Folder {
    fn new() -> Self {
        Folder(TempDir::new().expect("a folder"))
    }

    fn file(&self) -> PathBuf {
        self.0.path().join("cache.sqlite")
    }

    /// The path with this at its end.
    fn beside(&self, end: &str) -> PathBuf {
        self.0.path().join(format!("cache.sqlite{end}"))
    }

    fn disk(&self) -> Disk {
        patient(&self.file())
    }

    /// A connection of another program.
    fn sql(&self) -> Connection {
        let connection = Connection::open(self.file()).expect("the file");
        connection.busy_timeout(PATIENT).expect("a timeout");
        connection
    }
}

fn patient(file: &Path) -> Disk {
    Disk::open(file).expect("a path").timeout(PATIENT).lease(10 * SECOND)
}

/// A tier whose store is installed until this is dropped.
struct Installed(&'static Tier);

impl Installed {
    /// Comes back when the file is open.
    fn new(tier: &'static Tier, disk: Disk) -> Self {
        tier.install(disk);
        let installed = Installed(tier);
        assert!(tier.wait_ready(PATIENT), "{:?}", tier.last_error());
        installed
    }
}

impl Deref for Installed {
    type Target = Tier;

    fn deref(&self) -> &Tier {
        self.0
    }
}

impl Drop for Installed {
    fn drop(&mut self) {
        self.0.uninstall();
    }
}

/// The value of a key, as text.
fn value(sql: &Connection, key: &str) -> Option<String> {
    let mut select = sql.prepare("SELECT value FROM entries WHERE key = ?1").expect("the table");
    select.query_map([key], |row| row.get(0)).expect("rows").next().map(|value| value.expect("it"))
}

fn count(sql: &Connection, table: &str) -> i64 {
    sql.query_row(&format!("SELECT count(*) FROM {table}"), [], |row| row.get(0)).expect("a count")
}

/// Waits until all that was to be written is in the file.
fn written(tier: &Tier) {
    assert!(tier.wait_ready(PATIENT), "{:?}", tier.last_error());
}

/// Waits for something that takes no time, unless it never happens.
fn eventually(what: &str, mut has_happened: impl FnMut() -> bool) {
    let limit = Instant::now() + functools_test_support::PATIENCE;
    while !has_happened() {
        assert!(Instant::now() < limit, "not in time: {what}");
        thread::yield_now();
    }
}
