//! Feature `rayon`: a call on a worker thread computes where it would wait (CONTRACT 6). While a
//! worker waits inside of a body, it runs other jobs of its pool, and what they wait for may need
//! that worker.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc;

use functools::{CacheStatus, cache, lru_cache};
use functools_test_support::{Gate, Runs, eventually, finishes, info};
use rayon::iter::{IntoParallelIterator as _, ParallelIterator as _};
use rayon::{ThreadPool, ThreadPoolBuilder};
use smol::future::block_on;
use tokio_test::assert_pending;
use tokio_test::task::spawn;

fn pool(threads: usize) -> ThreadPool {
    ThreadPoolBuilder::new().num_threads(threads).build().expect("threads")
}

/// Two requests for one key on a pool of two threads, and a body that hands half of its work to the
/// pool. While the first request waits for that half, the pool gives its thread the second request.
#[test]
fn join_in_two_requests_ends() {
    static STEP: AtomicU32 = AtomicU32::new(0);
    fn wait_for_step(step: u32) {
        eventually(|| STEP.load(Ordering::SeqCst) >= step);
    }
    #[cache]
    fn report(n: u64) -> u64 {
        rayon::join(
            || wait_for_step(1),
            || {
                STEP.fetch_max(1, Ordering::SeqCst);
                rayon::join(
                    || wait_for_step(2),
                    || {
                        STEP.fetch_max(2, Ordering::SeqCst);
                        // Now the pool has the second request, which this thread may take next.
                        wait_for_step(3);
                    },
                );
            },
        );
        n * 2
    }
    finishes(|| {
        let pool = pool(2);
        let (answer, answers) = mpsc::channel();
        for request in 0..2 {
            let answer = answer.clone();
            pool.spawn(move || answer.send(report(21)).expect("the test listens"));
            if request == 0 {
                wait_for_step(2);
            }
        }
        STEP.fetch_max(3, Ordering::SeqCst);
        assert_eq!(answers.recv(), Ok(42));
        assert_eq!(answers.recv(), Ok(42));
        let found = report::cache_info();
        assert_eq!((found.hits + found.misses, found.currsize), (2, 1));
    });
}

#[test]
fn parallel_iterator_in_a_recursive_body_ends() {
    #[cache]
    fn paths(columns: u32, rows: u32) -> u64 {
        if columns == 0 || rows == 0 {
            return 1;
        }
        // Both call `paths(columns - 1, rows - 1)`.
        [(columns - 1, rows), (columns, rows - 1)]
            .into_par_iter()
            .map(|(columns, rows)| paths(columns, rows))
            .sum()
    }
    finishes(|| {
        for threads in [1, 2, 4] {
            paths::cache_clear();
            assert_eq!(pool(threads).install(|| paths(8, 8)), 12_870);
            let counted = paths::cache_info();
            assert_eq!(counted.currsize, 80, "all but (0, 0)");
            assert!(counted.misses >= 80, "{counted}");
        }
    });
}

#[test]
fn parallel_iterator_within_another_ends() {
    static RUNS: Runs = Runs::new();
    #[lru_cache(maxsize = 64)]
    fn inner(n: u64) -> u64 {
        RUNS.next();
        (0..8_u64).into_par_iter().map(|m| n * m).sum()
    }
    #[lru_cache(maxsize = 64)]
    fn outer(n: u64) -> u64 {
        (0..8_u64).into_par_iter().map(|m| inner((n + m) % 10)).sum()
    }
    finishes(|| {
        for _ in 0..20 {
            inner::cache_clear();
            outer::cache_clear();
            let runs = RUNS.count();
            let calls = 100;
            let sum: u64 =
                pool(4).install(|| (0..calls).into_par_iter().map(|n| outer(n % 10)).sum());
            let expected: u64 =
                (0..calls).map(|n| (0..8).map(|m| (n + m) % 10 * 28).sum::<u64>()).sum();
            assert_eq!(sum, expected);
            let (one, other) = (outer::cache_info(), inner::cache_info());
            assert_eq!(one.hits + one.misses, calls);
            assert_eq!(
                other.hits + other.misses,
                one.misses * 8,
                "each run of the body calls 8 times"
            );
            assert_eq!(u64::from(RUNS.count() - runs), other.misses);
            assert_eq!((one.currsize, other.currsize), (10, 10));
        }
    });
}

