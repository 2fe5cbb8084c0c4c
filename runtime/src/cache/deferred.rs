//! The requests that a reentrant call could not carry out, because its thread must not wait: they
//! run when the outer call ends.

use std::mem;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::thread::{self, ThreadId};

use parking_lot::Mutex;

use crate::engine::{Fingerprint, InFlightId};

/// The effect of a clear on the counters.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Reset {
    /// It sets them to zero.
    Counters,
    Nothing,
}

/// A request made inside `Eq` or `Clone` of a key or value.
pub(super) enum Deferred<K> {
    Clear(Reset),
    Resize(Option<usize>),
    Invalidate(Fingerprint, K, fn(&K, &K) -> bool),
    Cancel(InFlightId),
}

/// The requests of one cache, and a flag that hits can read without a lock.
pub(super) struct Deferrals<K> {
    is_pending: AtomicBool,
    pub(super) queue: Mutex<DeferredQueue<K>>,
}

impl<K> Deferrals<K> {
    pub(super) fn new() -> Self {
        Deferrals { is_pending: AtomicBool::new(false), queue: Mutex::default() }
    }

    /// Whether a request, or the engine's maintenance, is to be run.
    #[inline(always)]
    pub(super) fn is_pending(&self) -> bool {
        self.is_pending.load(Relaxed)
    }

    /// Makes the outer call run the requests and the engine's maintenance when it ends.
    #[inline(always)]
    pub(super) fn set_pending(&self) {
        self.is_pending.store(true, Relaxed);
    }

    /// Called before the requests are taken: a later request sets it again.
    pub(super) fn clear_pending(&self) {
        self.is_pending.store(false, Relaxed);
    }
}

/// The requests of one cache, and the thread that runs them now.
pub(super) struct DeferredQueue<K> {
    requests: Vec<Deferred<K>>,
    runner: Option<ThreadId>,
    /// Another thread wanted to run them meanwhile: the runner looks again.
    runs_again: bool,
}

impl<K> Default for DeferredQueue<K> {
    fn default() -> Self {
        DeferredQueue { requests: Vec::new(), runner: None, runs_again: false }
    }
}

impl<K> DeferredQueue<K> {
    /// Adds a request. Returns it if it is not to be run.
    pub(super) fn push(&mut self, request: Deferred<K>) -> Option<Deferred<K>> {
        // An `Eq` that makes a request on every call would keep the runner busy for ever. But
        // waiters depend on a cancellation.
        let is_needed = matches!(request, Deferred::Cancel(_));
        if self.runner == Some(thread::current().id()) && !is_needed {
            return Some(request);
        }
        self.requests.push(request);
        None
    }

    /// Makes this thread the runner. Returns false if there is one, which looks again if it is
    /// another thread.
    pub(super) fn start_running(&mut self) -> bool {
        let this = thread::current().id();
        match self.runner {
            Some(runner) => {
                self.runs_again |= runner != this;
                false
            }
            None => {
                self.runner = Some(this);
                true
            }
        }
    }

    /// Takes the requests, for the runner.
    pub(super) fn take(&mut self) -> Vec<Deferred<K>> {
        self.runs_again = false;
        mem::take(&mut self.requests)
    }

    /// Ends the run, unless another thread has come meanwhile. Returns whether it has ended.
    pub(super) fn stop_running(&mut self) -> bool {
        if !self.runs_again {
            self.runner = None;
        }
        !self.runs_again
    }

    /// Ends the run in any case.
    pub(super) fn abort_run(&mut self) {
        self.runner = None;
    }
}
