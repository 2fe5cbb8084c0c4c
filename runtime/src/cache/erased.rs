//! [`ErasedCache`], a cache without the types of its keys and values.

use std::any::Any;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

use super::core::Cache;
use super::scope::Scope;
use crate::base::clock;
use crate::base::stats::CacheStats;

/// The operations of a cache that need no key and no value.
pub trait ErasedCache: Any {
    /// Returns the counters and the size, read at one moment.
    fn stats(&self) -> CacheStats;

    /// Same as [`ErasedCache::stats`], plus the counts from before each clear.
    #[cfg(feature = "metrics")]
    fn totals(&self) -> CacheStats;

    /// Changes `maxsize`.
    fn resize(&self, maxsize: Option<usize>);

    /// Changes `ttl`, for results that are stored from now on.
    fn set_ttl(&self, ttl: Duration);

    /// Removes all entries and sets the counters to zero.
    fn clear(&self);

    /// Removes all entries. The counters stay.
    fn drop_all(&self);
}

impl<K: 'static, V: 'static, W: 'static, S: Scope> ErasedCache for Cache<K, V, W, S> {
    fn stats(&self) -> CacheStats {
        self.read_stats()
    }

    #[cfg(feature = "metrics")]
    fn totals(&self) -> CacheStats {
        self.read_totals()
    }

    fn resize(&self, maxsize: Option<usize>) {
        Cache::resize(self, maxsize);
    }

    fn set_ttl(&self, ttl: Duration) {
        self.ttl.store(clock::nanos(ttl), Relaxed);
    }

    fn clear(&self) {
        Cache::clear(self);
    }

    fn drop_all(&self) {
        Cache::drop_all(self);
    }
}
