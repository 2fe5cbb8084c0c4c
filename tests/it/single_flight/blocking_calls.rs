//! Functions that are not `async`, called by tasks: a waiter blocks a worker, and the leader still
//! ends. And threads that wait for an `async fn` (CONTRACT 6, 7).

use std::sync::{Arc, Barrier};
use std::{panic, thread};

use functools::{CacheStatus, cache, lru_cache};
use functools_test_support::{
    Executor, Gate, Runs, eventually, eventually_async, finishes, info, one_thread, run_on_tokio,
    two_workers,
};
use smol::future;

#[test]
fn more_tasks_than_workers_wait_for_a_thread() {
    #[lru_cache(maxsize = 8)]
    fn f(n: u32) -> u32 {
        // Two tasks have a worker each, and the others have none.
        eventually(|| f::cache_info().hits == 2);
        n
    }
    finishes(|| {
        let runtime = two_workers();
        let leader = thread::spawn(|| f(1));
        eventually(|| f::cache_info().misses == 1);
        let tasks = (0..8).map(|_| async { f(1) });
        assert_eq!(run_on_tokio(&runtime, tasks), [1; 8]);
        assert_eq!(leader.join().expect("no panic"), 1);
    });
    assert_eq!(f::cache_info(), info(8, 1, 8, 1));
}

#[test]
fn more_tasks_than_workers_wait_for_one_of_them() {
    #[lru_cache(maxsize = 8)]
    fn f(n: u32) -> u32 {
        eventually(|| f::cache_info().hits == 1);
        n
    }
    finishes(|| {
        let tasks = (0..8).map(|_| async {
            future::yield_now().await;
            f(1)
        });
        assert_eq!(Executor::TokioWithTwoWorkers.all_of(tasks), [1; 8]);
    });
    assert_eq!(f::cache_info(), info(7, 1, 8, 1));
}

/// The tasks block both workers: one of them computes, and the others wait.
#[test]
fn next_task_computes_after_a_thread_panics() {
    static RUNS: Runs = Runs::new();
    #[lru_cache(maxsize = 8)]
    fn f(_: u32) -> u32 {
        let run = RUNS.next();
        if run == 1 {
            eventually(|| f::cache_info().hits == 2);
            panic::resume_unwind(Box::new(()));
        }
        run
    }
    finishes(|| {
        let runtime = two_workers();
        let leader = thread::spawn(|| f(1));
        eventually(|| f::cache_info().misses == 1);
        let tasks = (0..8).map(|_| async { f(1) });
        assert_eq!(run_on_tokio(&runtime, tasks), [2; 8]);
        leader.join().expect_err("it panicked");
    });
    assert_eq!(f::cache_info(), info(7, 2, 8, 1));
}

/// An `async fn` calls a function that blocks, and neither has entries.
#[test]
fn async_body_may_call_a_blocking_function() {
    #[lru_cache(maxsize = 8)]
    async fn outer(n: u32) -> u32 {
        future::yield_now().await;
        10 * inner(n)
    }
    #[lru_cache(maxsize = 8)]
    fn inner(n: u32) -> u32 {
        thread::yield_now();
        n
    }
    for executor in Executor::ALL {
        outer::cache_clear();
        inner::cache_clear();
        let tasks = (0..400).map(|n| async move { outer(n % 4).await + inner(n % 4) });
        let results = finishes(move || executor.all_of(tasks));
        assert_eq!(results, (0..400).map(|n| 11 * (n % 4)).collect::<Vec<_>>());
        assert_eq!(outer::cache_info(), info(396, 4, 8, 4), "{executor:?}");
        assert_eq!(inner::cache_info(), info(400, 4, 8, 4), "{executor:?}");
    }
}

#[test]
fn threads_wait_for_an_async_function() {
    static GATE: Gate = Gate::new();
    #[lru_cache(maxsize = 8)]
    async fn f(n: u32) -> u32 {
        GATE.pass_async().await;
        n
    }
    finishes(|| {
        let runtime = two_workers();
        let leader = runtime.spawn(f(1));
        GATE.wait_for(1);
        let start = Arc::new(Barrier::new(10));
        let threads = [(); 10].map(|()| {
            let start = start.clone();
            thread::spawn(move || {
                start.wait();
                smol::block_on(f::with_status(1))
            })
        });
        eventually(|| f::cache_info().hits == 10);
        GATE.open();
        for thread in threads {
            assert_eq!(thread.join().expect("no panic"), (1, CacheStatus::Joined));
        }
        assert_eq!(runtime.block_on(leader).expect("no panic"), 1);
    });
}

/// An `async fn` calls a function that blocks, while a thread runs that function, which waits for
/// the `async fn`.
mod circles {
    use super::*;

    static OF_TASK: [Runs; 4] = [const { Runs::new() }; 4];
    static OF_THREAD: [Runs; 4] = [const { Runs::new() }; 4];

    /// Where `n` is even, this is the first to be counted as waiting.
    #[cache]
    async fn by_task(n: usize) -> u32 {
        if OF_TASK[n].next() > 1 {
            return 1;
        }
        let begun = || OF_THREAD[n].count() == 1;
        eventually_async(|| begun() && (n.is_multiple_of(2) || by_task::cache_info().hits == 1))
            .await;
        10 + by_thread(n)
    }

    #[cache]
    fn by_thread(n: usize) -> u32 {
        if OF_THREAD[n].next() > 1 {
            return 2;
        }
        let begun = || OF_TASK[n].count() == 1;
        eventually(|| begun() && (n % 2 == 1 || by_thread::cache_info().hits == 1));
        20 + smol::block_on(by_task(n))
    }

    #[test]
    fn task_and_thread_that_need_each_other_end() {
        for n in 0..4 {
            let results = finishes(move || {
                by_task::cache_clear();
                by_thread::cache_clear();
                let runtime = if n < 2 { one_thread() } else { two_workers() };
                let of_thread = thread::spawn(move || by_thread(n));
                let of_task = runtime.block_on(async { tokio::spawn(by_task(n)).await });
                (of_task.expect("no panic"), of_thread.join().expect("no panic"))
            });
            let hits = (by_task::cache_info().hits, by_thread::cache_info().hits);
            let misses = (by_task::cache_info().misses, by_thread::cache_info().misses);
            // The call that enters the wait-for graph last computes. A call is counted as waiting
            // before it enters, so either may be the last.
            let task_waits = ((31, 21), (0, 1), (2, 1));
            let thread_waits = ((12, 32), (1, 0), (1, 2));
            let found = (results, hits, misses);
            assert!([task_waits, thread_waits].contains(&found), "{n}: {found:?}");
        }
    }
}
