//! Computations that call each other: a call that would wait for itself, directly or by others,
//! computes, and every other call waits (CONTRACT 6).

use std::pin::Pin;
use std::sync::Barrier;
use std::thread;

use functools::{CacheStatus, cache, lru_cache};
use functools_test_support::{
    Runs, eventually_async, finishes, in_threads, info, one_thread, two_workers,
};
use smol::future;
use tokio::task::JoinHandle;

mod one_thread {
    use super::*;

    #[test]
    fn nested_call_computes() {
        static RUNS: Runs = Runs::new();
        #[lru_cache(maxsize = 8)]
        fn f(n: u32) -> (u32, CacheStatus) {
            match RUNS.next() {
                run @ 1..5 => {
                    let ((inner, _), status) = f::with_status(n);
                    (10 * inner + run, status)
                }
                run => (run, CacheStatus::Miss),
            }
        }
        // The innermost is the first to end, so its result is stored.
        assert_eq!(finishes(|| f(1)), (54_321, CacheStatus::Miss));
        assert_eq!(f(1), (5, CacheStatus::Miss));
        assert_eq!(f::cache_info(), info(1, 5, 8, 1));
    }

    #[test]
    fn nested_call_by_another_function_computes() {
        static RUNS: Runs = Runs::new();
        #[lru_cache(maxsize = 8)]
        fn there(n: u32) -> u32 {
            1 + back(n)
        }
        #[lru_cache(maxsize = 8)]
        fn back(n: u32) -> u32 {
            if RUNS.next() < 4 { 1 + there(n) } else { 0 }
        }
        assert_eq!(finishes(|| there(1)), 7);
        assert_eq!((there(1), back(1)), (1, 0), "the innermost are kept");
        assert_eq!(there::cache_info(), info(1, 4, 8, 1));
        assert_eq!(back::cache_info(), info(1, 4, 8, 1));
    }

    #[test]
    fn nested_call_in_a_task_computes() {
        static RUNS: Runs = Runs::new();
        #[lru_cache(maxsize = 8)]
        async fn f(n: u32) -> u32 {
            let run = RUNS.next();
            future::yield_now().await;
            if run < 5 { 10 * Box::pin(f(n)).await + run } else { run }
        }
        finishes(|| {
            assert_eq!(smol::block_on(f(1)), 54_321);
            assert_eq!(smol::block_on(f(1)), 5);
        });
        assert_eq!(f::cache_info(), info(1, 5, 8, 1));
    }

    /// A body that is dropped may still call the key that it was computing.
    #[test]
    fn call_while_its_body_is_dropped_computes() {
        struct CallsAtTheEnd;
        impl Drop for CallsAtTheEnd {
            fn drop(&mut self) {
                assert_eq!(smol::block_on(f(1)), 2);
            }
        }
        static RUNS: Runs = Runs::new();
        #[lru_cache(maxsize = 8)]
        async fn f(_: u32) -> u32 {
            let run = RUNS.next();
            if run == 1 {
                let _calls = CallsAtTheEnd;
                future::yield_now().await;
            }
            run
        }
        finishes(|| {
            smol::block_on(async {
                let mut dropped = Box::pin(f(1));
                assert_eq!(future::poll_once(&mut dropped).await, None);
            });
        });
        assert_eq!(f::cache_info(), info(0, 2, 8, 1));
    }

    /// A call already waits when a body receives its future and waits for it.
    #[test]
    fn wait_that_began_outside_of_the_body_ends() {
        type Waiting = Pin<Box<dyn Future<Output = u32> + Send>>;
        static RUNS: Runs = Runs::new();
        #[lru_cache(maxsize = 8)]
        async fn f(n: u32) -> u32 {
            let run = RUNS.next();
            future::yield_now().await;
            if run == 1 { 1 + awaits(n, Box::pin(future::ready(0))).await } else { 10 }
        }
        #[lru_cache(maxsize = 8, skip(waiting))]
        async fn awaits(_: u32, waiting: Waiting) -> u32 {
            100 + waiting.await
        }
        let both = finishes(|| {
            smol::block_on(async {
                let (mut leader, mut waiting) = (Box::pin(f(1)), Box::pin(f(1)));
                assert_eq!(future::poll_once(&mut leader).await, None);
                assert_eq!(future::poll_once(&mut waiting).await, None);
                let mut outer = Box::pin(awaits(1, waiting));
                assert_eq!(future::poll_once(&mut outer).await, None);
                future::zip(leader, outer).await
            })
        });
        // One of them has computed the result of the other.
        assert!(both == (111, 110) || both == (101, 201), "{both:?}");
    }

