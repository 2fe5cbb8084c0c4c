//! Tasks that call one key at the same time: one computes, the others wait without blocking a thread, and none is
//! lost when another is dropped, aborted or panics.

mod common;

use std::convert::Infallible;
use std::panic;
use std::rc::Rc;
use std::sync::{Arc, LazyLock};
use std::thread;

use common::flights::{Gate, calls, tally, until, until_in_task};
use common::tasks::{Executor, begin, one_thread, two_workers};
use common::{Runs, finishes, info};
use functools::{CacheStatus, lru_cache};
use smol::future;

mod one_computes_for_all {
    use super::*;

    #[test]
    fn of_a_thousand_tasks() {
        static RUNS: Runs = Runs::new();
        #[lru_cache(maxsize = 8)]
        async fn f(_: &str) -> u32 {
            until_in_task(|| f::cache_info().hits == 999).await;
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
    fn of_the_futures_of_one_task() {
        #[lru_cache(maxsize = 8, scope = "thread")]
        async fn f(n: u32) -> Rc<u32> {
            until_in_task(|| f::cache_info().hits == 2).await;
            Rc::new(n)
        }
        finishes(|| {
            let (one, two, three) = smol::block_on(async { tokio::join!(f(1), f(1), f(1)) });
            assert!(Rc::ptr_eq(&one, &two) && Rc::ptr_eq(&two, &three));
            assert_eq!(f::cache_info(), info(2, 1, 8, 1));
        });
    }

    #[test]
    fn of_the_tasks_of_one_thread() {
        #[lru_cache(maxsize = 8, scope = "thread")]
        async fn f(n: u32) -> Rc<u32> {
            until_in_task(|| f::cache_info().hits == 99).await;
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
    fn on_runtimes_and_threads_that_know_nothing_of_each_other() {
        static GATE: Gate = Gate::new();
        #[lru_cache(maxsize = 8)]
        async fn f(n: u32) -> u32 {
            GATE.pass_in_task().await;
            n
        }
        finishes(|| {
            let leader = thread::spawn(|| smol::block_on(f::with_status(1)));
            GATE.holds(1);
            let waiting = Executor::ALL.map(|executor| {
                thread::spawn(move || executor.all_of((0..10).map(|_| f::with_status(1))))
            });
            until(|| f::cache_info().hits == 30);
            GATE.open();
            assert_eq!(leader.join().expect("no panic"), (1, CacheStatus::Miss));
            for waiting in waiting {
                assert_eq!(waiting.join().expect("no panic"), [(1, CacheStatus::Joined); 10]);
            }
        });
    }

    #[test]
    fn and_other_keys_and_entries_have_nothing_to_do_with_it() {
        static GATE: Gate = Gate::new();
        #[lru_cache(maxsize = 8)]
        async fn f(n: u32) -> u32 {
            if n == 0 {
                GATE.pass_in_task().await;
            }
            n
        }
        finishes(|| {
            smol::block_on(async {
                let mut held_up = Box::pin(f(0));
                begin(&mut held_up).await;
                let mut waits = Box::pin(f(0));
                begin(&mut waits).await;
                for n in 1..4 {
                    assert_eq!(future::poll_once(f(n)).await, Some(n));
                    assert_eq!(future::poll_once(f(n)).await, Some(n));
                }
                GATE.open();
                assert_eq!((held_up.await, waits.await), (0, 0));
            });
        });
        assert_eq!(f::cache_info(), info(4, 4, 8, 4));
    }
}

mod a_leader_that_does_not_finish {
    use super::*;

    #[test]
    fn but_is_dropped_hands_over() {
        static RUNS: Runs = Runs::new();
        #[lru_cache(maxsize = 8)]
        async fn f(_: u32) -> u32 {
            let run = RUNS.next();
            future::yield_now().await;
            run
        }
        finishes(|| {
            smol::block_on(async {
                let mut leader = Box::pin(f::with_status(1));
                begin(&mut leader).await;
                let mut waiting = [(); 3].map(|()| Box::pin(f::with_status(1)));
                for waiting in &mut waiting {
                    begin(waiting).await;
                }
                assert_eq!(f::cache_info(), info(3, 1, 8, 0));
                drop(leader);
                let [one, two, three] = waiting;
                let (one, two, three) = tokio::join!(one, two, three);
                assert_eq!([one.0, two.0, three.0], [2; 3]);
                assert_eq!(tally([one.1, two.1, three.1]), (1, 2, 0));
                assert_eq!(f::cache_info(), info(2, 2, 8, 1));
            });
        });
    }

    #[test]
    fn because_it_is_never_polled_leads_nothing() {
        #[lru_cache(maxsize = 8)]
        async fn f(n: u32) -> u32 {
            n
        }
        finishes(|| {
            smol::block_on(async {
                let never_polled = f(1);
                assert_eq!(f::with_status(1).await, (1, CacheStatus::Miss));
                assert_eq!(never_polled.await, 1);
                assert_eq!(f::cache_info(), info(1, 1, 8, 1));
            });
        });
    }

    #[test]
    fn but_is_aborted_hands_over() {
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
            until_in_task(|| RUNS.count() == before + 1).await;
            let waiting: Vec<_> = (0..5).map(|_| tokio::spawn(f::with_status(1))).collect();
            until_in_task(|| f::cache_info().hits == 5).await;
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
    fn since_its_runtime_is_shut_down_hands_over() {
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
            until(|| RUNS.count() == 1);
            let waiting = thread::spawn(|| smol::block_on(f::with_status(1)));
            until(|| f::cache_info().hits == 1);
            drop(runtime);
            assert_eq!(waiting.join().expect("no panic"), (2, CacheStatus::Miss));
            drop(leader);
        });
        assert_eq!(f::cache_info(), info(0, 2, 8, 1));
    }

    #[test]
    fn but_panics_hands_over() {
        static RUNS: Runs = Runs::new();
        #[lru_cache(maxsize = 8)]
        async fn f(_: u32) -> u32 {
            let run = RUNS.next();
            until_in_task(|| calls(f::cache_info()) == 10).await;
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
    fn nor_any_other_leaves_a_cache_that_works() {
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
                    begin(one).await;
                }
                assert_eq!(f::cache_info(), info(9, 1, 8, 0));
                // The leader last.
                all.into_iter().rev().for_each(drop);
                assert_eq!(Arc::strong_count(&value), 1, "nothing of them is left");
                let mut all: Vec<_> = (0..10).map(|_| Box::pin(f(1, value.clone()))).collect();
                for one in &mut all {
                    begin(one).await;
                }
                // The leader first.
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

    /// Who is next in line is dropped as well, when it has been woken and when it computes.
    #[test]
    fn nor_do_those_who_take_over() {
        static RUNS: Runs = Runs::new();
        #[lru_cache(maxsize = 8)]
        async fn f(_: u32) -> u32 {
            let run = RUNS.next();
            future::yield_now().await;
            run
        }
        finishes(|| {
            smol::block_on(async {
                let mut first = Box::pin(f(1));
                begin(&mut first).await;
                let [mut second, mut third, mut last] = [(); 3].map(|()| Box::pin(f(1)));
                begin(&mut second).await;
                begin(&mut third).await;
                begin(&mut last).await;
                drop(first);
                drop(second);
                begin(&mut third).await;
                assert_eq!(RUNS.count(), 2);
                begin(&mut last).await;
                drop(third);
                assert_eq!(last.await, 3);
            });
        });
        // The second was dropped while it waited, and has been a hit.
        assert_eq!(f::cache_info(), info(1, 3, 8, 1));
    }

    #[test]
    fn a_refresh_hands_over_too() {
        static RUNS: Runs = Runs::new();
        #[lru_cache(maxsize = 8)]
        async fn f(_: u32) -> u32 {
            let run = RUNS.next();
            future::yield_now().await;
            run
        }
        finishes(|| {
            smol::block_on(async {
                let mut refresh = Box::pin(f::cache_refresh(1));
                begin(&mut refresh).await;
                let mut waits = Box::pin(f::with_status(1));
                begin(&mut waits).await;
                drop(refresh);
                assert_eq!(waits.await, (2, CacheStatus::Miss));
            });
        });
        assert_eq!(f::cache_info(), info(0, 1, 8, 1));
    }
}

mod one_who_waits {
    use super::*;

    #[test]
    fn and_is_dropped_disturbs_nobody() {
        static GATE: Gate = Gate::new();
        #[lru_cache(maxsize = 8)]
        async fn f(n: u32) -> u32 {
            GATE.pass_in_task().await;
            n
        }
        finishes(|| {
            smol::block_on(async {
                let mut leader = Box::pin(f::with_status(1));
                begin(&mut leader).await;
                let [mut one, mut two, mut three] = [(); 3].map(|()| Box::pin(f::with_status(1)));
                begin(&mut one).await;
                begin(&mut two).await;
                begin(&mut three).await;
                drop(two);
                GATE.open();
                assert_eq!(leader.await, (1, CacheStatus::Miss));
                // Dropped when there is a result already.
                drop(one);
                assert_eq!(three.await, (1, CacheStatus::Joined));
                assert_eq!(f::cache_info(), info(3, 1, 8, 1));
            });
        });
    }

    #[test]
    fn may_go_on_in_another_thread() {
        static GATE: Gate = Gate::new();
        #[lru_cache(maxsize = 8)]
        async fn f(n: u32) -> u32 {
            GATE.pass_in_task().await;
            n + inner(n).await
        }
        #[lru_cache(maxsize = 8)]
        async fn inner(n: u32) -> u32 {
            n
        }
        finishes(|| {
            let [mut leader, mut waits] = [(); 2].map(|()| Box::pin(f::with_status(1)));
            smol::block_on(begin(&mut leader));
            smol::block_on(begin(&mut waits));
            let waits = thread::spawn(|| smol::block_on(waits));
            GATE.open();
            let leader = thread::spawn(|| smol::block_on(leader));
            assert_eq!(leader.join().expect("no panic"), (2, CacheStatus::Miss));
            assert_eq!(waits.join().expect("no panic"), (2, CacheStatus::Joined));
        });
    }
}

mod what_is_not_stored {
    use super::*;

    /// Ten callers of a body that ends when nine wait for it. Says what they got.
    macro_rules! of_ten {
        (#[$attribute:meta] $result:ty = $value:expr) => {{
            static RUNS: Runs = Runs::new();
            #[$attribute]
            async fn f(_: u32) -> $result {
                RUNS.next();
                until_in_task(|| f::cache_info().hits == 9).await;
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
    fn reaches_those_who_wait_if_it_can_be_cloned() {
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

    /// The other nine meet in the body: one after the other, they never would.
    #[test]
    fn is_computed_by_all_at_once_if_it_cannot() {
        #[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
        struct NotClone(u32);
        static RUNS: Runs = Runs::new();
        static NINE: LazyLock<tokio::sync::Barrier> =
            LazyLock::new(|| tokio::sync::Barrier::new(9));
        #[lru_cache(maxsize = 8)]
        async fn f(_: u32) -> Result<u32, NotClone> {
            let run = RUNS.next();
            if run % 10 == 1 {
                until_in_task(|| f::cache_info().hits == 9).await;
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
    fn may_be_what_threads_cannot_share() {
        static RUNS: Runs = Runs::new();
        #[lru_cache(maxsize = 8)]
        async fn f(_: u32) -> Result<u32, Rc<str>> {
            if RUNS.next() == 1 {
                until_in_task(|| f::cache_info().hits == 1).await;
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
    fn does_not_keep_the_future_from_being_sent() {
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
    fn is_shared_within_a_thread_whatever_it_is() {
        static RUNS: Runs = Runs::new();
        #[lru_cache(maxsize = 8, scope = "thread")]
        async fn f(_: u32) -> Result<u32, Rc<u32>> {
            RUNS.next();
            until_in_task(|| f::cache_info().hits == 2).await;
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
