//! Threads and tasks that call a few keys at random, with bodies that fail, panic and call each
//! other, and futures that are dropped: no call waits for ever, every result is right, and no call
//! is counted twice (CONTRACT 5, 6).
//!
//! `FUNCTOOLS_STRESS=<number>` makes it that many times as long. All randomness is seeded.

use std::panic::AssertUnwindSafe;
use std::pin::pin;
use std::{panic, thread};

use fastrand::Rng;
use functools::lru_cache;
use functools_test_support::{Runs, finishes, stress_factor};
use smol::future;
use smol::future::FutureExt as _;
use tokio::runtime::Builder;

const KEYS: u32 = 3;
const THREADS: u64 = 4;
const TASKS: u64 = 12;
const CALLS: u32 = 150;

/// An error that cannot be cloned.
#[derive(Debug, PartialEq, Eq)]
struct NotClone(u32);

/// Polls a future at most this many times.
async fn at_most<F: Future>(polls: u32, future: F) -> Option<F::Output> {
    let mut future = pin!(future);
    for _ in 0..polls {
        let result = future::poll_once(&mut future).await;
        if result.is_some() {
            return result;
        }
        future::yield_now().await;
    }
    None
}

/// How a body ends.
enum Fate {
    Ok,
    Err,
    Panic,
    /// It calls the same function, with this key or another.
    Calls(u32),
    /// It calls the other function.
    CallsOther(u32),
}

impl Fate {
    fn of(random: &mut Rng) -> Fate {
        match random.u8(..16) {
            0..2 => Fate::Err,
            2 => Fate::Panic,
            3..7 => Fate::Calls(random.u32(..KEYS)),
            7..9 => Fate::CallsOther(random.u32(..KEYS)),
            _ => Fate::Ok,
        }
    }
}

/// Two functions, one for threads and tasks, and one for tasks, and random calls of them.
macro_rules! functions {
    ($otherwise:ident, $maxsize:literal) => {
        static CALLS_OF_THREADS: Runs = Runs::new();
        static CALLS_OF_TASKS: Runs = Runs::new();
        static RUNS_OF_THREADS: Runs = Runs::new();
        static RUNS_OF_TASKS: Runs = Runs::new();

        #[lru_cache(maxsize = $maxsize)]
        fn by_thread(n: u32) -> Result<u32, NotClone> {
            let mut random = Rng::with_seed(u64::from(RUNS_OF_THREADS.next()));
            thread::yield_now();
            match Fate::of(&mut random) {
                Fate::Err => return Err(NotClone(n)),
                Fate::Panic => panic::resume_unwind(Box::new(())),
                Fate::Calls(other) => call(other),
                Fate::Ok | Fate::CallsOther(_) => (),
            }
            Ok(10 * n)
        }

        #[lru_cache(maxsize = $maxsize)]
        async fn by_task(n: u32) -> Result<u32, u32> {
            let mut random = Rng::with_seed(u64::from(RUNS_OF_TASKS.next()));
            for _ in 0..random.u8(..3) {
                future::yield_now().await;
            }
            match Fate::of(&mut random) {
                Fate::Err => return Err(n),
                Fate::Panic => panic::resume_unwind(Box::new(())),
                Fate::Calls(other) => {
                    // The first inner call may be dropped before it ends.
                    let polls = random.u32(..20);
                    Box::pin(at_most(polls, call_in_task(other))).await;
                    Box::pin(call_in_task(other)).await;
                }
                Fate::CallsOther(other) => call(other),
                Fate::Ok => (),
            }
            Ok(10 * n)
        }

        fn call(n: u32) {
            CALLS_OF_THREADS.next();
            match by_thread(n) {
                Ok(result) => assert_eq!(result, 10 * n),
                Err(error) => assert_eq!(error, NotClone(n)),
            }
        }

        async fn call_in_task(n: u32) {
            CALLS_OF_TASKS.next();
            match by_task(n).await {
                Ok(result) => assert_eq!(result, 10 * n),
                Err(error) => assert_eq!(error, n),
            }
        }

        fn work(seed: u64) {
            let mut random = Rng::with_seed(seed);
            for _ in 0..CALLS {
                let n = random.u32(..KEYS);
                assert_good(panic::catch_unwind(|| call(n)));
                $otherwise(&mut random);
            }
        }

        async fn work_in_task(seed: u64) {
            let mut random = Rng::with_seed(seed);
            for _ in 0..CALLS {
                let n = random.u32(..KEYS);
                if random.u8(..4) == 0 {
                    assert_good(panic::catch_unwind(|| call(n)));
                }
                let polls = if random.bool() { random.u32(..6) } else { u32::MAX };
                assert_good(AssertUnwindSafe(at_most(polls, call_in_task(n))).catch_unwind().await);
                $otherwise(&mut random);
            }
        }

        fn round(seed: u64) {
            let runtime = Builder::new_multi_thread().worker_threads(2).build().expect("a runtime");
            let tasks: Vec<_> =
                (0..TASKS).map(|task| runtime.spawn(work_in_task(100 * seed + task))).collect();
            thread::scope(|scope| {
                for thread in 0..THREADS {
                    scope.spawn(move || work(100 * seed + TASKS + thread));
                }
            });
            for task in tasks {
                runtime.block_on(task).expect("no panic");
            }
        }
    };
}

