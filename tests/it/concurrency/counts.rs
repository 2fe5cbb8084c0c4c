//! Counts are exact, and `maxsize` holds, at any number of threads (CONTRACT 5).

use std::sync::Barrier;
use std::thread;

use functools::lru_cache;
use functools_test_support::{in_threads, info, watched};

const THREADS: u32 = 4;

const CALLS: u32 = 5_000;

/// Returns random numbers below 16, from a seed.
fn numbers(seed: u32) -> impl Iterator<Item = u32> {
    let next = |n: &u32| Some(n.wrapping_mul(1_664_525).wrapping_add(1_013_904_223));
    std::iter::successors(Some(seed), next).map(|n| n >> 28)
}

/// Runs `work` in all threads at once, each with its number.
fn in_all_threads(work: impl Fn(u32) + Sync) {
    in_threads(THREADS as usize, |thread| work(u32::try_from(thread).expect("few threads")));
}

#[test]
fn counts_every_call_and_never_exceeds_maxsize() {
    #[lru_cache(maxsize = 8)]
    fn tenfold(n: u32) -> u32 {
        10 * n
    }
    let work = |thread| {
        for n in numbers(thread).take(CALLS as usize) {
            assert_eq!(tenfold(n), 10 * n);
        }
    };
    let mut before = tenfold::cache_info();
    watched(
        || {
            let now = tenfold::cache_info();
            assert!(now.currsize <= 8, "{now}");
            assert!(now.currsize as u64 <= now.misses, "each entry was missed once: {now}");
            assert!(now.hits >= before.hits && now.misses >= before.misses, "{before}, {now}");
            assert!(now.hits + now.misses <= u64::from(THREADS * CALLS), "{now}");
            before = now;
        },
        || in_all_threads(work),
    );
    let after = tenfold::cache_info();
    assert_eq!(after.hits + after.misses, u64::from(THREADS * CALLS));
    assert_eq!(after.currsize, 8);
    assert_eq!((0..16).filter(|&n| tenfold::cache_contains(n)).count(), 8);
}

#[test]
fn counts_failures_and_panics() {
    #[lru_cache(maxsize = 8)]
    fn sometimes(n: u32) -> Result<u32, u32> {
        match n % 4 {
            0 => Err(n),
            1 => std::panic::resume_unwind(Box::new(n)),
            _ => Ok(n),
        }
    }
    let work = |thread| {
        for n in numbers(thread).take(CALLS as usize) {
            match std::panic::catch_unwind(|| sometimes(n)) {
                Ok(Ok(even_half)) => assert_eq!((even_half, n % 4 > 1), (n, true)),
                Ok(Err(fourth)) => assert_eq!((fourth, n % 4), (n, 0)),
                Err(_) => assert_eq!(n % 4, 1),
            }
        }
    };
    watched(|| assert!(sometimes::cache_info().currsize <= 8), || in_all_threads(work));
    let after = sometimes::cache_info();
    assert_eq!(after.hits + after.misses, u64::from(THREADS * CALLS));
    assert_eq!(after.currsize, 8);
}

#[test]
fn never_exceeds_maxsize_whatever_the_operations() {
    #[lru_cache(maxsize = 5)]
    fn tenfold(n: u32) -> u32 {
        10 * n
    }
    let work = |thread| {
        for (round, n) in (0..CALLS).zip(numbers(thread)) {
            match round % 8 {
                0 => tenfold::cache_insert(n, 10 * n),
                1 => assert_eq!(tenfold::cache_refresh(n), 10 * n),
                2 => assert!(tenfold::cache_peek(n).is_none_or(|value| value == 10 * n)),
                3 => _ = tenfold::cache_invalidate(n),
                4 if n == 0 => tenfold::cache_clear(),
                _ => assert_eq!(tenfold(n), 10 * n),
            }
        }
    };
    watched(
        || {
            let now = tenfold::cache_info();
            assert!(now.currsize <= 5, "{now}");
        },
        || in_all_threads(work),
    );
    let kept = (0..16).filter(|&n| tenfold::cache_contains(n)).count();
    assert_eq!(kept, tenfold::cache_info().currsize);
    (0..16).for_each(|n| assert_eq!(tenfold(n), 10 * n));
    let kept: Vec<_> = (0..16).filter(|&n| tenfold::cache_contains(n)).collect();
    assert_eq!(kept, [11, 12, 13, 14, 15]);
}

#[test]
fn simultaneous_calls_of_a_key_store_one_entry() {
    #[lru_cache(maxsize = 8)]
    fn same(n: u32) -> u32 {
        n
    }
    let together = Barrier::new(THREADS as usize);
    let work = |_| {
        for n in 0..1_000 {
            together.wait();
            assert_eq!(same(n), n);
        }
    };
    watched(|| assert!(same::cache_info().currsize <= 8), || in_all_threads(work));
    let after = same::cache_info();
    assert_eq!(after.hits + after.misses, u64::from(THREADS) * 1_000);
    let kept: Vec<_> = (0..1_000).filter(|&n| same::cache_contains(n)).collect();
    assert_eq!((kept.len(), after.currsize), (8, 8));
}

#[test]
fn counts_every_call_of_a_hundred_threads() {
    #[lru_cache(maxsize = 8)]
    fn tenfold(n: u32) -> u32 {
        10 * n
    }
    let together = Barrier::new(100);
    thread::scope(|scope| {
        for thread in 0..100 {
            let together = &together;
            scope.spawn(move || {
                together.wait();
                for n in numbers(thread).take(100) {
                    assert_eq!(tenfold(n), 10 * n);
                }
                // No thread ends before the last has called.
                together.wait();
            });
        }
    });
    let after = tenfold::cache_info();
    assert_eq!((after.hits + after.misses, after.currsize), (10_000, 8));
}

/// Calls that do not overlap in time are in one order, whichever threads make them.
#[test]
fn calls_that_do_not_overlap_have_one_order() {
    #[lru_cache(maxsize = 3)]
    fn same(n: u32) -> u32 {
        n
    }
    for n in [1, 2, 3, 1, 4, 2, 5] {
        assert_eq!(thread::spawn(move || same(n)).join().expect("no panic"), n);
    }
    let kept = [1, 2, 3, 4, 5].map(same::cache_contains);
    assert_eq!(kept, [false, true, false, true, true]);
    assert_eq!(same::cache_info(), info(1, 6, 3, 3));
}
