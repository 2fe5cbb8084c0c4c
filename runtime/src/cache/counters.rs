//! [`CacheCounters`], the counters of a cache besides those of its engine.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

#[cfg(feature = "metrics")]
use parking_lot::Mutex;

#[cfg(feature = "metrics")]
use crate::base::stats::CacheStats;

/// The counters of events that the engine does not see.
pub(super) struct CacheCounters {
    /// Hits of the second tier.
    pub(super) shared_hits: AtomicU64,
    /// Calls that returned an expired entry.
    pub(super) stale: AtomicU64,
    /// Misses of reentrant calls, which the engine cannot count.
    pub(super) reentrant_misses: AtomicU64,
    /// The counts from before each clear.
    #[cfg(feature = "metrics")]
    pub(super) totals_before_clear: Mutex<CacheStats>,
}

impl CacheCounters {
    pub(super) fn new() -> Self {
        CacheCounters {
            shared_hits: AtomicU64::new(0),
            stale: AtomicU64::new(0),
            reentrant_misses: AtomicU64::new(0),
            #[cfg(feature = "metrics")]
            totals_before_clear: Mutex::new(CacheStats::unused(None, None)),
        }
    }

    /// Sets the counters to zero. The counts from before each clear stay.
    pub(super) fn reset(&self) {
        for counter in [&self.shared_hits, &self.stale, &self.reentrant_misses] {
            counter.store(0, Relaxed);
        }
    }
}
