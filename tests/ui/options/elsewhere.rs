//! Options of other crates, and of Python.

use functools::{cache, lru_cache};

#[lru_cache(size = 7)]
fn size(n: u64) -> u64 {
    n
}

#[lru_cache(Capacity = 7, TimeToLive = 60)]
fn capitals(n: u64) -> u64 {
    n
}

#[cache(unbound)]
fn unbound(n: u64) -> u64 {
    n
}

#[lru_cache(time = 60, time_to_idle = 60, result = true, option = true)]
fn cached(n: u64) -> Option<u64> {
    Some(n)
}

#[lru_cache(ty = "UnboundCache<u64, u64>", create = "{ UnboundCache::new() }", convert = "{ n }")]
fn types(n: u64) -> u64 {
    n
}

#[lru_cache(name = "NAMES", sync_writes = true, with_cached_flag = true)]
fn named(n: u64) -> u64 {
    n
}

#[lru_cache(Ignore = n, skip_all, SharedCache)]
fn ignored(n: u64) -> u64 {
    n
}

#[lru_cache(weigher = |_, _| 1, max_capacity = 7)]
fn weighed(n: u64) -> u64 {
    n
}

#[lru_cache(256)]
fn a_number(n: u64) -> u64 {
    n
}

#[lru_cache(None)]
fn none(n: u64) -> u64 {
    n
}

#[lru_cache(stats = true)]
fn stats(n: u64) -> u64 {
    n
}

fn main() {
    size(1);
    println!("{}", capitals::cache_info());
    unbound(1);
    cached(1);
    types(1);
    named::cache_clear();
    ignored(1);
    weighed(1);
    a_number(1);
    none(1);
    stats(1);
}
