//! `async fn`, `u64 -> u64`. `memoize` does not support them.

#![expect(clippy::unused_async, reason = "what they would wait for does not matter to a hit")]

use std::pin::{Pin, pin};
use std::sync::{Arc, LazyLock};
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};

use cached::macros::{cached, concurrent_cached};
use functools::lru_cache;

use super::by_hand::{AsyncMoka, MutexLru, Quick, moka_async, quick_async};
use super::compute;
use crate::case::{Calls, Peers, calls};
use crate::peer::Peer;

#[lru_cache(maxsize = 1536)]
async fn by_functools(n: u64) -> u64 {
    compute(n)
}

#[lru_cache(maxsize = 1536, scope = "thread")]
async fn by_functools_thread(n: u64) -> u64 {
    compute(n)
}

#[cached(max_size = 1536)]
async fn by_cached(n: u64) -> u64 {
    compute(n)
}

#[concurrent_cached(max_size = 1536)]
async fn by_cached_concurrent(n: u64) -> u64 {
    compute(n)
}

async fn by_quick_cache(n: u64) -> u64 {
    static CACHE: LazyLock<Quick<u64, u64>> = LazyLock::new(|| Quick::new(1536));
    quick_async(&CACHE, &n, async { compute(n) }).await
}

async fn by_moka(n: u64) -> u64 {
    static CACHE: LazyLock<AsyncMoka<u64, u64>> = LazyLock::new(|| AsyncMoka::new(1536));
    moka_async(&CACHE, &n, async { compute(n) }).await
}

async fn by_mutex_lru(n: u64) -> u64 {
    static CACHE: LazyLock<MutexLru<u64, u64>> = LazyLock::new(|| MutexLru::new(1536));
    CACHE.get_async(&n, async { compute(n) }).await
}

pub(crate) fn peers() -> Peers<u64> {
    vec![
        (Peer::Functools, awaited(by_functools)),
        (Peer::FunctoolsThread, awaited(by_functools_thread)),
        (Peer::Cached, awaited(by_cached)),
        (Peer::CachedConcurrent, awaited(by_cached_concurrent)),
        (Peer::QuickCache, awaited(by_quick_cache)),
        (Peer::Moka, awaited(by_moka)),
        (Peer::MutexLru, awaited(by_mutex_lru)),
    ]
}

/// Returns a loop around an `async fn`.
pub(super) fn awaited<F: Future<Output = u64>>(
    function: impl Fn(u64) -> F + Send + Sync + 'static,
) -> Calls<u64> {
    calls(move |n| resolve(function(n)))
}

/// Returns the result of a future. Most are ready at the first poll; a peer with a lock may wait.
fn resolve<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    match future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => output,
        Poll::Pending => wait(future),
    }
}

#[cold]
fn wait<F: Future>(mut future: Pin<&mut F>) -> F::Output {
    thread_local! {
        static THIS: Waker = Arc::new(Sleeper(thread::current())).into();
    }
    THIS.with(|this| {
        let mut context = Context::from_waker(this);
        loop {
            match future.as_mut().poll(&mut context) {
                Poll::Ready(output) => return output,
                Poll::Pending => thread::park(),
            }
        }
    })
}

/// Wakes the thread that waits for its future.
struct Sleeper(Thread);

impl Wake for Sleeper {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}
