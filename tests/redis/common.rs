//! The helpers of `functools-test-support` that the tests of this binary use.

use std::pin::Pin;
use std::task::{Context, Poll, Waker};

pub(crate) use functools_test_support::{
    Executor, Gate, PATIENCE, Runs, SECOND, eventually_async, finishes, in_threads, start,
    two_workers,
};
pub(crate) use smol::future::{block_on, yield_now};

/// Polls a future once, with a waker that does nothing.
pub(crate) fn poll<F: Future + ?Sized>(future: Pin<&mut F>) -> Poll<F::Output> {
    future.poll(&mut Context::from_waker(Waker::noop()))
}
