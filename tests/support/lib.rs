//! Helpers that several tests share: each exists once.
//!
//! A test never sleeps to let something happen. It waits for the event itself, and fails after
//! [`PATIENCE`] if the event does not come.

mod clock;
mod gate;
mod held;
mod keys;
mod linearize;
mod model;
pub mod programs;
mod seeds;
mod tasks;
mod threads;

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use functools::{CacheInfo, CacheStatus};
use futures_util::FutureExt as _;

pub use clock::{NANOSECOND, SECOND, advance, clock};
pub use gate::{Gate, eventually, eventually_async, take_permit};
pub use held::{Body, Running, Switch};
pub use keys::Colliding;
pub use linearize::{Specification, Timed, is_linearizable, shrink};
pub use model::{Entry, Model};
pub use seeds::with_seeds;
pub use tasks::{Executor, finishes_async, one_thread, run_on_tokio, start, started, two_workers};
pub use threads::{finishes, in_threads, progresses, stress_factor, watched};

/// How long to wait for an event that takes no time, unless threads wait for each other for ever.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// Returns the [`CacheInfo`] with these numbers; `maxsize` is a `usize` or `None`.
pub fn info(
    hits: u64,
    misses: u64,
    maxsize: impl Into<Option<usize>>,
    currsize: usize,
) -> CacheInfo {
    CacheInfo { hits, misses, maxsize: maxsize.into(), currsize }
}

/// Returns how many calls have been counted.
pub fn calls(info: CacheInfo) -> u64 {
    info.hits + info.misses
}

/// Returns how many of these are `Miss`, how many `Joined`, and how many `Hit`.
///
/// # Panics
///
/// On any other status.
pub fn tally(statuses: impl IntoIterator<Item = CacheStatus>) -> (u32, u32, u32) {
    let mut tally = (0, 0, 0);
    for status in statuses {
        match status {
            CacheStatus::Miss => tally.0 += 1,
            CacheStatus::Joined => tally.1 += 1,
            CacheStatus::Hit => tally.2 += 1,
            other => panic!("{other:?}"),
        }
    }
    tally
}

/// Returns those of these keys for which a function has an entry: `kept(f::cache_contains, 0..9)`.
pub fn kept<K: Copy>(contains: impl Fn(K) -> bool, keys: impl IntoIterator<Item = K>) -> Vec<K> {
    keys.into_iter().filter(|&key| contains(key)).collect()
}

/// Returns the output of a future that is ready when it is first polled.
///
/// # Panics
///
/// If the future waits.
pub fn now<F: Future>(future: F) -> F::Output {
    future.now_or_never().expect("the future does not wait")
}

/// Counts the runs of a function's body. A body that returns [`Runs::next`] gives another result
/// each time, so a result tells which run it comes from.
#[derive(Debug, Default)]
pub struct Runs(AtomicU32);

impl Runs {
    /// Returns a counter at 0.
    pub const fn new() -> Self {
        Runs(AtomicU32::new(0))
    }

    /// Counts a run: returns 1 for the first, 2 for the second.
    pub fn next(&self) -> u32 {
        self.0.fetch_add(1, Ordering::SeqCst) + 1
    }

    /// Returns the number of runs so far.
    pub fn count(&self) -> u32 {
        self.0.load(Ordering::SeqCst)
    }
}
