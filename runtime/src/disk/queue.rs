//! [`Queue`], the jobs of one thread of the store.

use std::collections::VecDeque;
use std::time::Instant;

use parking_lot::{Condvar, Mutex};

/// How many jobs a thread does in one transaction, at most.
const BATCH: usize = 64;

/// Jobs in the order in which they were added.
pub(super) struct Queue<J> {
    jobs: Mutex<Jobs<J>>,
    added: Condvar,
}

struct Jobs<J> {
    waiting: VecDeque<J>,
    is_closed: bool,
    /// Whether the thread is to look around, although there is no job.
    is_woken: bool,
}

impl<J> Queue<J> {
    pub(super) const fn new() -> Self {
        let jobs = Jobs { waiting: VecDeque::new(), is_closed: false, is_woken: false };
        Queue { jobs: Mutex::new(jobs), added: Condvar::new() }
    }

    /// Adds a job; gives it back once the queue is closed.
    pub(super) fn push(&self, job: J) -> Option<J> {
        let mut jobs = self.jobs.lock();
        if jobs.is_closed {
            return Some(job);
        }
        jobs.waiting.push_back(job);
        drop(jobs);
        self.added.notify_one();
        None
    }

    /// Ends the wait of the thread.
    pub(super) fn wake(&self) {
        self.jobs.lock().is_woken = true;
        self.added.notify_one();
    }

    /// Takes no more jobs. Those that were added are still done.
    pub(super) fn close(&self) {
        self.jobs.lock().is_closed = true;
        self.added.notify_all();
    }

    /// Returns the next jobs, none after `until`; `None` when it is closed and nothing is left.
    pub(super) fn next(&self, until: Instant) -> Option<Vec<J>> {
        let mut jobs = self.jobs.lock();
        loop {
            if !jobs.waiting.is_empty() {
                let count = jobs.waiting.len().min(BATCH);
                return Some(jobs.waiting.drain(..count).collect());
            }
            if jobs.is_closed {
                return None;
            }
            if std::mem::take(&mut jobs.is_woken)
                || self.added.wait_until(&mut jobs, until).timed_out()
            {
                return Some(Vec::new());
            }
        }
    }
}
