//! The clock of all caches, for deadlines, and stopwatches, for the run times of bodies.
//!
//! Moments are nanoseconds since a moment before the first call. Linux also has a coarse clock,
//! which takes a fraction of the time to read and lags behind: a hit reads it first, and the
//! precise clock only if its deadline is near.

use std::num::NonZeroU64;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

pub(crate) use system::MAX_LAG;

#[cfg(target_os = "linux")]
mod system {
    use rustix::time::{ClockId, Timespec, clock_gettime};

    /// How far the coarse clock may lag behind, in nanoseconds. The kernel sets it at each timer
    /// tick, at least each 10 ms. If the processor that does so stands still, as one of a virtual
    /// machine may, another one takes over after five ticks.
    pub(crate) const MAX_LAG: u64 = 100_000_000;

    pub(super) fn now() -> u64 {
        nanos(clock_gettime(ClockId::Monotonic))
    }

    /// Returns the precise clock's value of some moment within the last [`MAX_LAG`].
    pub(super) fn coarse_now() -> u64 {
        nanos(clock_gettime(ClockId::MonotonicCoarse))
    }

    fn nanos(time: Timespec) -> u64 {
        let [seconds, nanos] = [time.tv_sec, time.tv_nsec].map(u64::try_from);
        seconds.unwrap_or(0) * 1_000_000_000 + nanos.unwrap_or(0)
    }
}

#[cfg(not(target_os = "linux"))]
mod system {
    use std::time::Instant;

    use once_cell::sync::Lazy;

    /// As there is no coarse clock.
    pub(crate) const MAX_LAG: u64 = 0;

    static START: Lazy<Instant> = Lazy::new(Instant::now);

    pub(super) fn now() -> u64 {
        super::nanos(START.elapsed())
    }

    pub(super) fn coarse_now() -> u64 {
        now()
    }
}

/// The time that a test has set, in nanoseconds; 0 while the clock runs.
static MOCK_NOW: AtomicU64 = AtomicU64::new(0);

/// Returns the time. It takes about 25 ns.
#[inline]
pub(crate) fn now() -> u64 {
    match MOCK_NOW.load(Relaxed) {
        0 => system::now(),
        mock_now => mock_now,
    }
}

/// Returns what [`now`] returned at some moment within the last [`MAX_LAG`]. It takes about 6 ns.
#[inline]
pub(crate) fn coarse_now() -> u64 {
    match MOCK_NOW.load(Relaxed) {
        0 => system::coarse_now(),
        mock_now => mock_now,
    }
}

/// Measures a run time, or nothing if it was not started. One word, since it is part of each
/// guard of a computation.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Stopwatch(NonZeroU64);

/// Whether std has a clock here. Where it has none, reading it panics.
const HAS_SYSTEM_CLOCK: bool = !cfg!(all(target_family = "wasm", target_os = "unknown"));

impl Stopwatch {
    /// In place of a moment.
    const STOPPED: Stopwatch = Stopwatch(NonZeroU64::MAX);

    /// Returns a stopwatch that runs from now on if `is_running`, and if there is a clock.
    #[inline(always)]
    pub(crate) fn start_if(is_running: bool) -> Self {
        if is_running && HAS_SYSTEM_CLOCK { Stopwatch::start() } else { Stopwatch::STOPPED }
    }

    // Not inlined, out of the way of hits.
    #[inline(never)]
    fn start() -> Self {
        Stopwatch(NonZeroU64::new(now()).unwrap_or(NonZeroU64::MIN))
    }

    /// Returns the nanoseconds since it was started; `None` if it does not run.
    #[inline]
    pub(crate) fn elapsed(self) -> Option<u64> {
        (self != Stopwatch::STOPPED).then(|| now().saturating_sub(self.0.get()))
    }
}

/// Returns the duration in nanoseconds, or the most that there can be, some 584 years.
#[inline]
pub(crate) fn nanos(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}

/// Sets the clock of all caches, for tests of functions whose results expire. The clock then stands
/// still until it is set again. Must not go backwards.
pub fn set_clock(since_start: Duration) {
    MOCK_NOW.store(nanos(since_start).max(1), Relaxed);
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::{MAX_LAG, system};

    #[test]
    fn the_coarse_clock_lags_behind_by_no_more_than_the_limit() {
        for _ in 0..10_000 {
            let before = system::now();
            let coarse = system::coarse_now();
            let after = system::now();
            assert!(coarse <= after && before <= coarse + MAX_LAG, "{before} {coarse} {after}");
        }
    }
}
