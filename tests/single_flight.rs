//! Threads that call one key at the same time: one computes, the others wait for it, and whatever becomes of it,
//! each of them gets its result. No test sleeps: who waits is counted as a hit from then on, so a body can tell how
//! many wait for it.

mod common;

use std::hash::{Hash, Hasher};
use std::panic;
use std::rc::Rc;
use std::sync::{Arc, Barrier, Weak};
use std::thread;

use common::flights::{Gate, at_once, calls, tally, until};
use common::{Runs, finishes, info};
use functools::{CacheStatus, cache, lru_cache};

mod one_computes_for_all {
    use super::*;

    /// A body that ends when the other 99 wait for it, with the number of the run.
    macro_rules! by_a_hundred_threads {
        (#[$attribute:meta] $maxsize:expr) => {
            finishes(|| {
                static RUNS: Runs = Runs::new();
                #[$attribute]
                fn f(_: &str) -> u32 {
                    until(|| f::cache_info().hits == 99);
                    RUNS.next()
                }
                let (results, statuses): (Vec<_>, Vec<_>) =
                    at_once(100, |_| f::with_status("cold")).into_iter().unzip();
                assert_eq!(results, [1; 100]);
                assert_eq!(tally(statuses), (1, 99, 0));
                assert_eq!(f::cache_info(), info(99, 1, $maxsize, 1));
                assert_eq!(f("cold"), 1);
                assert_eq!(f::cache_info(), info(100, 1, $maxsize, 1));
            })
        };
    }

    #[test]
    fn of_a_hundred_threads() {
        by_a_hundred_threads!(
            #[lru_cache(maxsize = 8)]
            8
        );
        by_a_hundred_threads!(
            #[lru_cache(maxsize = 1)]
            1
        );
        by_a_hundred_threads!(
            #[cache]
            None
        );
        by_a_hundred_threads!(
            #[lru_cache(ttl = "1h")]
            128
        );
        by_a_hundred_threads!(
            #[cache(ttl = "1h", sliding = true)]
            None
        );
        by_a_hundred_threads!(
            #[lru_cache(ttl = "1h", stale = "1h")]
            128
        );
    }

    #[test]
    fn even_if_nobody_waits_for_them_to_meet() {
        static RUNS: [Runs; 200] = [const { Runs::new() }; 200];
        #[cache]
        fn f(n: usize) -> u32 {
            RUNS[n].next()
        }
        finishes(|| {
            let together = Barrier::new(8);
            at_once(8, |_| {
                for n in 0..200 {
                    together.wait();
                    assert_eq!(f(n), 1);
                }
            });
        });
        assert!(RUNS.iter().all(|runs| runs.count() == 1));
        assert_eq!(f::cache_info(), info(1_400, 200, None, 200));
    }

    #[test]
    fn for_each_set_of_types_and_for_methods() {
        #[derive(Clone, PartialEq, Eq, Hash)]
        struct Shop(u32);
        impl Shop {
            #[lru_cache(maxsize = 8)]
            fn price<T>(&self, item: u32) -> usize {
                until(|| Self::price_cache_info::<T>().hits == 9);
                size_of::<T>() + item as usize
            }
        }
        finishes(|| {
            at_once(20, |n| {
                if n % 2 == 0 {
                    assert_eq!(Shop(1).price::<u8>(10), 11);
                } else {
                    assert_eq!(Shop(1).price::<u16>(10), 12);
                }
            });
            assert_eq!(Shop::price_cache_info::<u8>(), info(9, 1, 8, 1));
            assert_eq!(Shop::price_cache_info::<u16>(), info(9, 1, 8, 1));
        });
    }

