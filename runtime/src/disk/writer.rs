//! The thread that writes. It does the jobs that are waiting in one transaction.

use std::sync::Arc;
use std::sync::atomic::Ordering::{Relaxed, SeqCst};
use std::time::{Duration, Instant};

use rusqlite::{Connection, Error};

use super::commit::{Outcome, execute, guarded};
use super::file::{OpenFile, id_of};
use super::job::{Clear, ClearStage, Job};
use super::rows::{remove, touch};
use super::schema::{OpenError, PROBE, checkpoint, open_to_write, wait_for_locks_until};
use super::space::{make_room, prune, purge};
use super::store::Store;
use super::trouble::Trouble;
use crate::tier::Failure;

/// How often the thread looks around without a job.
const TICK: Duration = Duration::from_secs(1);

/// After how many bytes the journal is moved into the file.
const CHECKPOINT_AFTER: u64 = 4 << 20;

/// About how many bytes of the journal a transaction takes, besides its values.
const TRANSACTION: u64 = 24 << 10;

/// How many keys may have been used without a transaction that says so.
pub(super) const USED: usize = 4096;

/// The file as this thread has it open.
struct Open {
    connection: Connection,
    file: OpenFile,
}

struct Writer<'a> {
    store: &'a Arc<Store>,
    open: Option<Open>,
    /// What was wrong last.
    trouble: Option<Trouble>,
    /// About how many bytes were written since the journal was moved into the file.
    written: u64,
    /// Whether there is more to evict.
    is_too_large: bool,
    ticked_at: Instant,
}

/// Does what calls add to the queue, until the store is closed.
pub(super) fn run(store: &Arc<Store>) {
    let mut writer = Writer {
        store,
        open: None,
        trouble: None,
        written: 0,
        is_too_large: false,
        ticked_at: Instant::now(),
    };
    writer.try_again();
    // Then the thread that reads tries, too.
    store.reads.wake();
    while let Some(jobs) = store.jobs.next(writer.next_wake()) {
        store.writing.set_back();
        writer.work(jobs);
        writer.look_around();
        store.writing.set_back();
    }
    if let Some(open) = &writer.open {
        // So that the file alone has it all, if no other process has it open.
        let _ = checkpoint(&open.connection, "TRUNCATE");
    }
}

