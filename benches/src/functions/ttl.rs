//! `u64 -> u64` with results that expire, but not during the bench. `memoize` counts from the last
//! use, the others from the store.

use std::sync::LazyLock;
use std::time::Duration;

use cached::macros::{cached, concurrent_cached};
use functools::lru_cache;
use memoize::memoize;

use super::by_hand::{Moka, moka};
use super::compute;
use crate::case::{Peers, calls};
use crate::peer::Peer;

#[lru_cache(maxsize = 1536, ttl = "1h")]
fn by_functools(n: u64) -> u64 {
    compute(n)
}

#[lru_cache(maxsize = 1536, ttl = "1h", scope = "thread")]
fn by_functools_thread(n: u64) -> u64 {
    compute(n)
}

#[cached(max_size = 1536, ttl_secs = 3600)]
fn by_cached(n: u64) -> u64 {
    compute(n)
}

#[concurrent_cached(max_size = 1536, ttl_secs = 3600)]
fn by_cached_concurrent(n: u64) -> u64 {
    compute(n)
}

#[memoize(SharedCache, Capacity: 1536, TimeToLive: Duration::from_hours(1))]
fn by_memoize(n: u64) -> u64 {
    compute(n)
}

#[memoize(Capacity: 1536, TimeToLive: Duration::from_hours(1))]
fn by_memoize_thread(n: u64) -> u64 {
    compute(n)
}

fn by_moka(n: u64) -> u64 {
    static CACHE: LazyLock<Moka<u64, u64>> = LazyLock::new(|| {
        Moka::builder().max_capacity(1536).time_to_live(Duration::from_hours(1)).build()
    });
    moka(&CACHE, &n, || compute(n))
}

pub(crate) fn peers() -> Peers<u64> {
    vec![
        (Peer::Functools, calls(by_functools)),
        (Peer::FunctoolsThread, calls(by_functools_thread)),
        (Peer::Cached, calls(by_cached)),
        (Peer::CachedConcurrent, calls(by_cached_concurrent)),
        (Peer::Memoize, calls(by_memoize)),
        (Peer::MemoizeThread, calls(by_memoize_thread)),
        (Peer::Moka, calls(by_moka)),
    ]
}
