//! Panics in any code of the user leave the cache consistent (CONTRACT 4, 6).

use std::cell::Cell;
use std::hash::{Hash, Hasher};
use std::panic;
use std::panic::AssertUnwindSafe;
use std::pin::Pin;

use functools::{CacheStatus, cache, lru_cache};
use functools_test_support::{Runs, finishes, info, now};
use smol::future::{block_on, yield_now};

use crate::reentrance::trap::{
    Cached, Place, Step, arm, assert_works, cached_with_traps, disarm, in_each_scope, steps,
};

const STEPS: [Step; 14] = steps! {
    Call(1), Call(3), Call(5), WithStatus(3), WithStatus(5), Refresh(1), Refresh(5),
    Insert(3), Insert(5), Peek(1), Contains(3), Invalidate(1), Invalidate(5), Clear
};

/// Panics in each place, at each of the times that a step runs its code, in a cache that has 1 and
/// 3.
#[test]
fn panic_in_any_user_code_leaves_the_cache_consistent() {
    for place in Place::ALL {
        for cached in in_each_scope!() {
            finishes(move || panic_within(place, cached));
        }
    }
}

fn panic_within(place: Place, cached: Cached) {
    let mut panics = 0;
    for step in STEPS {
        for passes in 1.. {
            let row = format!("{place:?}, time {passes} in {step:?}");
            cached(Step::Call(1));
            cached(Step::Call(3));
            let mut left = passes;
            arm(place, move || {
                left -= 1;
                if left == 0 {
                    panic::resume_unwind(Box::new("sprung"));
                }
            });
            let panicked = panic::catch_unwind(|| cached(step)).is_err();
            assert_eq!(panicked, disarm() == passes, "{row}");
            assert_works(cached, &row);
            if !panicked {
                break;
            }
            panics += 1;
        }
    }
    assert_ne!(panics, 0, "{place:?}");
}

/// Whether `run` panics.
fn panics<R>(run: impl FnOnce() -> R) -> bool {
    panic::catch_unwind(AssertUnwindSafe(run)).is_err()
}

#[test]
fn panic_in_the_body_stores_and_evicts_nothing() {
    static RUNS: Runs = Runs::new();
    #[lru_cache(maxsize = 2)]
    fn third_time(n: u32) -> u32 {
        if n == 3 && RUNS.next() < 3 {
            panic::resume_unwind(Box::new("down"));
        }
        n
    }
    assert_eq!((third_time(1), third_time(2)), (1, 2));
    assert!(panics(|| third_time(3)));
    assert_eq!(third_time::cache_info(), info(0, 3, 2, 2), "it stays a miss");
    assert!(panics(|| third_time::cache_refresh(3)));
    assert!(third_time::cache_contains(1));
    assert!(third_time::cache_contains(2));
    assert_eq!((third_time(3), third_time(3)), (3, 3));
    assert_eq!(third_time::cache_info(), info(1, 4, 2, 2));
}

#[test]
fn panic_in_a_refresh_keeps_the_entry() {
    static RUNS: Runs = Runs::new();
    #[lru_cache(maxsize = 2)]
    fn once(n: u32) -> u32 {
        if RUNS.next() > 1 {
            panic::resume_unwind(Box::new("down"));
        }
        n
    }
    assert_eq!(once(1), 1);
    assert!(panics(|| once::cache_refresh(1)));
    assert!(panics(|| once::uncached(1)));
    assert_eq!(once(1), 1);
    assert_eq!(once::cache_info(), info(1, 1, 2, 1));
}

#[test]
fn panic_in_a_recursion_keeps_what_was_stored_before() {
    #[cache]
    fn down_to(n: u32) -> u32 {
        if n == 13 {
            panic::resume_unwind(Box::new("unlucky"));
        }
        if n.is_multiple_of(2) { n } else { down_to(n - 1) + down_to(n + 2) }
    }
    assert!(panics(|| down_to(9)));
    let kept: Vec<_> = (0..20).filter(|&n| down_to::cache_contains(n)).collect();
    assert_eq!(kept, [8, 10]);
    assert_eq!(down_to::cache_info(), info(0, 5, None, 2));
}

