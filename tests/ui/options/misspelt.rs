//! A misspelt option counts as given, so that nothing else is reported as missing.

use functools::{cache, lru_cache};

#[lru_cache(max_weight = "64MiB", weight = |page| page.len() as u64)]
fn maxweight_beside_weight(url: &str) -> String {
    url.to_owned()
}

#[lru_cache(maxweight = "64MiB", wieght = |page| page.len() as u64)]
fn weight_beside_maxweight(url: &str) -> String {
    url.to_owned()
}

#[lru_cache(maxweight = "64MiB", weigher = |page| page.len() as u64)]
fn weigher_beside_maxweight(url: &str) -> String {
    url.to_owned()
}

#[lru_cache(max_bytes = 1024, weight = |page| page.len() as u64)]
fn bytes_beside_weight(url: &str) -> String {
    url.to_owned()
}

#[lru_cache(max_weight = "64MiB")]
fn maxweight_alone(url: &str) -> String {
    url.to_owned()
}

#[lru_cache(tlt = "60s", stale = "30s", ttl_jitter = "5s")]
fn ttl_that_others_need(n: u64) -> u64 {
    n
}

#[lru_cache(expires_in = "60s", sliding = true)]
fn ttl_of_another_crate(n: u64) -> u64 {
    n
}

#[lru_cache(skp(compute))]
fn skip_of_a_closure(n: u64, compute: impl Fn(u64) -> u64) -> u64 {
    compute(n)
}

#[lru_cache(skip(callback))]
fn skip_of_a_closure_by_another_name(n: u64, compute: impl Fn(u64) -> u64) -> u64 {
    compute(n)
}

#[lru_cache(skip(n), skip(compute))]
fn skip_given_twice(n: u64, compute: impl Fn(u64) -> u64) -> u64 {
    compute(n)
}

#[lru_cache(kye = name.map(str::to_owned))]
fn key_of_what_borrows(name: Option<&str>) -> usize {
    name.map_or(0, str::len)
}

#[lru_cache(key =)]
fn key_without_a_value(name: Option<&str>) -> usize {
    name.map_or(0, str::len)
}

#[lru_cache(key = a, b, c)]
fn key_of_three_values(a: u64, b: u64, c: u64) -> u64 {
    a + b + c
}

#[lru_cache(handel = numbers)]
fn handle_that_is_used(n: u64) -> u64 {
    n
}

#[cache(maxsize = -1)]
fn bound_of_a_cache_without_one(n: u64) -> u64 {
    n
}

#[lru_cache(redis(keey = "item:{n}"))]
fn key_in_redis(n: u64) -> u64 {
    n
}

fn main() {
    let _ = maxweight_beside_weight("");
    let _ = weight_beside_maxweight("");
    let _ = weigher_beside_maxweight("");
    let _ = bytes_beside_weight("");
    let _ = maxweight_alone("");
    let _ = ttl_that_others_need(1);
    let _ = ttl_of_another_crate(1);
    let _ = skip_of_a_closure(1, |n| n);
    let _ = skip_of_a_closure_by_another_name(1, |n| n);
    let _ = skip_given_twice(1, |n| n);
    let _ = key_of_what_borrows(None);
    let _ = key_without_a_value(None);
    let _ = key_of_three_values(1, 2, 3);
    let _ = handle_that_is_used(1);
    let _ = numbers::cache_info();
    let _ = bound_of_a_cache_without_one(1);
    let _ = key_in_redis(1);
}
