//! [`Store`], a store on disk as calls use it: what calls and the threads behind it share.
//!
//! Calls never touch the file. The thread that writes and the thread that reads each have a
//! connection; a third keeps the time, so that a call waits for a file that hangs no longer than
//! for its deadline.
//!
//! Lock order: the reader's connection, then all others, which are held for no query.

use std::collections::BTreeMap;
use std::process;
use std::sync::atomic::{
    AtomicBool, AtomicU64,
    Ordering::{Acquire, Relaxed, SeqCst},
};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use parking_lot::{Condvar, Mutex};

use super::answer::{Answer, promise};
use super::config::Disk;
use super::gate::Gate;
use super::insertions::Insertions;
use super::job::{Job, Read};
use super::leases::Leases;
use super::queue::Queue;
use super::reading::Reading;
use super::removals::Removals;
use super::stats::Stats;
use crate::base::trace;
use crate::inflight::timer::Timer;
use crate::tier::{Counters, Failure, Functions};

/// Numbers the link epochs of all stores.
static LINK_EPOCHS: AtomicU64 = AtomicU64::new(1);

/// In place of a link epoch.
const NO_EPOCH: u64 = 0;

/// A store on disk.
pub(super) struct Store {
    pub(super) config: Disk,
    pub(super) functions: &'static Functions,
    pub(super) counters: Counters,
    pub(super) timer: Timer,
    pub(super) reads: Queue<Read>,
    pub(super) jobs: Queue<Job>,
    pub(super) reading: Gate,
    pub(super) writing: Gate,
    pub(super) removals: Mutex<Removals>,
    pub(super) leases: Leases,
    pub(super) insertions: Insertions,
    /// The connection of the thread that reads, which the one that writes can close.
    pub(super) reader: Mutex<Option<Reading>>,
    /// When keys were used last, in microseconds, as far as that is not in the file.
    pub(super) used: Mutex<BTreeMap<Box<str>, i64>>,
    /// How often the thread that writes has opened the file.
    pub(super) opened: AtomicU64,
    /// The thread that reads has found the file damaged.
    pub(super) is_damaged: AtomicBool,
    /// Tells this process, and this store, from all others: tokens begin with it.
    pub(super) identity: String,
    pub(super) evictions: AtomicU64,
    pub(super) set_aside: AtomicU64,
    epoch: AtomicU64,
    /// Whether the file has not been tried yet. Calls wait for that.
    is_starting: AtomicBool,
    is_closed: AtomicBool,
    /// How many threads may have the file open.
    pub(super) files: Mutex<usize>,
    pub(super) file_closed: Condvar,
    process: u32,
    tokens: AtomicU64,
    last_error: Mutex<Option<String>>,
}

impl Store {
    pub(super) fn new(config: Disk, functions: &'static Functions) -> Self {
        use std::hash::{BuildHasher as _, RandomState};

        Store {
            config,
            functions,
            counters: Counters::new(),
            timer: Timer::new(),
            reads: Queue::new(),
            jobs: Queue::new(),
            reading: Gate::new(),
            writing: Gate::new(),
            removals: Mutex::default(),
            leases: Leases::default(),
            insertions: Insertions::default(),
            reader: Mutex::new(None),
            used: Mutex::default(),
            opened: AtomicU64::new(0),
            is_damaged: AtomicBool::new(false),
            identity: format!("{:016x}", RandomState::new().hash_one(process::id())),
            evictions: AtomicU64::new(0),
            set_aside: AtomicU64::new(0),
            epoch: AtomicU64::new(NO_EPOCH),
            is_starting: AtomicBool::new(true),
            is_closed: AtomicBool::new(false),
            files: Mutex::new(0),
            file_closed: Condvar::new(),
            process: process::id(),
            tokens: AtomicU64::new(0),
            last_error: Mutex::default(),
        }
    }

    /// Ends its threads, after what they have been given to do.
    pub(super) fn close(&self) {
        self.is_closed.store(true, SeqCst);
        self.jobs.close();
        self.reads.close();
        self.timer.wake_all();
    }

    /// Same as [`Store::close`], and waits until the file is closed, for as long as a query may
    /// take.
    pub(super) fn close_and_wait(&self) {
        self.close();
        let deadline = self.deadline();
        let mut files = self.files.lock();
        while *files > 0 {
            if self.file_closed.wait_until(&mut files, deadline).timed_out() {
                return;
            }
        }
    }

    pub(super) fn is_usable(&self) -> bool {
        !self.is_closed.load(Acquire) && self.is_of_this_process()
    }

    /// Whether this process has installed it. The locks of another's may be held for ever.
    pub(super) fn is_of_this_process(&self) -> bool {
        self.process == process::id()
    }

    /// Whether calls should wait for the file.
    pub(super) fn is_starting(&self) -> bool {
        self.is_starting.load(Acquire)
    }

