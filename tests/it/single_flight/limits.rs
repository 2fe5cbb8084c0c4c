//! `single_flight = "2s"`: a call waits at most that long for another's computation, then computes
//! (CONTRACT 2).
//!
//! No leader here ends by itself, so that a test that passes has not been lucky.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

use functools::{CacheStatus, lru_cache};
use functools_test_support::{
    Executor, Gate, Runs, SECOND, eventually, eventually_async, finishes, info,
};
use smol::future::block_on;
use tokio_test::assert_pending;
use tokio_test::task::spawn;

/// Stops the first run of a body, and no other.
struct First {
    runs: Runs,
    gate: Gate,
}

impl First {
    const fn new() -> Self {
        First { runs: Runs::new(), gate: Gate::new() }
    }

    fn pass(&self) -> u32 {
        let run = self.runs.next();
        if run == 1 {
            self.gate.pass();
        }
        run
    }

    async fn pass_async(&self) -> u32 {
        let run = self.runs.next();
        if run == 1 {
            self.gate.pass_async().await;
        }
        run
    }
}

#[test]
fn thread_computes_after_the_limit() {
    static FIRST: First = First::new();
    #[lru_cache(single_flight = "50ms")]
    fn slow(_: u64) -> u32 {
        FIRST.pass()
    }
    finishes(|| {
        let first = thread::spawn(|| slow::with_status(7));
        FIRST.gate.wait_for(1);
        assert_eq!(slow::with_status(7), (2, CacheStatus::Miss));
        assert_eq!(slow::cache_info(), info(0, 2, 128, 1), "no wait is left among the hits");
        assert_eq!(slow::cache_stats().joined, 0);
        FIRST.gate.open();
        // Each gets what it computed, and the first to finish is stored.
        assert_eq!(first.join().expect("no panic"), (1, CacheStatus::Miss));
        assert_eq!(slow::with_status(7), (2, CacheStatus::Hit));
    });
}

#[test]
fn task_computes_after_the_limit() {
    static FIRSTS: [First; Executor::ALL.len()] = [const { First::new() }; Executor::ALL.len()];
    for (executor, first) in Executor::ALL.into_iter().zip(&FIRSTS) {
        #[lru_cache(single_flight = "50ms", skip(first))]
        async fn slow(first: &'static First, _: u64) -> u32 {
            first.pass_async().await
        }
        slow::cache_clear();
        finishes(move || {
            let other = async move {
                first.gate_holds().await;
                let answer = slow::with_status(first, 7).await;
                first.gate.open();
                answer
            };
            let one = async move { slow::with_status(first, 7).await };
            let answers = executor.all_of([
                Box::pin(one) as std::pin::Pin<Box<dyn Future<Output = _> + Send>>,
                Box::pin(other),
            ]);
            assert_eq!(answers, [(1, CacheStatus::Miss), (2, CacheStatus::Miss)], "{executor:?}");
            assert_eq!(slow::cache_info(), info(0, 2, 128, 1), "{executor:?}");
        });
    }
}

impl First {
    /// Waits until the first body runs.
    async fn gate_holds(&self) {
        eventually_async(|| self.runs.count() == 1).await;
    }
}

#[test]
fn wait_that_ends_in_time_is_a_hit() {
    static GATE: Gate = Gate::new();
    #[lru_cache(single_flight = "1h")]
    fn slow(n: u64) -> u64 {
        GATE.pass();
        n
    }
    finishes(|| {
        let first = thread::spawn(|| slow::with_status(7));
        GATE.wait_for(1);
        let waits = thread::spawn(|| slow::with_status(7));
        let task = thread::spawn(|| slow::with_status(7));
        eventually(|| slow::cache_info().hits == 2);
        GATE.open();
        assert_eq!(first.join().expect("no panic"), (7, CacheStatus::Miss));
        assert_eq!(waits.join().expect("no panic"), (7, CacheStatus::Joined));
        assert_eq!(task.join().expect("no panic"), (7, CacheStatus::Joined));
    });
}

/// The limit holds for all leaders that a call waits for.
#[test]
fn next_waiter_computes_before_the_limit_after_a_dropped_leader() {
    static FIRST: First = First::new();
    #[lru_cache(single_flight = Duration::from_millis(50))]
    async fn slow(_: u64) -> u32 {
        FIRST.pass_async().await
    }
    finishes(|| {
        let mut first = spawn(slow(7));
        assert_pending!(first.poll());
        let waits = thread::spawn(|| block_on(slow::with_status(7)));
        eventually(|| slow::cache_info().hits == 1);
        // The next waiter computes at once.
        drop(first);
        assert_eq!(waits.join().expect("no panic"), (2, CacheStatus::Miss));
    });
}

