//! The helpers of `functools-test-support`, by the names that the tests of this binary use.

use std::pin::Pin;
use std::task::{Context, Poll, Waker};

pub(crate) use functools_test_support::{PATIENCE, Runs, SECOND, finishes};
pub(crate) use smol::future::{block_on, yield_now as step_aside};

/// Polls a future once, with a waker that does nothing.
pub(crate) fn poll<F: Future + ?Sized>(future: Pin<&mut F>) -> Poll<F::Output> {
    future.poll(&mut Context::from_waker(Waker::noop()))
}

pub(crate) mod flights {
    pub(crate) use functools_test_support::{
        eventually as until, eventually_async as until_in_task, in_threads as at_once,
    };

    /// The gate, with the names of the tests here for two of its functions.
    pub(crate) struct Gate(functools_test_support::Gate);

    impl Gate {
        pub(crate) const fn new() -> Self {
            Gate(functools_test_support::Gate::new())
        }

        pub(crate) fn pass(&self) {
            self.0.pass();
        }

        pub(crate) async fn pass_in_task(&self) {
            self.0.pass_async().await;
        }

        pub(crate) fn holds(&self, bodies: u32) {
            self.0.wait_for(bodies);
        }

        pub(crate) fn open(&self) {
            self.0.open();
        }
    }
}

pub(crate) mod tasks {
    pub(crate) use functools_test_support::{Executor, start as begin, two_workers};
}
