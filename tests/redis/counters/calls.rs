//! A function after the same calls, with each kind of options: its counters are what is published.

use std::collections::BTreeMap;
use std::sync::atomic::AtomicBool;

use functools::redis::FunctionStats;
use functools::{CacheStats, CacheStatus};
use metrics_util::debugging::{DebugValue, DebuggingRecorder};

/// What is counted, by name.
pub(super) type Counters = BTreeMap<&'static str, u64>;

/// All counters of a function that are not 0, but for times.
pub(super) fn counters(stats: &CacheStats) -> Counters {
    let CacheStats { hits, misses, evictions, expirations, joined, stale, .. } = *stats;
    let CacheStats { refused, failures, too_heavy, computations, redis, .. } = *stats;
    let mut counters = Counters::from([
        ("hits", hits),
        ("misses", misses),
        ("evictions", evictions),
        ("expirations", expirations),
        ("joined", joined),
        ("stale", stale),
        ("refused", refused),
        ("failures", failures),
        ("too_heavy", too_heavy),
        ("computations", computations),
    ]);
    if let Some(redis) = redis {
        let FunctionStats { shared_hits, shared_misses, stores, errors, timeouts, .. } = redis;
        let FunctionStats { undecodable, too_large, unencodable, unreadable, .. } = redis;
        counters.extend([
            ("redis_shared_hits", shared_hits),
            ("redis_shared_misses", shared_misses),
            ("redis_stores", stores),
            ("redis_errors", errors),
            ("redis_timeouts", timeouts),
            ("redis_undecodable", undecodable),
            ("redis_too_large", too_large),
            ("redis_unencodable", unencodable),
            ("redis_unreadable", unreadable),
            ("redis_altered", redis.altered),
            ("redis_bypassed", redis.bypassed),
        ]);
    }
    counters.retain(|_, count| *count != 0);
    counters
}

/// The same as `functools::metrics::publish` tells it of this function.
pub(super) fn published(function: &str) -> Counters {
    let recorder = DebuggingRecorder::new();
    metrics::with_local_recorder(&recorder, functools::metrics::publish);
    let mut counters = Counters::new();
    for (key, _, _, value) in recorder.snapshotter().snapshot().into_vec() {
        let (_, key) = key.into_parts();
        let is_of_function = key.labels().any(|label| label.value() == function);
        let name =
            key.name().strip_prefix("functools_").and_then(|name| name.strip_suffix("_total"));
        if let (true, Some(name), DebugValue::Counter(count @ 1..)) = (is_of_function, name, value)
            && name != "compute_nanoseconds"
        {
            let name: &'static str = name.to_owned().leak();
            counters.insert(name, count);
        }
    }
    counters
}

/// What the last calls of a row are given: the function, and whether its database is away.
pub(super) struct Last<'a> {
    pub(super) call: &'a mut dyn FnMut(u64) -> (Result<Option<u64>, String>, CacheStatus),
    pub(super) contains: fn(u64) -> bool,
    pub(super) is_away: &'static AtomicBool,
}

/// What a function with these options has counted after the same calls as all others, and the last
/// ones of its row. Each call was a hit or a miss, what is published is the same, and `cache_clear`
/// zeroes all of it.
macro_rules! counted {
    ([$($option:tt)*] $name:ident $last:expr) => {{
        static GATE: Gate = Gate::new();
        static IS_AWAY: AtomicBool = AtomicBool::new(false);
        /// 0 is none, 9 an error, and so is 7 while the database is away; 8 comes when another call
        /// waits for it.
        #[lru_cache(maxsize = 2, cache_none = false, $($option)*)]
        fn $name(n: u64) -> Result<Option<u64>, String> {
            match n {
                0 => Ok(None),
                9 => Err("nine".to_owned()),
                7 if IS_AWAY.load(Ordering::SeqCst) => Err("away".to_owned()),
                8 => {
                    GATE.pass();
                    Ok(Some(8))
                }
                n => Ok(Some(n)),
            }
        }
        // The two of the threads below.
        let mut calls = 2;
        let mut call = |n| {
            calls += 1;
            $name::with_status(n)
        };
        // Two misses and a hit; 3 takes the place of 2.
        for n in [1, 2, 1, 3] {
            assert_eq!(call(n).0, Ok(Some(n)));
        }
        // Two misses that store nothing, by a predicate and by an error.
        assert_eq!(call(0).0, Ok(None));
        assert_eq!(call(9).0, Err("nine".to_owned()));
        // 4 takes the place of 1, 3 is computed once more, without a call.
        $name::cache_insert(4, Ok(Some(4)));
        assert_eq!($name::cache_refresh(3), Ok(Some(3)));
        assert_eq!(call(3), (Ok(Some(3)), CacheStatus::Hit));
        // A miss, for which another call waits; 8 takes the place of 4.
        thread::scope(|scope| {
            let one = scope.spawn(|| $name(8));
            GATE.wait_for(1);
            let hits = $name::cache_info().hits;
            let other = scope.spawn(|| $name::with_status(8));
            eventually("another call waits", || $name::cache_info().hits == hits + 1);
            GATE.open();
            assert_eq!(one.join().expect("no panic"), Ok(Some(8)));
            assert_eq!(other.join().expect("no panic"), (Ok(Some(8)), CacheStatus::Joined));
        });
        let last =
            Last { call: &mut call, contains: |n| $name::cache_contains(n), is_away: &IS_AWAY };
        $crate::counters::calls::make_last($last, last);
        let stats = $name::cache_stats();
        assert_eq!(stats.hits + stats.misses, calls, "hits + misses = calls: {stats:?}");
        let counted = counters(&stats);
        let is_it = |cache: &functools::CacheRef| cache.name().ends_with(stringify!($name));
        let cache = functools::caches().find(is_it).expect("it was used");
        assert_eq!(published(cache.name()), counted, "as published");
        $name::cache_clear();
        assert_eq!(counters(&$name::cache_stats()), Counters::new(), "cache_clear zeroes all");
        counted
    }};
}

pub(super) use counted;

/// Makes the last calls of a row.
pub(super) fn make_last(row: impl FnOnce(Last<'_>), last: Last<'_>) {
    row(last);
}

/// What each function of the table has counted in any case, and more.
pub(super) fn and(more: &[(&'static str, u64)]) -> Counters {
    let in_any_case = [
        ("hits", 3),
        ("misses", 6),
        ("evictions", 3),
        ("joined", 1),
        ("refused", 1),
        ("failures", 1),
        ("computations", 7),
    ];
    let mut counters = Counters::from(in_any_case);
    for &(name, more) in more {
        *counters.entry(name).or_default() += more;
    }
    counters
}
