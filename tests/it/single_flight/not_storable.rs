//! A result that is not stored: waiters get it if it can be cloned, else they all compute at once
//! (CONTRACT 6).

use std::rc::Rc;
use std::sync::{Barrier, LazyLock};

use functools::{CacheStatus, lru_cache};
use functools_test_support::{
    Executor, Runs, eventually, eventually_async, finishes, in_threads, info, tally,
};
use smol::future;

mod threads {
    use super::*;

    /// Makes ten calls of a body that ends when nine wait for it, and returns their results.
    macro_rules! of_ten {
        (#[$attribute:meta] $result:ty = $value:expr) => {
            finishes(|| {
                static RUNS: Runs = Runs::new();
                #[$attribute]
                fn f(_: u32) -> $result {
                    RUNS.next();
                    eventually(|| f::cache_info().hits == 9);
                    $value
                }
                let (results, statuses): (Vec<_>, Vec<_>) =
                    in_threads(10, |_| f::with_status(1)).into_iter().unzip();
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
    fn cloneable_result_reaches_waiters() {
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
    fn later_call_computes_again() {
        static RUNS: Runs = Runs::new();
        #[lru_cache(maxsize = 8)]
        fn f(_: u32) -> Result<u32, u32> {
            let run = RUNS.next();
            eventually(|| f::cache_info().hits == u64::from(9 * run));
            if run < 3 { Err(run) } else { Ok(run) }
        }
        finishes(|| {
            for expected in [Err(1), Err(2), Ok(3)] {
                assert_eq!(in_threads(10, |_| f(1)), [expected; 10]);
            }
        });
        assert_eq!(f::cache_info(), info(27, 3, 8, 1));
    }

    /// The other nine wait for each other in the body, so they must compute at once.
    macro_rules! all_nine_at_once {
        ($error:ty, $new:expr) => {
            finishes(|| {
                static RUNS: Runs = Runs::new();
                static NINE: Barrier = Barrier::new(9);
                #[lru_cache(maxsize = 8)]
                fn f(_: u32) -> Result<u32, $error> {
                    let run = RUNS.next();
                    match run {
                        1 => eventually(|| f::cache_info().hits == 9),
                        2..=10 => _ = NINE.wait(),
                        _ => return Ok(run),
                    }
                    Err($new(run))
                }
                let mut errors = in_threads(10, |_| {
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
    fn waiters_of_an_error_without_clone_compute_at_once() {
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
    fn waiter_that_computes_may_succeed() {
        struct NotClone;
        static RUNS: Runs = Runs::new();
        static NINE: Barrier = Barrier::new(9);
        #[lru_cache(maxsize = 8)]
        fn f(_: u32) -> Result<u32, NotClone> {
            let run = RUNS.next();
            if run == 1 {
                eventually(|| f::cache_info().hits == 9);
            } else {
                NINE.wait();
            }
            if run.is_multiple_of(5) { Ok(run) } else { Err(NotClone) }
        }
        finishes(|| {
            let mut good: Vec<_> = in_threads(10, |_| f(1).ok()).into_iter().flatten().collect();
            good.sort_unstable();
            assert_eq!(good, [5, 10], "no call that computes waits for another");
            assert!(matches!(f::cache_peek(1), Some(Ok(5 | 10))));
            assert_eq!(f::cache_info(), info(0, 10, 8, 1));
        });
    }
}

mod tasks {
    use super::*;

    /// Makes ten calls of a body that ends when nine wait for it, and returns their results.
    macro_rules! of_ten {
        (#[$attribute:meta] $result:ty = $value:expr) => {{
            static RUNS: Runs = Runs::new();
            #[$attribute]
            async fn f(_: u32) -> $result {
                RUNS.next();
                eventually_async(|| f::cache_info().hits == 9).await;
                $value
            }
            for executor in Executor::ALL {
                f::cache_clear();
                let results = finishes(move || executor.all_of((0..10).map(|_| f(1))));
                assert_eq!(results, [(); 10].map(|()| $value));
                assert_eq!(f::cache_info(), info(9, 1, 8, 0), "{executor:?}");
            }
            assert_eq!(RUNS.count(), 3);
        }};
    }

    #[test]
    fn cloneable_result_reaches_waiters() {
        type Fallible = Result<u32, String>;
        of_ten!(
            #[lru_cache(maxsize = 8)]
            Fallible = Err("broken".to_owned())
        );
        of_ten!(
            #[lru_cache(maxsize = 8, cache_if = |n| *n != 7)]
            u32 = 7
        );
        of_ten!(#[lru_cache(maxsize = 8, cache_none = false)] Option<u32> = None);
    }

    /// The other nine wait for each other in the body, so they must compute at once.
    #[test]
    fn waiters_of_an_error_without_clone_compute_at_once() {
        #[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
        struct NotClone(u32);
        static RUNS: Runs = Runs::new();
        static NINE: LazyLock<tokio::sync::Barrier> =
            LazyLock::new(|| tokio::sync::Barrier::new(9));
        #[lru_cache(maxsize = 8)]
        async fn f(_: u32) -> Result<u32, NotClone> {
            let run = RUNS.next();
            if run % 10 == 1 {
                eventually_async(|| f::cache_info().hits == 9).await;
            } else {
                NINE.wait().await;
            }
            Err(NotClone(run))
        }
        for (executor, round) in Executor::ALL.into_iter().zip(0..) {
            f::cache_clear();
            let mut results = finishes(move || executor.all_of((0..10).map(|_| f(1))));
            results.sort();
            let runs = 10 * round + 1..=10 * round + 10;
            assert_eq!(results, runs.map(|run| Err(NotClone(run))).collect::<Vec<_>>());
            assert_eq!(f::cache_info(), info(0, 10, 8, 0), "{executor:?}");
        }
    }

    #[test]
    fn waiter_of_an_error_that_is_not_send_computes() {
        static RUNS: Runs = Runs::new();
        #[lru_cache(maxsize = 8)]
        async fn f(_: u32) -> Result<u32, Rc<str>> {
            if RUNS.next() == 1 {
                eventually_async(|| f::cache_info().hits == 1).await;
                return Err("broken".into());
            }
            Ok(7)
        }
        let both = finishes(|| {
            let (one, two) = smol::block_on(async { tokio::join!(f(1), f(1)) });
            (one.map_err(|error| error.to_string()), two.map_err(|error| error.to_string()))
        });
        let error = Err("broken".to_owned());
        assert!(both == (error.clone(), Ok(7)) || both == (Ok(7), error), "{both:?}");
        assert_eq!(f::cache_info(), info(0, 2, 8, 1));
    }

    /// The future is `Send`, as the body's is, though its result is not.
    #[test]
    fn future_is_send_though_its_error_is_not() {
        fn assert_send<F: Send>(_: F) {}
        #[lru_cache(maxsize = 8)]
        async fn f(n: u32) -> Result<u32, Rc<str>> {
            future::yield_now().await;
            if n == 1 { Err("broken".into()) } else { Ok(n) }
        }
        assert_send(f::uncached(1));
        assert_send(f(1));
        assert_send(f::with_status(1));
        assert_send(f::cache_refresh(1));
    }

    #[test]
    fn error_reaches_waiters_of_the_thread() {
        static RUNS: Runs = Runs::new();
        #[lru_cache(maxsize = 8, scope = "thread")]
        async fn f(_: u32) -> Result<u32, Rc<u32>> {
            RUNS.next();
            eventually_async(|| f::cache_info().hits == 2).await;
            Err(Rc::new(7))
        }
        finishes(|| {
            let all = smol::block_on(async { tokio::join!(f(1), f(1), f(1)) });
            let (Err(one), Err(two), Err(three)) = all else { panic!("{all:?}") };
            assert!(Rc::ptr_eq(&one, &two) && Rc::ptr_eq(&two, &three));
            assert_eq!(f::cache_info(), info(2, 1, 8, 0));
        });
        assert_eq!(RUNS.count(), 1);
    }
}
