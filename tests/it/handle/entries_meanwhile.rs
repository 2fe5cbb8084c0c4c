//! `cache_entries` and `cache_retain` beside other threads and with user code that calls back or
//! panics (CONTRACT 1 and 6).

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::thread;

use functools::{CacheEntry, lru_cache};
use functools_test_support::{Body, Running, Runs, finishes, info};

use super::entries::{keys, lasting};

/// Each operation, by another thread, while one is held up in a clone or a predicate.
#[test]
fn other_threads_go_on() {
    thread_local! {
        static STOP: Cell<Option<Body<()>>> = const { Cell::new(None) };
    }
    #[derive(Debug, PartialEq, Eq)]
    struct Value(u32);
    impl Clone for Value {
        fn clone(&self) -> Self {
            if let Some(body) = STOP.take() {
                body.run();
            }
            Value(self.0)
        }
    }
    #[lru_cache(maxsize = 2)]
    fn f(n: u32) -> Value {
        Value(n)
    }
    let everything_else = || {
        assert_eq!((f(1), f(2)), (Value(1), Value(2)), "hits");
        assert_eq!((f(3), f(4)), (Value(3), Value(4)), "misses, which evict both");
        assert_eq!(keys(f::cache_entries()), [3, 4]);
        assert_eq!(f::cache_retain(|n, _| *n == 3), 1);
        assert!(f::cache_invalidate(3));
        assert!(!f::cache_invalidate(4));
        f::cache_clear();
        assert_eq!(f(1), Value(1));
    };
    for retains in [false, true] {
        f::cache_clear();
        assert_eq!((f(1), f(2)), (Value(1), Value(2)));
        thread::scope(|scope| {
            let held_up = Running::start(scope, move |body| {
                if retains {
                    let mut body = Some(body);
                    let judge = |_: &u32, _: &Value| {
                        body.take().iter().for_each(Body::run);
                        false
                    };
                    f::cache_retain(judge)
                } else {
                    STOP.set(Some(body));
                    f::cache_entries().len()
                }
            });
            finishes(everything_else);
            // The one that was shown when it was held up was evicted. The other may be 1 again.
            assert!(held_up.end_with(()) <= 1 + usize::from(!retains));
        });
        assert_eq!(f(5), Value(5));
    }
}

#[test]
fn newer_entry_of_a_refused_key_stays() {
    static RUNS: Runs = Runs::new();
    #[lru_cache]
    fn run(_: u32) -> u32 {
        RUNS.next()
    }
    run(7);
    let removed = run::cache_retain(|_, _| {
        // By another thread: inside a predicate this one only computes.
        thread::spawn(|| assert_eq!(run::cache_refresh(7), 2)).join().expect("no panic");
        false
    });
    assert_eq!(removed, 0, "what was refused is gone");
    assert_eq!(run::cache_peek(7), Some(2));
}

#[test]
fn computation_of_a_refused_key_is_discarded() {
    #[lru_cache(skip(body))]
    fn f(n: u32, body: &Body<u32>) -> u32 {
        n + body.run()
    }
    f::cache_insert(1, 1);
    f::cache_insert(2, 2);
    thread::scope(|scope| {
        let refreshes =
            [1, 2].map(|n| Running::start(scope, move |body| f::cache_refresh(n, &body)));
        assert_eq!(f::cache_retain(|n, _| *n == 2), 1);
        assert_eq!(refreshes.map(|running| running.end_with(10)), [11, 12]);
    });
    assert_eq!(f::cache_entries(), lasting([(2, 12)]));
}

#[test]
fn predicate_may_use_the_cache() {
    #[lru_cache(maxsize = 8)]
    fn f(n: u32) -> u32 {
        n
    }
    #[lru_cache(maxsize = 8, scope = "thread")]
    fn of_thread(n: u32) -> u32 {
        n
    }
    macro_rules! check {
        ($f:ident) => {
            finishes(|| {
                for n in 1..=4 {
                    $f(n);
                }
                let removed = $f::cache_retain(|&n, _| {
                    assert_eq!($f(n), n);
                    assert_eq!($f(n + 100), n + 100);
                    assert_eq!($f::cache_entries(), []);
                    if n == 1 {
                        $f::cache_invalidate(2);
                    }
                    n % 2 == 0
                });
                assert_eq!(removed, 2);
                assert_eq!(keys($f::cache_entries()), [4]);
                let removed = $f::cache_retain(|_, _| {
                    $f::cache_clear();
                    false
                });
                assert!(removed <= 2);
                assert_eq!($f::cache_info(), info(0, 0, 8, 0));
            });
        };
    }
    check!(f);
    check!(of_thread);
}

#[test]
fn panic_of_the_predicate_or_of_a_clone_leaves_the_cache() {
    thread_local! {
        static PANICS: Cell<bool> = const { Cell::new(false) };
    }
    #[derive(Debug, PartialEq, Eq)]
    struct Value(u32);
    impl Clone for Value {
        fn clone(&self) -> Self {
            assert!(!PANICS.take(), "as it is to");
            Value(self.0)
        }
    }
    #[lru_cache(maxsize = 4)]
    fn f(n: u32) -> Value {
        Value(n)
    }
    #[lru_cache(maxsize = 4, scope = "thread")]
    fn of_thread(n: u32) -> Value {
        Value(n)
    }
    fn check(
        f: fn(u32) -> Value,
        entries: fn() -> Vec<CacheEntry<u32, Value>>,
        retain: fn(&mut dyn FnMut(u32) -> bool) -> usize,
    ) {
        (1..=3).for_each(|n| drop(f(n)));
        PANICS.set(true);
        assert!(catch_unwind(entries).is_err());
        let mut panics = |n| {
            assert_ne!(n, 2, "as it is to");
            true
        };
        assert!(catch_unwind(AssertUnwindSafe(|| retain(&mut panics))).is_err());
        assert_eq!(keys(entries()), [1, 2, 3]);
        assert_eq!(retain(&mut |n| n == 2), 2);
        assert_eq!(f(4), Value(4));
    }
    check(f, f::cache_entries, |keep| f::cache_retain(|&n, _| keep(n)));
    check(of_thread, of_thread::cache_entries, |keep| of_thread::cache_retain(|&n, _| keep(n)));
}

#[test]
fn entry_that_is_there_throughout_is_shown_once() {
    const KEPT: [u32; 8] = [0, 1, 2, 3, 4, 5, 6, 7];
    #[lru_cache(maxsize = 64)]
    fn f(n: u32) -> u32 {
        n
    }
    for n in KEPT {
        f(n);
    }
    thread::scope(|scope| {
        for seed in 1..4_u32 {
            scope.spawn(move || {
                for n in 0..3_000 {
                    f(n % 8);
                    f(100 + (n * seed) % 40);
                    f::cache_invalidate(100 + n % 40);
                }
            });
        }
        for _ in 0..30 {
            let mut shown = keys(f::cache_entries());
            shown.retain(|n| *n < 8);
            shown.sort_unstable();
            assert_eq!(shown, KEPT);
            f::cache_retain(|n, result| n == result && (*n < 8 || n % 3 == 0));
        }
    });
    assert!(KEPT.into_iter().all(f::cache_contains));
}
