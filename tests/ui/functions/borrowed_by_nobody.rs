//! Results whose lifetime is left out, and that no argument gives a lifetime.

use functools::lru_cache;

#[lru_cache]
fn of_nothing() -> &str {
    ""
}

#[lru_cache]
fn of_a_number(n: u64) -> &str {
    ""
}

#[lru_cache]
fn of_one_of_two(a: &str, b: &str) -> &str {
    if a > b { a } else { b }
}

#[lru_cache]
fn optional(a: &str, b: &str) -> Option<&str> {
    Some(a)
}

#[lru_cache]
async fn of_a_task(a: &str, b: &str) -> &str {
    a
}

fn main() {
    println!("{}", of_one_of_two("a", "b").len());
    println!("{}", of_one_of_two::cache_contains("a", "b"));
}