/// A thread outside of the pool computes, and its body waits for the pool, whose workers need the
/// same key.
#[test]
fn body_outside_of_the_pool_may_wait_for_it() {
    static POOL: std::sync::OnceLock<ThreadPool> = std::sync::OnceLock::new();
    #[cache]
    fn total(n: u64) -> u64 {
        if rayon::current_thread_index().is_some() {
            return n;
        }
        POOL.get().expect("a pool").install(|| total(n))
    }
    finishes(|| {
        POOL.get_or_init(|| pool(1));
        assert_eq!(total(7), 7);
        assert_eq!(total::cache_info(), info(0, 2, None, 1));
    });
}

/// A worker blocks on an `async fn`.
#[test]
fn worker_computes_an_async_function() {
    static GATE: Gate = Gate::new();
    #[cache]
    async fn slow(n: u64) -> u64 {
        if rayon::current_thread_index().is_none() {
            GATE.pass();
        }
        n
    }
    finishes(|| {
        let first = std::thread::spawn(|| block_on(slow::with_status(1)));
        GATE.wait_for(1);
        assert_eq!(pool(1).install(|| block_on(slow::with_status(1))), (1, CacheStatus::Miss));
        assert_eq!(pool(1).install(|| block_on(slow::with_status(1))), (1, CacheStatus::Hit));
        GATE.open();
        assert_eq!(first.join().expect("no panic"), (1, CacheStatus::Miss));
        assert_eq!(slow::cache_info(), info(1, 2, None, 1), "the first to finish is kept");
    });
}

/// A task starts to wait on a thread and continues on a worker, on which its leader continues
/// later.
#[test]
fn task_that_moves_to_a_worker_computes() {
    static GATE: Gate = Gate::new();
    #[cache]
    async fn slow(n: u64) -> u64 {
        GATE.pass_async().await;
        n
    }
    finishes(|| {
        let pool = pool(1);
        let (mut one, mut two) = (spawn(slow::with_status(1)), spawn(slow::with_status(1)));
        assert_pending!(one.poll());
        assert_pending!(two.poll());
        assert_eq!(slow::cache_info().hits, 1, "it waits");
        GATE.open();
        let (answer, answers) = mpsc::channel();
        let other = answer.clone();
        pool.spawn(move || answer.send(block_on(two)).expect("the test listens"));
        pool.spawn(move || other.send(block_on(one)).expect("the test listens"));
        assert_eq!(answers.recv(), Ok((1, CacheStatus::Miss)));
        assert_eq!(answers.recv(), Ok((1, CacheStatus::Miss)));
        assert_eq!(slow::cache_info(), info(0, 2, None, 1));
    });
}

/// A thread that is no worker waits for the computation of a worker.
#[test]
fn thread_outside_of_the_pool_waits_for_a_worker() {
    static GATE: Gate = Gate::new();
    #[cache]
    fn slow(n: u64) -> u64 {
        GATE.pass();
        n
    }
    finishes(|| {
        let pool = pool(1);
        let (answer, answers) = mpsc::channel();
        pool.spawn(move || answer.send(slow::with_status(1)).expect("the test listens"));
        GATE.wait_for(1);
        let waits = std::thread::spawn(|| slow::with_status(1));
        eventually(|| slow::cache_info().hits == 1);
        GATE.open();
        assert_eq!(answers.recv(), Ok((1, CacheStatus::Miss)));
        assert_eq!(waits.join().expect("no panic"), (1, CacheStatus::Joined));
    });
}
