//! The thread that reads, and looks for changes by other processes.
//!
//! Whatever is committed has a place in the order of the file. A value is read and reports of
//! changes are read by the same connection, so a report of a change that makes a value outdated
//! comes after the value was read, and reaches the call or the entry.

use std::sync::Arc;
use std::sync::atomic::Ordering::SeqCst;
use std::time::{Duration, Instant};

use rusqlite::{Connection, Error, params};

use super::commit::guarded;
use super::file::id_of;
use super::job::Read;
use super::reading::Reading;
use super::rows::now_micros;
use super::schema::{OpenError, open_to_read, wait_for_locks_until};
use super::store::Store;
use super::trouble::Trouble;
use super::writer::USED;
use crate::tier::RegisteredFunction;

/// How often the thread looks whether another file is at the path.
const IDENTITY: Duration = Duration::from_secs(1);

/// How many reports are read at once.
const REPORTS: i64 = 1000;

struct Reader<'a> {
    store: &'a Arc<Store>,
    /// How often the thread that writes had opened the file when this one did.
    opened: u64,
    polled_at: Instant,
    looked_at: Instant,
}

/// Does what calls add to the queue, until the store is closed.
pub(super) fn run(store: &Arc<Store>) {
    let now = Instant::now();
    let mut reader = Reader { store, opened: 0, polled_at: now, looked_at: now };
    while let Some(reads) = store.reads.next(reader.next_wake()) {
        store.reading.set_back();
        reader.work(reads);
        store.reading.set_back();
    }
    store.end_epoch();
    *store.reader.lock() = None;
}

