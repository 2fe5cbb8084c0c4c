//! `cache_resize` (CONTRACT 1): another `maxsize` while the program runs.

use std::cell::Cell;
use std::rc::Rc;
use std::thread;

use functools::{CacheStatus, lru_cache};
use functools_test_support::{Body, Running, finishes, info};

/// The keys of entries, the one that is evicted first first.
macro_rules! keys {
    ($f:ident) => {
        $f::cache_entries().into_iter().map(|entry| entry.key).collect::<Vec<_>>()
    };
}

#[test]
fn shrinking_evicts_the_least_recent_at_once() {
    #[lru_cache(maxsize = 5)]
    fn f(n: u32) -> u32 {
        n
    }
    for n in [1, 2, 3, 4, 5, 1, 3] {
        f(n);
    }
    f::cache_resize(3);
    assert_eq!(keys!(f), [5, 1, 3]);
    assert_eq!(f::cache_info(), info(2, 5, 3, 3));
    assert_eq!(f::cache_stats().evictions, 2);
    assert_eq!(f::cache_parameters().maxsize, Some(3));
    f(6);
    assert_eq!(keys!(f), [1, 3, 6], "the bound is kept");
    f::cache_resize(4);
    (f(7), f(8));
    assert_eq!(keys!(f), [3, 6, 7, 8]);
    f::cache_resize(None);
    (100..300).for_each(|n| assert_eq!(f(n), n));
    assert_eq!(f::cache_info().currsize, 204);
    assert_eq!(f::cache_info().maxsize, None);
    f(3);
    f::cache_resize(Some(2));
    assert_eq!(keys!(f), [299, 3], "the order of use is still known");
    f::cache_clear();
    (f(1), f(2), f(3));
    assert_eq!(f::cache_info(), info(0, 3, 2, 2), "a clear leaves the bound");
}

#[test]
fn nothing_is_stored_while_the_bound_is_zero() {
    #[lru_cache(maxsize = 2)]
    fn f(n: u32) -> u32 {
        n
    }
    #[lru_cache(maxsize = 0)]
    fn at_first(n: u32) -> u32 {
        n
    }
    #[lru_cache(maxsize = 2, scope = "thread")]
    fn of_thread(n: u32) -> Rc<u32> {
        Rc::new(n)
    }
    (f(1), of_thread(1));
    f::cache_resize(0);
    of_thread::cache_resize(0);
    assert_eq!(f::with_status(1), (1, CacheStatus::Bypass));
    assert_eq!(of_thread::with_status(1).1, CacheStatus::Bypass);
    assert_eq!(at_first::with_status(1), (1, CacheStatus::Bypass));
    assert_eq!(f::cache_info(), info(0, 2, 0, 0));
    assert_eq!(of_thread::cache_info(), info(0, 2, 0, 0));
    f::cache_resize(1);
    at_first::cache_resize(1);
    of_thread::cache_resize(1);
    assert_eq!((f(1), f(1), at_first(1), at_first(1)), (1, 1, 1, 1));
    assert_eq!((of_thread(1), of_thread(1)), (Rc::new(1), Rc::new(1)));
    assert_eq!(f::cache_info(), info(1, 3, 1, 1));
    assert_eq!(at_first::cache_info(), info(1, 2, 1, 1));
    assert_eq!(of_thread::cache_info(), info(1, 3, 1, 1));
}

#[test]
fn bound_before_the_first_call_is_kept() {
    #[lru_cache]
    fn f(n: u32) -> u32 {
        n
    }
    f::cache_resize(2);
    assert_eq!(f::cache_info(), info(0, 0, 2, 0));
    assert_eq!(f::cache_parameters().maxsize, Some(2));
    (f(1), f(2), f(3));
    assert_eq!(f::cache_info(), info(0, 3, 2, 2));
}

#[test]
fn threads_have_bounds_of_their_own() {
    #[lru_cache(maxsize = 8, scope = "thread")]
    fn f(n: u32) -> u32 {
        n
    }
    (1..=8).for_each(|n| assert_eq!(f(n), n));
    f(1);
    f::cache_resize(2);
    assert_eq!(keys!(f), [8, 1]);
    assert_eq!(f::cache_stats().evictions, 6);
    let other = thread::spawn(|| f::cache_info().maxsize).join().expect("no panic");
    assert_eq!((other, f::cache_info().maxsize), (Some(8), Some(2)));
}

