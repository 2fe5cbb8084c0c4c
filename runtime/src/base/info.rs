//! [`CacheInfo`] and [`CacheParameters`], named as in Python, and the [`CacheStatus`] of a call.

use std::fmt;
use std::time::Duration;

use crate::base::policy::Policy;

/// Counters and size of one cache, read together.
///
/// ```
/// use functools::{CacheInfo, lru_cache};
///
/// #[lru_cache(maxsize = 32)]
/// fn square(n: u64) -> u64 { n * n }
///
/// square(3);
/// square(3);
/// let info = square::cache_info();
/// assert_eq!(info, CacheInfo { hits: 1, misses: 1, maxsize: Some(32), currsize: 1 });
/// assert_eq!(info.to_string(), "CacheInfo(hits=1, misses=1, maxsize=32, currsize=1)");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CacheInfo {
    /// Calls that returned a result without running the body.
    pub hits: u64,
    /// Calls that ran the body, whether or not it succeeded. `hits + misses` is the number of all
    /// calls.
    pub misses: u64,
    /// The maximum number of entries, `None` without a bound.
    pub maxsize: Option<usize>,
    /// The number of entries now, without those past their `ttl`, which may still be there for
    /// `stale` or `stale_on_error`.
    pub currsize: usize,
}

/// Prints it as Python does.
impl fmt::Display for CacheInfo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let CacheInfo { hits, misses, maxsize, currsize } = self;
        write!(f, "CacheInfo(hits={hits}, misses={misses}, maxsize=")?;
        match maxsize {
            Some(maxsize) => write!(f, "{maxsize}")?,
            None => f.write_str("None")?,
        }
        write!(f, ", currsize={currsize})")
    }
}

/// The options a cache was made with.
///
/// ```
/// use functools::{Policy, cache, lru_cache};
///
/// #[cache]
/// fn square(n: u64) -> u64 { n * n }
///
/// assert_eq!(square::cache_parameters().maxsize, None);
/// assert!(!square::cache_parameters().typed);
/// assert_eq!(square::cache_parameters().policy, Policy::Lru);
///
/// #[lru_cache(maxweight = "1KiB", weight = |page| page.len() as u64)]
/// fn page(id: u64) -> String { format!("<h1>{id}</h1>") }
///
/// assert_eq!(page::cache_parameters().maxweight, Some(1024));
/// assert_eq!(page::cache_parameters().maxsize, None);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CacheParameters {
    /// The maximum number of entries, `None` without a bound.
    pub maxsize: Option<usize>,
    /// The option `typed`. It has no effect: in Rust, arguments of different types are never equal.
    pub typed: bool,
    /// How long a result is valid, `None` without a limit.
    pub ttl: Option<Duration>,
    /// Which entry a full cache evicts.
    pub policy: Policy,
    /// The maximum weight of all entries together, `None` without a bound.
    pub maxweight: Option<u64>,
}

/// The origin of a call's result.
///
/// ```
/// use functools::{CacheStatus, lru_cache};
///
/// #[lru_cache]
/// fn square(n: u64) -> u64 { n * n }
///
/// assert_eq!(square::with_status(3), (9, CacheStatus::Miss));
/// let (nine, status) = square::with_status(3);
/// assert_eq!(nine, 9);
/// assert!(status.is_hit());
/// assert_eq!(status.to_string(), "functools; hit");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CacheStatus {
    /// It was stored.
    Hit,
    /// This call computed it. It is stored, unless it is an `Err` or `cache_if` refuses it, or its
    /// `ttl` is over.
    Miss,
    /// Another call computed it, and this call waited.
    Joined,
    /// It was stored, and is past its `ttl`: another call recomputes it (`stale`), or recomputing
    /// it returned an `Err` (`stale_on_error`).
    Stale,
    /// It was found in Redis.
    Shared,
    /// This call computed it and bypassed the cache.
    Bypass,
    /// This call computed it. It is not stored, because it weighs more than `maxweight`.
    ///
    /// ```
    /// use functools::{CacheStatus, lru_cache};
    ///
    /// #[lru_cache(maxweight = "1KiB", weight = |page| page.len() as u64)]
    /// fn page(words: usize) -> String { "word ".repeat(words) }
    ///
    /// assert_eq!(page::with_status(10).1, CacheStatus::Miss);
    /// let (_, status) = page::with_status(1000);
    /// assert_eq!(status, CacheStatus::TooHeavy);
    /// assert_eq!(status.to_string(), "functools; fwd=miss; detail=too-heavy");
    /// assert!(!page::cache_contains(1000));
    /// ```
    TooHeavy,
}

impl CacheStatus {
    /// Whether this call did not compute its result.
    #[must_use]
    pub fn is_hit(self) -> bool {
        !matches!(self, CacheStatus::Miss | CacheStatus::Bypass | CacheStatus::TooHeavy)
    }

    /// Returns the text that `Display` prints, for a header that is neither checked nor copied.
    ///
    /// ```
    /// assert_eq!(functools::CacheStatus::Hit.as_str(), "functools; hit");
    /// ```
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            CacheStatus::Hit => "functools; hit",
            CacheStatus::Miss => "functools; fwd=miss; stored",
            CacheStatus::Joined => "functools; fwd=miss; collapsed",
            CacheStatus::Stale => "functools; hit; detail=stale",
            CacheStatus::Shared => "functools; hit; detail=shared",
            CacheStatus::Bypass => "functools; fwd=bypass",
            CacheStatus::TooHeavy => "functools; fwd=miss; detail=too-heavy",
        }
    }
}

/// The value of a `Cache-Status` header field (RFC 9211) for a cache named `functools`.
impl fmt::Display for CacheStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
