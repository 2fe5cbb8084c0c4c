//! `cache_stats` and `cache_ttl` (CONTRACT 1).

use std::panic;
use std::sync::Arc;
use std::time::Duration;

use functools::{CacheInfo, CacheStats, CacheStatus, cache, lru_cache};
use functools_test_support::{
    NANOSECOND, Runs, SECOND, advance, clock, eventually, in_threads, now,
};
use smol::future::{block_on, yield_now};
use tokio_test::assert_pending;
use tokio_test::task::spawn;

/// Returns evictions, expirations, joined, stale, refused, failures and computations.
fn rest(stats: CacheStats) -> [u64; 7] {
    let CacheStats { evictions, expirations, joined, stale, refused, .. } = stats;
    [evictions, expirations, joined, stale, refused, stats.failures, stats.computations]
}

#[test]
fn unused_function_has_counted_nothing() {
    #[lru_cache(maxsize = 7)]
    fn f(n: u64) -> u64 {
        n
    }
    let stats = f::cache_stats();
    assert_eq!(stats.info(), CacheInfo { hits: 0, misses: 0, maxsize: Some(7), currsize: 0 });
    assert_eq!(rest(stats), [0; 7]);
    assert_eq!((stats.compute_time, stats.mean_compute_time()), (Duration::ZERO, None));
    assert_eq!(stats.hit_rate(), None);
    assert_eq!(stats.redis, None);
}

#[test]
fn stats_agree_with_cache_info_and_the_registry() {
    #[lru_cache(maxsize = 2)]
    fn listed(n: u64) -> u64 {
        n
    }
    for n in [1, 2, 1, 3, 3, 3] {
        listed(n);
    }
    let stats = listed::cache_stats();
    assert_eq!(stats.info(), listed::cache_info());
    assert_eq!((stats.hits, stats.misses, stats.currsize), (3, 3, 2));
    assert_eq!(rest(stats), [1, 0, 0, 0, 0, 0, 3]);
    assert_eq!(stats.hit_rate(), Some(0.5));
    let found = functools::caches().find(|cache| {
        cache.name() == "time::stats::stats_agree_with_cache_info_and_the_registry::listed"
    });
    let found = found.expect("it was used");
    assert_eq!((found.stats(), found.parameters()), (stats, listed::cache_parameters()));
    listed::cache_clear();
    assert_eq!(
        listed::cache_stats().info(),
        CacheInfo { hits: 0, misses: 0, maxsize: Some(2), currsize: 0 }
    );
    assert_eq!(rest(listed::cache_stats()), [0; 7]);
    assert_eq!(listed::cache_stats().compute_time, Duration::ZERO);
}

#[test]
fn methods_and_generic_functions_count() {
    #[derive(Clone, PartialEq, Eq, Hash)]
    struct Square(u64);

    impl Square {
        #[lru_cache(ttl = "10s")]
        fn area(&self, scale: u64) -> u64 {
            self.0 * self.0 * scale
        }
    }
    #[lru_cache]
    fn same<T: Copy + Eq + std::hash::Hash + Send + Sync + 'static>(value: T) -> T {
        value
    }
    let _turn = clock();
    let square = Square(3);
    square.area(2);
    assert_eq!(Square::area_cache_stats().computations, 1);
    assert_eq!(square.area_cache_ttl(2), Some(10 * SECOND));
    assert_eq!(Square::area_cache_ttl(&square, 3), None);
    same(1_u8);
    assert_eq!(same::<u8>::cache_stats().misses, 1);
    assert_eq!(same::<u16>::cache_stats().misses, 0);
    assert_eq!(same::<u8>::cache_ttl(1), Some(Duration::MAX));
}

#[test]
fn refused_and_failed_results_are_counted() {
    #[lru_cache(cache_if = |n: &Option<u64>| *n != Some(1), cache_none = false)]
    fn f(n: u64) -> Option<u64> {
        n.checked_sub(10)
    }
    #[lru_cache]
    fn fails(n: u64) -> Result<u64, String> {
        n.checked_sub(10).ok_or_else(|| format!("{n} is too small"))
    }
    #[lru_cache(cache_err = true)]
    fn keeps(n: u64) -> Result<u64, String> {
        n.checked_sub(10).ok_or_else(|| format!("{n} is too small"))
    }
    for n in [1, 11, 12] {
        let _ = (f(n), fails(n), keeps(n));
    }
    assert_eq!(rest(f::cache_stats()), [0, 0, 0, 0, 2, 0, 3]);
    assert_eq!(rest(fails::cache_stats()), [0, 0, 0, 0, 0, 1, 3]);
    assert_eq!(rest(keeps::cache_stats()), [0, 0, 0, 0, 0, 0, 3]);
    // An insertion is no computation.
    f::cache_insert(50, Some(1));
    f::cache_insert(51, Some(2));
    fails::cache_insert(52, Err("no".to_owned()));
    assert_eq!(rest(f::cache_stats()), [0, 0, 0, 0, 2, 0, 3]);
    assert_eq!(rest(fails::cache_stats()), [0, 0, 0, 0, 0, 1, 3]);
    let _ = (f::cache_refresh(11), fails::cache_refresh(1));
    assert_eq!(rest(f::cache_stats()), [0, 0, 0, 0, 3, 0, 4]);
    assert_eq!(rest(fails::cache_stats()), [0, 0, 0, 0, 0, 2, 4]);
}

