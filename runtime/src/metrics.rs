//! Feature `metrics`: the counters of all caches, for a recorder of the `metrics` facade.
//!
//! Hits are counted per thread, at no extra cost. [`publish`] reports the sums to the installed
//! recorder; call it before each scrape.
//!
//! | name | kind | what |
//! |---|---|---|
//! | `functools_hits_total`, `functools_misses_total` | counter | as in [`CacheInfo`](crate::CacheInfo) |
//! | `functools_joined_total`, `functools_stale_total` | counter | as in [`CacheStats`], and so the rest |
//! | `functools_evictions_total`, `functools_expirations_total` | counter | |
//! | `functools_refused_total`, `functools_failures_total`, `functools_too_heavy_total` | counter | |
//! | `functools_computations_total`, `functools_compute_nanoseconds_total` | counter | the mean is one divided by the other |
//! | `functools_refreshes_total`, `functools_refresh_failures_total`, `functools_refreshes_by_caller_total` | counter | |
//! | `functools_entries` | gauge | `currsize` |
//! | `functools_maxsize` | gauge | of caches with a bound |
//! | `functools_weight`, `functools_maxweight` | gauge | of caches with a `maxweight` |
//! | `functools_redis_shared_hits_total`, `.._shared_misses_total`, `.._stores_total`, `.._errors_total`, `.._timeouts_total`, `.._undecodable_total`, `.._too_large_total`, `.._unencodable_total`, `.._unreadable_total`, `.._altered_total`, `.._bypassed_total` | counter | as in `functools::redis::FunctionStats`, with the feature `redis` and a Redis |
//! | `functools_redis_connected` | gauge | 1 while calls use Redis, 0 while the circuit breaker is open |
//! | `functools_disk_shared_hits_total` and so on, `functools_disk_connected` | counter, gauge | the same with the feature `disk` and a store on disk |
//!
//! Each has the label `function`: the path of the function, such as `module::f`, as
//! [`CacheRef::name`](crate::CacheRef::name) has it. No two functions share one. A generic function
//! has a cache for each set of types; they are summed up. Counters only grow: `f::cache_clear()`
//! takes nothing from them. Caches of `scope = "thread"` are left out, since they come and go.

use std::collections::BTreeMap;

use metrics::{Unit, counter, describe_counter, describe_gauge, gauge};

use crate::base::stats::{CacheStats, FunctionStats, TierKind};
use crate::function::registry;

/// The gauge of each second tier that says whether calls use it.
const CONNECTED: [(TierKind, &str); 2] =
    [(TierKind::Redis, "functools_redis_connected"), (TierKind::Disk, "functools_disk_connected")];

/// Reports the counters of all caches since the process began.
///
/// Call it before each scrape of a Prometheus endpoint, or every few seconds if metrics are pushed.
///
/// # Cost
/// A few microseconds per cache; with a `ttl` as long as `f::cache_info()`, which looks at every
/// entry.
///
/// ```
/// use functools::lru_cache;
///
/// #[lru_cache]
/// fn square(n: u64) -> u64 { n * n }
///
/// square(3);
/// functools::metrics::publish();
/// ```
#[allow(clippy::cast_precision_loss)]
pub fn publish() {
    let mut functions: BTreeMap<&'static str, CacheStats> = BTreeMap::new();
    for (name, totals) in registry::totals() {
        match functions.get_mut(name) {
            None => _ = functions.insert(name, totals),
            Some(sum) => {
                sum.add(&totals);
                sum.currsize += totals.currsize;
                sum.weight = sum.weight.saturating_add(totals.weight);
                sum.maxweight = sum
                    .maxweight
                    .zip(totals.maxweight)
                    .map(|(one, other)| one.saturating_add(other));
                sum.maxsize =
                    sum.maxsize.zip(totals.maxsize).map(|(one, other)| one.saturating_add(other));
            }
        }
    }
    describe();
    for (function, stats) in functions {
        for (name, _, value) in counters(&stats) {
            counter!(name, "function" => function).absolute(value);
        }
        gauge!("functools_entries", "function" => function).set(stats.currsize as f64);
        if let Some(maxsize) = stats.maxsize {
            gauge!("functools_maxsize", "function" => function).set(maxsize as f64);
        }
        if let Some(maxweight) = stats.maxweight {
            gauge!("functools_weight", "function" => function).set(stats.weight as f64);
            gauge!("functools_maxweight", "function" => function).set(maxweight as f64);
        }
        for (kind, name) in CONNECTED {
            if let Some(tier) = stats.tier(kind) {
                let connected = if tier.connected { 1.0 } else { 0.0 };
                gauge!(name, "function" => function).set(connected);
            }
        }
    }
}

