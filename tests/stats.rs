//! What `cache_stats` counts and `cache_ttl` says, by a clock that the tests set, and by a naive model.

mod common;

use std::collections::HashSet;
use std::panic;
use std::sync::Arc;
use std::time::Duration;

use common::flights::{at_once as threads, until};
use common::{NANOSECOND, Runs, SECOND, advance, at_once, block_on, clock, step_aside};
use functools::{CacheInfo, CacheStats, CacheStatus, cache, lru_cache};
use proptest::prelude::*;

/// Everything but hits, misses, bound and size: evictions, expirations, joined, stale, refused, failures, computations.
fn rest(stats: CacheStats) -> [u64; 7] {
    let CacheStats { evictions, expirations, joined, stale, refused, .. } = stats;
    [evictions, expirations, joined, stale, refused, stats.failures, stats.computations]
}

#[test]
fn nothing_has_happened_to_what_was_not_used() {
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
fn it_says_what_cache_info_says_and_the_registry_says_it_too() {
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
        cache.name() == "stats::it_says_what_cache_info_says_and_the_registry_says_it_too::listed"
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
fn methods_and_generic_functions_have_them_too() {
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
fn what_is_not_stored_and_why() {
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
    // What is inserted was not computed.
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
fn how_long_it_took() {
    #[cache(cache_if = |seconds| *seconds != 3)]
    fn f(seconds: u32) -> u32 {
        advance(seconds * SECOND);
        assert!(seconds != 4, "as the test wants it");
        seconds
    }
    #[lru_cache(ttl = "1h")]
    async fn g(seconds: u32) -> Result<u32, String> {
        advance(seconds * SECOND);
        step_aside().await;
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

/// Of what takes next to nothing not each run is measured; but the first are, also the first after a clear.
#[test]
fn how_long_it_took_after_a_clear() {
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
fn a_recursion_is_within_itself() {
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
fn who_waited() {
    const THREADS: usize = 8;
    #[lru_cache]
    fn f(n: u64) -> Result<u64, u64> {
        until(|| f::cache_info().hits == THREADS as u64 - 1);
        if n == 1 { Ok(n) } else { Err(n) }
    }
    for n in [1, 2] {
        let statuses = threads(THREADS, |_| f::with_status(n).1);
        let joined = statuses.iter().filter(|status| **status == CacheStatus::Joined).count();
        assert_eq!(joined, THREADS - 1);
        assert_eq!(f::cache_stats().joined, THREADS as u64 - 1);
        assert_eq!(f::cache_stats().failures, n - 1);
        f::cache_clear();
    }
}

#[test]
fn who_got_what_was_old() {
    #[lru_cache(ttl = "10s", stale_on_error = "10s")]
    fn f(n: u64) -> Result<u64, String> {
        if RUNS.next() == 1 { Ok(n) } else { Err("away".to_owned()) }
    }
    static RUNS: Runs = Runs::new();
    #[lru_cache(ttl = "10s", stale = "10s")]
    async fn g(n: u64) -> u64 {
        step_aside().await;
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
    let mut renews = Box::pin(g::with_status(1));
    assert!(common::poll(renews.as_mut()).is_pending());
    assert_eq!(at_once(g::with_status(1)), (1, CacheStatus::Stale));
    assert_eq!(block_on(renews), (1, CacheStatus::Miss));
    assert_eq!(rest(g::cache_stats()), [0, 1, 0, 1, 0, 0, 2]);
}

#[test]
fn what_has_expired_is_counted_once() {
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
fn the_ttl_that_is_left() {
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
fn it_can_be_asked_from_inside_of_an_entry() {
    #[derive(Debug)]
    struct Curious(u64);

    impl Clone for Curious {
        fn clone(&self) -> Self {
            // The numbers are rough then, but there is an answer.
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
fn counts_of_many_threads_are_exact() {
    const THREADS: u64 = 8;
    const CALLS: u64 = 2_000;
    #[lru_cache(maxsize = 16, cache_if = |n| n.as_ref().is_ok_and(|n| !n.is_multiple_of(5)))]
    fn f(n: u64) -> Result<Arc<u64>, u64> {
        if n.is_multiple_of(7) { Err(n) } else { Ok(Arc::new(n)) }
    }
    threads(usize::try_from(THREADS).expect("few"), |thread| {
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

/// What is done to the cache, and to the model.
#[derive(Debug, Clone, Copy)]
enum Step {
    Call(u8),
    Insert(u8),
    Refresh(u8),
    Invalidate(u8),
    Clear,
    Pass(u8),
    Ask,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        12 => (0..12_u8).prop_map(Step::Call),
        2 => (0..12_u8).prop_map(Step::Insert),
        2 => (0..12_u8).prop_map(Step::Refresh),
        2 => (0..12_u8).prop_map(Step::Invalidate),
        1 => Just(Step::Clear),
        6 => (1..5_u8).prop_map(Step::Pass),
        2 => Just(Step::Ask),
    ]
}

const TTL: u64 = 10;
const MAXSIZE: usize = 4;

/// Odd numbers take as many seconds as they are; what is divisible by 5 is not stored, nor is 7, an error.
#[lru_cache(maxsize = MAXSIZE, ttl = "10s", cache_if = |n| *n != Ok(5) && *n != Ok(10))]
fn modelled(n: u8) -> Result<u8, String> {
    advance(u32::from(n % 2) * SECOND);
    if n == 7 { Err("seven".to_owned()) } else { Ok(n) }
}

/// The entries, the most recent one last, each with the second it expires in; and what was counted of them.
#[derive(Default)]
struct Model {
    entries: Vec<(u8, u64)>,
    now: u64,
    computations: u64,
    took: u64,
    refused: u64,
    failures: u64,
    /// Entries that were stored in a place that was not there before, less those that were removed on request.
    stored: u64,
}

impl Model {
    fn is_fresh(&self, n: u8) -> bool {
        self.entries.iter().any(|&(key, until)| key == n && self.now < until)
    }

    fn store(&mut self, n: u8) {
        self.entries.retain(|(key, _)| *key != n);
        self.entries.push((n, self.now + TTL));
        self.stored += 1;
    }

    fn compute(&mut self, n: u8) {
        self.computations += 1;
        self.took += u64::from(n % 2);
        self.now += u64::from(n % 2);
        match n {
            7 => self.failures += 1,
            5 | 10 => self.refused += 1,
            _ => self.store(n),
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn it_counts_as_a_naive_model_does(steps in prop::collection::vec(step(), 1..80)) {
        let _turn = clock();
        modelled::cache_clear();
        let mut model = Model::default();
        // Those that were replaced or removed before their time: neither evicted nor expired.
        let mut let_go = 0;
        for step in steps {
            match step {
                Step::Call(n) => {
                    if !model.is_fresh(n) {
                        model.compute(n);
                    }
                    let _ = modelled(n);
                }
                Step::Insert(n) => {
                    if !matches!(n, 5 | 10) {
                        let_go += u64::from(model.is_fresh(n) && modelled::cache_contains(n));
                        model.store(n);
                    }
                    modelled::cache_insert(n, Ok(n));
                }
                Step::Refresh(n) => {
                    let before = model.entries.iter().find(|(key, _)| *key == n).copied();
                    let is_replaced = modelled::cache_contains(n) && !matches!(n, 5 | 7 | 10);
                    model.compute(n);
                    let _ = modelled::cache_refresh(n);
                    // It may have expired while it was computed anew.
                    let is_good = before.is_some_and(|(_, until)| model.now < until);
                    let_go += u64::from(is_replaced && is_good);
                }
                Step::Invalidate(n) => {
                    let_go += u64::from(modelled::cache_invalidate(n));
                    model.entries.retain(|(key, _)| *key != n);
                }
                Step::Clear => {
                    modelled::cache_clear();
                    model = Model { now: model.now, ..Model::default() };
                    let_go = 0;
                }
                Step::Pass(seconds) => {
                    advance(u32::from(seconds) * SECOND);
                    model.now += u64::from(seconds);
                }
                Step::Ask => (),
            }
            let stats = modelled::cache_stats();
            model.entries.retain(|&(key, until)| model.now < until && modelled::cache_contains(key));
            prop_assert_eq!(stats.computations, model.computations);
            prop_assert_eq!(stats.compute_time, Duration::from_secs(model.took));
            prop_assert_eq!((stats.refused, stats.failures), (model.refused, model.failures));
            // Every entry is still there, or has left in one of three ways.
            let left = stats.evictions + stats.expirations + let_go;
            prop_assert_eq!(model.stored, left + stats.currsize as u64, "{:?}", stats);
            let different: HashSet<_> = model.entries.iter().collect();
            prop_assert_eq!(different.len(), stats.currsize);
        }
    }
}
