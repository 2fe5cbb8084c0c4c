//! `maxweight`: evictions, results that are too heavy, and removals that return weight
//! (CONTRACT 2).

use std::sync::atomic::Ordering::Relaxed;
use std::sync::atomic::{AtomicBool, AtomicU64};
use std::thread;

use functools::{CacheStatus, cache, lru_cache};
use functools_test_support::{Model, kept};

#[test]
fn evicts_the_least_recent_until_the_new_entry_fits() {
    #[lru_cache(maxweight = 10, weight = |text| text.len() as u64)]
    fn text(len: usize) -> String {
        "a".repeat(len)
    }
    for len in [1, 2, 3, 4] {
        text(len);
    }
    assert_eq!(kept(text::cache_contains, 1..=4), [1, 2, 3, 4]);
    assert_eq!(text::cache_stats().weight, 10);
    text(1);
    // A weight of 5 needs the room of 2 and 3: 1 was used after them.
    text(5);
    assert_eq!(kept(text::cache_contains, 1..=5), [1, 4, 5]);
    let stats = text::cache_stats();
    assert_eq!((stats.weight, stats.currsize, stats.evictions), (10, 3, 2));
    text(10);
    assert_eq!(kept(text::cache_contains, 1..=10), [10]);
    assert_eq!(text::cache_stats().evictions, 5);
}

#[test]
fn maxweight_alone_leaves_the_count_unbounded() {
    #[lru_cache(maxweight = 1_000, weight = |_| 1)]
    fn number(n: u64) -> u64 {
        n
    }
    for n in 0..1_500 {
        number(n);
    }
    let (info, parameters) = (number::cache_info(), number::cache_parameters());
    assert_eq!((info.maxsize, info.currsize), (None, 1_000));
    assert_eq!((parameters.maxsize, parameters.maxweight), (None, Some(1_000)));
    assert_eq!(number::cache_stats().maxweight, Some(1_000));
}

#[test]
fn maxsize_and_maxweight_both_apply() {
    #[lru_cache(maxsize = 3, maxweight = 10, weight = |n| *n)]
    fn number(n: u64) -> u64 {
        n
    }
    for n in [1, 2, 3, 4] {
        number(n);
    }
    assert_eq!(kept(number::cache_contains, 1..=4), [2, 3, 4], "by count");
    number(6);
    assert_eq!(kept(number::cache_contains, 1..=6), [4, 6], "by weight");
    assert_eq!(number::cache_info().maxsize, Some(3));
}

#[test]
fn maxsize_0_stores_nothing() {
    #[lru_cache(maxsize = 0, maxweight = 10, weight = |n| *n)]
    fn number(n: u64) -> u64 {
        n
    }
    assert_eq!(number::with_status(1), (1, CacheStatus::Bypass));
    assert_eq!(number::with_status(11), (11, CacheStatus::Bypass));
    let stats = number::cache_stats();
    assert_eq!((stats.misses, stats.currsize, stats.weight, stats.too_heavy), (2, 0, 0, 0));
}

#[test]
fn entry_of_no_weight_always_fits() {
    #[cache(maxweight = 0, weight = |n| *n)]
    fn number(n: u64) -> u64 {
        n
    }
    number(0);
    number(1);
    assert_eq!(kept(number::cache_contains, 0..=1), [0]);
}

#[test]
fn too_heavy_result_is_returned_and_counted() {
    #[lru_cache(maxweight = 10, weight = |text| text.len() as u64)]
    fn text(len: usize) -> String {
        "a".repeat(len)
    }
    text(4);
    assert_eq!(text::with_status(10).1, CacheStatus::Miss);
    assert_eq!(kept(text::cache_contains, [4, 10, 11]), [10]);
    let (result, status) = text::with_status(11);
    assert_eq!((result.len(), status), (11, CacheStatus::TooHeavy));
    assert!(!status.is_hit());
    assert_eq!(status.to_string(), "functools; fwd=miss; detail=too-heavy");
    assert_eq!(text(11).len(), 11);
    assert_eq!(kept(text::cache_contains, [4, 10, 11]), [10], "it evicts nothing");
    let stats = text::cache_stats();
    assert_eq!((stats.too_heavy, stats.misses, stats.computations), (2, 4, 4));
    assert_eq!((stats.refused, stats.failures), (0, 0));
    text::cache_clear();
    assert_eq!(text::cache_stats().too_heavy, 0);
}

#[test]
fn too_heavy_result_keeps_the_old_entry() {
    static WEIGHT: AtomicU64 = AtomicU64::new(1);
    #[lru_cache(maxweight = 10, weight = |weight| *weight)]
    fn weight(_id: u8) -> u64 {
        WEIGHT.load(Relaxed)
    }
    weight(1);
    WEIGHT.store(11, Relaxed);
    assert_eq!(weight::cache_refresh(1), 11);
    assert_eq!(weight::cache_peek(1), Some(1));
    weight::cache_insert(1, 12);
    weight::cache_insert(2, 12);
    assert_eq!((weight::cache_peek(1), weight::cache_peek(2)), (Some(1), None));
    assert_eq!(weight::cache_stats().too_heavy, 3);
}

