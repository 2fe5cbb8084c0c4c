//! One of several concurrent calls of a key computes; the others wait for its result (CONTRACT 6).
//!
//! No test sleeps: a waiter is counted as a hit as soon as it waits, so a body can tell how many
//! wait for it.

use std::hash::Hash;
use std::rc::Rc;
use std::sync::{Arc, Barrier, Weak};
use std::thread;

use functools::{CacheStatus, cache, lru_cache};
use functools_test_support::{
    Executor, Gate, Runs, eventually, eventually_async, finishes, in_threads, info, one_thread,
    tally,
};

mod threads {
    use super::*;

    /// A hundred threads call a body that ends when the other 99 wait for it.
    macro_rules! by_a_hundred_threads {
        (#[$attribute:meta] $maxsize:expr) => {
            finishes(|| {
                static RUNS: Runs = Runs::new();
                #[$attribute]
                fn f(_: &str) -> u32 {
                    eventually(|| f::cache_info().hits == 99);
                    RUNS.next()
                }
                let (results, statuses): (Vec<_>, Vec<_>) =
                    in_threads(100, |_| f::with_status("cold")).into_iter().unzip();
                let options = stringify!(#[$attribute]);
                    assert_eq!(results, [1; 100], "{options}");
                assert_eq!(tally(statuses), (1, 99, 0), "{options}");
                assert_eq!(f::cache_info(), info(99, 1, $maxsize, 1), "{options}");
                assert_eq!(f("cold"), 1, "{options}");
                assert_eq!(f::cache_info(), info(100, 1, $maxsize, 1), "{options}");
            })
        };
    }

    #[test]
    fn one_of_a_hundred_computes() {
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
    fn one_of_eight_computes_each_key() {
        static RUNS: [Runs; 200] = [const { Runs::new() }; 200];
        #[cache]
        fn f(n: usize) -> u32 {
            RUNS[n].next()
        }
        finishes(|| {
            let together = Barrier::new(8);
            in_threads(8, |_| {
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
    fn one_computes_per_method_and_type() {
        #[derive(Clone, PartialEq, Eq, Hash)]
        struct Shop(u32);
        impl Shop {
            #[lru_cache(maxsize = 8)]
            fn price<T>(&self, item: u32) -> usize {
                eventually(|| Self::price_cache_info::<T>().hits == 9);
                size_of::<T>() + item as usize
            }
        }
        finishes(|| {
            in_threads(20, |n| {
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
    fn nothing_of_a_computation_stays_but_its_entry() {
        #[lru_cache(maxsize = 8, skip(body))]
        fn f(_: u32, body: &(dyn Fn() -> Arc<u32> + Sync)) -> Arc<u32> {
            body()
        }
        /// Performs `meanwhile` when nine threads wait.
        fn shared_by_ten(meanwhile: fn()) -> Weak<u32> {
            f::cache_clear();
            let body = || {
                eventually(|| f::cache_info().hits == 9);
                meanwhile();
                Arc::new(7)
            };
            let results = in_threads(10, |_| f(1, &body));
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

mod tasks {
    use super::*;

    #[test]
    fn one_of_a_thousand_computes() {
        static RUNS: Runs = Runs::new();
        #[lru_cache(maxsize = 8)]
        async fn f(_: &str) -> u32 {
            eventually_async(|| f::cache_info().hits == 999).await;
            RUNS.next()
        }
        for (executor, run) in Executor::ALL.into_iter().zip(1..) {
            f::cache_clear();
            let calls = (0..1_000).map(|_| f::with_status("cold"));
            let (results, statuses): (Vec<_>, Vec<_>) =
                finishes(move || executor.all_of(calls)).into_iter().unzip();
            assert_eq!(results, [run; 1_000], "{executor:?}");
            assert_eq!(tally(statuses), (1, 999, 0));
            assert_eq!(f::cache_info(), info(999, 1, 8, 1));
            assert_eq!(smol::block_on(f("cold")), run);
        }
    }

    #[test]
    fn one_of_the_futures_of_a_task_computes() {
        #[lru_cache(maxsize = 8, scope = "thread")]
        async fn f(n: u32) -> Rc<u32> {
            eventually_async(|| f::cache_info().hits == 2).await;
            Rc::new(n)
        }
        finishes(|| {
            let (one, two, three) = smol::block_on(async { tokio::join!(f(1), f(1), f(1)) });
            assert!(Rc::ptr_eq(&one, &two) && Rc::ptr_eq(&two, &three));
            assert_eq!(f::cache_info(), info(2, 1, 8, 1));
        });
    }

    #[test]
    fn one_of_the_tasks_of_a_thread_computes() {
        #[lru_cache(maxsize = 8, scope = "thread")]
        async fn f(n: u32) -> Rc<u32> {
            eventually_async(|| f::cache_info().hits == 99).await;
            Rc::new(n)
        }
        finishes(|| {
            let runtime = one_thread();
            tokio::task::LocalSet::new().block_on(&runtime, async {
                let tasks: Vec<_> = (0..100).map(|_| tokio::task::spawn_local(f(1))).collect();
                for task in tasks {
                    assert_eq!(*task.await.expect("no panic"), 1);
                }
            });
            assert_eq!(f::cache_info(), info(99, 1, 8, 1));
        });
    }

    #[test]
    fn tasks_of_several_runtimes_wait_for_one() {
        static GATE: Gate = Gate::new();
        #[lru_cache(maxsize = 8)]
        async fn f(n: u32) -> u32 {
            GATE.pass_async().await;
            n
        }
        finishes(|| {
            let leader = thread::spawn(|| smol::block_on(f::with_status(1)));
            GATE.wait_for(1);
            let waiting = Executor::ALL.map(|executor| {
                thread::spawn(move || executor.all_of((0..10).map(|_| f::with_status(1))))
            });
            eventually(|| f::cache_info().hits == 30);
            GATE.open();
            assert_eq!(leader.join().expect("no panic"), (1, CacheStatus::Miss));
            for waiting in waiting {
                assert_eq!(waiting.join().expect("no panic"), [(1, CacheStatus::Joined); 10]);
            }
        });
    }
}
