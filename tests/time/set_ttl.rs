//! `cache_set_ttl` (CONTRACT 1 and 2): another `ttl` while the program runs.

use std::time::Duration;

use functools::{CacheStatus, lru_cache};
use functools_test_support::{SECOND, advance, clock};

#[test]
fn entries_keep_their_deadline() {
    #[lru_cache(ttl = "10s")]
    fn same(n: u32) -> u32 {
        n
    }
    let _clock = clock();
    same(1);
    same::cache_set_ttl(2 * SECOND);
    assert_eq!(same::cache_parameters().ttl, Some(2 * SECOND));
    same(2);
    assert_eq!(same::cache_ttl(1), Some(10 * SECOND));
    assert_eq!(same::cache_ttl(2), Some(2 * SECOND));
    advance(2 * SECOND);
    assert_eq!(same::with_status(1).1, CacheStatus::Hit);
    assert_eq!(same::with_status(2).1, CacheStatus::Miss);
    same::cache_set_ttl(Duration::MAX);
    same(3);
    assert_eq!(same::cache_ttl(3), Some(Duration::MAX), "it never expires");
    same::cache_set_ttl(Duration::ZERO);
    same(4);
    assert!(!same::cache_contains(4));
    same::cache_clear();
    assert_eq!(same::cache_parameters().ttl, Some(Duration::ZERO), "a clear leaves it");
}

#[test]
fn ttl_before_the_first_call_is_kept() {
    const TTL: Duration = Duration::from_secs(60);
    #[lru_cache(ttl = TTL, scope = "thread")]
    fn same(n: u32) -> u32 {
        n
    }
    let _clock = clock();
    same::cache_set_ttl(5 * SECOND);
    same(1);
    assert_eq!(same::cache_ttl(1), Some(5 * SECOND));
}

#[test]
fn hit_of_a_sliding_entry_starts_the_new_ttl() {
    #[lru_cache(ttl = "10s", sliding = true)]
    fn same(n: u32) -> u32 {
        n
    }
    let _clock = clock();
    same(1);
    same::cache_set_ttl(20 * SECOND);
    assert_eq!(same::cache_ttl(1), Some(10 * SECOND));
    same(1);
    assert_eq!(same::cache_ttl(1), Some(20 * SECOND));
    same::cache_set_ttl(SECOND);
    same(1);
    assert_eq!(same::cache_ttl(1), Some(20 * SECOND), "it is never shortened");
}

#[test]
fn computation_in_flight_gets_the_new_ttl() {
    #[lru_cache(ttl = "10s")]
    fn slow(n: u32) -> u32 {
        slow::cache_set_ttl(30 * SECOND);
        n
    }
    let _clock = clock();
    slow(1);
    assert_eq!(slow::cache_ttl(1), Some(30 * SECOND));
}

#[test]
fn stale_window_stays() {
    #[lru_cache(ttl = "10s", stale_on_error = "10s")]
    fn same(n: u32) -> Result<u32, ()> {
        if n == 0 { Err(()) } else { Ok(n) }
    }
    let _clock = clock();
    same::cache_set_ttl(2 * SECOND);
    same::cache_insert(0, Ok(7));
    advance(11 * SECOND);
    assert_eq!(same::with_status(0), (Ok(7), CacheStatus::Stale));
    advance(SECOND);
    assert_eq!(same(0), Err(()));
}

#[test]
#[should_panic(expected = "is a function of the result")]
fn ttl_of_results_has_no_other() {
    fn of_result(_: &u32) -> Duration {
        SECOND
    }
    #[lru_cache(ttl = of_result)]
    fn same(n: u32) -> u32 {
        n
    }
    same::cache_set_ttl(SECOND);
}
