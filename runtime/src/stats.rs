//! What a cache tells its operator: more than Python's `cache_info`.

use std::time::Duration;

use crate::info::CacheInfo;

/// All that one cache counts, read together: what `f::cache_stats()` gives, and [`CacheRef::stats`](crate::CacheRef::stats).
/// `f::cache_clear()` zeroes all of it.
///
/// ```
/// use functools::lru_cache;
///
/// #[lru_cache(maxsize = 2, cache_if = |square| *square != 9)]
/// fn square(n: u64) -> u64 { n * n }
///
/// for n in [1, 2, 3, 4] {
///     square(n);
/// }
/// let stats = square::cache_stats();
/// assert_eq!((stats.computations, stats.refused, stats.evictions), (4, 1, 1));
/// println!("{:?} each", stats.mean_compute_time());
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct CacheStats {
    /// Calls that were answered from the cache, as in [`CacheInfo`].
    pub hits: u64,
    /// Calls that had to run the body, as in [`CacheInfo`].
    pub misses: u64,
    /// The most entries that are kept, `None` without a bound.
    pub maxsize: Option<usize>,
    /// The entries that are kept now, as in [`CacheInfo`].
    pub currsize: usize,
    /// Entries that made room for another before they expired.
    pub evictions: u64,
    /// Entries that were removed or replaced past their `ttl`. One that has expired is counted when
    /// its place is needed or somebody looks, as this does; one in reserve for `stale` or
    /// `stale_on_error`, when it leaves it.
    pub expirations: u64,
    /// Hits that waited for another call, which computed, or read the value from Redis.
    pub joined: u64,
    /// Calls that were answered by an entry past its `ttl`, for `stale` or `stale_on_error`.
    pub stale: u64,
    /// Results that were not stored, because `cache_if` or `cache_none = false` said so, those read
    /// from Redis among them.
    pub refused: u64,
    /// Results that were not stored, because they were an `Err`.
    pub failures: u64,
    /// How often the body has returned, for calls and for `cache_refresh`. With `maxsize = 0` nothing is measured, and this is 0.
    pub computations: u64,
    /// How long that took, all together: from the moment the body began to the one it returned, with all it waited for.
    /// Of a body that takes less than a microsecond in the mean only one run in 16 is measured, and stands for those around it.
    pub compute_time: Duration,
    /// What happened between the function and its Redis; `None` if it has none.
    #[cfg(feature = "redis")]
    pub redis: Option<crate::redis::FunctionStats>,
}

impl CacheStats {
    /// Of a cache that was not used.
    pub(crate) fn unused(maxsize: Option<usize>) -> Self {
        CacheStats {
            hits: 0,
            misses: 0,
            maxsize,
            currsize: 0,
            evictions: 0,
            expirations: 0,
            joined: 0,
            stale: 0,
            refused: 0,
            failures: 0,
            computations: 0,
            compute_time: Duration::ZERO,
            #[cfg(feature = "redis")]
            redis: None,
        }
    }

    /// What of it `f::cache_info()` gives.
    #[must_use]
    pub fn info(&self) -> CacheInfo {
        let CacheStats { hits, misses, maxsize, currsize, .. } = *self;
        CacheInfo { hits, misses, maxsize, currsize }
    }

    /// The part of all calls that were hits, from 0 to 1; `None` before the first call.
    ///
    /// ```
    /// # #[functools::lru_cache]
    /// # fn square(n: u64) -> u64 { n * n }
    /// assert_eq!(square::cache_stats().hit_rate(), None);
    /// square(3);
    /// square(3);
    /// assert_eq!(square::cache_stats().hit_rate(), Some(0.5));
    /// ```
    #[must_use]
    #[allow(clippy::cast_precision_loss)]
    pub fn hit_rate(&self) -> Option<f64> {
        let calls = self.hits.saturating_add(self.misses);
        (calls != 0).then(|| self.hits as f64 / calls as f64)
    }

    /// How long the body takes in the mean; `None` before it has returned once.
    #[must_use]
    #[allow(clippy::cast_possible_truncation)]
    pub fn mean_compute_time(&self) -> Option<Duration> {
        let nanos = self.compute_time.as_nanos().checked_div(u128::from(self.computations))?;
        // No more than the whole, which was counted in 64 bits.
        Some(Duration::from_nanos(nanos as u64))
    }

    /// A call that waited is no hit after all.
    #[cfg(feature = "metrics")]
    pub(crate) fn take_back_joined(&mut self) {
        self.hits = self.hits.saturating_sub(1);
        self.joined = self.joined.saturating_sub(1);
    }

    /// Adds what another has counted.
    #[cfg(feature = "metrics")]
    pub(crate) fn add(&mut self, other: &Self) {
        self.hits += other.hits;
        self.misses += other.misses;
        self.evictions += other.evictions;
        self.expirations += other.expirations;
        self.joined += other.joined;
        self.stale += other.stale;
        self.refused += other.refused;
        self.failures += other.failures;
        self.computations += other.computations;
        self.compute_time += other.compute_time;
    }
}
