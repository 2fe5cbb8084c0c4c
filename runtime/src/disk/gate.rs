//! [`Gate`], whether calls read, or write, at all.
//!
//! It is closed while the thread behind it does not come back from the file, and for a while after
//! an error. The thread opens it again once it has tried by itself, so no call waits for that.

use std::sync::atomic::{
    AtomicBool, AtomicU64,
    Ordering::{Relaxed, SeqCst},
};
use std::time::{Duration, Instant};

use parking_lot::Mutex;

/// How long it stays closed after an error, at first and at most.
const FIRST_PAUSE: Duration = Duration::from_millis(50);
const MAX_PAUSE: Duration = Duration::from_secs(2);

/// Whether calls read, or write.
pub(super) struct Gate {
    /// Whether the thread has not come back to its queue since a call gave up waiting for it.
    is_stuck: AtomicBool,
    has_failed: AtomicBool,
    /// How often the thread has come back to its queue.
    rounds: AtomicU64,
    pause: Mutex<Pause>,
}

struct Pause {
    until: Option<Instant>,
    next: Duration,
}

impl Gate {
    /// Makes a gate that is closed until the thread has opened the file.
    pub(super) fn new() -> Self {
        let pause = Pause { until: None, next: FIRST_PAUSE };
        Gate {
            is_stuck: AtomicBool::new(false),
            has_failed: AtomicBool::new(true),
            rounds: AtomicU64::new(0),
            pause: Mutex::new(pause),
        }
    }

    #[inline]
    pub(super) fn is_open(&self) -> bool {
        !self.is_stuck.load(Relaxed) && !self.has_failed.load(Relaxed)
    }

    /// Whether calls need not wait for the thread.
    pub(super) fn is_stuck(&self) -> bool {
        self.is_stuck.load(Relaxed)
    }

    /// A call has given up waiting for the thread.
    pub(super) fn set_stuck(&self) {
        self.is_stuck.store(true, SeqCst);
    }

    /// How often the thread has come back to its queue.
    pub(super) fn rounds(&self) -> u64 {
        self.rounds.load(Relaxed)
    }

    /// The thread is back at its queue.
    pub(super) fn set_back(&self) {
        self.rounds.fetch_add(1, Relaxed);
        // Only a write that changes something: calls read this.
        if self.is_stuck.load(Relaxed) {
            self.is_stuck.store(false, SeqCst);
        }
    }

    /// The thread has failed, and tries again after a pause, which is longer each time.
    pub(super) fn fail(&self) {
        let mut pause = self.pause.lock();
        pause.until = Some(Instant::now() + pause.next);
        pause.next = (pause.next * 2).min(MAX_PAUSE);
        self.has_failed.store(true, SeqCst);
    }

    /// The thread has succeeded.
    pub(super) fn succeed(&self) {
        if self.has_failed.load(Relaxed) {
            *self.pause.lock() = Pause { until: None, next: FIRST_PAUSE };
            self.has_failed.store(false, SeqCst);
        }
    }

    /// Whether the thread has neither succeeded nor failed yet.
    pub(super) fn is_untried(&self) -> bool {
        self.has_failed.load(SeqCst) && self.pause.lock().until.is_none()
    }

    /// Returns when the thread is to try again; `None` unless it has failed.
    pub(super) fn next_try(&self) -> Option<Instant> {
        if !self.has_failed.load(Relaxed) {
            return None;
        }
        Some(self.pause.lock().until.unwrap_or_else(Instant::now))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_closes_it_until_the_thread_succeeds() {
        let gate = Gate::new();
        assert!(!gate.is_open(), "the file is not open yet");
        assert!(gate.next_try().is_some_and(|at| at <= Instant::now()));
        gate.succeed();
        assert!(gate.is_open() && gate.next_try().is_none());
        let mut pauses = Vec::new();
        for _ in 0..8 {
            let before = Instant::now();
            gate.fail();
            assert!(!gate.is_open());
            pauses.push(gate.next_try().expect("it has failed").duration_since(before));
        }
        assert!(pauses[0] >= FIRST_PAUSE && pauses[7] >= MAX_PAUSE, "{pauses:?}");
        gate.succeed();
        gate.fail();
        let pause = gate.next_try().expect("it has failed").duration_since(Instant::now());
        assert!(pause <= FIRST_PAUSE, "after a success they begin anew: {pause:?}");
    }

    #[test]
    fn it_is_closed_while_the_thread_does_not_come_back() {
        let gate = Gate::new();
        gate.succeed();
        gate.set_stuck();
        assert!(!gate.is_open() && gate.next_try().is_none());
        gate.set_back();
        assert!(gate.is_open());
    }
}
