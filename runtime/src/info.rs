//! What a cache tells about itself, in Python's words.

use std::fmt;
use std::time::Duration;

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
/// assert_eq!(square::cache_info(), CacheInfo { hits: 1, misses: 1, maxsize: Some(32), currsize: 1 });
/// assert_eq!(square::cache_info().to_string(), "CacheInfo(hits=1, misses=1, maxsize=32, currsize=1)");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CacheInfo {
    /// Calls that were answered from the cache.
    pub hits: u64,
    /// Calls that had to run the body, whatever came of it. `hits + misses` is the number of calls.
    pub misses: u64,
    /// The most entries that are kept, `None` without a bound.
    pub maxsize: Option<usize>,
    /// The entries that are kept now, without those past their `ttl`, of which `stale` or `stale_on_error` keep some in
    /// reserve.
    pub currsize: usize,
}

/// As Python prints it.
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
/// use functools::cache;
///
/// #[cache]
/// fn square(n: u64) -> u64 { n * n }
///
/// assert_eq!(square::cache_parameters().maxsize, None);
/// assert!(!square::cache_parameters().typed);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CacheParameters {
    /// The most entries that are kept, `None` without a bound.
    pub maxsize: Option<usize>,
    /// As given. Arguments are always told apart by type in Rust, so this changes nothing.
    pub typed: bool,
    /// How long an entry lives, `None` for ever.
    pub ttl: Option<Duration>,
}

/// Where the answer to a call came from.
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
    /// From the cache.
    Hit,
    /// Computed by this call, and offered to the cache.
    Miss,
    /// Computed by another call, for which this one waited.
    Joined,
    /// From the cache, past its `ttl`: because another call is computing a new one, or because this call, or the one it
    /// waited for, tried to and got an `Err`.
    Stale,
    /// From Redis, where it was stored by another process, or before this one had room for it, or by another language.
    Shared,
    /// Computed by this call, past a cache that stores nothing.
    Bypass,
}

impl CacheStatus {
    /// Whether this is an answer that this call has not computed.
    #[must_use]
    pub fn is_hit(self) -> bool {
        !matches!(self, CacheStatus::Miss | CacheStatus::Bypass)
    }

    /// What its `Display` prints, for a header that need not be checked and copied for each answer.
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
        }
    }
}

/// The value of a `Cache-Status` header field (RFC 9211) for a cache named `functools`.
impl fmt::Display for CacheStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