#[test]
fn adaptive_policy_evicts_what_it_would() {
    #[lru_cache(maxsize = 100, policy = "adaptive")]
    fn f(n: u32) -> u32 {
        n
    }
    (0..100).for_each(|n| assert_eq!(f(n), n));
    (0..20).for_each(|n| assert_eq!(f(n), n));
    f::cache_resize(20);
    assert_eq!(f::cache_info().currsize, 20);
    let hit = (0..20).filter(|&n| f::cache_contains(n)).count();
    assert!(hit >= 18, "{hit} of those that were hit are left");
    (200..260).for_each(|n| assert_eq!(f(n), n));
    assert_eq!(f::cache_info().currsize, 20);
    f::cache_resize(40);
    (300..400).for_each(|n| assert_eq!(f(n), n));
    assert_eq!(f::cache_info().currsize, 40);
}

#[test]
fn bound_by_weight_stays() {
    #[lru_cache(maxsize = 10, maxweight = 30, weight = |n: &u32| u64::from(*n))]
    fn f(n: u32) -> u32 {
        n
    }
    (1..=6).for_each(|n| assert_eq!(f(n), n));
    f::cache_resize(3);
    assert_eq!(keys!(f), [4, 5, 6]);
    assert_eq!(f::cache_stats().weight, 15);
    f(20);
    assert_eq!(keys!(f), [6, 20]);
}

#[test]
fn expression_may_have_been_none() {
    fn none() -> Option<usize> {
        None
    }
    #[lru_cache(maxsize = none())]
    fn f(n: u32) -> u32 {
        n
    }
    #[lru_cache(maxsize = none(), policy = "adaptive")]
    fn adaptive(n: u32) -> u32 {
        n
    }
    for n in [3, 1, 2, 3] {
        (f(n), adaptive(n));
    }
    f::cache_resize(3);
    adaptive::cache_resize(2);
    assert_eq!(keys!(f), [3, 1, 2], "hits without a bound have no order");
    assert_eq!(adaptive::cache_info().currsize, 2);
    (f(3), f(4));
    assert_eq!(keys!(f), [2, 3, 4]);
    f::cache_clear();
    (1..=4).for_each(|n| assert_eq!(f(n), n));
    (f(2), f(5));
    assert_eq!(keys!(f), [4, 2, 5]);
}

#[test]
fn computation_in_flight_is_stored_within_the_new_bound() {
    #[lru_cache(maxsize = 4, skip(body))]
    fn f(n: u32, body: &Body<u32>) -> u32 {
        n + body.run()
    }
    for (bound, currsize) in [(1, 1), (0, 0)] {
        f::cache_clear();
        f::cache_resize(4);
        thread::scope(|scope| {
            let running = [1, 2].map(|n| Running::start(scope, move |body| f(n, &body)));
            f::cache_resize(bound);
            assert_eq!(running.map(|running| running.end_with(10)), [11, 12]);
        });
        assert_eq!(f::cache_info().currsize, currsize);
    }
}

#[test]
fn user_code_may_resize() {
    thread_local! {
        static BOUND: Cell<Option<usize>> = const { Cell::new(None) };
    }
    #[derive(Debug, PartialEq, Eq)]
    struct Value(u32);
    impl Clone for Value {
        fn clone(&self) -> Self {
            if let Some(bound) = BOUND.take() {
                f::cache_resize(bound);
                of_thread::cache_resize(bound);
            }
            Value(self.0)
        }
    }
    #[lru_cache(maxsize = 8)]
    fn f(n: u32) -> Value {
        Value(n)
    }
    #[lru_cache(maxsize = 8, scope = "thread")]
    fn of_thread(n: u32) -> Value {
        Value(n)
    }
    finishes(|| {
        for hit in [f, of_thread] {
            f::cache_resize(8);
            of_thread::cache_resize(8);
            for n in 1..=4 {
                (f(n), of_thread(n));
            }
            BOUND.set(Some(2));
            assert_eq!(hit(1), Value(1));
            assert_eq!((f::cache_info().currsize, of_thread::cache_info().currsize), (2, 2));
        }
    });
}

#[test]
fn bound_is_never_exceeded_by_threads() {
    #[lru_cache(maxsize = 512)]
    fn f(n: u32) -> u32 {
        n
    }
    thread::scope(|scope| {
        for seed in 1..4_u32 {
            scope.spawn(move || {
                for n in 0..4_000_u32 {
                    let n = n.wrapping_mul(seed * 31) % 700;
                    assert_eq!(f(n), n);
                }
            });
        }
        for bound in [500, 3, 100, 1, 400, 0, 64].into_iter().cycle().take(70) {
            f::cache_resize(bound);
            let info = f::cache_info();
            assert_eq!(info.maxsize, Some(bound));
            assert!(info.currsize <= bound, "{info}");
        }
    });
    let info = f::cache_info();
    assert!(info.currsize <= 64, "{info}");
    assert_eq!(info.hits + info.misses, 12_000);
}