    #[test]
    fn and_nothing_of_it_stays_but_the_entry() {
        #[lru_cache(maxsize = 8, skip(body))]
        fn f(_: u32, body: &(dyn Fn() -> Arc<u32> + Sync)) -> Arc<u32> {
            body()
        }
        /// Nine wait, then `meanwhile` is done.
        fn shared_by_ten(meanwhile: fn()) -> Weak<u32> {
            f::cache_clear();
            let body = || {
                until(|| f::cache_info().hits == 9);
                meanwhile();
                Arc::new(7)
            };
            let results = at_once(10, |_| f(1, &body));
            assert!(results.iter().all(|result| Arc::ptr_eq(result, &results[0])));
            Arc::downgrade(&results[0])
        }
        finishes(|| {
            let stored = shared_by_ten(|| ());
            assert_eq!(stored.strong_count(), 1);
            f::cache_clear();
            assert_eq!(stored.strong_count(), 0);
            assert_eq!(shared_by_ten(f::cache_clear).strong_count(), 0);
            assert_eq!(shared_by_ten(|| _ = f::cache_invalidate(1)).strong_count(), 0);
        });
    }
}

mod nobody_waits_in_vain {
    use super::*;

    /// All have one hash.
    #[derive(Clone, PartialEq, Eq)]
    struct Colliding(u32);

    impl Hash for Colliding {
        fn hash<H: Hasher>(&self, _: &mut H) {}
    }

    #[test]
    fn for_another_key_even_of_the_same_hash() {
        #[lru_cache(maxsize = 4, skip(body))]
        fn f(key: &Colliding, body: &(dyn Fn() + Sync)) -> u32 {
            body();
            key.0
        }
        finishes(|| {
            let (one, two) = (Gate::new(), Gate::new());
            assert_eq!(f(&Colliding(9), &|| ()), 9);
            thread::scope(|scope| {
                let first = scope.spawn(|| f::with_status(&Colliding(1), &|| one.pass()));
                one.holds(1);
                let second = scope.spawn(|| f::with_status(&Colliding(2), &|| two.pass()));
                two.holds(1);
                // Misses that evict, and hits, while both of them run, and others wait for them.
                let waiting = [1, 2, 1].map(|n| {
                    scope.spawn(move || f::with_status(&Colliding(n), &|| panic!("it waits")))
                });
                until(|| f::cache_info().hits == 3);
                assert_eq!(f::with_status(&Colliding(9), &|| ()), (9, CacheStatus::Hit));
                for n in 3..9 {
                    assert_eq!(f::with_status(&Colliding(n), &|| ()), (n, CacheStatus::Miss));
                    assert_eq!(f::with_status(&Colliding(n), &|| ()), (n, CacheStatus::Hit));
                }
                assert_eq!(f::cache_info(), info(10, 9, 4, 4));
                two.open();
                assert_eq!(second.join().expect("no panic"), (2, CacheStatus::Miss));
                one.open();
                assert_eq!(first.join().expect("no panic"), (1, CacheStatus::Miss));
                let waiting = waiting.map(|waiting| waiting.join().expect("no panic"));
                assert_eq!(waiting, [1, 2, 1].map(|n| (n, CacheStatus::Joined)));
            });
        });
    }

    #[test]
    fn for_what_is_there_while_it_is_computed_anew() {
        #[lru_cache(maxsize = 4, skip(body))]
        fn f(_: u32, body: &(dyn Fn() -> u32 + Sync)) -> u32 {
            body()
        }
        finishes(|| {
            let gate = Gate::new();
            f::cache_insert(1, 10);
            thread::scope(|scope| {
                let refresh = scope.spawn(|| {
                    f::cache_refresh(1, &|| {
                        gate.pass();
                        11
                    })
                });
                gate.holds(1);
                assert_eq!(f::with_status(1, &|| 0), (10, CacheStatus::Hit));
                gate.open();
                assert_eq!(refresh.join().expect("no panic"), 11);
            });
            assert_eq!(f::with_status(1, &|| 0), (11, CacheStatus::Hit));
        });
    }

