//! Values that are not policies.

use functools::lru_cache;

const ADAPTIVE: &str = "adaptive";

#[lru_cache(policy)]
fn no_value(n: u64) -> u64 {
    n
}

#[lru_cache(policy =)]
fn nothing_behind(n: u64) -> u64 {
    n
}

#[lru_cache(policy = "lfu")]
fn another(n: u64) -> u64 {
    n
}

#[lru_cache(policy = "LRU")]
fn capitals(n: u64) -> u64 {
    n
}

#[lru_cache(policy = adaptive)]
fn a_word(n: u64) -> u64 {
    n
}

#[lru_cache(policy = ADAPTIVE)]
fn a_constant(n: u64) -> u64 {
    n
}

#[lru_cache(policy("adaptive"))]
fn in_parentheses(n: u64) -> u64 {
    n
}

#[lru_cache(scope = "thread", policy = "adaptive")]
fn of_a_thread(n: u64) -> u64 {
    n
}

#[lru_cache(policy = "adaptive", policy = "lru")]
fn twice(n: u64) -> u64 {
    n
}

#[lru_cache(polcy = "adaptive")]
fn misspelt(n: u64) -> u64 {
    n
}

#[lru_cache(eviction_policy = "adaptive")]
fn another_word(n: u64) -> u64 {
    n
}

fn main() {
    let _ = no_value(1);
    let _ = another(1);
    let _ = of_a_thread(1);
    println!("{}", of_a_thread::cache_info());
}
