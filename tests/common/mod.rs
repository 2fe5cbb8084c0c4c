//! What several of the tests need.
#![allow(dead_code, reason = "each of them needs only some of it")]

use std::panic;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use functools::CacheInfo;

/// How long to wait for what takes no time at all, unless threads wait for each other for ever.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

/// What `cache_info()` should say; `maxsize` is a `usize` or `None`.
pub(crate) fn info(
    hits: u64,
    misses: u64,
    maxsize: impl Into<Option<usize>>,
    currsize: usize,
) -> CacheInfo {
    CacheInfo { hits, misses, maxsize: maxsize.into(), currsize }
}

/// Counts the runs of a function's body. A body that returns [`Runs::next`] gives another result
/// each time, which tells where an answer comes from.
pub(crate) struct Runs(AtomicU32);

impl Runs {
    pub(crate) const fn new() -> Self {
        Runs(AtomicU32::new(0))
    }

    /// Counts a run: 1 for the first, 2 for the second.
    pub(crate) fn next(&self) -> u32 {
        self.0.fetch_add(1, Ordering::SeqCst) + 1
    }

    /// The runs so far.
    pub(crate) fn count(&self) -> u32 {
        self.0.load(Ordering::SeqCst)
    }
}

/// Runs `body` in a thread, and fails rather than hangs if it comes to no end.
pub(crate) fn finishes<T: Send + 'static>(body: impl FnOnce() -> T + Send + 'static) -> T {
    let (running, ended) = mpsc::channel::<()>();
    let thread = thread::spawn(move || {
        let _dropped_at_the_end = running;
        body()
    });
    let ended = ended.recv_timeout(PATIENCE) == Err(RecvTimeoutError::Disconnected);
    assert!(ended, "deadlock: not done after {PATIENCE:?}");
    thread.join().unwrap_or_else(|payload| panic::resume_unwind(payload))
}