    #[test]
    fn for_another_function_or_set_of_types() {
        #[lru_cache(maxsize = 4, skip(body))]
        fn f<T>(_: u32, body: &(dyn Fn() + Sync)) -> usize {
            body();
            size_of::<T>()
        }
        #[lru_cache(maxsize = 4)]
        fn g(n: u32) -> u32 {
            n
        }
        finishes(|| {
            let gate = Gate::new();
            thread::scope(|scope| {
                let held_up = scope.spawn(|| f::<u8>(1, &|| gate.pass()));
                gate.holds(1);
                assert_eq!((f::<u16>(1, &|| ()), g(1)), (2, 1));
                gate.open();
                assert_eq!(held_up.join().expect("no panic"), 1);
            });
        });
    }
}

mod a_panic {
    use super::*;

    #[test]
    fn hands_over_to_one_who_waits() {
        static RUNS: Runs = Runs::new();
        #[lru_cache(maxsize = 8)]
        fn f(_: u32) -> u32 {
            let run = RUNS.next();
            until(|| calls(f::cache_info()) == 10);
            if run < 4 { panic::resume_unwind(Box::new(run)) } else { run }
        }
        finishes(|| {
            let results = at_once(10, |_| panic::catch_unwind(|| f::with_status(1)));
            let (good, bad): (Vec<_>, Vec<_>) = results.into_iter().partition(Result::is_ok);
            let mut panics: Vec<_> =
                bad.into_iter().map(|bad| bad.unwrap_err().downcast::<u32>().ok()).collect();
            panics.sort();
            assert_eq!(panics, [1, 2, 3].map(|run| Some(Box::new(run))), "each in its own thread");
            let statuses = good.into_iter().map(|good| {
                let (result, status) = good.expect("these are the good ones");
                assert_eq!(result, 4);
                status
            });
            // Those who are slow find it stored.
            let (misses, joined, hits) = tally(statuses);
            assert_eq!((misses, joined + hits), (1, 6));
        });
        assert_eq!(RUNS.count(), 4);
        assert_eq!(f::cache_info(), info(6, 4, 8, 1));
    }

    #[test]
    fn of_each_and_every_one_leaves_a_cache_that_works() {
        static RUNS: Runs = Runs::new();
        #[lru_cache(maxsize = 8)]
        fn f(_: u32) -> u32 {
            if RUNS.next() > 10 {
                return 7;
            }
            until(|| calls(f::cache_info()) == 10);
            panic::resume_unwind(Box::new(()))
        }
        finishes(|| {
            let results = at_once(10, |_| panic::catch_unwind(|| f(1)));
            assert!(results.iter().all(Result::is_err));
            assert_eq!(f::cache_info(), info(0, 10, 8, 0));
            assert_eq!(f::with_status(1), (7, CacheStatus::Miss));
            assert_eq!(f::with_status(1), (7, CacheStatus::Hit));
        });
    }

    /// Of this type, the copies with these numbers panic.
    macro_rules! value_that_panics {
        ($($copy:pat),*) => {
            static CLONES: Runs = Runs::new();
            #[derive(Debug, PartialEq, Eq)]
            struct Value(u32);
            impl Clone for Value {
                fn clone(&self) -> Self {
                    match CLONES.next() {
                        $($copy => panic::resume_unwind(Box::new(())),)*
                        _ => Value(self.0),
                    }
                }
            }
        };
    }

    #[test]
    fn in_the_copy_for_the_cache_hands_over_too() {
        value_that_panics!(1, 2, 3);
        static RUNS: Runs = Runs::new();
        #[lru_cache(maxsize = 8)]
        fn f(n: u32) -> Value {
            RUNS.next();
            until(|| calls(f::cache_info()) == 10);
            Value(n)
        }
        finishes(|| {
            let results = at_once(10, |_| panic::catch_unwind(|| f(1)).ok());
            assert_eq!(results.iter().flatten().count(), 7);
            assert!(results.iter().flatten().all(|value| *value == Value(1)));
        });
        assert_eq!(RUNS.count(), 4);
        assert_eq!(f::cache_info(), info(6, 4, 8, 1));
    }