/// The name, the meaning and the value of each counter of a second tier.
macro_rules! tier_counters {
    ($tier:literal, $stats:expr) => {
        tier_counters! {
            $tier, $stats;
            shared_hits "Reads that found a value"
            shared_misses "Reads that found none"
            stores "Results stored"
            errors "Refused queries and broken connections"
            timeouts "Queries that timed out"
            undecodable "Values of another type"
            too_large "Values larger than the cap"
            unencodable "Results that the codec cannot write"
            unreadable "Results that the codec cannot read back"
            altered "Results that the codec reads back as others"
            bypassed "Calls that did without it"
        }
    };
    ($tier:literal, $stats:expr; $($name:ident $meaning:literal)+) => {
        [$((
            concat!("functools_", $tier, "_", stringify!($name), "_total"),
            concat!($meaning, " (", $tier, ")"),
            $stats.$name,
        )),+]
    };
}

/// Returns the name, the meaning and the value of each counter.
fn counters(stats: &CacheStats) -> Vec<(&'static str, &'static str, u64)> {
    let nanos = u64::try_from(stats.compute_time.as_nanos()).unwrap_or(u64::MAX);
    let mut counters = vec![
        (
            "functools_hits_total",
            "Calls that returned a result without running the body",
            stats.hits,
        ),
        ("functools_misses_total", "Calls that ran the body", stats.misses),
        ("functools_joined_total", "Hits that waited for another call", stats.joined),
        ("functools_stale_total", "Calls that returned an entry past its ttl", stats.stale),
        ("functools_evictions_total", "Entries evicted to make room", stats.evictions),
        ("functools_expirations_total", "Entries removed past their ttl", stats.expirations),
        ("functools_refused_total", "Results not stored because of a predicate", stats.refused),
        ("functools_failures_total", "Results not stored because they were an Err", stats.failures),
        (
            "functools_too_heavy_total",
            "Results not stored because they weigh more than maxweight",
            stats.too_heavy,
        ),
        ("functools_computations_total", "How often a body has returned", stats.computations),
        ("functools_compute_nanoseconds_total", "Run time of the body, summed", nanos),
        ("functools_refreshes_total", "Results refreshed in the background", stats.refreshes),
        ("functools_refresh_failures_total", "Refreshes that failed", stats.refresh_failures),
        (
            "functools_refreshes_by_caller_total",
            "Results refreshed by a caller instead of in the background",
            stats.refreshes_by_caller,
        ),
    ];
    if let Some(redis) = stats.tier(TierKind::Redis) {
        counters.extend(tier_counters!("redis", redis));
    }
    if let Some(disk) = stats.tier(TierKind::Disk) {
        counters.extend(tier_counters!("disk", disk));
    }
    counters
}

/// Describes the metrics to the recorder, which may be a new one.
fn describe() {
    let mut all = CacheStats::unused(None, None);
    for (kind, _) in CONNECTED {
        all.set_tier(kind, Some(FunctionStats::default()));
    }
    for (name, meaning, _) in counters(&all) {
        let unit = if name.contains("nanoseconds") { Unit::Nanoseconds } else { Unit::Count };
        describe_counter!(name, unit, meaning);
    }
    describe_gauge!("functools_entries", Unit::Count, "Entries in memory");
    describe_gauge!("functools_maxsize", Unit::Count, "Maximum number of entries");
    describe_gauge!("functools_weight", "Weight of all entries");
    describe_gauge!("functools_maxweight", "Maximum weight of all entries");
    for (kind, name) in CONNECTED {
        if all.tier(kind).is_some() {
            describe_gauge!(name, Unit::Count, "Whether calls use the second tier now");
        }
    }
}