impl Writer<'_> {
    fn next_wake(&self) -> Instant {
        let tick = if self.is_too_large { Instant::now() } else { self.ticked_at + TICK };
        self.store.writing.next_try().map_or(tick, |next_try| next_try.min(tick))
    }

    /// Does these jobs, or fails them while nothing can be written.
    fn work(&mut self, mut jobs: Vec<Job>) {
        jobs.retain(|job| !job.is_moot());
        if self.store.writing.next_try().is_some_and(|at| at <= Instant::now()) {
            self.try_again();
        }
        let is_full = self.trouble == Some(Trouble::Full);
        if self.store.writing.next_try().is_some() {
            let may_do = |job: &Job| is_full && job.only_removes();
            let (possible, impossible): (Vec<_>, Vec<_>) = jobs.into_iter().partition(may_do);
            self.fail_jobs(impossible, Failure::Down);
            jobs = possible;
        }
        if !jobs.is_empty() {
            self.commit(jobs);
        }
    }

    /// Opens the file, or tries to write, so that no call has to find out.
    fn try_again(&mut self) {
        wait_for_locks_until(Instant::now() + self.store.config.timeout * 3 / 4);
        if self.open.is_none() {
            match self.open() {
                Ok(open) => {
                    self.open = Some(open);
                    self.store.opened.fetch_add(1, SeqCst);
                    self.store.reads.wake();
                }
                Err(OpenError::Foreign(why)) => return self.fail(Trouble::Inaccessible, &why),
                Err(OpenError::Sqlite(error)) => return self.fail_by(&error),
            }
        }
        let Some(Open { connection, .. }) = &self.open else { return };
        match connection.execute_batch(PROBE) {
            Ok(()) => self.succeed(),
            Err(error) => {
                let _ = connection.execute_batch("ROLLBACK");
                self.fail_by(&error);
            }
        }
    }

    fn open(&mut self) -> Result<Open, OpenError> {
        let path = &self.store.config.path;
        let no_file = |error| OpenError::Foreign(format!("cannot be opened: {error}"));
        let file = OpenFile::new(path).map_err(no_file)?;
        match open_to_write(path) {
            Ok(connection) => Ok(Open { connection, file }),
            Err(OpenError::Sqlite(error)) if Trouble::of(&error) == Trouble::Damaged => {
                self.set_aside(&file);
                Err(OpenError::Sqlite(error))
            }
            Err(error) => Err(error),
        }
    }

    /// Sets a damaged file aside, unless it is another program's. The next attempt begins anew.
    fn set_aside(&self, file: &OpenFile) {
        let store = self.store;
        // Its connection is closed, or the file stays until the next attempt.
        let Some(mut reader) = store.reader.try_lock_for(store.config.timeout) else { return };
        *reader = None;
        match file.set_aside(&store.config.path) {
            Ok(true) => {
                store.set_aside.fetch_add(1, Relaxed);
                store.count_error("was damaged: it is beside it, as `*.damaged`");
            }
            Ok(false) => (),
            Err(error) => store.count_error(&format!("is damaged, and stays: {error}")),
        }
    }

    fn succeed(&mut self) {
        self.trouble = None;
        if self.store.writing.next_try().is_some() {
            self.store.writing.succeed();
            self.store.timer.wake_all();
        }
    }

    fn fail_by(&mut self, error: &Error) {
        self.fail(Trouble::of(error), &error.to_string());
    }

    /// Nothing can be written for a while.
    fn fail(&mut self, trouble: Trouble, why: &str) {
        self.store.count_error(why);
        self.trouble = Some(trouble);
        self.store.writing.fail();
        match trouble {
            Trouble::Damaged => {
                // The connection first: it must not be open when the file is looked at.
                if let Some(Open { connection, file }) = self.open.take() {
                    drop(connection);
                    self.set_aside(&file);
                }
            }
            Trouble::Inaccessible => self.open = None,
            Trouble::Locked | Trouble::Full | Trouble::ReadOnly => (),
        }
        self.store.timer.wake_all();
    }

    /// Does the jobs in one transaction. If that fails for the sake of one of them, each in its
    /// own.
    fn commit(&mut self, jobs: Vec<Job>) {
        wait_for_locks_until(Instant::now() + self.store.config.timeout * 3 / 4);
        let Some(Open { connection, .. }) = &self.open else {
            return self.fail_jobs(jobs, Failure::Down);
        };
        match self.store.transact(connection, &jobs) {
            Ok(Committed { outcomes, written, has_room, retried }) => {
                self.written += written;
                self.is_too_large = !has_room;
                self.succeed();
                self.store.finish_retried(&retried);
                for (job, outcome) in jobs.into_iter().zip(outcomes) {
                    self.finish_job(job, outcome);
                }
            }
            Err(error) => {
                let _ = connection.execute_batch("ROLLBACK");
                let trouble = Trouble::of(&error);
                if trouble == Trouble::Full && jobs.len() > 1 {
                    for job in jobs {
                        self.commit(vec![job]);
                    }
                    return;
                }
                self.fail_by(&error);
                self.fail_jobs(jobs, trouble.failure());
            }
        }
    }

    /// Tells the caller of a job what came of it.
    fn finish_job(&mut self, job: Job, outcome: Outcome) {
        match (job, outcome) {
            (Job::Read(read), Outcome::Found(found)) => read.promise.keep(Ok(found)),
            (Job::Acquire(.., promise), Outcome::Acquired(acquired)) => promise.keep(Ok(acquired)),
            (Job::Store(.., promise), Outcome::Stored(stored)) => promise.keep(Ok(stored)),
            (Job::Insert(_, hash, _, then), _) => {
                self.store.insertions.end(hash);
                guarded(|| then(true));
            }
            (Job::Remove(keys, promise), _) => {
                self.store.finish_removals(&keys);
                if let Some(promise) = promise {
                    promise.keep(Ok(()));
                }
            }
            (Job::Clear(clear), Outcome::Cleared(ClearStage::Done)) => {
                self.store.finish_clear(clear.of);
                if let Some(promise) = clear.promise {
                    promise.keep(Ok(()));
                }
            }
            (Job::Clear(clear), Outcome::Cleared(stage)) => {
                if let Some(job) = self.store.jobs.push(Job::Clear(Clear { stage, ..clear })) {
                    self.fail_job(job, Failure::Down);
                }
            }
            (Job::TakeOver(_, promise) | Job::Flush(promise), _) => promise.keep(Ok(())),
            _ => (),
        }
    }

    fn fail_jobs(&self, jobs: Vec<Job>, failure: Failure) {
        for job in jobs {
            self.fail_job(job, failure);
        }
    }

    /// Tells the caller of a job that it has failed. Removals are tried again.
    fn fail_job(&self, job: Job, failure: Failure) {
        match job {
            Job::Read(read) => read.promise.keep(Err(failure)),
            Job::Acquire(.., promise) => promise.keep(Err(failure)),
            Job::TakeOver(_, promise) | Job::Flush(promise) => promise.keep(Err(failure)),
            Job::Store(lease, _, promise) => {
                promise.keep(Err(failure));
                // The next process need not wait for it. Otherwise it ends by itself.
                self.store.jobs.push(Job::Release(lease));
            }
            Job::Insert(_, hash, _, then) => {
                self.store.insertions.end(hash);
                guarded(|| then(false));
            }
            Job::Remove(keys, promise) => {
                let mut removals = self.store.removals.lock();
                for (key, _) in &keys {
                    removals.fail(key);
                }
                drop(removals);
                if let Some(promise) = promise {
                    promise.keep(Err(failure));
                }
            }
            Job::Clear(clear) => {
                self.store.removals.lock().fail_clear(clear.of);
                if let Some(promise) = clear.promise {
                    promise.keep(Err(failure));
                }
            }
            Job::Renew(_) | Job::Release(_) => (),
        }
    }

    /// Does what no call waits for.
    fn look_around(&mut self) {
        let store = self.store;
        if store.is_damaged.swap(false, SeqCst) && self.open.is_some() {
            self.fail(Trouble::Damaged, "is damaged");
        }
        if store.writing.next_try().is_some_and(|at| at <= Instant::now()) {
            self.try_again();
        }
        let is_due = Instant::now() >= self.ticked_at + TICK;
        if self.written >= CHECKPOINT_AFTER || is_due && self.written > 0 {
            self.written = 0;
            if let Some(open) = &self.open
                && let Err(error) = checkpoint(&open.connection, "PASSIVE")
            {
                self.fail_by(&error);
            }
        }
        if is_due {
            self.ticked_at = Instant::now();
            // Another file may be at the path, or none.
            let id = id_of(&store.config.path).ok();
            if self.open.as_ref().is_some_and(|open| id != Some(open.file.id)) {
                self.open = None;
                store.writing.fail();
                return self.try_again();
            }
        }
        let is_open = store.writing.is_open() && self.open.is_some();
        if is_open && (is_due || self.is_too_large || !store.removals.lock().failed().is_empty()) {
            for of in store.removals.lock().take_failed_clears() {
                let stage = ClearStage::Leases(String::new());
                store.jobs.push(Job::Clear(Clear { of, stage, promise: None }));
            }
            self.commit(Vec::new());
        }
    }
}