impl Reader<'_> {
    fn next_wake(&self) -> Instant {
        match self.store.reading.next_try() {
            // Not before the thread that writes has tried.
            Some(_) if self.store.opened.load(SeqCst) == 0 && self.store.writing.is_untried() => {
                Instant::now() + IDENTITY
            }
            Some(next_try) => next_try,
            None => self.polled_at + self.store.config.poll,
        }
    }

    /// Reads what calls want, and reports of changes.
    fn work(&mut self, reads: Vec<Read>) {
        let store = self.store;
        wait_for_locks_until(Instant::now() + store.config.timeout * 3 / 4);
        let mut reading = store.reader.lock();
        if let Err(error) = self.prepare(&mut reading) {
            match error {
                OpenError::Foreign(why) => self.fail(&mut reading, Trouble::Inaccessible, &why),
                OpenError::Sqlite(error) => self.fail_by(&mut reading, &error),
            }
        }
        for read in reads.into_iter().filter(|read| read.promise.is_awaited()) {
            let Some(Reading { connection, .. }) = &*reading else { continue };
            match store.read_all(connection, &read.keys) {
                Ok(found) => {
                    self.note_use(&read.keys);
                    read.promise.keep(Ok(found));
                }
                Err(error) => {
                    read.promise.keep(Err(Trouble::of(&error).failure()));
                    self.fail_by(&mut reading, &error);
                }
            }
        }
        let is_due = self.polled_at.elapsed() >= store.config.poll;
        if is_due
            && let Some(open) = &mut *reading
            && let Err(error) = self.poll(open)
        {
            self.fail_by(&mut reading, &error);
        }
    }

    /// Opens the file if it is not open, or another file is at the path.
    fn prepare(&mut self, reading: &mut Option<Reading>) -> Result<(), OpenError> {
        let store = self.store;
        if self.looked_at.elapsed() >= IDENTITY {
            self.looked_at = Instant::now();
            let id = id_of(&store.config.path).ok();
            if reading.as_ref().is_some_and(|reading| id != Some(reading.id)) {
                *reading = None;
                store.jobs.wake();
            }
        }
        if reading.is_some() {
            return Ok(());
        }
        let opened = store.opened.load(SeqCst);
        let is_due = store.reading.next_try().is_none_or(|at| at <= Instant::now());
        if store.writing.is_untried() || opened == self.opened && !is_due {
            return Ok(());
        }
        self.opened = opened;
        let Ok(id) = id_of(&store.config.path) else {
            // The thread that writes makes one, or says why not.
            self.pause(reading);
            return Ok(());
        };
        let connection = open_to_read(&store.config.path)?;
        let position = last_change(&connection)?;
        *reading = Some(Reading { connection, id, position, version: 0 });
        self.begin();
        Ok(())
    }

    /// The file is open: calls use it from now on.
    fn begin(&mut self) {
        let store = self.store;
        store.counters.connections.count();
        self.polled_at = Instant::now();
        store.begin_epoch();
        // Changes were not reported before.
        guarded(|| {
            for function in store.functions.all() {
                function.take_untracked_entries();
                function.drop_entries();
            }
        });
        store.reading.succeed();
        store.has_started();
        store.timer.wake_all();
    }

    /// Reports the changes by others since the last time.
    fn poll(&mut self, open: &mut Reading) -> Result<(), Error> {
        let store = self.store;
        loop {
            let version = open.connection.prepare_cached("PRAGMA data_version")?;
            let version = { version }.query_row([], |row| row.get(0))?;
            if version == open.version {
                break;
            }
            let changes = changes_after(&open.connection, open.position, &store.identity)?;
            let is_last = changes.len() < usize::try_from(REPORTS).unwrap_or(usize::MAX);
            self.report(open, changes);
            if is_last {
                open.version = version;
                break;
            }
        }
        self.polled_at = Instant::now();
        if store.epoch().is_none() {
            store.begin_epoch();
            // Of calls in the meantime, which did without the file.
            guarded(|| {
                let functions = store.functions.all().into_iter();
                functions
                    .filter(|function| function.take_untracked_entries())
                    .for_each(RegisteredFunction::drop_entries);
            });
            store.timer.wake_all();
        }
        Ok(())
    }

    fn report(&self, open: &mut Reading, changes: Vec<Change>) {
        let store = self.store;
        for Change { number, key, is_clear, is_own } in changes {
            let is_missing = number != open.position + 1;
            open.position = number;
            if is_missing {
                // This process was behind by more than are kept.
                guarded(|| store.functions.all().iter().for_each(|it| it.drop_entries()));
            }
            if is_own {
                continue;
            }
            store.counters.invalidations.count();
            guarded(|| match is_clear {
                true => store.functions.report_clear(&key),
                false => store.functions.invalidate(key.as_bytes(), None),
            });
        }
    }

    /// Notes that these keys were used, for the next transaction.
    fn note_use(&self, keys: &[Box<str>]) {
        let now = now_micros();
        let mut used = self.store.used.lock();
        used.extend(keys.iter().map(|key| (key.clone(), now)));
        let is_full = used.len() >= USED;
        drop(used);
        if is_full {
            self.store.jobs.wake();
        }
    }

    fn fail_by(&self, reading: &mut Option<Reading>, error: &Error) {
        self.fail(reading, Trouble::of(error), &error.to_string());
    }

    /// Nothing can be read for a while.
    fn fail(&self, reading: &mut Option<Reading>, trouble: Trouble, why: &str) {
        self.store.count_error(why);
        self.pause(reading);
        if trouble == Trouble::Damaged {
            self.store.is_damaged.store(true, SeqCst);
            self.store.jobs.wake();
        }
    }

    /// Closes the file, and tries again later.
    fn pause(&self, reading: &mut Option<Reading>) {
        let store = self.store;
        *reading = None;
        store.reading.fail();
        store.has_started();
        store.end_epoch();
        store.timer.wake_all();
    }
}

/// A change that was reported in the file.
struct Change {
    number: i64,
    /// The key, or the outline of a function's keys.
    key: String,
    is_clear: bool,
    is_own: bool,
}

fn last_change(connection: &Connection) -> Result<i64, Error> {
    let sql = "SELECT coalesce(max(number), 0) FROM changes";
    connection.query_row(sql, [], |row| row.get(0))
}

/// Returns the changes after this one. `origin` is this process.
fn changes_after(connection: &Connection, after: i64, origin: &str) -> Result<Vec<Change>, Error> {
    let mut select = connection.prepare_cached(
        "SELECT number, key, is_clear <> 0, origin IS ?2 FROM changes
         WHERE number > ?1 ORDER BY number LIMIT ?3",
    )?;
    let changes = select.query_map(params![after, origin, REPORTS], |row| {
        let (number, key) = (row.get(0)?, row.get(1)?);
        Ok(Change { number, key, is_clear: row.get(2)?, is_own: row.get(3)? })
    });
    changes?.collect()
}
