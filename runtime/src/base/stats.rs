//! [`CacheStats`] and [`FunctionStats`]: statistics beyond Python's `cache_info`.

use std::time::Duration;

use super::info::CacheInfo;

/// All counters of one cache, read at one moment: the result of `f::cache_stats()` and of
/// [`CacheRef::stats`](crate::CacheRef::stats). `f::cache_clear()` sets them to zero.
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
    /// Calls that returned a result without running the body, as in [`CacheInfo`].
    pub hits: u64,
    /// Calls that ran the body, as in [`CacheInfo`].
    pub misses: u64,
    /// The maximum number of entries, `None` without a bound.
    pub maxsize: Option<usize>,
    /// The number of entries now, as in [`CacheInfo`].
    pub currsize: usize,
    /// Entries evicted to make room before they expired.
    pub evictions: u64,
    /// Entries removed or replaced after their `ttl`. Counted on removal, and when statistics are
    /// read; an entry that stays for `stale` or `stale_on_error`, when that time has passed.
    pub expirations: u64,
    /// Hits that waited for another call's computation, or for its read from Redis.
    pub joined: u64,
    /// Calls that returned an entry past its `ttl`, because of `stale` or `stale_on_error`.
    pub stale: u64,
    /// Results not stored because of `cache_if` or `cache_none = false`, including those read from
    /// Redis.
    pub refused: u64,
    /// Results not stored because they are an `Err`.
    pub failures: u64,
    /// Results not stored because they weigh more than `maxweight`, including those of
    /// `cache_insert` and those read from Redis.
    pub too_heavy: u64,
    /// The weight of all entries together, 0 without a `weight`. It includes entries past their
    /// `ttl` that are still in memory.
    ///
    /// ```
    /// use functools::lru_cache;
    ///
    /// #[lru_cache(maxweight = 10, weight = |text| text.len() as u64)]
    /// fn repeated(n: usize) -> String { "a".repeat(n) }
    ///
    /// repeated(3);
    /// repeated(4);
    /// assert_eq!(repeated::cache_stats().weight, 7);
    /// repeated(5); // evicts the first
    /// assert_eq!(repeated::cache_stats().weight, 9);
    /// ```
    pub weight: u64,
    /// The maximum weight of all entries together, `None` without a bound.
    pub maxweight: Option<u64>,
    /// How often the body has returned, for calls and for `cache_refresh`. With `maxsize = 0` this
    /// is 0.
    pub computations: u64,
    /// The run time of all these runs together, from start to return, including waits. If the mean
    /// is below 1 us, one run in 64 is measured and scaled.
    pub compute_time: Duration,
    /// How often a result was refreshed in the background, with `refresh = "background"`.
    pub refreshes: u64,
    /// The `refreshes` that failed: the body returned an `Err` that is not stored, panicked,
    /// or was dropped by its executor.
    pub refresh_failures: u64,
    /// How often a caller refreshed a result itself despite `refresh = "background"`: there was no
    /// executor for the `async` function, or the queue of synchronous ones was full.
    pub refreshes_by_caller: u64,
    /// The statistics of the function's use of Redis, with the option `redis`; `None` without a
    /// Redis.
    ///
    /// ```
    /// use functools::lru_cache;
    ///
    /// #[lru_cache(ttl = "60s", redis = "square:{n}")]
    /// fn square(n: u64) -> u64 { n * n }
    ///
    /// square(3);
    /// if let Some(redis) = square::cache_stats().redis {
    ///     println!("{} hits and {} misses", redis.shared_hits, redis.shared_misses);
    /// }
    /// ```
    #[cfg(feature = "__tier")]
    pub redis: Option<FunctionStats>,
    /// The same about its store on disk, with the option `disk`.
    #[cfg(feature = "__tier")]
    pub disk: Option<FunctionStats>,
}