/// What a transaction has done.
struct Committed {
    outcomes: Vec<Outcome>,
    /// About how many bytes it has added to the journal.
    written: u64,
    has_room: bool,
    /// Removals that had failed before.
    retried: Vec<(Box<str>, u64)>,
}

impl Store {
    /// Does the jobs in one transaction, and what had failed before.
    fn transact(&self, connection: &Connection, jobs: &[Job]) -> Result<Committed, Error> {
        connection.execute_batch("BEGIN IMMEDIATE")?;
        let retried = self.removals.lock().failed();
        for (key, _) in &retried {
            remove(connection, key, &self.identity)?;
        }
        let mut written = TRANSACTION;
        let outcomes = jobs.iter().map(|job| execute(self, connection, job, &mut written));
        let outcomes = outcomes.collect::<Result<Vec<_>, Error>>()?;
        let used = std::mem::take(&mut *self.used.lock());
        touch(connection, used.iter().map(|(key, used_at)| (&**key, *used_at)))?;
        let has_values = written > TRANSACTION;
        let (mut evicted, mut has_room) = (0, true);
        if has_values || jobs.is_empty() {
            purge(connection)?;
            (evicted, has_room) = make_room(connection, self.config.max_bytes)?;
        }
        if jobs.is_empty() {
            prune(connection)?;
        }
        connection.execute_batch("COMMIT")?;
        if jobs.is_empty() && retried.is_empty() && evicted == 0 {
            written = 0;
        }
        self.evictions.fetch_add(evicted, Relaxed);
        Ok(Committed { outcomes, written, has_room, retried })
    }
}
