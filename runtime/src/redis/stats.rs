//! The statistics of a tier; those of its functions are in `base`.

use super::status::Level;
pub use crate::base::stats::FunctionStats;
use crate::tier::Counters;

/// Statistics of this process and a Redis, since it was installed.
///
/// ```
/// let stats = functools::redis::stats();
/// if !stats.connected {
///     println!("no Redis: {} calls bypassed it", stats.bypassed);
/// }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Stats {
    /// Whether calls read from Redis now: it is connected, and the breaker for reading is not open.
    /// In a cluster: all nodes.
    pub connected: bool,
    /// The level at which results are shared; [`status`](crate::redis::status()) has the reason.
    pub level: Level,
    /// How often calls began to use Redis: 1 after the start, and one more for each recovery. In a
    /// cluster, the sum of its nodes.
    pub connections: u64,
    /// Reads that found a value.
    pub shared_hits: u64,
    /// Reads that found no value.
    pub shared_misses: u64,
    /// Results that were stored.
    pub stores: u64,
    /// Changed keys reported by tracking.
    pub invalidations: u64,
    /// Refusals by Redis, and failed connections.
    pub errors: u64,
    /// Queries that timed out.
    pub timeouts: u64,
    /// Found values that the codec cannot read as the function's type, or that are not strings.
    pub undecodable: u64,
    /// Values larger than [`value_cap`](crate::redis::Redis::value_cap), found or to be stored.
    pub too_large: u64,
    /// Results that were not shared, because the codec cannot write them, as JSON cannot write a
    /// map whose keys are tuples.
    pub unencodable: u64,
    /// Results that were not shared, because the codec cannot read them back, as JSON cannot read a
    /// NaN or nesting beyond 128 levels.
    pub unreadable: u64,
    /// Results that were not shared, because the codec reads them back as others, such as
    /// `Some(None)`, which JSON writes as it writes `None`.
    pub altered: u64,
    /// Calls that bypassed Redis: it was not connected, it had refused the function's keys, or the
    /// removal of their key was queued; or their key was on its way to another node of a cluster.
    pub bypassed: u64,
    /// Queued removals, which Redis has not confirmed.
    pub queued: u64,
}

/// Returns the statistics by a tier's counters and its current state.
macro_rules! stats {
    ($counters:expr, $connected:expr, $level:expr, $queued:expr; $($counter:ident)+) => {
        Stats {
            connected: $connected,
            level: $level,
            queued: $queued as u64,
            $($counter: $counters.$counter.get(),)+
        }
    };
}

impl Stats {
    pub(super) fn new(counters: &Counters, connected: bool, level: Level, queued: usize) -> Self {
        stats! {
            counters, connected, level, queued;
            connections shared_hits shared_misses stores invalidations errors timeouts undecodable
            too_large unencodable unreadable altered bypassed
        }
    }
}