#[test]
fn limit_is_evaluated_once_per_cache() {
    static EVALUATED: AtomicU64 = AtomicU64::new(0);
    fn limit() -> Duration {
        EVALUATED.fetch_add(1, Ordering::SeqCst);
        SECOND
    }
    #[lru_cache(single_flight = limit())]
    fn square(n: u64) -> u64 {
        n * n
    }
    struct Shape(u64);
    trait Area {
        fn area(&self) -> u64;
    }
    impl Area for Shape {
        #[lru_cache(single_flight = limit(), key = self.0)]
        fn area(&self) -> u64 {
            self.0 * 2
        }
    }
    for n in 0..3 {
        assert_eq!(square(n), n * n);
        assert_eq!(Shape(n).area(), n * 2);
    }
    assert_eq!(EVALUATED.load(Ordering::SeqCst), 2);
}

/// A thousand tasks reach their limit at once.
#[test]
fn a_thousand_tasks_compute_after_the_limit() {
    static FIRST: First = First::new();
    #[lru_cache(single_flight = "50ms", cache_if = |_| false)]
    async fn slow(_: u64) -> u32 {
        FIRST.pass_async().await
    }
    finishes(|| {
        let mut first = spawn(slow(7));
        assert_pending!(first.poll());
        let tasks = (0..1_000).map(|_| async { slow::with_status(7).await.1 });
        let statuses = Executor::TokioWithTwoWorkers.all_of(tasks);
        assert_eq!(statuses.len(), 1_000);
        let counted = slow::cache_info();
        assert_eq!(counted.hits + counted.misses, 1_001, "{counted}");
        FIRST.gate.open();
        assert_eq!(block_on(first), 1);
    });
}

/// The first call that reaches its limit computes for all.
#[test]
fn stored_result_ends_the_waits_for_its_key() {
    static FIRST: First = First::new();
    static SECOND_GATE: Gate = Gate::new();
    #[lru_cache(single_flight = "300ms")]
    fn slow(_: u64) -> u32 {
        let run = FIRST.pass();
        if run == 2 {
            SECOND_GATE.pass();
        }
        run
    }
    finishes(|| {
        let first = thread::spawn(|| slow::with_status(7));
        FIRST.gate.wait_for(1);
        let earlier = thread::spawn(|| slow::with_status(7));
        // It reaches its limit and computes.
        SECOND_GATE.wait_for(1);
        let later = thread::spawn(|| slow::with_status(7));
        eventually(|| slow::cache_info().hits == 1);
        SECOND_GATE.open();
        assert_eq!(earlier.join().expect("no panic"), (2, CacheStatus::Miss));
        let (result, status) = later.join().expect("no panic");
        assert!(
            result == 2 && matches!(status, CacheStatus::Hit | CacheStatus::Joined),
            "{status:?}"
        );
        FIRST.gate.open();
        assert_eq!(first.join().expect("no panic"), (1, CacheStatus::Miss));
        assert_eq!(slow::cache_info(), info(1, 2, 128, 1));
    });
}

/// Each call gets its own result: an `Err` does not become the value that another call has stored.
#[test]
fn error_beside_a_stored_result_is_returned() {
    static FIRST: First = First::new();
    #[lru_cache(ttl = "1h", single_flight = "20ms")]
    fn slow(_: u64) -> Result<u32, String> {
        match FIRST.pass() {
            1 => Err("down".to_owned()),
            run => Ok(run),
        }
    }
    finishes(|| {
        let first = thread::spawn(|| slow::with_status(7));
        FIRST.gate.wait_for(1);
        assert_eq!(slow::with_status(7), (Ok(2), CacheStatus::Miss));
        FIRST.gate.open();
        let failed = (Err("down".to_owned()), CacheStatus::Miss);
        assert_eq!(first.join().expect("no panic"), failed);
        assert_eq!(slow::with_status(7), (Ok(2), CacheStatus::Hit));
        assert_eq!((slow::cache_stats().stale, slow::cache_stats().failures), (0, 1));
    });
}

/// A waker is code of an executor. One that panics does not keep others from waking.
#[test]
fn other_waiters_wake_after_a_panic_in_a_waker() {
    use std::task::{Context, Wake, Waker};

    struct Panics;
    impl Wake for Panics {
        fn wake(self: Arc<Self>) {
            panic!("a waker panics");
        }
    }
    static FIRST: First = First::new();
    #[lru_cache(single_flight = "50ms", cache_if = |_| false)]
    async fn slow(_: u64) -> u32 {
        FIRST.pass_async().await
    }
    finishes(|| {
        let mut first = spawn(slow(7));
        assert_pending!(first.poll());
        for _ in 0..3 {
            let waker = Waker::from(Arc::new(Panics));
            let mut waits = Box::pin(slow(7));
            assert!(waits.as_mut().poll(&mut Context::from_waker(&waker)).is_pending());
            // The waiter with the waker reaches its limit before this one.
            assert!(block_on(slow(7)) > 1);
            drop(waits);
        }
        FIRST.gate.open();
        assert_eq!(block_on(first), 1);
    });
}