/// Passes on the panic of an assertion, but not that of a body.
fn assert_good<T>(result: thread::Result<T>) {
    if let Err(payload) = result
        && !payload.is::<()>()
    {
        panic::resume_unwind(payload);
    }
}

mod alone {
    use super::*;

    fn nothing_else(_: &mut Rng) {}

    functions!(nothing_else, 1);

    #[test]
    fn calls_are_counted_once() {
        for seed in 0..10 * stress_factor() {
            finishes(move || round(seed));
            let (threads, tasks) = (by_thread::cache_info(), by_task::cache_info());
            assert_eq!(threads.misses, u64::from(RUNS_OF_THREADS.count()), "{threads}");
            assert_eq!(tasks.misses, u64::from(RUNS_OF_TASKS.count()), "{tasks}");
            assert_eq!(threads.hits + threads.misses, u64::from(CALLS_OF_THREADS.count()));
            assert_eq!(tasks.hits + tasks.misses, u64::from(CALLS_OF_TASKS.count()));
            assert!(threads.currsize <= 1 && tasks.currsize <= 1);
        }
    }
}

mod among_other_operations {
    use super::*;

    /// Performs another operation now and then. No entry may be wrong, and no cache too large.
    fn anything(random: &mut Rng) {
        let n = random.u32(..KEYS);
        match random.u8(..40) {
            0 => by_thread::cache_clear(),
            1 => by_task::cache_clear(),
            2..5 => _ = by_thread::cache_invalidate(n),
            5..8 => _ = by_task::cache_invalidate(n),
            8 => by_thread::cache_insert(n, Ok(10 * n)),
            9 => by_task::cache_insert(n, Ok(10 * n)),
            10 => assert_good(panic::catch_unwind(|| _ = by_thread::cache_refresh(n))),
            11 => assert!(by_thread::cache_peek(n).is_none_or(|result| result == Ok(10 * n))),
            12 => assert!(by_task::cache_peek(n).is_none_or(|result| result == Ok(10 * n))),
            13 => assert!(by_thread::cache_info().currsize <= 2),
            14 => assert!(by_task::cache_info().currsize <= 2),
            _ => (),
        }
    }

    functions!(anything, 2);

    #[test]
    fn calls_end_and_return_right_results() {
        for seed in 0..10 * stress_factor() {
            finishes(move || round(seed));
            assert!(by_thread::cache_info().misses <= u64::from(RUNS_OF_THREADS.count()));
            assert!(by_task::cache_info().misses <= u64::from(RUNS_OF_TASKS.count()));
            by_thread::cache_clear();
            by_task::cache_clear();
            // No computation is left over.
            let (threads, tasks) = (CALLS_OF_THREADS.count(), CALLS_OF_TASKS.count());
            for n in 0..KEYS {
                assert_good(finishes(move || panic::catch_unwind(|| call(n))));
                let in_task =
                    move || smol::block_on(AssertUnwindSafe(call_in_task(n)).catch_unwind());
                assert_good(finishes(in_task));
            }
            let (by_thread, by_task) = (by_thread::cache_info(), by_task::cache_info());
            let threads = u64::from(CALLS_OF_THREADS.count() - threads);
            let tasks = u64::from(CALLS_OF_TASKS.count() - tasks);
            assert_eq!(by_thread.hits + by_thread.misses, threads, "{by_thread}");
            assert_eq!(by_task.hits + by_task.misses, tasks, "{by_task}");
        }
    }
}
