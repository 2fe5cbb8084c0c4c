//! The clock of all caches, for deadlines, and stopwatches, for the run times of bodies.

use std::num::NonZeroU64;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering::Relaxed};
use std::time::{Duration, Instant};

use once_cell::sync::Lazy;
use quanta::Clock;

/// The time that a test has set, in nanoseconds; 0 while the clock runs.
static MOCK_NOW: AtomicU64 = AtomicU64::new(0);

/// The fast clock, and its count when it was set up.
static FAST_CLOCK: Lazy<(Clock, u64)> = Lazy::new(|| {
    let clock = Clock::new();
    let start = clock.raw();
    (clock, start)
});

/// Returns the nanoseconds since some moment before the first call. It takes about 10 ns.
#[inline]
pub(crate) fn now() -> u64 {
    match MOCK_NOW.load(Relaxed) {
        0 => fast_now(),
        mock_now => mock_now,
    }
}

#[inline]
fn fast_now() -> u64 {
    let (clock, start) = &*FAST_CLOCK;
    clock.delta_as_nanos(*start, clock.raw())
}

/// Measures a run time; one that does not run measures nothing. In one word: it is part of each
/// guard of a computation.
#[derive(Clone, Copy)]
pub(crate) struct Stopwatch(NonZeroU64);

/// Set in the moments of the system's clock, and not in those of the fast clock.
const SYSTEM_BIT: u64 = 1 << 63;

/// The fast clock is set up after this many reads of the system's clock. Setting it up takes a
/// millisecond, for which a program that computes little need not wait.
const FAST_CLOCK_AFTER: u32 = 1_000;

/// How often the system's clock was read.
static SYSTEM_READS: AtomicU32 = AtomicU32::new(0);

/// When the system's clock was first read.
static SYSTEM_START: Lazy<Instant> = Lazy::new(Instant::now);

impl Stopwatch {
    /// In place of a moment.
    const STOPPED: Stopwatch = Stopwatch(NonZeroU64::MAX);

    /// Returns a stopwatch that runs from now on if `is_running`.
    #[inline(always)]
    pub(crate) fn start_if(is_running: bool) -> Self {
        if is_running { Stopwatch::start() } else { Stopwatch::STOPPED }
    }

    // Not inlined, out of the way of hits.
    #[inline(never)]
    fn start() -> Self {
        let moment = match (MOCK_NOW.load(Relaxed), Lazy::get(&FAST_CLOCK)) {
            (0, Some((clock, _))) => clock.raw() & !SYSTEM_BIT,
            (0, None) => Stopwatch::system_now(),
            (mock_now, _) => mock_now,
        };
        Stopwatch(NonZeroU64::new(moment).unwrap_or(NonZeroU64::MIN))
    }

    #[cold]
    fn system_now() -> u64 {
        if SYSTEM_READS.fetch_add(1, Relaxed) == FAST_CLOCK_AFTER {
            Lazy::force(&FAST_CLOCK);
        }
        nanos(SYSTEM_START.elapsed()) | SYSTEM_BIT
    }

    /// Returns the nanoseconds since it was started; `None` if it does not run.
    #[inline]
    pub(crate) fn elapsed(self) -> Option<u64> {
        if self.0 == Stopwatch::STOPPED.0 {
            return None;
        }
        let started = self.0.get();
        Some(match (MOCK_NOW.load(Relaxed), Lazy::get(&FAST_CLOCK)) {
            (0, _) if started & SYSTEM_BIT != 0 => {
                (nanos(SYSTEM_START.elapsed()) | SYSTEM_BIT).saturating_sub(started)
            }
            (0, Some((clock, _))) => clock.delta_as_nanos(started, clock.raw() & !SYSTEM_BIT),
            (0, None) => 0,
            (mock_now, _) => mock_now.saturating_sub(started),
        })
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
