//! What several of the tests need.
#![allow(dead_code, reason = "each of them needs only some of it")]

use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};
use std::time::Duration;
use std::{future, mem, panic};

use functools::__private::set_clock;
use functools::CacheInfo;

pub(crate) mod flights;
pub(crate) mod tasks;

/// How long to wait for what takes no time at all, unless threads wait for each other for ever.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

pub(crate) const SECOND: Duration = Duration::from_secs(1);
pub(crate) const NANOSECOND: Duration = Duration::from_nanos(1);

/// Where the clock of all caches stands.
static NOW: AtomicU64 = AtomicU64::new(1_000_000_000_000);

/// All caches have one clock, so tests take turns. It stands still until it is advanced.
pub(crate) fn clock() -> MutexGuard<'static, ()> {
    static TURN: Mutex<()> = Mutex::new(());
    let turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    advance(SECOND);
    turn
}

pub(crate) fn advance(by: Duration) {
    let by = u64::try_from(by.as_nanos()).expect("not that long");
    set_clock(Duration::from_nanos(NOW.fetch_add(by, Ordering::Relaxed) + by));
}

/// What `cache_info()` should say; `maxsize` is a `usize` or `None`.
pub(crate) fn info(
    hits: u64,
    misses: u64,
    maxsize: impl Into<Option<usize>>,
    currsize: usize,
) -> CacheInfo {
    CacheInfo { hits, misses, maxsize: maxsize.into(), currsize }
}

/// Counts the runs of a function's body. A body that returns [`Runs::next`] gives another result
/// each time, which tells where an answer comes from.
pub(crate) struct Runs(AtomicU32);

impl Runs {
    pub(crate) const fn new() -> Self {
        Runs(AtomicU32::new(0))
    }

    /// Counts a run: 1 for the first, 2 for the second.
    pub(crate) fn next(&self) -> u32 {
        self.0.fetch_add(1, Ordering::SeqCst) + 1
    }

    /// The runs so far.
    pub(crate) fn count(&self) -> u32 {
        self.0.load(Ordering::SeqCst)
    }
}

/// Runs `body` in a thread, and fails rather than hangs if it comes to no end.
pub(crate) fn finishes<T: Send + 'static>(body: impl FnOnce() -> T + Send + 'static) -> T {
    let (running, ended) = mpsc::channel::<()>();
    let thread = thread::spawn(move || {
        let _dropped_at_the_end = running;
        body()
    });
    let ended = ended.recv_timeout(PATIENCE) == Err(RecvTimeoutError::Disconnected);
    assert!(ended, "deadlock: not done after {PATIENCE:?}");
    thread.join().unwrap_or_else(|payload| panic::resume_unwind(payload))
}

/// Polls a future once, for nobody: if that does not end it, nothing else will.
pub(crate) fn poll<F: Future + ?Sized>(future: Pin<&mut F>) -> Poll<F::Output> {
    future.poll(&mut Context::from_waker(Waker::noop()))
}

/// What a future comes to that waits for nothing.
pub(crate) fn at_once<F: Future>(future: F) -> F::Output {
    match poll(pin!(future)) {
        Poll::Ready(output) => output,
        Poll::Pending => panic!("it waits"),
    }
}

/// Runs a future in this thread: all that the simplest runtime does.
pub(crate) fn block_on<F: Future>(future: F) -> F::Output {
    struct Unpark(Thread);
    impl Wake for Unpark {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    let mut future = pin!(future);
    loop {
        match future.as_mut().poll(&mut Context::from_waker(&waker)) {
            Poll::Ready(output) => return output,
            Poll::Pending => thread::park(),
        }
    }
}

/// Is pending once, and asks to be polled again.
pub(crate) async fn step_aside() {
    let mut pending = true;
    future::poll_fn(|context| {
        context.waker().wake_by_ref();
        if mem::take(&mut pending) { Poll::Pending } else { Poll::Ready(()) }
    })
    .await;
}
