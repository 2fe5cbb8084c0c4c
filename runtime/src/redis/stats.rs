//! What a tier counts, and what each of its functions does.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// What has happened between this process and a Redis since it was installed.
///
/// ```
/// let stats = functools::redis::stats();
/// if !stats.connected {
///     println!("no Redis: {} calls went past it", stats.bypassed);
/// }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Stats {
    /// Whether calls use Redis now: it is connected, and has not failed lately.
    pub connected: bool,
    /// How often that began: 1 after the start, and one more for each recovery.
    pub connections: u64,
    /// Reads that found a value.
    pub shared_hits: u64,
    /// Reads that found none.
    pub shared_misses: u64,
    /// Results that were stored.
    pub stores: u64,
    /// Keys that others have changed, as Redis told.
    pub invalidations: u64,
    /// What Redis refused, and connections that failed.
    pub errors: u64,
    /// Questions that were not answered in time.
    pub timeouts: u64,
    /// Values that were not JSON of the function's type, or of another type of Redis'.
    pub undecodable: u64,
    /// Values beyond the cap, read or to be stored.
    pub too_large: u64,
    /// Results that were not shared, because they cannot be written as JSON, such as a map whose
    /// keys are tuples.
    pub unencodable: u64,
    /// Results that were not shared, because what is written of them cannot be read back, such as a
    /// NaN or nesting beyond 128 levels.
    pub unreadable: u64,
    /// Results that were not shared, because what is written of them is read as another value, such
    /// as `Some(None)`, which JSON writes as it writes `None`.
    pub altered: u64,
    /// Calls that went past Redis, since it was not connected.
    pub bypassed: u64,
    /// Invalidations that wait until Redis is there again.
    pub queued: u64,
}

/// What has happened between one function of this process and its Redis since `f::cache_clear()`, or since it was first called.
///
/// ```
/// use functools::lru_cache;
///
/// #[lru_cache(ttl = "60s", redis = "square:{n}")]
/// fn square(n: u64) -> u64 { n * n }
///
/// square(3);
/// if let Some(redis) = square::cache_stats().redis {
///     println!("{} of {} misses in memory were found", redis.shared_hits, redis.shared_hits + redis.shared_misses);
/// }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct FunctionStats {
    /// Whether its calls use Redis now. If not, the circuit breaker is open, or Redis has refused this function's keys within the
    /// last second, or nobody has called it yet since Redis was connected.
    pub connected: bool,
    /// Reads that found a value.
    pub shared_hits: u64,
    /// Reads that found none.
    pub shared_misses: u64,
    /// Results that were stored.
    pub stores: u64,
    /// What Redis refused, and connections that broke while an answer was waited for.
    pub errors: u64,
    /// Questions that were not answered in time.
    pub timeouts: u64,
    /// Values that were not JSON of the function's type, or of another type of Redis'.
    pub undecodable: u64,
    /// Values beyond the cap, read or to be stored.
    pub too_large: u64,
    /// Results that were not shared, because they cannot be written as JSON, such as a map whose
    /// keys are tuples.
    pub unencodable: u64,
    /// Results that were not shared, because what is written of them cannot be read back, such as a
    /// NaN or nesting beyond 128 levels.
    pub unreadable: u64,
    /// Results that were not shared, because what is written of them is read as another value, such
    /// as `Some(None)`, which JSON writes as it writes `None`.
    pub altered: u64,
    /// Calls that went past Redis, since it was not connected.
    pub bypassed: u64,
}

/// The counters of a tier, those of it that a function has, too, and what is read of them.
macro_rules! counters {
    (of the tier: $($of_tier:ident)+; of a function, too: $($of_both:ident)+;) => {
        pub(super) struct Counters {
            $(pub(super) $of_tier: Counter,)+
            $(pub(super) $of_both: Counter,)+
        }

        impl Counters {
            pub(super) const fn new() -> Self {
                Counters {
                    $($of_tier: Counter(AtomicU64::new(0)),)+
                    $($of_both: Counter(AtomicU64::new(0)),)+
                }
            }

            /// What has been counted so far; the rest is as it is now.
            pub(super) fn stats(&self, connected: bool, queued: usize) -> Stats {
                Stats {
                    connected,
                    queued: queued as u64,
                    $($of_tier: self.$of_tier.0.load(Relaxed),)+
                    $($of_both: self.$of_both.0.load(Relaxed),)+
                }
            }

            /// What a function has counted so far.
            pub(super) fn of_function(&self, connected: bool) -> FunctionStats {
                FunctionStats { connected, $($of_both: self.$of_both.0.load(Relaxed),)+ }
            }
        }

        impl FunctionStats {
            /// What was counted since these were.
            pub(super) fn since(self, before: Self) -> Self {
                FunctionStats {
                    connected: self.connected,
                    $($of_both: self.$of_both - before.$of_both,)+
                }
            }
        }
    };
}

counters! {
    of the tier: connections invalidations;
    of a function, too: shared_hits shared_misses stores errors timeouts undecodable too_large unencodable unreadable altered bypassed;
}

pub(super) struct Counter(AtomicU64);

impl Counter {
    pub(super) fn add(&self, more: usize) {
        self.0.fetch_add(more as u64, Relaxed);
    }

    pub(super) fn count(&self) {
        self.add(1);
    }
}
