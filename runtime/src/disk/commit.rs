//! What each job does within a transaction, and what follows when it is committed.

use std::panic::{AssertUnwindSafe, catch_unwind};

use rusqlite::{Connection, Result};

use super::clear;
use super::job::{ClearStage, Job, LeaseOf, NewRow};
use super::removals::ClearOf;
use super::rows::{
    Content, acquire, insert, read, release, remove, renew_lease, store as store_row, take_lease,
};
use super::store::Store;
use crate::tier::{Acquired, Found, OnValue, Stored, outline};

/// What a job has come to.
pub(super) enum Outcome {
    Done,
    Found(Vec<Found>),
    Acquired(Acquired),
    Stored(Stored),
    Cleared(ClearStage),
}

/// Does a job. Adds the bytes of values to `written`.
pub(super) fn execute(
    store: &Store,
    connection: &Connection,
    job: &Job,
    written: &mut u64,
) -> Result<Outcome> {
    let (cap, origin, lease) =
        (store.config.effective_cap(), store.identity.as_str(), store.lease_millis());
    let mut add_bytes = |row: &NewRow| {
        let bytes = row.bytes.as_ref().map_or(0, |bytes| bytes.len());
        *written += 2 * bytes as u64 + 1;
    };
    match job {
        Job::Read(read) => {
            return Ok(Outcome::Found(store.read_all(connection, &read.keys)?));
        }
        Job::Acquire(LeaseOf { key, token }, on_value, _) => {
            let (acquired, is_damaged) = acquire(connection, key, token, lease, (*on_value, cap))?;
            // Otherwise the call has read it before, which was counted.
            if is_damaged && *on_value == OnValue::Read {
                store.count_error(DAMAGED_VALUE);
            }
            return Ok(Outcome::Acquired(acquired));
        }
        Job::Store(LeaseOf { key, token }, row, _) => {
            add_bytes(row);
            let bytes = row.bytes.as_deref().unwrap_or_default();
            let stored = store_row(connection, (key, token), bytes, row.ttl, origin)?;
            return Ok(Outcome::Stored(stored));
        }
        Job::Clear(clear) => {
            let stage = clear::step(connection, clear.of.parts, &clear.stage, origin)?;
            return Ok(Outcome::Cleared(stage));
        }
        Job::TakeOver(LeaseOf { key, token }, _) => take_lease(connection, key, token, lease)?,
        Job::Renew(leases) => {
            for (key, token) in leases {
                renew_lease(connection, key, token, lease)?;
            }
        }
        Job::Release(LeaseOf { key, token }) => _ = release(connection, key, token)?,
        Job::Insert(key, _, row, _) => {
            add_bytes(row);
            insert(connection, key, row.bytes.as_deref(), row.ttl, origin)?;
        }
        Job::Remove(keys, _) => {
            for (key, _) in keys {
                remove(connection, key, origin)?;
            }
        }
        Job::Flush(_) => (),
    }
    Ok(Outcome::Done)
}

const DAMAGED_VALUE: &str = "has a damaged value, which counts as missing";

/// Runs what may be user code, as the drop of an entry. A panic is that code's.
pub(super) fn guarded(act: impl FnOnce()) {
    let _ = catch_unwind(AssertUnwindSafe(act));
}

impl Store {
    /// Reads the values of these keys.
    pub(super) fn read_all(
        &self,
        connection: &Connection,
        keys: &[Box<str>],
    ) -> Result<Vec<Found>> {
        let cap = self.config.effective_cap();
        let read = |key: &str| {
            let content = read(connection, key, cap)?;
            if matches!(content, Content::Damaged) {
                self.count_error(DAMAGED_VALUE);
            }
            Ok(content.into_found())
        };
        keys.iter().map(|key| read(key)).collect()
    }

    /// These removals are done.
    pub(super) fn finish_removals(&self, keys: &[(Box<str>, u64)]) {
        for (key, number) in keys {
            // Calls of this process may have read it meanwhile.
            guarded(|| self.functions.invalidate(key.as_bytes(), None));
            self.removals.lock().finish(key, *number);
        }
    }

    /// These removals, which had failed before, are done.
    pub(super) fn finish_retried(&self, keys: &[(Box<str>, u64)]) {
        if !keys.is_empty() {
            self.finish_removals(keys);
            self.timer.wake_all();
        }
    }

    /// This clear is done.
    pub(super) fn finish_clear(&self, clear: ClearOf) {
        guarded(|| self.functions.report_clear(&outline(clear.parts)));
        self.removals.lock().finish_clear(clear);
        self.timer.wake_all();
    }
}
