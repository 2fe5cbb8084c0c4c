//! A leader that panics or is dropped: the next waiter computes (CONTRACT 6).

use std::convert::Infallible;
use std::fmt::Debug;
use std::sync::Arc;
use std::{panic, thread};

use functools::{CacheStatus, lru_cache};
use functools_test_support::{
    Executor, Runs, calls, eventually, eventually_async, finishes, finishes_async, in_threads,
    info, one_thread, start, started, tally, two_workers,
};
use smol::future;

mod threads {
    use super::*;

    #[test]
    fn next_waiter_computes_after_a_panic() {
        static RUNS: Runs = Runs::new();
        #[lru_cache(maxsize = 8)]
        fn f(_: u32) -> u32 {
            let run = RUNS.next();
            eventually(|| calls(f::cache_info()) == 10);
            if run < 4 { panic::resume_unwind(Box::new(run)) } else { run }
        }
        finishes(|| {
            let results = in_threads(10, |_| panic::catch_unwind(|| f::with_status(1)));
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
            // Slow waiters find it stored.
            let (misses, joined, hits) = tally(statuses);
            assert_eq!((misses, joined + hits), (1, 6));
        });
        assert_eq!(RUNS.count(), 4);
        assert_eq!(f::cache_info(), info(6, 4, 8, 1));
    }

    #[test]
    fn next_call_computes_after_all_callers_panic() {
        static RUNS: Runs = Runs::new();
        #[lru_cache(maxsize = 8)]
        fn f(_: u32) -> u32 {
            if RUNS.next() > 10 {
                return 7;
            }
            eventually(|| calls(f::cache_info()) == 10);
            panic::resume_unwind(Box::new(()))
        }
        finishes(|| {
            let results = in_threads(10, |_| panic::catch_unwind(|| f(1)));
            assert!(results.iter().all(Result::is_err));
            assert_eq!(f::cache_info(), info(0, 10, 8, 0));
            assert_eq!(f::with_status(1), (7, CacheStatus::Miss));
            assert_eq!(f::with_status(1), (7, CacheStatus::Hit));
        });
    }

    /// Ten callers of a function whose results panic in some of their clones. Returns how many got
    /// the result, the runs of the body, and the counts.
    macro_rules! callers_of_clones_that_panic {
        ($($copy:pat),*) => {{
            static CLONES: Runs = Runs::new();
            static RUNS: Runs = Runs::new();
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
            #[lru_cache(maxsize = 8)]
            fn f(n: u32) -> Value {
                RUNS.next();
                eventually(|| calls(f::cache_info()) == 10);
                Value(n)
            }
            finishes(|| {
                let results = in_threads(10, |_| panic::catch_unwind(|| f(1)).ok());
                assert!(results.iter().flatten().all(|value| *value == Value(1)));
                (results.iter().flatten().count(), RUNS.count(), f::cache_info())
            })
        }};
    }

    #[test]
    fn other_callers_get_the_result_after_a_panic_in_clone() {
        let rows = [
            (
                "for the cache, of three leaders",
                callers_of_clones_that_panic!(1, 2, 3),
                7,
                4,
                (6, 4),
            ),
            ("for the waiters, who find the entry", callers_of_clones_that_panic!(2), 9, 1, (9, 1)),
            ("for one waiter", callers_of_clones_that_panic!(4), 9, 1, (9, 1)),
        ];
        for (row, (got, runs, counted), expected, expected_runs, (hits, misses)) in rows {
            assert_eq!((got, runs), (expected, expected_runs), "a clone {row}");
            assert_eq!(counted, info(hits, misses, 8, 1), "a clone {row}");
        }
    }
}

mod tasks {
    use super::*;

    #[test]
    fn next_waiter_computes_after_a_dropped_leader() {
        number_of_the_run!(f, RUNS);
        finishes_async(async {
            let leader = started(f::with_status(1)).await;
            let mut waiting = [(); 3].map(|()| Box::pin(f::with_status(1)));
            for waiting in &mut waiting {
                start(waiting).await;
            }
            assert_eq!(f::cache_info(), info(3, 1, 8, 0));
            drop(leader);
            let [one, two, three] = waiting;
            let (one, two, three) = tokio::join!(one, two, three);
            assert_eq!([one.0, two.0, three.0], [2; 3]);
            assert_eq!(tally([one.1, two.1, three.1]), (1, 2, 0));
            assert_eq!(f::cache_info(), info(2, 2, 8, 1));
        });
    }

    #[test]
    fn future_never_polled_leads_nothing() {
        #[lru_cache(maxsize = 8)]
        async fn f(n: u32) -> u32 {
            n
        }
        finishes_async(async {
            let never_polled = f(1);
            assert_eq!(f::with_status(1).await, (1, CacheStatus::Miss));
            assert_eq!(never_polled.await, 1);
            assert_eq!(f::cache_info(), info(1, 1, 8, 1));
        });
    }

