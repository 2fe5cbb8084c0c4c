//! [`Policy`], the option that decides which entry a full cache evicts.

use std::fmt;

/// The option `policy`: which entry a full cache evicts.
///
/// ```
/// use functools::{Policy, lru_cache};
///
/// #[lru_cache(maxsize = 1024, policy = "adaptive")]
/// fn render(page: u64) -> String { format!("<h1>{page}</h1>") }
///
/// assert_eq!(render::cache_parameters().policy, Policy::Adaptive);
/// assert_eq!(Policy::Lru.to_string(), "lru");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Policy {
    /// The least recently used entry, exactly, as Python's `lru_cache` does.
    Lru,
    /// The entry that is least likely to be used again, by how often and how recently keys were
    /// used. It has fewer misses than [`Lru`](Policy::Lru) on most workloads, and one pass
    /// over many keys does not evict those that are used often. The order is not Python's.
    ///
    /// The algorithm is S3-FIFO (Yang et al., SOSP 2023), whose small queue adapts its size as ARC
    /// does (Megiddo and Modha, FAST 2003).
    Adaptive,
}

/// Prints it as in the attribute: `lru` or `adaptive`.
impl fmt::Display for Policy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Policy::Lru => "lru",
            Policy::Adaptive => "adaptive",
        })
    }
}
