//! A `ttl` that does not exist, or whose type is not known.

use std::time::Duration;

use functools::lru_cache;

fn generic<T: Into<u64> + Copy>(result: &T) -> Duration {
    Duration::from_secs((*result).into())
}

#[lru_cache(ttl = missing)]
fn a_missing_function(n: u64) -> u64 {
    n
}

#[lru_cache(ttl = generic)]
fn a_generic_function(n: u64) -> u64 {
    n
}

fn main() {
    let _ = a_missing_function(1);
}
