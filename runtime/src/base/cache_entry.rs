//! [`CacheEntry`], an entry as `cache_entries` returns it.

use std::time::Duration;

/// A clone of an entry, as `f::cache_entries()` returns it.
///
/// ```
/// use functools::{CacheEntry, lru_cache};
///
/// #[lru_cache]
/// fn repeat(text: &str, times: usize) -> String { text.repeat(times) }
///
/// repeat("ab", 2);
/// let key = ("ab".to_owned(), 2);
/// let result = "abab".to_owned();
/// assert_eq!(repeat::cache_entries(), [CacheEntry { key, result, ttl: None }]);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct CacheEntry<K, R> {
    /// The arguments of the call, as the cache owns them: one by itself, several as a tuple.
    pub key: K,
    /// The result, as a call returns it.
    pub result: R,
    /// How long it is still fresh, `None` if it does not expire.
    pub ttl: Option<Duration>,
}