    /// The first call computes and the others join it, though all are in one computation.
    #[test]
    fn calls_within_one_body_wait_for_each_other() {
        #[lru_cache(maxsize = 8)]
        async fn outer(n: u32) -> [(u32, CacheStatus); 3] {
            let (one, two, three) =
                tokio::join!(inner::with_status(n), inner::with_status(n), inner::with_status(n));
            [one, two, three]
        }
        #[lru_cache(maxsize = 8)]
        async fn inner(n: u32) -> u32 {
            eventually_async(|| inner::cache_info().hits == 2).await;
            n
        }
        let expected = [(1, CacheStatus::Miss), (1, CacheStatus::Joined), (1, CacheStatus::Joined)];
        assert_eq!(finishes(|| smol::block_on(outer(1))), expected);
        assert_eq!(finishes(|| smol::block_on(inner(1))), 1);
    }

    /// Each of two futures that one thread polls in turn needs the result of the other.
    #[test]
    fn futures_of_one_task_that_need_each_other_end() {
        macro_rules! in_scope {
            ($scope:literal) => {
                finishes(|| {
                    thread_local! {
                        static RUNS: Runs = const { Runs::new() };
                    }
                    #[lru_cache(maxsize = 8, scope = $scope)]
                    async fn f(n: u32) -> u32 {
                        if RUNS.with(Runs::next) > 2 {
                            return n;
                        }
                        eventually_async(|| RUNS.with(Runs::count) == 2).await;
                        n + 10 * Box::pin(f(3 - n)).await
                    }
                    // One waits, and the other computes.
                    match smol::block_on(async { tokio::join!(f(1), f(2)) }) {
                        (121, 12) => assert_eq!(f::cache_peek(1), Some(1), "the first to end"),
                        (21, 212) => assert_eq!(f::cache_peek(2), Some(2), "the first to end"),
                        other => panic!("{other:?}"),
                    }
                    assert_eq!(f::cache_info(), info(1, 3, 8, 2));
                })
            };
        }
        in_scope!("thread");
        in_scope!("process");
    }
}

mod threads {
    use super::*;

    const ROUNDS: usize = 20;

    /// In each round, computations 0 to `n`: each calls the next once all run, the last the first.
    macro_rules! ring {
        ($n:literal: $($function:ident calls $next:ident),+) => {
            finishes(|| {
                static TOGETHER: Barrier = Barrier::new($n);
                static RUNS: [[Runs; $n]; ROUNDS] = [const { [const { Runs::new() }; $n] }; ROUNDS];
                $(
                    #[cache]
                    fn $function(round: usize, n: usize) -> usize {
                        if RUNS[round][n].next() > 1 {
                            return 1;
                        }
                        TOGETHER.wait();
                        1 + $next(round, (n + 1) % $n)
                    }
                )+
                let functions = [$($function as fn(usize, usize) -> usize),+];
                for round in 0..ROUNDS {
                    let mut results = in_threads($n, |n| functions[n % functions.len()](round, n));
                    results.sort_unstable();
                    // One has computed the next for itself, and all others have waited.
                    assert_eq!(results, (2..=$n + 1).collect::<Vec<_>>());
                }
                let infos = [$($function::cache_info()),+];
                let hits: u64 = infos.iter().map(|info| info.hits).sum();
                let misses: u64 = infos.iter().map(|info| info.misses).sum();
                let rounds = ROUNDS as u64;
                assert_eq!((hits, misses), (rounds * ($n - 1), rounds * ($n + 1)));
                let entries: usize = infos.iter().map(|info| info.currsize).sum();
                assert_eq!(entries, ROUNDS * $n);
            })
        };
    }

    #[test]
    fn ring_of_one_function_ends() {
        ring!(2: f calls f);
        ring!(3: f calls f);
        ring!(10: f calls f);
    }

    #[test]
    fn ring_of_several_functions_ends() {
        ring!(2: f calls g, g calls f);
        ring!(3: f calls g, g calls h, h calls f);
        ring!(10: f calls g, g calls f);
    }

    /// Each number calls lower ones alone, so no call would wait for itself, and no number is
    /// computed twice.
    #[test]
    fn fibonacci_is_computed_once() {
        #[cache]
        fn fib(n: usize) -> u64 {
            thread::yield_now();
            if n < 2 { n as u64 } else { fib(n - 1) + fib(n - 2) }
        }
        finishes(|| {
            for _ in 0..50 {
                fib::cache_clear();
                let results = in_threads(16, |thread| fib(40 - thread % 5));
                let expected = [102_334_155, 63_245_986, 39_088_169, 24_157_817, 14_930_352];
                assert!(results.iter().zip(expected.iter().cycle()).all(|(got, fib)| got == fib));
                // Each body but two makes two calls.
                assert_eq!(fib::cache_info(), info(16 + 78 - 41, 41, None, 41));
            }
        });
    }

