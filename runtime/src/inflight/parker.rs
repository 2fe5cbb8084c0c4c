//! [`Parker`], which blocks a thread until a waker wakes it.

use std::mem;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::task::{Wake, Waker};
use std::time::Instant;

use parking_lot::{Condvar, Mutex};

/// Blocks one thread until its waker is used. Not `thread::park`, whose token would be left over
/// for other code of the thread.
pub(crate) struct Parker {
    signal: Arc<Signal>,
    waker: Waker,
}

#[derive(Default)]
struct Signal {
    is_woken: Mutex<bool>,
    woken: Condvar,
}

impl Parker {
    pub(crate) fn new() -> Self {
        let signal = Arc::new(Signal::default());
        let waker = Waker::from(signal.clone());
        Parker { signal, waker }
    }

    /// Returns the waker that ends [`Parker::park_until`].
    pub(crate) fn waker(&self) -> &Waker {
        &self.waker
    }

    /// Blocks until the waker is used, or was since the last call. Returns whether it was, before
    /// `deadline`.
    pub(crate) fn park_until(&self, deadline: Option<Instant>) -> bool {
        let mut is_woken = self.signal.is_woken.lock();
        while !*is_woken {
            match deadline {
                None => self.signal.woken.wait(&mut is_woken),
                Some(deadline) => {
                    if self.signal.woken.wait_until(&mut is_woken, deadline).timed_out() {
                        break;
                    }
                }
            }
        }
        mem::take(&mut *is_woken)
    }
}

impl Wake for Signal {
    fn wake(self: Arc<Self>) {
        *self.is_woken.lock() = true;
        self.woken.notify_one();
    }
}

/// Wakes all of them, also if one panics: wakers are an executor's code.
pub(crate) fn wake_all(wakers: impl IntoIterator<Item = Waker>) {
    for waker in wakers {
        let _ = catch_unwind(AssertUnwindSafe(|| waker.wake()));
    }
}

/// Blocks this thread until a future is ready.
pub(crate) fn block_on<F: Future>(future: F) -> F::Output {
    use std::task::{Context, Poll};

    let mut future = std::pin::pin!(future);
    let parker = Parker::new();
    let mut context = Context::from_waker(parker.waker());
    loop {
        match future.as_mut().poll(&mut context) {
            Poll::Ready(output) => return output,
            Poll::Pending => _ = parker.park_until(None),
        }
    }
}
