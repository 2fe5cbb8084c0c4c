//! What caches count, for whoever collects metrics: feature `metrics`.
//!
//! Hits are counted where no other thread looks, so that they cost nothing more; so somebody has to ask for them to be published.
//! [`publish`] does, through the facade of the crate `metrics`, to whichever recorder is installed.
//!
//! | name | kind | what |
//! |---|---|---|
//! | `functools_hits_total`, `functools_misses_total` | counter | as in [`CacheInfo`](crate::CacheInfo) |
//! | `functools_joined_total`, `functools_stale_total` | counter | as in [`CacheStats`], and so the rest |
//! | `functools_evictions_total`, `functools_expirations_total` | counter | |
//! | `functools_refused_total`, `functools_failures_total` | counter | |
//! | `functools_computations_total`, `functools_compute_nanoseconds_total` | counter | the mean is one divided by the other |
//! | `functools_entries` | gauge | `currsize` |
//! | `functools_maxsize` | gauge | of caches with a bound |
//! | `functools_redis_shared_hits_total`, `.._shared_misses_total`, `.._stores_total`, `.._errors_total`, `.._timeouts_total`, `.._undecodable_total`, `.._too_large_total`, `.._unencodable_total`, `.._unreadable_total`, `.._altered_total`, `.._bypassed_total` | counter | as in `functools::redis::FunctionStats`, with the feature `redis` and a Redis |
//! | `functools_redis_connected` | gauge | 1 while calls use Redis, 0 while the circuit breaker is open |
//!
//! Each has the label `function`: the path of the function, such as `module::f`, as
//! [`CacheRef::name`](crate::CacheRef::name) has it. No two functions share one. A generic function
//! has a cache for each set of types; they are summed up. Counters only grow: `f::cache_clear()`
//! takes nothing from them. Caches of `scope = "thread"` are left out, since they come and go.

use std::collections::BTreeMap;

use metrics::{Unit, counter, describe_counter, describe_gauge, gauge};

use crate::registry;
use crate::stats::CacheStats;

/// Publishes what all caches have counted since the process began.
///
/// Call it where metrics are collected: before each scrape of a Prometheus endpoint, or every few seconds where they are pushed. It
/// takes a few microseconds for each cache, and with a `ttl` as long as `f::cache_info()`, which looks for what has expired.
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
        #[cfg(feature = "redis")]
        if let Some(redis) = stats.redis {
            let connected = if redis.connected { 1.0 } else { 0.0 };
            gauge!("functools_redis_connected", "function" => function).set(connected);
        }
    }
}

/// Name, meaning and value of each.
fn counters(stats: &CacheStats) -> Vec<(&'static str, &'static str, u64)> {
    let nanos = u64::try_from(stats.compute_time.as_nanos()).unwrap_or(u64::MAX);
    #[allow(unused_mut)]
    let mut counters = vec![
        ("functools_hits_total", "Calls answered from the cache", stats.hits),
        ("functools_misses_total", "Calls that ran the body", stats.misses),
        ("functools_joined_total", "Hits that waited for another call", stats.joined),
        ("functools_stale_total", "Calls answered by an expired entry", stats.stale),
        (
            "functools_evictions_total",
            "Entries that made room before they expired",
            stats.evictions,
        ),
        ("functools_expirations_total", "Entries removed past their ttl", stats.expirations),
        ("functools_refused_total", "Results a predicate kept from being stored", stats.refused),
        ("functools_failures_total", "Results not stored because they were an Err", stats.failures),
        ("functools_computations_total", "How often a body has returned", stats.computations),
        ("functools_compute_nanoseconds_total", "How long bodies took, all together", nanos),
    ];
    #[cfg(feature = "redis")]
    if let Some(redis) = stats.redis {
        counters.extend([
            ("functools_redis_shared_hits_total", "Reads that found a value", redis.shared_hits),
            ("functools_redis_shared_misses_total", "Reads that found none", redis.shared_misses),
            ("functools_redis_stores_total", "Results stored in Redis", redis.stores),
            ("functools_redis_errors_total", "Refusals and broken connections", redis.errors),
            ("functools_redis_timeouts_total", "Questions not answered in time", redis.timeouts),
            ("functools_redis_undecodable_total", "Values of another type", redis.undecodable),
            ("functools_redis_too_large_total", "Values beyond the cap", redis.too_large),
            ("functools_redis_unencodable_total", "Results that are no JSON", redis.unencodable),
            ("functools_redis_unreadable_total", "Results JSON cannot give back", redis.unreadable),
            ("functools_redis_altered_total", "Results JSON gives back altered", redis.altered),
            ("functools_redis_bypassed_total", "Calls that went past Redis", redis.bypassed),
        ]);
    }
    counters
}

/// Says what each is, to a recorder that may have been installed just now.
fn describe() {
    #[allow(unused_mut)]
    let mut all = CacheStats::unused(None);
    #[cfg(feature = "redis")]
    {
        all.redis = Some(crate::redis::FunctionStats::default());
    }
    for (name, meaning, _) in counters(&all) {
        let unit = if name.contains("nanoseconds") { Unit::Nanoseconds } else { Unit::Count };
        describe_counter!(name, unit, meaning);
    }
    describe_gauge!("functools_entries", Unit::Count, "Entries that are kept");
    describe_gauge!("functools_maxsize", Unit::Count, "The most entries that are kept");
    #[cfg(feature = "redis")]
    describe_gauge!("functools_redis_connected", Unit::Count, "Whether calls use Redis now");
}
