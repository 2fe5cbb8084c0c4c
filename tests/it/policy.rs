//! `policy`: which entry is evicted, and what holds with either (CONTRACT 2).

use std::thread;

use functools::{Policy, cache, lru_cache};
use functools_test_support::kept;

#[test]
fn parameters_return_the_policy() {
    #[lru_cache]
    fn default(n: u64) -> u64 {
        n
    }
    #[lru_cache(policy = "lru", scope = "thread")]
    fn lru(n: u64) -> u64 {
        n
    }
    #[lru_cache(policy = "adaptive")]
    fn adaptive(n: u64) -> u64 {
        n
    }
    #[cache(policy = "adaptive", maxweight = 10, weight = |_| 1)]
    fn by_weight(n: u64) -> u64 {
        n
    }
    assert_eq!(default::cache_parameters().policy, Policy::Lru);
    assert_eq!(lru::cache_parameters().policy, Policy::Lru);
    assert_eq!(adaptive::cache_parameters().policy, Policy::Adaptive);
    assert_eq!(by_weight::cache_parameters().policy, Policy::Adaptive);
    assert_eq!(
        [Policy::Lru, Policy::Adaptive].map(|policy| policy.to_string()),
        ["lru", "adaptive"]
    );
}

#[test]
fn adaptive_counts_exactly_and_keeps_maxsize() {
    #[lru_cache(maxsize = 16, policy = "adaptive")]
    fn number(n: u64) -> u64 {
        n
    }
    let mut random = fastrand::Rng::with_seed(3);
    let (mut hits, mut misses) = (0, 0);
    for _ in 0..20_000 {
        // Half of the calls are for a tenth of the keys.
        let key = if random.bool() { random.u64(..10) } else { random.u64(..100) };
        *(if number::cache_contains(key) { &mut hits } else { &mut misses }) += 1;
        assert_eq!(number(key), key);
        assert!(number::cache_contains(key), "what was just stored is there");
        assert!(kept(number::cache_contains, 0..100).len() <= 16);
    }
    let stats = number::cache_stats();
    assert_eq!((stats.hits, stats.misses), (hits, misses));
    assert_eq!((stats.currsize, stats.evictions), (16, misses - 16));
}

#[test]
fn adaptive_counts_exactly_and_keeps_maxsize_among_threads() {
    #[lru_cache(maxsize = 32, policy = "adaptive")]
    fn number(n: u64) -> u64 {
        n
    }
    thread::scope(|scope| {
        for seed in 0..4 {
            scope.spawn(move || {
                let mut random = fastrand::Rng::with_seed(seed);
                for _ in 0..10_000 {
                    let key = random.u64(..200);
                    assert_eq!(number(key), key);
                    assert!(number::cache_info().currsize <= 32);
                }
            });
        }
    });
    let info = number::cache_info();
    assert_eq!((info.hits + info.misses, info.currsize), (40_000, 32));
}

/// Uses the keys below 64 often, then 10,000 others once. Returns how many of the first are left.
macro_rules! left_by_a_scan {
    ($function:ident) => {{
        for _ in 0..8 {
            for key in 0..64 {
                $function(key);
            }
        }
        for key in 1_000..11_000 {
            $function(key);
        }
        kept($function::cache_contains, 0..64).len()
    }};
}

#[test]
fn adaptive_keeps_frequent_keys_through_a_scan() {
    #[lru_cache(maxsize = 128)]
    fn lru(n: u64) -> u64 {
        n
    }
    #[lru_cache(maxsize = 128, policy = "adaptive")]
    fn adaptive(n: u64) -> u64 {
        n
    }
    assert_eq!(left_by_a_scan!(lru), 0);
    let left = left_by_a_scan!(adaptive);
    assert!(left >= 60, "{left} of 64");
}

#[test]
fn adaptive_by_weight_keeps_frequent_keys_through_a_scan() {
    #[lru_cache(maxweight = 128, weight = |_| 1)]
    fn lru(n: u64) -> u64 {
        n
    }
    #[lru_cache(maxweight = 128, weight = |_| 1, policy = "adaptive")]
    fn adaptive(n: u64) -> u64 {
        n
    }
    assert_eq!(left_by_a_scan!(lru), 0);
    let left = left_by_a_scan!(adaptive);
    assert!(left >= 60, "{left} of 64");
    assert_eq!(adaptive::cache_stats().weight, 128);
}

/// Every other call has one of 50 keys, the others have new ones.
#[test]
fn adaptive_has_more_hits_where_many_keys_come_once() {
    #[lru_cache(maxsize = 64)]
    fn lru(n: u64) -> u64 {
        n
    }
    #[lru_cache(maxsize = 64, policy = "adaptive")]
    fn adaptive(n: u64) -> u64 {
        n
    }
    let mut random = fastrand::Rng::with_seed(3);
    for call in 0..20_000 {
        let key = if call % 2 == 0 { 1_000 + call } else { random.u64(..50) };
        lru(key);
        adaptive(key);
    }
    let (hits, hits_of_lru) = (adaptive::cache_info().hits, lru::cache_info().hits);
    assert!(hits > 9_000, "{hits} of 10,000; LRU {hits_of_lru}");
    assert!(hits_of_lru < 6_000, "{hits_of_lru} of 10,000");
}

#[test]
fn adaptive_has_the_whole_handle() {
    #[lru_cache(maxsize = 4, policy = "adaptive")]
    fn number(n: u64) -> u64 {
        n
    }
    number(1);
    number::cache_insert(2, 20);
    assert_eq!((number::cache_peek(1), number::cache_peek(2)), (Some(1), Some(20)));
    assert_eq!(number(2), 20);
    assert_eq!(number::cache_refresh(2), 2);
    assert_eq!(number::cache_peek(2), Some(2));
    assert!(number::cache_invalidate(1));
    assert!(!number::cache_invalidate(1));
    assert!(!number::cache_contains(1));
    assert_eq!(number::cache_info().currsize, 1);
    number::cache_clear();
    assert_eq!(number::cache_info().currsize, 0);
    for key in 0..100 {
        number(key);
        number(key % 3);
    }
    assert_eq!(number::cache_info().currsize, 4);
}

#[test]
fn adaptive_takes_every_maxsize() {
    #[lru_cache(maxsize = 0, policy = "adaptive")]
    fn none(n: u64) -> u64 {
        n
    }
    #[lru_cache(maxsize = 1, policy = "adaptive")]
    fn one(n: u64) -> u64 {
        n
    }
    #[lru_cache(maxsize = 2, policy = "adaptive")]
    fn two(n: u64) -> u64 {
        n
    }
    #[lru_cache(maxsize = None, policy = "adaptive")]
    fn all(n: u64) -> u64 {
        n
    }
    for key in (0..5).cycle().take(50) {
        assert_eq!((none(key), one(key), two(key), all(key)), (key, key, key, key));
        assert!(one::cache_contains(key) && two::cache_contains(key));
    }
    let currsizes = [
        none::cache_info().currsize,
        one::cache_info().currsize,
        two::cache_info().currsize,
        all::cache_info().currsize,
    ];
    assert_eq!(currsizes, [0, 1, 2, 5]);
    assert_eq!((all::cache_info().misses, all::cache_stats().evictions), (5, 0));
}

#[test]
fn adaptive_takes_a_ttl() {
    #[lru_cache(maxsize = 8, ttl = "1h", policy = "adaptive")]
    fn number(n: u64) -> u64 {
        n
    }
    for key in 0..100 {
        number(key);
    }
    let stats = number::cache_stats();
    assert_eq!((stats.currsize, stats.evictions, stats.expirations), (8, 92, 0));
}
