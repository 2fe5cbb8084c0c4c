//! Futures of a handle that are not awaited, and results that must be used.

#![deny(unused_must_use, unused_variables, deprecated)]

use functools::lru_cache;

#[lru_cache]
async fn fetch(n: u64) -> u64 {
    n
}

#[lru_cache(redis = "fetched:{n}")]
async fn shared(n: u64) -> u64 {
    n
}

#[lru_cache]
#[must_use]
fn square(n: u64) -> u64 {
    n * n
}

#[lru_cache]
#[deprecated]
fn old(n: u64) -> u64 {
    n
}

async fn a_call() {
    fetch(1);
}

async fn a_refresh() {
    fetch::cache_refresh(1);
}

async fn an_invalidation() {
    shared::cache_invalidate(1);
}

async fn a_clear() {
    shared::cache_clear();
}

fn a_result() {
    square(1);
}

fn a_deprecated_one() {
    old(1);
}

#[lru_cache]
fn unused(n: u64, m: u64) -> u64 {
    n
}

fn main() {}