    #[test]
    fn in_the_copy_for_those_who_wait_lets_them_find_the_entry() {
        value_that_panics!(2);
        #[lru_cache(maxsize = 8)]
        fn f(n: u32) -> Value {
            until(|| f::cache_info().hits == 9);
            Value(n)
        }
        finishes(|| {
            let results = at_once(10, |_| panic::catch_unwind(|| f(1)).ok());
            assert_eq!(results.iter().flatten().count(), 9);
        });
        assert_eq!(f::cache_info(), info(9, 1, 8, 1));
    }

    #[test]
    fn in_the_copy_of_one_who_waits_is_its_own() {
        value_that_panics!(4);
        #[lru_cache(maxsize = 8)]
        fn f(n: u32) -> Value {
            until(|| f::cache_info().hits == 9);
            Value(n)
        }
        finishes(|| {
            let results = at_once(10, |_| panic::catch_unwind(|| f(1)).ok());
            assert_eq!(results.iter().flatten().count(), 9);
        });
        assert_eq!(f::cache_info(), info(9, 1, 8, 1));
    }
}

mod what_is_not_stored {
    use super::*;

    /// Ten callers of a body that ends when nine wait for it. Says what they got.
    macro_rules! of_ten {
        (#[$attribute:meta] $result:ty = $value:expr) => {
            finishes(|| {
                static RUNS: Runs = Runs::new();
                #[$attribute]
                fn f(_: u32) -> $result {
                    RUNS.next();
                    until(|| f::cache_info().hits == 9);
                    $value
                }
                let (results, statuses): (Vec<_>, Vec<_>) =
                    at_once(10, |_| f::with_status(1)).into_iter().unzip();
                assert_eq!(tally(statuses), (1, 9, 0));
                assert_eq!(RUNS.count(), 1);
                assert_eq!(f::cache_info(), info(9, 1, 8, 0));
                assert_eq!(f(1), results[0], "once more");
                assert_eq!(f::cache_info(), info(9, 2, 8, 0));
                results
            })
        };
    }

    #[test]
    fn reaches_those_who_wait_if_it_can_be_cloned() {
        type Fallible = Result<u32, String>;
        let errors = of_ten!(
            #[lru_cache(maxsize = 8)]
            Fallible = Err("broken".to_owned())
        );
        assert_eq!(errors, vec![Err("broken".to_owned()); 10]);
        let rejected = of_ten!(
            #[lru_cache(maxsize = 8, cache_if = |n| *n != 7)]
            u32 = 7
        );
        assert_eq!(rejected, [7; 10]);
        let nothing = of_ten!(#[lru_cache(maxsize = 8, cache_none = false)] Option<u32> = None);
        assert_eq!(nothing, [None; 10]);
        let rejected = of_ten!(
            #[lru_cache(maxsize = 8, cache_if = Result::is_err)]
            Fallible = Ok(7)
        );
        assert_eq!(rejected, vec![Ok(7); 10]);
    }

    #[test]
    fn is_asked_for_anew_by_who_comes_later() {
        static RUNS: Runs = Runs::new();
        #[lru_cache(maxsize = 8)]
        fn f(_: u32) -> Result<u32, u32> {
            let run = RUNS.next();
            until(|| f::cache_info().hits == u64::from(9 * run));
            if run < 3 { Err(run) } else { Ok(run) }
        }
        finishes(|| {
            for expected in [Err(1), Err(2), Ok(3)] {
                assert_eq!(at_once(10, |_| f(1)), [expected; 10]);
            }
        });
        assert_eq!(f::cache_info(), info(27, 3, 8, 1));
    }

    /// The other nine meet in the body: one after the other, they never would.
    macro_rules! all_nine_at_once {
        ($error:ty, $new:expr) => {
            finishes(|| {
                static RUNS: Runs = Runs::new();
                static NINE: Barrier = Barrier::new(9);
                #[lru_cache(maxsize = 8)]
                fn f(_: u32) -> Result<u32, $error> {
                    let run = RUNS.next();
                    match run {
                        1 => until(|| f::cache_info().hits == 9),
                        2..=10 => _ = NINE.wait(),
                        _ => return Ok(run),
                    }
                    Err($new(run))
                }
                let mut errors = at_once(10, |_| {
                    let (result, status) = f::with_status(1);
                    assert_eq!(status, CacheStatus::Miss);
                    result.expect_err("the first ten runs fail").to_string()
                });
                errors.sort_by_key(|run| run.parse::<u32>().expect("a number"));
                assert_eq!(errors.join(" "), "1 2 3 4 5 6 7 8 9 10", "each has its own");
                assert_eq!(f::cache_info(), info(0, 10, 8, 0));
                assert_eq!(f(1).ok(), Some(11));
            })
        };
    }

    #[test]
    fn is_computed_by_all_at_once_if_it_cannot() {
        #[derive(Debug)]
        struct NotClone(u32);
        impl std::fmt::Display for NotClone {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.fmt(f)
            }
        }
        all_nine_at_once!(NotClone, NotClone);
        all_nine_at_once!(Rc<str>, |run: u32| Rc::from(run.to_string()));
        all_nine_at_once!(Box<dyn std::error::Error>, |run: u32| run.to_string().into());
    }

