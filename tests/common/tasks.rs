//! Tasks, on tokio with one thread and with two workers, and on smol.

use std::panic;
use std::pin::Pin;
use std::thread;

use smol::future::{self, FutureExt as _};
use tokio::runtime::{Builder, Runtime};

/// What runs tasks.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Executor {
    TokioWithOneThread,
    TokioWithTwoWorkers,
    Smol,
}

impl Executor {
    pub(crate) const ALL: [Executor; 3] =
        [Executor::TokioWithOneThread, Executor::TokioWithTwoWorkers, Executor::Smol];

    /// Runs a task for each of these futures at once; `Err` for those that panicked.
    pub(crate) fn run<F>(
        self,
        futures: impl IntoIterator<Item = F>,
    ) -> Vec<thread::Result<F::Output>>
    where
        F: Future<Output: Send> + Send + 'static,
    {
        let caught =
            futures.into_iter().map(|future| panic::AssertUnwindSafe(future).catch_unwind());
        match self {
            Executor::TokioWithOneThread => tokio_tasks(&one_thread(), caught),
            Executor::TokioWithTwoWorkers => tokio_tasks(&two_workers(), caught),
            Executor::Smol => {
                let tasks: Vec<_> = caught.map(smol::spawn).collect();
                tasks.into_iter().map(smol::block_on).collect()
            }
        }
    }

    /// The same, where none panics.
    pub(crate) fn all_of<F>(self, futures: impl IntoIterator<Item = F>) -> Vec<F::Output>
    where
        F: Future<Output: Send> + Send + 'static,
    {
        self.run(futures).into_iter().map(|result| result.expect("no panic")).collect()
    }
}

pub(crate) fn tokio_tasks<F>(runtime: &Runtime, futures: impl Iterator<Item = F>) -> Vec<F::Output>
where
    F: Future<Output: Send> + Send + 'static,
{
    let tasks: Vec<_> = futures.map(|future| runtime.spawn(future)).collect();
    tasks.into_iter().map(|task| runtime.block_on(task).expect("its panics are caught")).collect()
}

pub(crate) fn one_thread() -> Runtime {
    Builder::new_current_thread().build().expect("a runtime")
}

pub(crate) fn two_workers() -> Runtime {
    Builder::new_multi_thread().worker_threads(2).build().expect("a runtime")
}

/// Polls a future, which is not ready yet.
pub(crate) async fn begin<F: Future>(future: &mut Pin<Box<F>>) {
    assert!(future::poll_once(future).await.is_none());
}
