//! The cached functions that programs are about.

use std::time::Duration;

use functools::{CacheInfo, CacheStats, CacheStatus, lru_cache};

use super::{Outcome, weight};
use crate::{SECOND, advance};

type Result = std::result::Result<u32, u32>;

/// What bounds the entries of a function, in seconds where it is a time.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limits {
    pub(super) maxsize: Option<usize>,
    pub(super) maxweight: Option<u64>,
    pub(super) ttl: Option<u64>,
    pub(super) is_sliding: bool,
    pub(super) stale: u64,
    pub(super) stale_on_error: u64,
    pub(super) stores_errors: bool,
    /// Whether the model knows which entry is evicted.
    pub(super) is_lru: bool,
}

const LRU: Limits = Limits {
    maxsize: None,
    maxweight: None,
    ttl: None,
    is_sliding: false,
    stale: 0,
    stale_on_error: 0,
    stores_errors: false,
    is_lru: true,
};

const TTL: Limits = Limits { maxsize: Some(3), ttl: Some(5), ..LRU };

/// The operations of one function.
pub(super) struct Function {
    pub(super) name: &'static str,
    pub(super) limits: Limits,
    pub(super) call: fn(u8, Outcome) -> (Result, CacheStatus),
    pub(super) refresh: fn(u8, Outcome) -> Result,
    pub(super) uncached: fn(u8, Outcome) -> Result,
    pub(super) insert: fn(u8, Result),
    pub(super) invalidate: fn(u8) -> bool,
    pub(super) peek: fn(u8) -> Option<Result>,
    pub(super) contains: fn(u8) -> bool,
    pub(super) ttl: fn(u8) -> Option<Duration>,
    pub(super) info: fn() -> CacheInfo,
    pub(super) stats: fn() -> CacheStats,
    pub(super) clear: fn(),
}

macro_rules! functions {
    ($($name:ident: $limits:expr, [$($options:tt)*];)+) => {
        $(
            #[lru_cache(skip(outcome), $($options)*)]
            fn $name(_: u8, outcome: Outcome) -> Result {
                advance(u32::from(outcome.seconds) * SECOND);
                // Both sides remove what has expired when a body ends.
                $name::cache_info();
                outcome.result
            }
        )+

        /// All of them.
        pub(super) static FUNCTIONS: &[Function] = &[$(
            Function {
                name: stringify!($name),
                limits: $limits,
                call: $name::with_status,
                refresh: $name::cache_refresh,
                uncached: $name::uncached,
                insert: $name::cache_insert,
                invalidate: $name::cache_invalidate,
                peek: $name::cache_peek,
                contains: $name::cache_contains,
                ttl: $name::cache_ttl,
                info: $name::cache_info,
                stats: $name::cache_stats,
                clear: $name::cache_clear,
            }
        ),+];
    };
}

functions! {
    plain: Limits { maxsize: Some(3), ..LRU }, [maxsize = 3];
    one_entry: Limits { maxsize: Some(1), ..LRU }, [maxsize = 1];
    no_entry: Limits { maxsize: Some(0), ..LRU }, [maxsize = 0];
    no_bound: LRU, [maxsize = None];
    of_a_thread: Limits { maxsize: Some(3), ..LRU }, [maxsize = 3, scope = "thread"];
    with_errors: Limits { maxsize: Some(3), stores_errors: true, ..LRU },
        [maxsize = 3, cache_err = true];
    each_alone: Limits { maxsize: Some(3), ..LRU }, [maxsize = 3, single_flight = false];
    adaptive: Limits { maxsize: Some(3), is_lru: false, ..LRU },
        [maxsize = 3, policy = "adaptive"];
    weighed: Limits { maxweight: Some(7), ..LRU },
        [maxweight = 7, weight = |result| weight(*result)];
    weighed_and_bounded: Limits { maxsize: Some(2), maxweight: Some(7), ..LRU },
        [maxsize = 2, maxweight = 7, weight = |_key, result| weight(*result)];
    expiring: TTL, [maxsize = 3, ttl = "5s"];
    expiring_without_bound: Limits { maxsize: None, ..TTL }, [maxsize = None, ttl = "5s"];
    expiring_in_a_thread: TTL, [maxsize = 3, ttl = "5s", scope = "thread"];
    sliding: Limits { is_sliding: true, ..TTL }, [maxsize = 3, ttl = "5s", sliding = true];
    stale: Limits { stale: 3, ..TTL }, [maxsize = 3, ttl = "5s", stale = "3s"];
    stale_on_error: Limits { stale_on_error: 4, ..TTL },
        [maxsize = 3, ttl = "5s", stale_on_error = "4s"];
    stale_both: Limits { stale: 2, stale_on_error: 4, ..TTL },
        [maxsize = 3, ttl = "5s", stale = "2s", stale_on_error = "4s"];
    weighed_and_expiring: Limits { maxsize: None, maxweight: Some(9), ..TTL },
        [maxweight = 9, weight = |result| weight(*result), ttl = "5s"];
    adaptive_and_expiring: Limits { is_lru: false, ..TTL },
        [maxsize = 3, ttl = "5s", policy = "adaptive"];
}
