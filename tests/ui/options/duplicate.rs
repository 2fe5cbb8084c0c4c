//! Options that are given twice.

use functools::lru_cache;

#[lru_cache(maxsize = 7, maxsize = 7)]
fn of_maxsize(n: u64) -> u64 {
    n
}

#[lru_cache(typed = true, typed = true)]
fn of_typed(n: u64) -> u64 {
    n
}

#[lru_cache(ttl = "60s", ttl = "60s")]
fn of_ttl(n: u64) -> u64 {
    n
}

#[lru_cache(cache_err = true, cache_err = true)]
fn of_cache_err(n: u64) -> Result<u64, String> {
    Ok(n)
}

#[lru_cache(cache_none = false, cache_none = false)]
fn of_cache_none(n: u64) -> Option<u64> {
    Some(n)
}

#[lru_cache(cache_if = |_| true, cache_if = |_| true)]
fn of_cache_if(n: u64) -> u64 {
    n
}

#[lru_cache(key = n, key = n)]
fn of_key(n: u64) -> u64 {
    n
}

#[lru_cache(single_flight = false, single_flight = false)]
fn of_single_flight(n: u64) -> u64 {
    n
}

#[lru_cache(scope = "thread", scope = "thread")]
fn of_scope(n: u64) -> u64 {
    n
}

#[lru_cache(handle = other, handle = other)]
fn of_handle(n: u64) -> u64 {
    n
}

#[lru_cache(crate = ::functools, crate = ::functools)]
fn of_crate(n: u64) -> u64 {
    n
}

#[lru_cache(redis = "item:{n}", redis = "item:{n}")]
fn of_redis(n: u64) -> u64 {
    n
}

#[lru_cache(ttl = "60s", ttl_jitter = "5s", ttl_jitter = "5s")]
fn of_ttl_jitter(n: u64) -> u64 {
    n
}

#[lru_cache(ttl = "60s", sliding = true, sliding = true)]
fn of_sliding(n: u64) -> u64 {
    n
}

#[lru_cache(ttl = "60s", stale = "5s", stale = "5s")]
fn of_stale(n: u64) -> u64 {
    n
}

#[lru_cache(ttl = "60s", stale_on_error = "5s", stale_on_error = "5s")]
fn of_stale_on_error(n: u64) -> Result<u64, String> {
    Ok(n)
}

#[lru_cache(skip(n), skip(n))]
fn of_skip(n: u64) -> u64 {
    n
}

#[lru_cache(trace(n), trace(n))]
fn of_trace(n: u64) -> u64 {
    n
}

#[lru_cache(maxsize = 1, maxsize = 2)]
fn of_different_values(n: u64) -> u64 {
    n
}

fn main() {
    let _ = of_maxsize(1);
    let _ = of_typed(1);
    let _ = of_ttl(1);
    let _ = of_cache_err(1);
    let _ = of_cache_none(1);
    let _ = of_cache_if(1);
    let _ = of_key(1);
    let _ = of_single_flight(1);
    let _ = of_scope(1);
    let _ = of_crate(1);
    let _ = of_redis(1);
    let _ = of_ttl_jitter(1);
    let _ = of_sliding(1);
    let _ = of_stale(1);
    let _ = of_stale_on_error(1);
    let _ = of_skip(1);
    let _ = of_trace(1);
    let _ = of_different_values(1);
}
