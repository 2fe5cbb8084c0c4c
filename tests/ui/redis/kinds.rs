//! What is no key.

use functools::lru_cache;

#[lru_cache(redis = "redis://localhost")]
fn address(id: u64) -> u64 {
    id
}

#[lru_cache(redis("item:{id}"))]
fn text(id: u64) -> u64 {
    id
}

#[lru_cache(redis(prefix = "item"))]
fn prefix(id: u64) -> u64 {
    id
}

fn main() {
    address(1);
    text(1);
    prefix(1);
}