    /// The file has been tried.
    pub(super) fn has_started(&self) {
        if self.is_starting.load(Relaxed) {
            self.is_starting.store(false, SeqCst);
            self.timer.wake_all();
        }
    }

    pub(super) fn deadline(&self) -> Instant {
        Instant::now() + self.config.timeout
    }

    /// The number of the link epoch, in which this process learns of changes by others.
    pub(super) fn epoch(&self) -> Option<u64> {
        match self.epoch.load(Acquire) {
            NO_EPOCH => None,
            epoch => Some(epoch),
        }
    }

    /// From now on this process learns of changes by others.
    pub(super) fn begin_epoch(&self) {
        self.epoch.store(LINK_EPOCHS.fetch_add(1, SeqCst), SeqCst);
    }

    /// From now on this process may not learn of changes by others: entries in memory are valid
    /// for `l1_ttl`.
    pub(super) fn end_epoch(&self) {
        if self.epoch.swap(NO_EPOCH, SeqCst) != NO_EPOCH {
            for function in self.functions.all() {
                function.cap_to_l1_ttl(self.config.l1_ttl);
            }
            self.timer.wake_all();
        }
    }

    /// Returns a token that no other lease has.
    pub(super) fn token(&self) -> String {
        format!("{}-{:x}", self.identity, self.tokens.fetch_add(1, Relaxed))
    }

    /// The length of a lease, in milliseconds.
    pub(super) fn lease_millis(&self) -> i64 {
        i64::try_from(self.config.lease.as_millis()).unwrap_or(i64::MAX)
    }

    /// Records an error of the file.
    pub(super) fn record_error(&self, error: &str) {
        let mut last = self.last_error.lock();
        let is_new = last.as_deref() != Some(error);
        *last = Some(error.to_owned());
        drop(last);
        trace::tier_error(crate::base::stats::TierKind::Disk, error, is_new);
    }

    /// Counts an error of the file, and records it with the file's name.
    pub(super) fn count_error(&self, error: &str) {
        self.counters.errors.count();
        self.record_error(&format!("`{}` {error}", self.config.path.display()));
    }

    pub(super) fn last_error(&self) -> Option<String> {
        self.last_error.lock().clone()
    }

    /// Waits for the answer of the thread behind a gate.
    pub(super) async fn answer<T>(
        &self,
        gate: &Gate,
        answer: &Answer<T>,
        deadline: Instant,
    ) -> Result<T, Failure> {
        let answered = self.timer.until(deadline, |context| match answer.poll(context) {
            Poll::Pending if gate.is_stuck() => Poll::Ready(Err(Failure::Down)),
            polled => polled,
        });
        if let Some(answer) = answered.await {
            return answer;
        }
        self.counters.timeouts.count();
        gate.set_stuck();
        self.timer.wake_all();
        Err(Failure::TimedOut)
    }

    /// Waits until the file is open and all is written, for at most `within`. Returns whether that
    /// happened.
    pub(super) async fn ready(&self, within: Duration) -> bool {
        let now = Instant::now();
        let until = now.checked_add(within).unwrap_or(now + Duration::from_secs(1 << 30));
        let is_ready = || {
            let are_open = self.reading.is_open() && self.writing.is_open();
            are_open && self.removals.lock().len() == 0
        };
        let is_ready = |_: &mut Context<'_>| match is_ready() {
            true => Poll::Ready(true),
            false if !self.is_usable() => Poll::Ready(false),
            false => Poll::Pending,
        };
        if !self.timer.until(until, is_ready).await.unwrap_or(false) {
            return false;
        }
        let (promise, answer) = promise(None);
        self.jobs.push(Job::Flush(promise));
        let flushed = self.timer.until(until, |context| answer.poll(context)).await;
        matches!(flushed, Some(Ok(()))) && self.removals.lock().len() == 0
    }

    pub(super) fn stats(&self) -> Stats {
        let counters = &self.counters;
        Stats {
            connected: self.is_usable() && self.reading.is_open(),
            stores_now: self.is_usable() && self.writing.is_open(),
            connections: counters.connections.get(),
            shared_hits: counters.shared_hits.get(),
            shared_misses: counters.shared_misses.get(),
            stores: counters.stores.get(),
            invalidations: counters.invalidations.get(),
            evictions: self.evictions.load(Relaxed),
            set_aside: self.set_aside.load(Relaxed),
            errors: counters.errors.get(),
            timeouts: counters.timeouts.get(),
            undecodable: counters.undecodable.get(),
            too_large: counters.too_large.get(),
            unencodable: counters.unencodable.get(),
            unreadable: counters.unreadable.get(),
            altered: counters.altered.get(),
            bypassed: counters.bypassed.get(),
            queued: self.removals.lock().len() as u64,
        }
    }
}
