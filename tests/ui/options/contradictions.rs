//! Options that cannot be combined.

use functools::{cache, lru_cache};

#[lru_cache(ttl = "60s", stale = "30s", sliding = true)]
fn stale_and_sliding(n: u64) -> u64 {
    n
}

#[lru_cache(ttl = "60s", stale_on_error = "5m", cache_err = true)]
fn stale_on_error_and_cache_err(n: u64) -> Result<u64, String> {
    Ok(n)
}

#[lru_cache(key = n, skip(n))]
fn key_of_what_is_skipped(n: u64) -> u64 {
    n
}

#[lru_cache(key = (a, b.len()), skip(b))]
fn key_of_a_part_that_is_skipped(a: u64, b: &str) -> u64 {
    a + b.len() as u64
}

#[cache(maxsize = 3, ttl = "60s")]
fn bound_of_cache(n: u64) -> u64 {
    n
}

fn main() {
    let _ = stale_and_sliding(1);
    let _ = stale_on_error_and_cache_err(1);
    let _ = key_of_what_is_skipped(1);
    let _ = bound_of_cache(1);
}
