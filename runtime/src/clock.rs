//! What time it is, for caches whose entries expire, and how long computations take.

use std::num::NonZeroU64;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering::Relaxed};
use std::time::{Duration, Instant};

use once_cell::sync::Lazy;
use quanta::Clock;

/// Where a test has set the clock, in nanoseconds; 0 while it goes by itself.
static BY_HAND: AtomicU64 = AtomicU64::new(0);

/// A clock, and what it counted when it was first asked.
static BY_ITSELF: Lazy<(Clock, u64)> = Lazy::new(|| {
    let clock = Clock::new();
    let start = clock.raw();
    (clock, start)
});

/// Nanoseconds since some moment before the first question. It takes about 10 of them.
#[inline]
pub(crate) fn now() -> u64 {
    match BY_HAND.load(Relaxed) {
        0 => by_itself(),
        by_hand => by_hand,
    }
}

#[inline]
fn by_itself() -> u64 {
    let (clock, start) = &*BY_ITSELF;
    clock.delta_as_nanos(*start, clock.raw())
}

/// A moment from which on something is measured.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Start(NonZeroU64);

/// The moments of the system's clock have it, those of the faster one do not.
const BY_SYSTEM: u64 = 1 << 63;

/// How often the system's clock is asked before the other one is set up, which takes a millisecond: a program that computes
/// little need not wait for it.
const FIRST: u32 = 1_000;

static ASKED: AtomicU32 = AtomicU32::new(0);

/// When the system's clock was first asked.
static SYSTEM: Lazy<Instant> = Lazy::new(Instant::now);

impl Start {
    /// For what is not measured.
    pub(crate) const NONE: Start = Start(NonZeroU64::MAX);

    // Not inlined, out of the way of hits.
    #[inline(never)]
    pub(crate) fn now() -> Self {
        let moment = match (BY_HAND.load(Relaxed), Lazy::get(&BY_ITSELF)) {
            (0, Some((clock, _))) => clock.raw() & !BY_SYSTEM,
            (0, None) => Start::by_system(),
            (by_hand, _) => by_hand,
        };
        Start(NonZeroU64::new(moment).unwrap_or(NonZeroU64::MIN))
    }

    #[cold]
    fn by_system() -> u64 {
        if ASKED.fetch_add(1, Relaxed) == FIRST {
            Lazy::force(&BY_ITSELF);
        }
        nanos(SYSTEM.elapsed()) | BY_SYSTEM
    }

    /// How many nanoseconds have passed since.
    #[inline]
    pub(crate) fn elapsed(self) -> u64 {
        let began = self.0.get();
        match (BY_HAND.load(Relaxed), Lazy::get(&BY_ITSELF)) {
            (0, _) if began & BY_SYSTEM != 0 => {
                (nanos(SYSTEM.elapsed()) | BY_SYSTEM).saturating_sub(began)
            }
            (0, Some((clock, _))) => clock.delta_as_nanos(began, clock.raw() & !BY_SYSTEM),
            (0, None) => 0,
            (by_hand, _) => by_hand.saturating_sub(began),
        }
    }
}

/// As many nanoseconds as there can be, some 584 years, where there are more.
#[inline]
pub(crate) fn nanos(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}

/// Sets the clock of all caches to a time of its own, which stands still until it is set again: for
/// tests of functions whose results expire. Earlier than before is not a time a clock shows.
pub fn set_clock(since_start: Duration) {
    BY_HAND.store(nanos(since_start).max(1), Relaxed);
}