#[test]
fn compute_time_is_summed() {
    #[cache(cache_if = |seconds| *seconds != 3)]
    fn f(seconds: u32) -> u32 {
        advance(seconds * SECOND);
        assert!(seconds != 4, "on purpose");
        seconds
    }
    #[lru_cache(ttl = "1h")]
    async fn g(seconds: u32) -> Result<u32, String> {
        advance(seconds * SECOND);
        yield_now().await;
        advance(seconds * SECOND);
        if seconds == 3 { Err("no".to_owned()) } else { Ok(seconds) }
    }
    #[lru_cache(maxsize = 0)]
    fn nowhere(seconds: u32) -> u32 {
        advance(seconds * SECOND);
        seconds
    }
    let _turn = clock();
    for seconds in [1, 1, 2, 3] {
        f(seconds);
    }
    assert!(panic::catch_unwind(|| f(4)).is_err());
    f::uncached(5);
    f::cache_insert(6, 7);
    let stats = f::cache_stats();
    assert_eq!((stats.computations, stats.compute_time), (3, 6 * SECOND));
    assert_eq!(stats.mean_compute_time(), Some(2 * SECOND));
    f::cache_refresh(2);
    assert_eq!((f::cache_stats().computations, f::cache_stats().compute_time), (4, 8 * SECOND));

    for seconds in [1, 1, 2, 3] {
        let _ = block_on(g(seconds));
    }
    assert_eq!((g::cache_stats().computations, g::cache_stats().compute_time), (3, 12 * SECOND));
    assert_eq!(block_on(g::cache_refresh(1)), Ok(1));
    assert_eq!((g::cache_stats().computations, g::cache_stats().compute_time), (4, 14 * SECOND));

    nowhere(1);
    assert_eq!((nowhere::cache_stats().misses, nowhere::cache_stats().computations), (1, 0));
}

/// Not every run of a short body is measured, but the first ones are, also those after a clear.
#[test]
fn compute_time_starts_again_after_a_clear() {
    #[lru_cache(maxsize = 4)]
    fn brief(nanoseconds: u32) -> u32 {
        advance(nanoseconds * NANOSECOND);
        nanoseconds
    }
    let _clock = clock();
    for nanoseconds in 0..500 {
        brief(nanoseconds);
    }
    brief::cache_clear();
    for nanoseconds in [100, 200, 300] {
        brief(nanoseconds);
    }
    let stats = brief::cache_stats();
    assert_eq!((stats.computations, stats.compute_time), (3, 600 * NANOSECOND));
}

#[test]
fn compute_time_of_a_nested_call_counts_twice() {
    #[cache]
    fn f(n: u32) -> u32 {
        advance(SECOND);
        if n == 0 { 0 } else { 1 + f(n - 1) }
    }
    let _turn = clock();
    assert_eq!(f(3), 3);
    assert_eq!((f::cache_stats().computations, f::cache_stats().compute_time), (4, 10 * SECOND));
}

#[test]
fn waiters_are_counted_as_joined() {
    const THREADS: usize = 8;
    #[lru_cache]
    fn f(n: u64) -> Result<u64, u64> {
        eventually(|| f::cache_info().hits == THREADS as u64 - 1);
        if n == 1 { Ok(n) } else { Err(n) }
    }
    for n in [1, 2] {
        let statuses = in_threads(THREADS, |_| f::with_status(n).1);
        let joined = statuses.iter().filter(|status| **status == CacheStatus::Joined).count();
        assert_eq!(joined, THREADS - 1);
        assert_eq!(f::cache_stats().joined, THREADS as u64 - 1);
        assert_eq!(f::cache_stats().failures, n - 1);
        f::cache_clear();
    }
}

