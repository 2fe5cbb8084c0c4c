//! Wrong uses of `cache_resize` and `cache_set_ttl`.

use std::time::Duration;

use functools::{cache, lru_cache};

#[cache]
fn unbounded(n: u64) -> u64 {
    n
}

#[lru_cache(maxsize = None)]
fn without_a_bound(n: u64) -> u64 {
    n
}

#[lru_cache(maxweight = 8, weight = |n| *n)]
fn by_weight(n: u64) -> u64 {
    n
}

#[lru_cache]
fn forever(n: u64) -> u64 {
    n
}

#[lru_cache(ttl = |_| Duration::from_secs(1))]
fn by_result(n: u64) -> u64 {
    n
}

#[lru_cache(ttl = "60s")]
fn minute(n: u64) -> u64 {
    n
}

fn resize_without_a_bound() {
    unbounded::cache_resize(8);
}

fn resize_of_none() {
    without_a_bound::cache_resize(8);
}

fn resize_of_a_weight() {
    by_weight::cache_resize(8);
}

fn bound_of_another_type() {
    forever::cache_resize(8_i32);
}

fn bound_as_text() {
    forever::cache_resize("8");
}

fn ttl_of_none() {
    forever::cache_set_ttl(Duration::from_secs(1));
}

fn ttl_of_results() {
    by_result::cache_set_ttl(Duration::from_secs(1));
}

fn ttl_as_text() {
    minute::cache_set_ttl("60s");
}

fn main() {}