    #[test]
    fn fibonacci_with_a_thread_per_call_is_computed_once() {
        #[cache]
        fn fib(n: u64) -> u64 {
            if n < 2 {
                return n;
            }
            thread::scope(|scope| {
                let calls = [scope.spawn(move || fib(n - 1)), scope.spawn(move || fib(n - 2))];
                calls.into_iter().map(|call| call.join().expect("no panic")).sum()
            })
        }
        assert_eq!(finishes(|| fib(20)), 6_765);
        assert_eq!(fib::cache_info(), info(1 + 38 - 21, 21, None, 21));
    }

    /// Any two computations may need each other's result at any time, since the depth is not in the
    /// key.
    #[test]
    fn random_calls_of_each_other_end() {
        static ROUND: Barrier = Barrier::new(8);
        #[lru_cache(maxsize = 4, key = n)]
        fn f(n: u32, depth: u32) -> u32 {
            thread::yield_now();
            if depth > 0 { g((n * 5 + depth) % 6, depth - 1) % 10 + 1 } else { 0 }
        }
        #[lru_cache(maxsize = 4, key = n)]
        fn g(n: u32, depth: u32) -> u32 {
            thread::yield_now();
            if depth > 0 { f((n * 7 + depth) % 6, depth - 1) % 10 + 1 } else { 0 }
        }
        finishes(|| {
            in_threads(8, |thread| {
                let thread = u32::try_from(thread).expect("below 8");
                for n in thread..thread + 300 {
                    ROUND.wait();
                    assert!(f(n % 6, 1 + n % 7) <= 10);
                }
            });
        });
    }
}

mod tasks {
    use super::*;

    const N: usize = 5;
    const ROUNDS: usize = 20;

    #[test]
    fn ring_of_tasks_ends() {
        static RUNS: [[Runs; N]; 2 * ROUNDS] = [const { [const { Runs::new() }; N] }; 2 * ROUNDS];
        #[cache]
        async fn f(round: usize, n: usize) -> usize {
            if RUNS[round][n].next() > 1 {
                return 1;
            }
            eventually_async(|| RUNS[round].iter().all(|runs| runs.count() > 0)).await;
            1 + Box::pin(f(round, (n + 1) % N)).await
        }
        async fn ring(round: usize) {
            let tasks: Vec<_> = (0..N).map(|n| tokio::spawn(f(round, n))).collect();
            let mut results = Vec::new();
            for task in tasks {
                results.push(task.await.expect("no panic"));
            }
            results.sort_unstable();
            assert_eq!(results, (2..=N + 1).collect::<Vec<_>>());
        }
        finishes(|| {
            let (one_thread, two_workers) = (one_thread(), two_workers());
            (0..ROUNDS).for_each(|round| one_thread.block_on(ring(round)));
            (ROUNDS..2 * ROUNDS).for_each(|round| two_workers.block_on(ring(round)));
        });
        let rings = 2 * ROUNDS as u64;
        let (hits, misses) = (rings * (N as u64 - 1), rings * (N as u64 + 1));
        assert_eq!(f::cache_info(), info(hits, misses, None, 2 * ROUNDS * N));
    }

    #[test]
    fn fibonacci_is_computed_once() {
        #[cache]
        async fn fib(n: u64) -> u64 {
            future::yield_now().await;
            if n < 2 {
                return n;
            }
            let (one, two) = tokio::join!(Box::pin(fib(n - 1)), Box::pin(fib(n - 2)));
            one + two
        }
        for runtime in [one_thread(), two_workers()] {
            fib::cache_clear();
            finishes(move || {
                runtime.block_on(async {
                    let tasks: Vec<_> = (0..50).map(|_| tokio::spawn(fib(40))).collect();
                    for task in tasks {
                        assert_eq!(task.await.expect("no panic"), 102_334_155);
                    }
                });
            });
            assert_eq!(fib::cache_info(), info(50 + 78 - 41, 41, None, 41));
        }
    }

    #[test]
    fn fibonacci_with_a_task_per_call_is_computed_once() {
        #[cache]
        async fn fib(n: u64) -> u64 {
            if n < 2 {
                return n;
            }
            let (one, two) = (spawned(n - 1), spawned(n - 2));
            one.await.expect("no panic") + two.await.expect("no panic")
        }
        // A function of its own: within `fib`, whether its future is `Send` is not known yet.
        fn spawned(n: u64) -> JoinHandle<u64> {
            tokio::spawn(fib(n))
        }
        for runtime in [one_thread(), two_workers()] {
            fib::cache_clear();
            assert_eq!(finishes(move || runtime.block_on(fib(20))), 6_765);
            assert_eq!(fib::cache_info(), info(1 + 38 - 21, 21, None, 21));
        }
    }
}