#[test]
fn panic_in_cache_if_stores_nothing() {
    static ASKED: Runs = Runs::new();
    #[lru_cache(maxsize = 2, cache_if = |_| {
        ASKED.next() > 1 || panic::resume_unwind(Box::new("not yet"))
    })]
    fn same(n: u32) -> u32 {
        n
    }
    assert!(panics(|| same(1)));
    assert_eq!(same::cache_info(), info(0, 1, 2, 0));
    assert_eq!((same(1), same(1)), (1, 1));
    assert_eq!(same::cache_info(), info(1, 2, 2, 1));
}

#[test]
fn panic_in_the_key_expression_counts_no_call() {
    #[lru_cache(maxsize = 2, key = n.checked_sub(1).unwrap_or_else(|| {
        panic::resume_unwind(Box::new("no key"))
    }))]
    fn same(n: u32) -> u32 {
        n
    }
    assert!(panics(|| same(0)));
    assert_eq!(same::cache_info(), info(0, 0, 2, 0));
    assert_eq!((same(1), same(1)), (1, 1));
    assert_eq!(same::cache_info(), info(1, 1, 2, 1));
}

#[test]
fn panic_in_maxsize_evaluates_it_again() {
    static ASKED: Runs = Runs::new();
    fn size() -> usize {
        match ASKED.next() {
            1 => panic::resume_unwind(Box::new("not configured")),
            _ => 2,
        }
    }
    #[lru_cache(maxsize = size())]
    fn same(n: u32) -> u32 {
        n
    }
    assert!(panics(|| same(1)));
    assert_eq!(finishes(|| (same(1), same(1))), (1, 1));
    assert_eq!(same::cache_info(), info(1, 1, 2, 1));
    assert_eq!(ASKED.count(), 2);
}

/// An operation that user code performed before it panicked is done.
#[test]
fn clear_before_a_panic_in_eq_is_done() {
    thread_local! {
        static ARMED: Cell<bool> = const { Cell::new(false) };
    }

    #[derive(Clone)]
    struct Key(u32);

    impl Hash for Key {
        fn hash<H: Hasher>(&self, state: &mut H) {
            self.0.hash(state);
        }
    }

    impl PartialEq for Key {
        fn eq(&self, other: &Key) -> bool {
            if ARMED.take() {
                value::cache_clear();
                assert_ne!(self.0, other.0, "sprung");
            }
            self.0 == other.0
        }
    }

    impl Eq for Key {}

    #[lru_cache]
    fn value(key: Key) -> u32 {
        key.0
    }

    value(Key(1));
    value(Key(2));
    ARMED.set(true);
    assert!(panic::catch_unwind(|| value(Key(1))).is_err());
    assert_eq!(value::with_status(Key(2)), (2, CacheStatus::Miss));
}

#[test]
fn panic_in_an_async_body_stores_nothing() {
    #[lru_cache(skip(fails))]
    async fn f(n: u32, fails: bool) -> u32 {
        yield_now().await;
        assert!(!fails, "on purpose");
        n
    }
    #[lru_cache(skip(fails), handle = _)]
    async fn alone(n: u32, fails: bool) -> u32 {
        yield_now().await;
        assert!(!fails, "on purpose");
        n
    }
    let panics = |future: Pin<Box<dyn Future<Output = u32>>>| {
        panic::catch_unwind(AssertUnwindSafe(|| block_on(future))).expect_err("it panics");
    };
    panics(Box::pin(f(1, true)));
    panics(Box::pin(alone(1, true)));
    assert_eq!(f::cache_info(), info(0, 1, 128, 0));
    assert_eq!((block_on(f(1, false)), block_on(alone(1, false))), (1, 1));
    assert_eq!((now(f(1, true)), now(alone(1, true))), (1, 1));
    assert_eq!(f::cache_info(), info(1, 2, 128, 1));
}
