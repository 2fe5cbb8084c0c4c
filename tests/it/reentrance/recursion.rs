//! Cached functions that call themselves in their bodies (CONTRACT 6).

use std::cell::Cell;

use functools::{cache, lru_cache};
use functools_test_support::{Runs, finishes, info};
use smol::future::{block_on, yield_now};

#[test]
fn fibonacci_without_a_bound_computes_each_number_once() {
    #[cache]
    fn fib(n: u64) -> u64 {
        if n < 2 { n } else { fib(n - 1) + fib(n - 2) }
    }
    let first: Vec<_> = (0..=15).map(fib).collect();
    assert_eq!(first, [0, 1, 1, 2, 3, 5, 8, 13, 21, 34, 55, 89, 144, 233, 377, 610]);
    assert_eq!(
        fib::cache_info().to_string(),
        "CacheInfo(hits=28, misses=16, maxsize=None, currsize=16)"
    );
}

#[test]
fn fibonacci_with_maxsize_1_computes_numbers_again() {
    #[lru_cache(maxsize = 1)]
    fn fib(n: u64) -> u64 {
        if n < 2 { n } else { fib(n - 1) + fib(n - 2) }
    }
    assert_eq!(fib(20), 6_765);
    assert_eq!(fib::cache_info(), info(0, 21_891, 1, 1));
}

#[test]
fn recursion_goes_a_thousand_deep() {
    #[cache]
    fn sum(n: u64) -> u64 {
        if n == 0 { 0 } else { n + sum(n - 1) }
    }
    assert_eq!(sum(1_000), 500_500);
    assert_eq!(sum::cache_info(), info(0, 1_001, None, 1_001));
}

#[test]
fn two_functions_call_each_other() {
    #[cache]
    fn is_even(n: u32) -> bool {
        n == 0 || is_odd(n - 1)
    }
    #[cache]
    fn is_odd(n: u32) -> bool {
        n != 0 && is_even(n - 1)
    }
    assert!(is_even(10));
    assert!(is_odd(9));
    assert_eq!(is_even::cache_info(), info(0, 6, None, 6));
    assert_eq!(is_odd::cache_info(), info(1, 5, None, 5));
}

#[test]
fn nested_call_of_the_same_key_computes_and_its_result_is_stored() {
    static RUNS: Runs = Runs::new();
    #[lru_cache(maxsize = 8)]
    fn nested(n: u32) -> String {
        match RUNS.next() {
            1 => format!("around {}", nested(n)),
            run => format!("run {run}"),
        }
    }
    assert_eq!(finishes(|| nested(1)), "around run 2");
    assert_eq!(nested(1), "run 2");
    assert_eq!(nested::cache_info(), info(1, 2, 8, 1));
}

/// Python's own `test_lru_bug_35780`.
#[test]
fn nested_call_of_the_same_key_keeps_the_size_of_a_full_cache() {
    static RUNS_FOR_20: Runs = Runs::new();
    #[lru_cache(maxsize = 10)]
    fn dotted(n: u32) -> String {
        if n == 20 && RUNS_FOR_20.next() == 1 { dotted(n) } else { format!(".{n}.") }
    }
    for n in 0..15 {
        assert_eq!(dotted(n), format!(".{n}."));
    }
    assert_eq!(dotted::cache_info(), info(0, 15, 10, 10));
    assert_eq!(finishes(|| dotted(20)), ".20.");
    assert_eq!(dotted::cache_info(), info(0, 17, 10, 10));
    let kept: Vec<_> = (0..=20).filter(|&n| dotted::cache_contains(n)).collect();
    assert_eq!(kept, [6, 7, 8, 9, 10, 11, 12, 13, 14, 20], "one made room");
}

#[test]
fn result_of_a_body_that_invalidates_its_key_is_discarded() {
    #[lru_cache(maxsize = 8)]
    fn forgetful(n: u32) -> u32 {
        if n == 1 {
            assert!(!forgetful::cache_invalidate(n), "not stored yet");
        } else {
            forgetful::cache_clear();
        }
        n
    }
    assert_eq!(finishes(|| forgetful(1)), 1);
    assert_eq!(forgetful::cache_info(), info(0, 1, 8, 0));
    assert_eq!(finishes(|| forgetful(2)), 2);
    assert_eq!(forgetful::cache_info(), info(0, 0, 8, 0), "the miss was counted before");
}

#[test]
fn result_of_a_body_that_inserts_its_key_is_discarded() {
    #[lru_cache(maxsize = 8)]
    fn primed(n: u32) -> u32 {
        primed::cache_insert(n, 100);
        n
    }
    assert_eq!(finishes(|| primed(1)), 1);
    assert_eq!(primed(1), 100);
    assert_eq!(primed::cache_info(), info(1, 1, 8, 1));
}

#[test]
fn async_functions_call_themselves_in_boxes() {
    #[cache]
    async fn fibonacci(n: u64) -> u64 {
        if n < 2 {
            return n;
        }
        let one = Box::pin(fibonacci(n - 1)).await;
        one + Box::pin(fibonacci(n - 2)).await
    }
    #[cache(handle = _)]
    async fn sum(n: u64) -> u64 {
        yield_now().await;
        if n == 0 { 0 } else { n + Box::pin(sum(n - 1)).await }
    }
    assert_eq!(block_on(fibonacci(50)), 12_586_269_025);
    assert_eq!(fibonacci::cache_info(), info(48, 51, None, 51));
    assert_eq!(finishes(|| block_on(sum(20))), 210);
}

#[test]
fn nested_call_of_the_same_key_computes_in_a_task() {
    #[lru_cache]
    async fn f(n: u32) -> u32 {
        let depth = DEPTH.get();
        DEPTH.set(depth + 1);
        yield_now().await;
        if depth < 3 { Box::pin(f(n)).await + 1 } else { n }
    }
    thread_local! {
        static DEPTH: Cell<u32> = const { Cell::new(0) };
    }
    assert_eq!(finishes(|| block_on(f(10))), 13);
    let info = f::cache_info();
    assert_eq!((info.hits, info.misses, info.currsize), (0, 4, 1));
}
