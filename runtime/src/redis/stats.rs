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
    /// Calls that went past Redis, since it was not connected.
    pub bypassed: u64,
}

impl FunctionStats {
    /// What was counted since these were.
    pub(super) fn since(self, before: Self) -> Self {
        FunctionStats {
            connected: self.connected,
            shared_hits: self.shared_hits - before.shared_hits,
            shared_misses: self.shared_misses - before.shared_misses,
            stores: self.stores - before.stores,
            errors: self.errors - before.errors,
            timeouts: self.timeouts - before.timeouts,
            undecodable: self.undecodable - before.undecodable,
            too_large: self.too_large - before.too_large,
            bypassed: self.bypassed - before.bypassed,
        }
    }
}

macro_rules! counters {
    ($($name:ident)+) => {
        pub(super) struct Counters {
            $(pub(super) $name: Counter,)+
        }

        impl Counters {
            pub(super) const fn new() -> Self {
                Counters { $($name: Counter(AtomicU64::new(0)),)+ }
            }

            /// What has been counted so far; the rest is as it is now.
            pub(super) fn stats(&self, connected: bool, queued: usize) -> Stats {
                Stats {
                    connected,
                    queued: queued as u64,
                    $($name: self.$name.0.load(Relaxed),)+
                }
            }
        }
    };
}

counters! {
    connections shared_hits shared_misses stores invalidations errors timeouts undecodable
    too_large bypassed
}

impl Counters {
    /// What a function has counted.
    pub(super) fn of_function(&self, connected: bool) -> FunctionStats {
        FunctionStats {
            connected,
            shared_hits: self.shared_hits.0.load(Relaxed),
            shared_misses: self.shared_misses.0.load(Relaxed),
            stores: self.stores.0.load(Relaxed),
            errors: self.errors.0.load(Relaxed),
            timeouts: self.timeouts.0.load(Relaxed),
            undecodable: self.undecodable.0.load(Relaxed),
            too_large: self.too_large.0.load(Relaxed),
            bypassed: self.bypassed.0.load(Relaxed),
        }
    }
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
