//! Weights of entries that expire (CONTRACT 2).

use functools::lru_cache;
use functools_test_support::{SECOND, advance, clock};

#[test]
fn expired_entry_returns_its_weight() {
    let _turn = clock();
    #[lru_cache(ttl = "1s", maxweight = 10, weight = |n| *n)]
    fn number(n: u64) -> u64 {
        n
    }
    number(4);
    number(6);
    assert_eq!(number::cache_stats().weight, 10);
    advance(SECOND);
    let stats = number::cache_stats();
    assert_eq!((stats.weight, stats.expirations), (0, 2));
    number(10);
    assert_eq!((number::cache_stats().weight, number::cache_stats().evictions), (10, 0));
}

#[test]
fn room_of_an_expired_entry_is_no_eviction() {
    let _turn = clock();
    #[lru_cache(ttl = "1s", maxweight = 10, weight = |n| *n)]
    fn number(n: u64) -> u64 {
        n
    }
    number(10);
    advance(SECOND);
    number(9);
    let stats = number::cache_stats();
    assert_eq!((stats.weight, stats.evictions, stats.expirations), (9, 0, 1));
}