    #[test]
    fn does_not_keep_one_of_them_from_succeeding() {
        struct NotClone;
        static RUNS: Runs = Runs::new();
        static NINE: Barrier = Barrier::new(9);
        #[lru_cache(maxsize = 8)]
        fn f(_: u32) -> Result<u32, NotClone> {
            let run = RUNS.next();
            if run == 1 {
                until(|| f::cache_info().hits == 9);
            } else {
                NINE.wait();
            }
            if run.is_multiple_of(5) { Ok(run) } else { Err(NotClone) }
        }
        finishes(|| {
            let mut good: Vec<_> = at_once(10, |_| f(1).ok()).into_iter().flatten().collect();
            good.sort_unstable();
            assert_eq!(good, [5, 10], "nobody who computes waits for another");
            assert!(matches!(f::cache_peek(1), Some(Ok(5 | 10))));
            assert_eq!(f::cache_info(), info(0, 10, 8, 1));
        });
    }
}

mod without {
    use super::*;

    /// Python's own `test_lru_cache_threaded2`.
    #[test]
    fn simultaneous_calls_with_the_same_arguments_all_compute() {
        const N: usize = 5;
        const M: usize = 7;
        static PAUSE: Barrier = Barrier::new(N + 1);
        #[lru_cache(maxsize = M * N, single_flight = false)]
        fn f(x: usize) -> usize {
            PAUSE.wait();
            3 * x
        }
        finishes(|| {
            assert_eq!(f::cache_info(), info(0, 0, M * N, 0));
            let (start, stop) = (Barrier::new(N + 1), Barrier::new(N + 1));
            thread::scope(|scope| {
                for _ in 0..N {
                    scope.spawn(|| {
                        for i in 0..M {
                            start.wait();
                            assert_eq!(f(i), 3 * i);
                            stop.wait();
                        }
                    });
                }
                for i in 0..M {
                    start.wait();
                    PAUSE.wait();
                    stop.wait();
                    assert_eq!(f::cache_info(), info(0, ((i + 1) * N) as u64, M * N, i + 1));
                }
            });
        });
    }

    #[test]
    fn room_for_entries_all_compute_too() {
        static TEN: Barrier = Barrier::new(10);
        #[lru_cache(maxsize = 0)]
        fn f(n: u32) -> u32 {
            TEN.wait();
            n
        }
        finishes(|| assert_eq!(at_once(10, |_| f(1)), [1; 10]));
        assert_eq!(f::cache_info(), info(0, 10, 0, 0));
    }
}