#[test]
fn stale_results_are_counted() {
    #[lru_cache(ttl = "10s", stale_on_error = "10s")]
    fn f(n: u64) -> Result<u64, String> {
        if RUNS.next() == 1 { Ok(n) } else { Err("away".to_owned()) }
    }
    static RUNS: Runs = Runs::new();
    #[lru_cache(ttl = "10s", stale = "10s")]
    async fn g(n: u64) -> u64 {
        yield_now().await;
        n
    }
    let _turn = clock();
    assert_eq!(f(1), Ok(1));
    advance(10 * SECOND);
    assert_eq!(f::with_status(1), (Ok(1), CacheStatus::Stale));
    assert_eq!(rest(f::cache_stats()), [0, 0, 0, 1, 0, 1, 2]);
    advance(10 * SECOND);
    assert!(f(1).is_err());
    assert_eq!(rest(f::cache_stats()), [0, 1, 0, 1, 0, 2, 3]);

    assert_eq!(block_on(g(1)), 1);
    advance(10 * SECOND);
    let mut leader = spawn(g::with_status(1));
    assert_pending!(leader.poll());
    assert_eq!(now(g::with_status(1)), (1, CacheStatus::Stale));
    assert_eq!(block_on(leader), (1, CacheStatus::Miss));
    assert_eq!(rest(g::cache_stats()), [0, 1, 0, 1, 0, 0, 2]);
}

#[test]
fn expirations_are_counted_once() {
    #[lru_cache(maxsize = 2, ttl = "10s")]
    fn f(n: u64) -> u64 {
        n
    }
    let _turn = clock();
    f(1);
    f(2);
    advance(10 * SECOND - NANOSECOND);
    assert_eq!((f::cache_stats().expirations, f::cache_stats().currsize), (0, 2));
    advance(NANOSECOND);
    assert_eq!((f::cache_stats().expirations, f::cache_stats().currsize), (2, 0));
    f(1);
    f::cache_insert(1, 5);
    assert!(f::cache_invalidate(1));
    f::cache_clear();
    f(3);
    advance(10 * SECOND);
    f(3);
    assert_eq!(rest(f::cache_stats()), [0, 1, 0, 0, 0, 0, 2]);
}

#[test]
fn cache_ttl_returns_the_time_left() {
    #[lru_cache(ttl = "10s", stale = "30s", skip(log))]
    fn f(n: u64, log: &mut Vec<u64>) -> u64 {
        log.push(n);
        n
    }
    #[lru_cache(ttl = "10s", sliding = true)]
    fn sliding(n: u64) -> u64 {
        n
    }
    #[cache]
    fn ever(n: u64) -> u64 {
        n
    }
    #[lru_cache(maxsize = 0, ttl = "10s")]
    fn never(n: u64) -> u64 {
        n
    }
    let _turn = clock();
    let log = &mut Vec::new();
    assert_eq!(f::cache_ttl(1), None);
    f(1, log);
    let before = f::cache_info();
    assert_eq!(f::cache_ttl(1), Some(10 * SECOND));
    advance(9 * SECOND);
    assert_eq!(f::cache_ttl(1), Some(SECOND));
    advance(SECOND - NANOSECOND);
    assert_eq!(f::cache_ttl(1), Some(NANOSECOND));
    assert_eq!(f::cache_info(), before);
    advance(NANOSECOND);
    assert_eq!(f::cache_ttl(1), None, "it has expired, though it is kept in reserve");
    sliding(1);
    advance(9 * SECOND);
    assert_eq!(sliding::cache_ttl(1), Some(SECOND), "nor is it renewed by being asked for");
    sliding(1);
    assert_eq!(sliding::cache_ttl(1), Some(10 * SECOND));
    ever(1);
    never(1);
    assert_eq!((ever::cache_ttl(1), ever::cache_ttl(2)), (Some(Duration::MAX), None));
    assert_eq!(never::cache_ttl(1), None);
}

#[test]
fn stats_may_be_read_in_clone() {
    #[derive(Debug)]
    struct Curious(u64);

    impl Clone for Curious {
        fn clone(&self) -> Self {
            // The counts may be inexact here.
            assert!(f::cache_stats().misses <= 1);
            Curious(self.0)
        }
    }
    #[lru_cache]
    fn f(n: u64) -> Curious {
        Curious(n)
    }
    f(1);
    assert_eq!(f(1).0, 1);
    assert_eq!(f::cache_stats().hits, 1);
}

#[test]
fn threads_count_exactly() {
    const THREADS: u64 = 8;
    const CALLS: u64 = 2_000;
    #[lru_cache(maxsize = 16, cache_if = |n| n.as_ref().is_ok_and(|n| !n.is_multiple_of(5)))]
    fn f(n: u64) -> Result<Arc<u64>, u64> {
        if n.is_multiple_of(7) { Err(n) } else { Ok(Arc::new(n)) }
    }
    in_threads(usize::try_from(THREADS).expect("few"), |thread| {
        for call in 0..CALLS {
            let _ = f((call * 7 + thread as u64 * 3) % 40);
        }
    });
    let stats = f::cache_stats();
    assert_eq!(stats.hits + stats.misses, THREADS * CALLS);
    assert_eq!(stats.computations, stats.misses);
    let stored = stats.computations - stats.refused - stats.failures;
    assert_eq!(stored, stats.evictions + stats.currsize as u64, "{stats:?}");
}
