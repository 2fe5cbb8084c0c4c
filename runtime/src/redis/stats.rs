//! What a tier counts.

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

macro_rules! counters {
    ($($name:ident)+) => {
        #[derive(Default)]
        pub(super) struct Counters {
            $(pub(super) $name: Counter,)+
        }

        impl Counters {
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

#[derive(Default)]
pub(super) struct Counter(AtomicU64);

impl Counter {
    pub(super) fn add(&self, more: usize) {
        self.0.fetch_add(more as u64, Relaxed);
    }

    pub(super) fn count(&self) {
        self.add(1);
    }
}
