//! What time it is. Read by nobody but caches whose entries expire.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

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