impl CacheStats {
    /// Returns the statistics of a cache that was not used.
    pub(crate) fn unused(maxsize: Option<usize>, maxweight: Option<u64>) -> Self {
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
            too_heavy: 0,
            weight: 0,
            maxweight,
            computations: 0,
            compute_time: Duration::ZERO,
            refreshes: 0,
            refresh_failures: 0,
            refreshes_by_caller: 0,
            #[cfg(feature = "__tier")]
            redis: None,
            #[cfg(feature = "__tier")]
            disk: None,
        }
    }

    /// Sets the statistics of the second tier, if the crate has one.
    pub(crate) fn set_tier(&mut self, kind: TierKind, tier: Option<FunctionStats>) {
        #[cfg(feature = "__tier")]
        match kind {
            TierKind::Redis => self.redis = tier,
            TierKind::Disk => self.disk = tier,
        }
        #[cfg(not(feature = "__tier"))]
        let _ = (self, kind, tier);
    }

    /// Returns the statistics of a second tier.
    #[cfg(feature = "metrics")]
    pub(crate) fn tier(&self, kind: TierKind) -> Option<FunctionStats> {
        #[cfg(feature = "__tier")]
        let tier = match kind {
            TierKind::Redis => self.redis,
            TierKind::Disk => self.disk,
        };
        #[cfg(not(feature = "__tier"))]
        let (tier, _) = (None, (self, kind));
        tier
    }

    /// Returns the part of the statistics that `f::cache_info()` gives.
    #[must_use]
    pub fn info(&self) -> CacheInfo {
        let CacheStats { hits, misses, maxsize, currsize, .. } = *self;
        CacheInfo { hits, misses, maxsize, currsize }
    }

    /// Returns the share of calls that were hits, from 0 to 1; `None` before the first call.
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

    /// Returns the mean run time of the body; `None` before it has returned once.
    #[must_use]
    #[allow(clippy::cast_possible_truncation)]
    pub fn mean_compute_time(&self) -> Option<Duration> {
        let nanos = self.compute_time.as_nanos().checked_div(u128::from(self.computations))?;
        // Not more than the sum, which is counted in 64 bits.
        Some(Duration::from_nanos(nanos as u64))
    }

    /// Takes back the hit of a waiter that got no value.
    #[cfg(feature = "metrics")]
    pub(crate) fn uncount_join(&mut self) {
        self.hits = self.hits.saturating_sub(1);
        self.joined = self.joined.saturating_sub(1);
    }

    /// Adds the counters of another cache, or of an earlier time.
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
        self.too_heavy += other.too_heavy;
        self.computations += other.computations;
        self.compute_time += other.compute_time;
        self.refreshes += other.refreshes;
        self.refresh_failures += other.refresh_failures;
        self.refreshes_by_caller += other.refreshes_by_caller;
    }
}

/// What a second tier is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum TierKind {
    Redis,
    Disk,
}

impl std::fmt::Display for TierKind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            TierKind::Redis => "Redis",
            TierKind::Disk => "the store on disk",
        })
    }
}

/// One function's use of Redis, or of a store on disk, since `f::cache_clear()`, or since its first
/// call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct FunctionStats {
    /// Whether its calls use it now. If not, it is away, or Redis has refused this function's keys
    /// within the last second, or the function was not called since Redis was connected.
    pub connected: bool,
    /// Reads that found a value.
    pub shared_hits: u64,
    /// Reads that found none.
    pub shared_misses: u64,
    /// Results stored.
    pub stores: u64,
    /// Refused queries, and connections that broke during a query.
    pub errors: u64,
    /// Queries that timed out.
    pub timeouts: u64,
    /// Values that the codec cannot read as the function's return type, or that are not a string in
    /// Redis, and neither text nor bytes on disk.
    pub undecodable: u64,
    /// Values larger than the cap, read or to be stored.
    pub too_large: u64,
    /// Results not stored because the codec cannot write them, as JSON cannot write a map whose
    /// keys are tuples.
    pub unencodable: u64,
    /// Results not stored because the codec cannot read them back, as JSON cannot read a NaN or
    /// nesting beyond 128 levels.
    pub unreadable: u64,
    /// Results not stored because the codec reads them back as others, such as `Some(None)`, which
    /// JSON writes as it writes `None`.
    pub altered: u64,
    /// Calls that did without it: it was away, it had refused the function's keys, or the removal
    /// of their key was queued; or their key was on its way to another node of a cluster.
    pub bypassed: u64,
}
