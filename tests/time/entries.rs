//! `cache_entries` and `cache_retain` of results that expire (CONTRACT 1 and 2).

use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

use functools::{CacheEntry, CacheStatus, lru_cache};
use functools_test_support::{NANOSECOND, SECOND, advance, clock};

/// Keys, and what is left of their ttl.
fn ttls<K, R>(entries: Vec<CacheEntry<K, R>>) -> Vec<(K, Option<Duration>)> {
    entries.into_iter().map(|entry| (entry.key, entry.ttl)).collect()
}

#[test]
fn entry_says_what_is_left_of_its_ttl() {
    #[lru_cache(ttl = "10s")]
    fn same(n: u32) -> u32 {
        n
    }
    #[lru_cache(ttl = "10s", scope = "thread")]
    fn of_thread(n: u32) -> u32 {
        n
    }
    #[lru_cache(ttl = |n: &u32| if *n == 2 { Duration::MAX } else { Duration::from_secs(10) })]
    fn of_result(n: u32) -> u32 {
        n
    }
    let _clock = clock();
    for n in [1, 2] {
        (same(n), of_thread(n), of_result(n));
        advance(4 * SECOND);
    }
    let two = Some(2 * SECOND);
    assert_eq!(ttls(same::cache_entries()), [(1, two), (2, Some(6 * SECOND))]);
    assert_eq!(ttls(of_thread::cache_entries()), [(1, two), (2, Some(6 * SECOND))]);
    assert_eq!(ttls(of_result::cache_entries()), [(1, two), (2, None)]);
    advance(2 * SECOND - NANOSECOND);
    assert_eq!(ttls(same::cache_entries())[0], (1, Some(NANOSECOND)));
    advance(NANOSECOND);
    assert_eq!(ttls(same::cache_entries()), [(2, Some(4 * SECOND))], "1 has expired");
    assert_eq!(ttls(of_thread::cache_entries()), [(2, Some(4 * SECOND))]);
    assert_eq!(ttls(of_result::cache_entries()), [(2, None)]);
}

#[test]
fn sliding_entry_is_not_renewed() {
    #[lru_cache(ttl = "10s", sliding = true)]
    fn same(n: u32) -> u32 {
        n
    }
    let _clock = clock();
    same(1);
    advance(9 * SECOND);
    assert_eq!(ttls(same::cache_entries()), [(1, Some(SECOND))]);
    assert_eq!(same::cache_retain(|_, _| true), 0);
    advance(SECOND);
    assert_eq!(ttls(same::cache_entries()), []);
}

#[test]
fn predicate_sees_what_may_still_be_returned() {
    static FAILS: AtomicBool = AtomicBool::new(false);
    #[lru_cache(ttl = "10s", stale_on_error = "10s")]
    fn same(n: u32) -> Result<u32, ()> {
        if FAILS.load(Relaxed) { Err(()) } else { Ok(n) }
    }
    let _clock = clock();
    FAILS.store(false, Relaxed);
    (1..=3).for_each(|n| assert_eq!(same(n), Ok(n)));
    advance(10 * SECOND);
    same(3).expect("it does not fail");
    FAILS.store(true, Relaxed);
    assert_eq!(ttls(same::cache_entries()), [(3, Some(10 * SECOND))]);
    let mut seen = Vec::new();
    let removed = same::cache_retain(|n, _| {
        seen.push(*n);
        *n == 2
    });
    seen.sort_unstable();
    assert_eq!((removed, seen), (1, vec![1, 2, 3]), "1 had expired");
    assert_eq!(same::with_status(2), (Ok(2), CacheStatus::Stale));
    assert_eq!(same::with_status(1).0, Err(()), "it is not returned any more");
    advance(10 * SECOND);
    assert_eq!(same::cache_retain(|_, _| panic!("no entry is of use any more")), 0);
}

#[test]
fn expired_entry_counts_as_such() {
    #[lru_cache(ttl = "10s", stale = "10s")]
    fn same(n: u32) -> u32 {
        n
    }
    let _clock = clock();
    same(1);
    advance(10 * SECOND);
    assert_eq!(same::cache_retain(|_, _| false), 0);
    assert_eq!(same::cache_stats().expirations, 1);
    same(2);
    assert_eq!(same::cache_retain(|_, _| false), 1);
    assert_eq!(same::cache_stats().expirations, 1);
    assert_eq!(same::cache_info().currsize, 0);
}
