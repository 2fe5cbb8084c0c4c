//! Values of another kind than an option takes.

use functools::lru_cache;

#[lru_cache(maxsize = "None")]
fn maxsize(n: u64) -> u64 {
    n
}

#[lru_cache(crate = "functools")]
fn path(n: u64) -> u64 {
    n
}

#[lru_cache(skip = log)]
fn skip(n: u64, log: u64) -> u64 {
    n + log
}

#[lru_cache(skip("log"))]
fn skip_text(n: u64, log: u64) -> u64 {
    n + log
}

#[lru_cache(key(n))]
fn key(n: u64) -> u64 {
    n
}

#[lru_cache(key = 1)]
fn key_number(n: u64) -> u64 {
    n
}

fn main() {
    maxsize(1);
    path(1);
    skip(1, 2);
    skip_text(1, 2);
    key(1);
    key_number(1);
}
