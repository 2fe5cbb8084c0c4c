//! The statistics of a cache: its own counters and the engine's, read at one moment.

use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

use super::core::Cache;
use super::run_deferred::RunDeferredOnDrop;
use super::scope::Scope;
use crate::base::clock::Stopwatch;
use crate::base::stats::CacheStats;
use crate::engine::{Engine as _, Garbage, Generation, Pin as _, Reentrant, Snapshot};

impl<K: 'static, V: 'static, W: 'static, S: Scope> Cache<K, V, W, S> {
    /// Counts a call that returned an expired entry.
    #[cold]
    pub(crate) fn count_stale(&self) {
        self.counters.stale.fetch_add(1, Relaxed);
    }

    #[inline]
    pub(crate) fn count_miss(&self) {
        match self.engine.pin() {
            Some(mut pin) => {
                pin.count_miss();
                self.release(pin);
            }
            None => self.count_miss_slow(),
        }
    }

    /// Same as [`Cache::count_miss`], out of the way of hits.
    #[cold]
    #[inline(never)]
    pub(super) fn count_bypass(&self) {
        self.count_miss();
    }

    /// Same as [`Cache::count_miss`] when the stripe is contended, or the thread has none yet.
    #[cold]
    #[inline(never)]
    fn count_miss_slow(&self) {
        match self.engine.pin_slow() {
            Ok(mut pin) => {
                pin.count_miss();
                self.release(pin);
            }
            Err(Reentrant) => self.count_reentrant_miss(),
        }
    }

    /// Counts a miss of a reentrant call, which the engine cannot count.
    pub(super) fn count_reentrant_miss(&self) {
        self.counters.reentrant_misses.fetch_add(1, Relaxed);
    }

    /// Takes back the hit of a waiter that got no value; it is counted again. `cleared_at` is when
    /// the engine had been cleared before it was counted.
    pub(super) fn uncount_join(&self, cleared_at: u64) {
        if let Ok(false) = self.engine.uncount_join(cleared_at) {
            // It is among the counts from before the clear.
            #[cfg(feature = "metrics")]
            self.counters.totals_before_clear.lock().uncount_join();
        }
    }

    /// Returns the counters and the size.
    pub(super) fn read_stats(&self) -> CacheStats {
        self.snapshot(|stats| stats)
    }

    /// Same as [`Cache::read_stats`], plus the counts from before each clear.
    #[cfg(feature = "metrics")]
    pub(super) fn read_totals(&self) -> CacheStats {
        self.snapshot(|mut stats| {
            stats.add(&self.counters.totals_before_clear.lock());
            if let Some(tier) = self.tier.get() {
                stats.set_tier(tier.totals());
            }
            stats
        })
    }

    /// Adds the counts so far to the totals, before a clear.
    #[cfg(feature = "metrics")]
    pub(super) fn add_to_totals(&self, snapshot: &Snapshot) {
        let counters = self.counters_to_stats(&Snapshot { len: 0, expired: 0, ..*snapshot });
        self.counters.totals_before_clear.lock().add(&counters);
    }

    /// Reads the counters, and passes them through `complete`, at one moment.
    fn snapshot(&self, complete: impl Fn(CacheStats) -> CacheStats) -> CacheStats {
        // The cache of a thread is emptied first, if the switch has been set.
        let _ = self.is_shut();
        let _run_deferred = RunDeferredOnDrop(self);
        let (mut stats, mut garbage) = (None, Garbage::new());
        let mut show = |snapshot: &Snapshot| {
            stats = Some(complete(self.counters_to_stats(snapshot)));
        };
        match self.engine.snapshot(self.times(), &mut show, &mut garbage) {
            Ok(()) => (),
            // Within user code: the counters that can be read without a lock.
            Err(Reentrant) => show(&self.engine.rough_snapshot()),
        }
        stats.unwrap_or_else(|| complete(self.counters_to_stats(&self.engine.rough_snapshot())))
    }

    fn counters_to_stats(&self, snapshot: &Snapshot) -> CacheStats {
        let Snapshot { counters, hits, misses, len, expired, weight, capacity } = snapshot;
        let mut stats = CacheStats {
            hits: hits + counters.joined + self.counters.shared_hits.load(Relaxed),
            misses: misses + counters.misses + self.counters.reentrant_misses.load(Relaxed),
            currsize: len - expired,
            evictions: counters.evictions,
            expirations: counters.expirations,
            joined: counters.joined,
            stale: self.counters.stale.load(Relaxed),
            refused: counters.refused,
            failures: counters.failures,
            too_heavy: counters.too_heavy,
            computations: counters.computations(),
            compute_time: Duration::from_nanos(counters.compute_nanos()),
            weight: *weight,
            refreshes: self.refreshes.started.load(Relaxed),
            refresh_failures: self.refreshes.failed.load(Relaxed),
            refreshes_by_caller: self.refreshes.by_caller.load(Relaxed),
            ..CacheStats::unused(*capacity, self.maxweight)
        };
        if let Some(tier) = self.tier.get() {
            stats.set_tier(tier.stats());
        }
        stats
    }

    /// Times only computations whose generation has none of these bits, from now on.
    pub(super) fn set_sampling_mask(&self, mask: u64) {
        // Written only when it changes: hits read the fields beside it.
        if self.sampling_mask.load(Relaxed) != mask {
            self.sampling_mask.store(mask, Relaxed);
        }
    }

    /// Starts the stopwatch of a computation, which runs if the computation is to be timed.
    #[inline(always)]
    pub(crate) fn start_timer(&self, computation: Generation) -> Stopwatch {
        Stopwatch::start_if(computation.get() & self.sampling_mask.load(Relaxed) == 0)
    }
}
