//! Functions for the bench of waiters, memoized by each peer with single flight. Their bodies end
//! when all other callers wait.

use std::pin::Pin;
use std::sync::LazyLock;

use cached::macros::cached;
use functools::lru_cache;

use super::by_hand::{AsyncMoka, Moka, Quick, moka, moka_async, quick, quick_async};
use super::scramble;
use crate::peer::Peer;
use crate::rendezvous::Rendezvous;

/// A call of a task.
pub(crate) type Task = Pin<Box<dyn Future<Output = u64> + Send>>;

/// One peer's function, for tasks and for threads.
pub(crate) struct Function {
    pub(crate) peer: Peer,
    pub(crate) of_task: Box<dyn Fn(u64) -> Task + Sync>,
    pub(crate) of_thread: fn(u64) -> u64,
}

impl Function {
    fn new<F: Future<Output = u64> + Send + 'static>(
        peer: Peer,
        of_task: fn(u64) -> F,
        of_thread: fn(u64) -> u64,
    ) -> Self {
        Function { peer, of_task: Box::new(move |n| Box::pin(of_task(n))), of_thread }
    }
}

pub(crate) fn all() -> Vec<Function> {
    vec![
        Function::new(Peer::Functools, async_by_functools, by_functools),
        Function::new(Peer::Cached, async_by_cached, by_cached),
        Function::new(Peer::QuickCache, async_by_quick_cache, by_quick_cache),
        Function::new(Peer::Moka, async_by_moka, by_moka),
    ]
}

#[lru_cache(maxsize = 128)]
async fn async_by_functools(n: u64) -> u64 {
    fetch(n).await
}

#[lru_cache(maxsize = 128)]
fn by_functools(n: u64) -> u64 {
    block(n)
}

#[cached(max_size = 128, sync_writes = "by_key")]
async fn async_by_cached(n: u64) -> u64 {
    fetch(n).await
}

#[cached(max_size = 128, sync_writes = "by_key")]
fn by_cached(n: u64) -> u64 {
    block(n)
}

async fn async_by_quick_cache(n: u64) -> u64 {
    static CACHE: LazyLock<Quick<u64, u64>> = LazyLock::new(|| Quick::new(128));
    quick_async(&CACHE, &n, fetch(n)).await
}

fn by_quick_cache(n: u64) -> u64 {
    static CACHE: LazyLock<Quick<u64, u64>> = LazyLock::new(|| Quick::new(128));
    quick(&CACHE, &n, || block(n))
}

async fn async_by_moka(n: u64) -> u64 {
    static CACHE: LazyLock<AsyncMoka<u64, u64>> = LazyLock::new(|| AsyncMoka::new(128));
    moka_async(&CACHE, &n, fetch(n)).await
}

fn by_moka(n: u64) -> u64 {
    static CACHE: LazyLock<Moka<u64, u64>> = LazyLock::new(|| Moka::new(128));
    moka(&CACHE, &n, || block(n))
}

async fn fetch(n: u64) -> u64 {
    Rendezvous::current().lead_task().await;
    scramble(n)
}

fn block(n: u64) -> u64 {
    Rendezvous::current().lead_thread();
    scramble(n)
}
