//! [`set_enabled`], which switches all caches off and on.

use super::registry;
use crate::base::switch;
use crate::cache::notify_threads;

/// Switches all caches off, or on again: for tests, and for incidents.
///
/// Switching off empties every cache. Until caches are switched on, each call of a cached function
/// runs its body, with the status [`Bypass`](crate::CacheStatus::Bypass), and counts as a miss;
/// nothing waits, is stored or is found, in memory or in Redis. Results that are being computed at
/// that moment are returned to their callers and waiters, and not stored. Switching on begins with
/// empty caches; if they are on, it does nothing.
///
/// | while caches are off | |
/// |---|---|
/// | `cache_peek`, `cache_contains`, `cache_ttl` | find nothing |
/// | `cache_insert` | does nothing |
/// | `cache_refresh` | runs the body |
/// | `cache_invalidate`, `cache_clear` | remove results from Redis, too |
/// | `cache_info`, `cache_stats` | the counters stay; misses still count |
///
/// The environment variable `FUNCTOOLS=off` switches caches off from the beginning. It is read
/// once, by the first miss, and a call of this function takes precedence.
///
/// A thread empties its own caches, those with `scope = "thread"`, when it next uses them.
///
/// # Cost
///
/// It locks each cache once. A hit costs the same as without this function: only misses look at
/// the switch.
///
/// ```
/// use functools::{CacheStatus, lru_cache};
///
/// #[lru_cache]
/// fn square(n: u64) -> u64 { n * n }
///
/// square(3);
/// functools::set_enabled(false);
/// assert_eq!(square::with_status(3), (9, CacheStatus::Bypass));
/// assert_eq!(square::cache_info().currsize, 0);
///
/// functools::set_enabled(true);
/// assert_eq!(square::with_status(3).1, CacheStatus::Miss);
/// assert_eq!(square::with_status(3).1, CacheStatus::Hit);
/// ```
pub fn set_enabled(is_enabled: bool) {
    if !is_enabled {
        // First: a computation that a cache gets after it was emptied sees this when it ends.
        switch::set(false);
    } else if !switch::is_off() {
        return;
    }
    registry::drop_all();
    if is_enabled {
        switch::set(true);
    }
    notify_threads();
}

/// Whether caches are switched on: see [`set_enabled`].
#[must_use]
pub fn is_enabled() -> bool {
    !switch::is_off()
}
