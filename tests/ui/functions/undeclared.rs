//! Undeclared names in signatures. rustc reports each once.

use functools::lru_cache;

#[lru_cache]
fn lifetime(text: &'a str) -> usize {
    text.len()
}

#[lru_cache]
fn lifetime_of_the_result() -> &'a str {
    ""
}

#[lru_cache]
fn receiver(&self) -> u64 {
    1
}

#[lru_cache]
fn this(n: u64) -> Self {
    n
}

#[lru_cache]
fn argument(n: Unknown) -> u64 {
    n.0
}

#[lru_cache]
fn result(n: u64) -> Unknown {
    n.into()
}

#[lru_cache]
fn bound<T>(n: u64) -> u64
where
    T: Unknown,
{
    n
}

#[lru_cache]
fn name_of_the_body(n: u64) -> u64 {
    m
}

// 2 errors: rustc proposes a parameter for the function, and none for `uncached`.
#[lru_cache]
fn parameter(t: T) -> u64 {
    drop(t);
    1
}

fn main() {
    println!("{} {}", lifetime::cache_info(), receiver::cache_info());
}
