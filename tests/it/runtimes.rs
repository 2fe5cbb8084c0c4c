//! `async fn` on tokio, on smol, and on a plain `block_on` (CONTRACT 7).

use std::sync::Arc;
use std::thread;

use functools::{CacheStatus, lru_cache};
use functools_test_support::{finishes, take_permit};
use futures_util::FutureExt as _;
use futures_util::future::{BoxFuture, join_all};
use smol::future::{block_on, yield_now};
use tokio::sync::{Semaphore, oneshot};
use tokio_test::assert_pending;

#[lru_cache(maxsize = None)]
async fn double(n: usize) -> usize {
    for _ in 0..10 {
        yield_now().await;
    }
    2 * n
}

#[lru_cache(maxsize = None, skip(gate))]
async fn gated(key: &str, gate: Arc<Semaphore>) -> Result<usize, String> {
    take_permit(&gate).await;
    let doubled = double(1_000_000 + key.len()).await;
    if key.ends_with('!') { Err(key.to_owned()) } else { Ok(doubled) }
}

type Answer = (Result<usize, String>, CacheStatus);

/// The scenario of each runtime: `name` is part of the keys, `spawn` starts a task.
async fn scenario(
    name: &str,
    spawn: impl Fn(BoxFuture<'static, Answer>) -> BoxFuture<'static, Answer>,
) {
    let call = |key: &str, gate: &Arc<Semaphore>| {
        let (key, gate) = (format!("{name}{key}"), gate.clone());
        spawn(async move { gated::with_status(&key, gate).await }.boxed())
    };
    let count =
        |answers: &[Answer], status| answers.iter().filter(|answer| answer.1 == status).count();
    let (shut, open) = (Arc::new(Semaphore::new(0)), Arc::new(Semaphore::new(100)));

    // One computes and the others wait.
    let calls: Vec<_> = (0..100).map(|_| call("", &shut)).collect();
    shut.add_permits(1);
    let answers = join_all(calls).await;
    let expected = Ok(2_000_000 + 2 * name.len());
    assert!(answers.iter().all(|answer| answer.0 == expected), "{name}");
    assert_eq!(count(&answers, CacheStatus::Miss), 1, "{name}");
    assert_eq!(call("", &shut).await, (expected, CacheStatus::Hit));

    // A call does not wait for another key.
    let held = call(" held", &shut);
    let answer = call(" other", &open).await;
    assert_eq!(answer.1, CacheStatus::Miss, "{name}");
    shut.add_permits(1);
    held.await.0.expect("no error");

    // An error reaches all waiters, and is not stored.
    let calls: Vec<_> = (0..10).map(|_| call("!", &open)).collect();
    let answers = join_all(calls).await;
    assert!(answers.iter().all(|answer| answer.0 == Err(format!("{name}!"))), "{name}");
    assert!(count(&answers, CacheStatus::Miss) >= 1 && count(&answers, CacheStatus::Hit) == 0);
    assert!(!gated::cache_contains(&format!("{name}!"),));
}

#[test]
fn tokio_with_several_threads_runs_the_scenario() {
    finishes(|| {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(4).build();
        let spawn = |task| tokio::spawn(task).map(|end| end.expect("no panic")).boxed();
        runtime.expect("threads").block_on(scenario("tokio", spawn));
    });
}

#[test]
fn tokio_with_one_thread_runs_the_scenario() {
    finishes(|| {
        let runtime = tokio::runtime::Builder::new_current_thread().build();
        let spawn = |task| tokio::spawn(task).map(|end| end.expect("no panic")).boxed();
        runtime.expect("no threads").block_on(scenario("current", spawn));
    });
}

#[test]
fn smol_runs_the_scenario() {
    finishes(|| {
        smol::block_on(scenario("smol", |task| smol::spawn(task).boxed()));
    });
}

#[test]
fn no_runtime_runs_the_scenario() {
    // A thread for each task, beside this one.
    let spawn = |task| {
        let (sender, receiver) = oneshot::channel();
        thread::spawn(move || sender.send(block_on(task)));
        receiver.map(|end| end.expect("no panic")).boxed()
    };
    finishes(move || block_on(scenario("nothing", spawn)));
    // All tasks in this thread.
    finishes(|| block_on(scenario("alone", |task| task)));
}

#[test]
fn tasks_of_two_runtimes_wait_for_each_other() {
    static GATE: Semaphore = Semaphore::const_new(0);
    #[lru_cache]
    async fn f(n: u32) -> u32 {
        take_permit(&GATE).await;
        n
    }
    finishes(|| {
        let mut leader = tokio_test::task::spawn(f(1));
        assert_pending!(leader.poll());
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).build();
        let runtime = runtime.expect("threads");
        let by_tokio: Vec<_> = (0..10).map(|_| runtime.spawn(f::with_status(1))).collect();
        let by_smol: Vec<_> = (0..10).map(|_| smol::spawn(f::with_status(1))).collect();
        while f::cache_info().hits < 20 {
            thread::yield_now();
        }
        // A task of one runtime is aborted and the leader is dropped; another computes.
        by_tokio[0].abort();
        drop(leader);
        GATE.add_permits(1);
        let mut answers = Vec::new();
        let joined = runtime.block_on(join_all(by_tokio));
        answers.extend(joined.into_iter().filter_map(Result::ok));
        answers.extend(smol::block_on(join_all(by_smol)));
        assert!(answers.len() >= 19 && answers.iter().all(|answer| answer.0 == 1));
        let computed = answers.iter().filter(|answer| answer.1 == CacheStatus::Miss).count();
        assert!(computed <= 1, "{answers:?}");
    });
}