#[test]
fn too_heavy_result_reaches_waiters() {
    static HAS_BEGUN: AtomicBool = AtomicBool::new(false);
    #[lru_cache(maxweight = 10, weight = |_| 11)]
    fn slow(n: u64) -> u64 {
        HAS_BEGUN.store(true, Relaxed);
        while slow::cache_stats().joined == 0 {
            thread::yield_now();
        }
        n
    }
    thread::scope(|scope| {
        let leader = scope.spawn(|| slow::with_status(7));
        while !HAS_BEGUN.load(Relaxed) {
            thread::yield_now();
        }
        assert_eq!(slow::with_status(7), (7, CacheStatus::Joined));
        assert_eq!(leader.join().unwrap(), (7, CacheStatus::TooHeavy));
    });
    assert_eq!(slow::cache_stats().too_heavy, 1);
}

#[test]
fn replaced_entry_returns_its_weight() {
    #[lru_cache(maxweight = 10, weight = |n| *n)]
    fn number(_id: u8) -> u64 {
        2
    }
    number(1);
    number(2);
    assert_eq!(number::cache_stats().weight, 4);
    number::cache_insert(1, 8);
    assert_eq!(number::cache_stats().weight, 10);
    number::cache_refresh(1);
    assert_eq!(number::cache_stats().weight, 4);
    assert_eq!(kept(number::cache_contains, 1..=2), [1, 2]);
    // The new value is heavier, so the other entry is evicted.
    number::cache_insert(1, 9);
    assert_eq!(kept(number::cache_contains, 1..=2), [1]);
    assert_eq!(number::cache_stats().weight, 9);
}

#[test]
fn removed_entry_returns_its_weight() {
    #[lru_cache(maxweight = 10, weight = |n| *n)]
    fn number(n: u64) -> u64 {
        n
    }
    number(4);
    number(6);
    assert!(number::cache_invalidate(4));
    assert_eq!(number::cache_stats().weight, 6);
    number(4);
    assert_eq!(kept(number::cache_contains, [4, 6]), [4, 6]);
    number::cache_clear();
    assert_eq!(number::cache_stats().weight, 0);
    number(10);
    assert_eq!((number::cache_stats().weight, number::cache_stats().evictions), (10, 0));
}

#[test]
fn maxweight_is_evaluated_once() {
    static ASKED: AtomicU64 = AtomicU64::new(0);
    fn limit() -> u64 {
        ASKED.fetch_add(1, Relaxed);
        10
    }
    #[lru_cache(maxweight = limit() * 2, weight = |_| 1)]
    fn number(n: u64) -> u64 {
        n
    }
    number(1);
    number(2);
    assert_eq!(number::cache_parameters().maxweight, Some(20));
    assert_eq!(ASKED.load(Relaxed), 1);
}

#[test]
fn maxweight_takes_bytes_as_text() {
    #[lru_cache(maxweight = "64MiB", weight = |n| *n)]
    fn binary(n: u64) -> u64 {
        n
    }
    #[lru_cache(maxweight = "2 kB", weight = |n| *n)]
    fn decimal(n: u64) -> u64 {
        n
    }
    assert_eq!(binary::cache_parameters().maxweight, Some(64 << 20));
    assert_eq!(decimal::cache_parameters().maxweight, Some(2_000));
}

#[test]
fn threads_never_exceed_maxweight() {
    #[lru_cache(maxweight = 100, weight = |n| *n % 40)]
    fn number(n: u64) -> u64 {
        n
    }
    thread::scope(|scope| {
        for seed in 0..4 {
            scope.spawn(move || {
                let mut random = fastrand::Rng::with_seed(seed);
                for _ in 0..5_000 {
                    number(random.u64(..200));
                    assert!(number::cache_stats().weight <= 100);
                }
            });
        }
    });
    let stats = number::cache_stats();
    let weight: u64 = kept(number::cache_contains, 0..200).iter().map(|n| n % 40).sum();
    assert_eq!((stats.weight, stats.hits + stats.misses), (weight, 20_000));
}

#[test]
fn random_operations_agree_with_a_model() {
    const MAXWEIGHT: u64 = 60;
    #[lru_cache(maxsize = 8, maxweight = MAXWEIGHT, weight = |key, value| key + value)]
    fn half(n: u64) -> u64 {
        n / 2
    }
    fn weight(model: &Model<u64, u64>) -> u64 {
        model.entries.iter().map(|entry| entry.key + entry.value).sum()
    }
    /// Stores a value that is not too heavy, and evicts until both bounds hold.
    fn store(model: &mut Model<u64, u64>, key: u64, value: u64) {
        if key + value <= MAXWEIGHT {
            model.store(key, value, u64::MAX);
            while weight(model) > MAXWEIGHT {
                model.entries.remove(0);
            }
        }
    }
    let mut random = fastrand::Rng::with_seed(7);
    let mut model = Model::new(8);
    for _ in 0..20_000 {
        let key = random.u64(..50);
        match random.u8(..8) {
            0 => assert_eq!(half::cache_invalidate(key), model.remove(&key)),
            1 => {
                let value = random.u64(..30);
                half::cache_insert(key, value);
                store(&mut model, key, value);
            }
            _ => {
                let expected = model.call(&key).unwrap_or_else(|| {
                    store(&mut model, key, key / 2);
                    key / 2
                });
                assert_eq!(half(key), expected);
            }
        }
        let mut expected: Vec<_> = model.entries.iter().map(|entry| entry.key).collect();
        expected.sort_unstable();
        assert_eq!(kept(half::cache_contains, 0..50), expected);
        assert_eq!(half::cache_stats().weight, weight(&model));
    }
}
