//! Durations of other types.

use functools::lru_cache;

const TTL: u64 = 60;

const IS_ON: bool = true;

const TEXT: &str = "60s";

fn seconds() -> f64 {
    0.5
}

#[lru_cache(ttl = "60s", ttl_jitter = seconds())]
fn a_float(n: u64) -> u64 {
    n
}

#[lru_cache(ttl = TTL)]
fn a_constant(n: u64) -> u64 {
    n
}

#[lru_cache(ttl = "1m", stale = Some(std::time::Duration::ZERO), handle = _)]
fn an_option(n: u64) -> u64 {
    n
}

#[lru_cache(ttl = Some("5s"))]
fn an_option_of_a_text(n: u64) -> u64 {
    n
}

#[lru_cache(ttl = std::time::Instant::now())]
fn a_moment(n: u64) -> u64 {
    n
}

#[lru_cache(ttl = std::time::Duration::from_secs)]
fn a_function(n: u64) -> u64 {
    n
}

#[lru_cache(single_flight = IS_ON)]
fn a_bool(n: u64) -> u64 {
    n
}

#[lru_cache(ttl = "60s", stale = TEXT)]
fn a_text(n: u64) -> u64 {
    n
}

#[lru_cache(ttl = "60s", stale_on_error = TTL)]
fn a_number_on_error(n: u64) -> Result<u64, String> {
    Ok(n)
}

fn main() {
    let _ = a_float(1);
    let _ = a_constant(1);
    let _ = an_option_of_a_text(1);
    let _ = a_moment(1);
    let _ = a_function(1);
    let _ = a_bool(1);
    let _ = a_text(1);
    let _ = a_number_on_error(1);
}
