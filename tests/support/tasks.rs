//! Tasks, on tokio with one thread and with two workers, and on smol.

use std::panic;
use std::pin::Pin;
use std::thread;

use smol::future::{self, FutureExt as _};
use tokio::runtime::{Builder, Runtime};

use crate::finishes;

/// A runtime that runs tasks.
#[derive(Debug, Clone, Copy)]
pub enum Executor {
    /// tokio's, on the thread that calls it.
    TokioWithOneThread,
    /// tokio's, with two workers.
    TokioWithTwoWorkers,
    /// smol's.
    Smol,
}

impl Executor {
    /// Each of them.
    pub const ALL: [Executor; 3] =
        [Executor::TokioWithOneThread, Executor::TokioWithTwoWorkers, Executor::Smol];

    /// Runs a task for each of these futures at once; `Err` for those that panicked.
    pub fn run<F>(self, futures: impl IntoIterator<Item = F>) -> Vec<thread::Result<F::Output>>
    where
        F: Future<Output: Send> + Send + 'static,
    {
        let caught =
            futures.into_iter().map(|future| panic::AssertUnwindSafe(future).catch_unwind());
        match self {
            Executor::TokioWithOneThread => run_on_tokio(&one_thread(), caught),
            Executor::TokioWithTwoWorkers => run_on_tokio(&two_workers(), caught),
            Executor::Smol => {
                let tasks: Vec<_> = caught.map(smol::spawn).collect();
                tasks.into_iter().map(smol::block_on).collect()
            }
        }
    }

    /// Same as [`Executor::run`], where no task panics.
    ///
    /// # Panics
    ///
    /// If one does.
    pub fn all_of<F>(self, futures: impl IntoIterator<Item = F>) -> Vec<F::Output>
    where
        F: Future<Output: Send> + Send + 'static,
    {
        self.run(futures).into_iter().map(|result| result.expect("no panic")).collect()
    }
}

/// Runs a task of tokio for each of these futures at once.
///
/// # Panics
///
/// If one of them does.
pub fn run_on_tokio<F>(runtime: &Runtime, futures: impl Iterator<Item = F>) -> Vec<F::Output>
where
    F: Future<Output: Send> + Send + 'static,
{
    let tasks: Vec<_> = futures.map(|future| runtime.spawn(future)).collect();
    tasks.into_iter().map(|task| runtime.block_on(task).expect("no panic")).collect()
}

/// Returns a runtime of tokio that runs tasks on the thread that calls it.
///
/// # Panics
///
/// If there is none to be had.
pub fn one_thread() -> Runtime {
    Builder::new_current_thread().build().expect("a runtime")
}

/// Returns a runtime of tokio with two workers.
///
/// # Panics
///
/// If there is none to be had.
pub fn two_workers() -> Runtime {
    Builder::new_multi_thread().worker_threads(2).build().expect("a runtime")
}

/// Polls a future, which must not be ready yet.
///
/// # Panics
///
/// If it is ready.
pub async fn start<F: Future>(future: &mut Pin<Box<F>>) {
    assert!(future::poll_once(future).await.is_none(), "the future is ready");
}

/// Polls a future, which must not be ready yet, and returns it.
///
/// # Panics
///
/// If it is ready.
pub async fn started<F: Future>(future: F) -> Pin<Box<F>> {
    let mut future = Box::pin(future);
    start(&mut future).await;
    future
}

/// Runs a task in a thread of its own, and fails rather than hangs if it does not end.
///
/// # Panics
///
/// If it panics or does not end.
pub fn finishes_async<F: Future<Output: Send + 'static> + Send + 'static>(task: F) -> F::Output {
    finishes(|| smol::block_on(task))
}