    #[test]
    fn next_waiter_computes_after_an_abort() {
        static RUNS: Runs = Runs::new();
        #[lru_cache(maxsize = 8)]
        async fn f(_: u32) -> u32 {
            let run = RUNS.next();
            if run % 2 == 1 {
                std::future::pending::<Infallible>().await;
            }
            run
        }
        async fn aborted() {
            f::cache_clear();
            let before = RUNS.count();
            let leader = tokio::spawn(f(1));
            eventually_async(|| RUNS.count() == before + 1).await;
            let waiting: Vec<_> = (0..5).map(|_| tokio::spawn(f::with_status(1))).collect();
            eventually_async(|| f::cache_info().hits == 5).await;
            leader.abort();
            assert!(leader.await.expect_err("it was aborted").is_cancelled());
            let mut statuses = Vec::new();
            for waiting in waiting {
                let (result, status) = waiting.await.expect("no panic");
                assert_eq!(result, before + 2);
                statuses.push(status);
            }
            let (misses, joined, hits) = tally(statuses);
            assert_eq!((misses, joined + hits), (1, 4));
            assert_eq!(f::cache_info(), info(4, 2, 8, 1));
        }
        finishes(|| one_thread().block_on(aborted()));
        finishes(|| two_workers().block_on(aborted()));
    }

    #[test]
    fn next_waiter_computes_after_a_shutdown() {
        static RUNS: Runs = Runs::new();
        #[lru_cache(maxsize = 8)]
        async fn f(_: u32) -> u32 {
            let run = RUNS.next();
            if run == 1 {
                std::future::pending::<Infallible>().await;
            }
            run
        }
        finishes(|| {
            let runtime = two_workers();
            let leader = runtime.spawn(f(1));
            eventually(|| RUNS.count() == 1);
            let waiting = thread::spawn(|| smol::block_on(f::with_status(1)));
            eventually(|| f::cache_info().hits == 1);
            drop(runtime);
            assert_eq!(waiting.join().expect("no panic"), (2, CacheStatus::Miss));
            drop(leader);
        });
        assert_eq!(f::cache_info(), info(0, 2, 8, 1));
    }

    #[test]
    fn next_waiter_computes_after_a_panic() {
        static RUNS: Runs = Runs::new();
        #[lru_cache(maxsize = 8)]
        async fn f(_: u32) -> u32 {
            let run = RUNS.next();
            eventually_async(|| calls(f::cache_info()) == 10).await;
            if run.is_multiple_of(4) { run } else { panic::resume_unwind(Box::new(run)) }
        }
        for executor in Executor::ALL {
            f::cache_clear();
            let results = finishes(move || executor.run((0..10).map(|_| f(1))));
            let (good, bad): (Vec<_>, Vec<_>) = results.into_iter().partition(Result::is_ok);
            assert_eq!((good.len(), bad.len()), (7, 3), "{executor:?}");
            assert!(good.into_iter().all(|good| good.is_ok_and(|run| run.is_multiple_of(4))));
            assert_eq!(f::cache_info(), info(6, 4, 8, 1));
        }
        assert_eq!(RUNS.count(), 12);
    }

    #[test]
    fn next_call_computes_after_all_callers_are_dropped() {
        static RUNS: Runs = Runs::new();
        #[lru_cache(maxsize = 8, skip(value))]
        async fn f(_: u32, value: Arc<u32>) -> Arc<u32> {
            RUNS.next();
            future::yield_now().await;
            value
        }
        finishes(|| {
            let value = Arc::new(7);
            smol::block_on(async {
                let mut all: Vec<_> = (0..10).map(|_| Box::pin(f(1, value.clone()))).collect();
                for one in &mut all {
                    start(one).await;
                }
                assert_eq!(f::cache_info(), info(9, 1, 8, 0));
                // The leader is dropped last.
                all.into_iter().rev().for_each(drop);
                assert_eq!(Arc::strong_count(&value), 1, "nothing of them is left");
                let mut all: Vec<_> = (0..10).map(|_| Box::pin(f(1, value.clone()))).collect();
                for one in &mut all {
                    start(one).await;
                }
                // The leader is dropped first.
                drop(all);
                assert_eq!(Arc::strong_count(&value), 1);
                assert_eq!((RUNS.count(), f::cache_info()), (2, info(18, 2, 8, 0)));
                assert_eq!(*f(1, value.clone()).await, 7);
                assert_eq!(f::cache_info(), info(18, 3, 8, 1));
            });
            f::cache_clear();
            assert_eq!(Arc::strong_count(&value), 1);
        });
    }

    /// The next waiter is dropped as well, once it has been woken, and once it computes.
    #[test]
    fn last_waiter_computes_after_others_are_dropped() {
        number_of_the_run!(f, RUNS);
        finishes_async(async {
            let first = started(f(1)).await;
            let [mut second, mut third, mut last] = [(); 3].map(|()| Box::pin(f(1)));
            start(&mut second).await;
            start(&mut third).await;
            start(&mut last).await;
            drop(first);
            drop(second);
            start(&mut third).await;
            assert_eq!(RUNS.count(), 2);
            start(&mut last).await;
            drop(third);
            assert_eq!(last.await, 3);
        });
        // The second call was dropped while it waited, and stays a hit.
        assert_eq!(f::cache_info(), info(1, 3, 8, 1));
    }

    #[test]
    fn next_waiter_computes_after_a_dropped_refresh() {
        number_of_the_run!(f, RUNS);
        finishes_async(async {
            let refresh = started(f::cache_refresh(1)).await;
            let waits = started(f::with_status(1)).await;
            drop(refresh);
            assert_eq!(waits.await, (2, CacheStatus::Miss));
        });
        assert_eq!(f::cache_info(), info(0, 1, 8, 1));
    }
}
