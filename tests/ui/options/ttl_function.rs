//! A `ttl` that is a function of the result.

use std::time::Duration;

use functools::lru_cache;

const SECONDS: u64 = 60;

static NAME: &str = "60s";

fn of_value(n: u64) -> Duration {
    Duration::from_secs(n)
}

fn of_number(n: &u64) -> u64 {
    *n
}

fn of_text(text: &String) -> Duration {
    Duration::from_secs(text.len() as u64)
}

fn of_nothing() -> Duration {
    Duration::from_secs(60)
}

fn fine(n: &u64) -> Option<Duration> {
    Some(Duration::from_secs(*n))
}

#[lru_cache(ttl = |n| *n)]
fn a_number(n: u64) -> u64 {
    n
}

#[lru_cache(ttl = |n| Some(*n))]
fn an_optional_number(n: u64) -> u64 {
    n
}

#[lru_cache(ttl = |_| "60s")]
fn a_text(n: u64) -> u64 {
    n
}

#[lru_cache(ttl = |n: &u64| Duration::from_secs(*n))]
fn of_the_ok(n: u64) -> Result<u64, String> {
    Ok(n)
}

#[lru_cache(ttl = |n: u64| Duration::from_secs(n))]
fn of_a_value(n: u64) -> u64 {
    n
}

#[lru_cache(ttl = || Duration::from_secs(60))]
fn without_an_argument(n: u64) -> u64 {
    n
}

#[lru_cache(ttl = |key, result| Duration::from_secs(key + result))]
fn with_the_key(n: u64) -> u64 {
    n
}

#[lru_cache(ttl = async |n| Duration::from_secs(*n))]
fn a_task(n: u64) -> u64 {
    n
}

#[lru_cache(ttl = |_| Duration::from_secs(seconds))]
fn an_argument(seconds: u64) -> u64 {
    seconds
}

#[lru_cache(ttl = seconds)]
fn an_argument_alone(seconds: Duration) -> u64 {
    seconds.as_secs()
}

#[lru_cache(ttl = |n| Duration::from_secs(*n), sliding = true)]
fn sliding(n: u64) -> u64 {
    n
}

#[lru_cache(ttl = fine, sliding = true)]
fn sliding_by_path(n: u64) -> u64 {
    n
}

#[lru_cache(ttl = SECONDS)]
fn a_constant(n: u64) -> u64 {
    n
}

#[lru_cache(ttl = NAME)]
fn a_text_constant(n: u64) -> u64 {
    n
}

#[lru_cache(ttl = of_value)]
fn a_function_of_a_value(n: u64) -> u64 {
    n
}

#[lru_cache(ttl = of_number)]
fn a_function_to_a_number(n: u64) -> u64 {
    n
}

#[lru_cache(ttl = of_text)]
fn a_function_of_another_type(n: u64) -> u64 {
    n
}

#[lru_cache(ttl = of_nothing)]
fn a_function_of_nothing(n: u64) -> u64 {
    n
}

#[lru_cache(ttl = of_nothing(), stale = fine)]
fn a_window_of_the_result(n: u64) -> u64 {
    n
}

#[lru_cache(ttl = Some(Duration::from_secs(60)))]
fn an_optional_duration(n: u64) -> u64 {
    n
}

#[lru_cache(ttl = of_text, handle = _)]
async fn without_a_handle(n: u64) -> u64 {
    n
}

fn main() {
    let _ = a_number(1);
    let _ = of_the_ok(1);
    let _ = a_function_to_a_number(1);
}
