//! Refreshes of `async` functions: on tokio's current runtime, on an executor that is set, or by
//! the caller.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};

use functools::{CacheStatus, RefreshTask, lru_cache, set_spawner};
use functools_test_support::{
    Runs, SECOND, advance, clock, eventually_async, now, one_thread, take_permit, two_workers,
};
use tokio::sync::Semaphore;

use super::STALE;

/// Defines a function that takes a permit and returns the number of its run.
macro_rules! number_of_the_run {
    ($f:ident) => {
        #[lru_cache(ttl = "10s", stale = "20s", refresh = "background", skip(gate))]
        async fn $f(_name: &str, gate: &Arc<Semaphore>) -> u32 {
            static RUNS: Runs = Runs::new();
            take_permit(gate).await;
            RUNS.next()
        }
    };
}

#[test]
fn on_tokio_a_task_refreshes() {
    number_of_the_run!(f);
    let _clock = clock();
    for runtime in [one_thread(), two_workers()] {
        runtime.block_on(async {
            f::cache_clear();
            let gate = Arc::new(Semaphore::new(1));
            let old = f("a", &gate).await;
            advance(10 * SECOND);
            for _ in 0..3 {
                assert_eq!(now(f::with_status("a", &gate)), (old, STALE), "it does not wait");
            }
            gate.add_permits(1);
            eventually_async(|| f::cache_contains("a")).await;
            assert_eq!(f::with_status("a", &gate).await, (old + 1, CacheStatus::Hit));
            let stats = f::cache_stats();
            assert_eq!((stats.hits, stats.misses, stats.refreshes), (4, 1, 1));
        });
    }
}

/// In one test: there is one executor for the process.
#[test]
fn elsewhere_the_executor_that_is_set_refreshes_or_else_the_caller() {
    number_of_the_run!(f);
    let _clock = clock();
    smol::block_on(async {
        let gate = Arc::new(Semaphore::new(2));
        assert_eq!(f("a", &gate).await, 1);
        advance(10 * SECOND);
        assert_eq!(f::with_status("a", &gate).await, (2, CacheStatus::Miss), "no executor");
        assert_eq!(f::cache_stats().refreshes_by_caller, 1);

        static SPAWNED: AtomicUsize = AtomicUsize::new(0);
        set_spawner(|refresh: RefreshTask| {
            SPAWNED.fetch_add(1, SeqCst);
            smol::spawn(refresh).detach();
        });
        advance(10 * SECOND);
        assert_eq!(now(f::with_status("a", &gate)), (2, STALE));
        gate.add_permits(1);
        eventually_async(|| f::cache_peek("a") == Some(3)).await;
        assert_eq!(SPAWNED.load(SeqCst), 1);

        // One that drops its tasks: the refresh has failed, and waiters compute.
        set_spawner(drop);
        advance(10 * SECOND);
        assert_eq!(now(f::with_status("a", &gate)), (3, STALE));
        assert_eq!(f::cache_stats().refresh_failures, 1);
        assert_eq!(now(f::with_status("a", &gate)), (3, STALE));
        assert_eq!(f::cache_stats().refreshes, 2, "it is tried again later");
        advance(20 * SECOND);
        gate.add_permits(1);
        assert_eq!(f::with_status("a", &gate).await, (4, CacheStatus::Miss));
        set_spawner(|refresh| smol::spawn(refresh).detach());
    });
}

#[test]
fn caller_that_is_dropped_does_not_end_the_refresh() {
    number_of_the_run!(f);
    let _clock = clock();
    one_thread().block_on(async {
        let gate = Arc::new(Semaphore::new(1));
        f("a", &gate).await;
        advance(10 * SECOND);
        let mut call = tokio_test::task::spawn(f::with_status("a", &gate));
        assert!(call.poll().is_ready());
        drop(call);
        gate.add_permits(1);
        eventually_async(|| f::cache_peek("a") == Some(2)).await;
    });
}

#[test]
fn runtime_that_ends_cancels_the_refresh() {
    number_of_the_run!(f);
    let _clock = clock();
    let gate = Arc::new(Semaphore::new(1));
    let runtime = one_thread();
    runtime.block_on(async {
        f("a", &gate).await;
        advance(10 * SECOND);
        assert_eq!(f::with_status("a", &gate).await, (1, STALE));
    });
    drop(runtime);
    assert_eq!(f::cache_stats().refresh_failures, 1);
    // Past `stale` the next caller computes: nothing is in its way.
    advance(20 * SECOND);
    gate.add_permits(1);
    assert_eq!(now(f::with_status("a", &gate)), (2, CacheStatus::Miss));
}
