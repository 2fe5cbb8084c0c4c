//! What a cache counts, besides the hits and misses of stripes, and how it is read, all at one time.

use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

use super::Cache;
use super::deferred::CatchUp;
use crate::clock::Start;
use crate::scope::Scope;
use crate::stats::CacheStats;
use crate::store::counts::{Counts, Report, Took};
use crate::store::slot::Number;
use crate::store::{Inside, Lock as _, Reader as _};

impl<K: 'static, V: 'static, W: 'static, S: Scope> Cache<K, V, W, S> {
    /// Counts an answer that had expired.
    #[cold]
    pub(crate) fn count_stale(&self) {
        self.stale.fetch_add(1, Relaxed);
    }

    #[inline]
    pub(crate) fn count_miss(&self) {
        match self.lock.enter() {
            Some(mut reader) => reader.parts().2.miss(),
            None => self.count_miss_slowly(),
        }
    }

    /// Same as `count_miss`, out of the way of hits.
    #[cold]
    #[inline(never)]
    pub(super) fn count_bypass(&self) {
        self.count_miss();
    }

    #[cold]
    #[inline(never)]
    fn count_miss_slowly(&self) {
        match self.lock.enter_slowly() {
            Ok(mut reader) => reader.parts().2.miss(),
            Err(Inside) => _ = self.turned_away.fetch_add(1, Relaxed),
        }
    }

    /// What was counted, and more of it, all at one time.
    pub(super) fn read_counters(&self, more: impl Fn(CacheStats) -> CacheStats) -> CacheStats {
        let _catch_up = CatchUp(self);
        let now = self.now();
        let counted = self.write(|table, _| {
            let (mut gone, mut expired) = (Vec::new(), 0);
            if let (Some(expiry), Some(now)) = (&self.expiry, now) {
                gone = table.sweep(usize::MAX, expiry.gone_before(now), self.is_bounded());
                expired = table.expired(now);
            }
            (more(self.count(table.counts, table.kept() - expired)), gone)
        });
        match counted {
            Ok((stats, _gone)) => stats,
            // From inside of user code, as far as it can be known without a lock.
            Err(Inside) => more(self.count(Counts::default(), self.currsize.load(Relaxed))),
        }
    }

    /// What was counted, by whoever may read or write, or wants a rough idea.
    pub(super) fn count(&self, counts: Counts, currsize: usize) -> CacheStats {
        let (joined, stale) = (self.joined.load(Relaxed), self.stale.load(Relaxed));
        let mut hits = joined + self.shared.load(Relaxed);
        let mut misses = self.turned_away.load(Relaxed);
        self.lock.tallies(|tally| {
            let (more_hits, more_misses) = tally.both();
            hits += more_hits;
            misses += more_misses;
        });
        let maxsize = self.is_bounded().then_some(self.limit);
        let Counts { evictions, expirations, refused, failures, .. } = counts;
        CacheStats {
            hits,
            misses,
            currsize,
            evictions,
            expirations,
            joined,
            stale,
            refused,
            failures,
            computations: counts.computations(),
            compute_time: Duration::from_nanos(counts.compute_nanos()),
            #[cfg(feature = "redis")]
            redis: self.member.get().and_then(|member| member.stats()),
            ..CacheStats::unused(maxsize)
        }
    }

    /// Counts a computation whose result is kept.
    #[inline(always)]
    pub(super) fn count_kept(&self, counts: &mut Counts, took: Took) {
        if let Some(unmeasured) = counts.count(took) {
            self.measure_without(unmeasured);
        }
    }

    /// Counts one whose result is not.
    pub(super) fn count_unkept(&self, counts: &mut Counts, report: Report) {
        if let Some(unmeasured) = counts.count_unkept(report) {
            self.measure_without(unmeasured);
        }
    }

    /// From now on those are not measured whose number has one of these bits.
    pub(super) fn measure_without(&self, unmeasured: u64) {
        // Written only when it changes: hits read what is beside it.
        if self.unmeasured.load(Relaxed) != unmeasured {
            self.unmeasured.store(unmeasured, Relaxed);
        }
    }

    /// A computation begins to be measured, if it is to be.
    #[inline(always)]
    pub(crate) fn begins(&self, computation: Number) -> Start {
        let is_measured = computation.get() & self.unmeasured.load(Relaxed) == 0;
        if is_measured { Start::now() } else { Start::NONE }
    }
}
