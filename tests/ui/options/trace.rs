//! Values of `trace` that are not arguments.

use functools::lru_cache;

#[lru_cache(trace)]
fn no_names(n: u64) -> u64 {
    n
}

#[lru_cache(trace())]
fn empty(n: u64) -> u64 {
    n
}

#[lru_cache(trace = n)]
fn a_word(n: u64) -> u64 {
    n
}

#[lru_cache(trace("n"))]
fn a_text(n: u64) -> u64 {
    n
}

#[lru_cache(trace(n.id))]
fn a_field(n: u64) -> u64 {
    n
}

#[lru_cache(trace(%n))]
fn a_format(n: u64) -> u64 {
    n
}

#[lru_cache(trace(n = 1))]
fn a_value(n: u64) -> u64 {
    n
}

#[lru_cache(trace(nobody))]
fn nobody(n: u64) -> u64 {
    n
}

#[lru_cache(trace(customr))]
fn misspelt(customer: u64) -> u64 {
    customer
}

#[lru_cache(trace(self))]
fn no_receiver(n: u64) -> u64 {
    n
}

#[lru_cache(trace(n, n))]
fn twice(n: u64) -> u64 {
    n
}

fn main() {
    let _ = no_names(1);
    let _ = empty(1);
    let _ = a_word(1);
    let _ = a_text(1);
    let _ = a_field(1);
    let _ = a_format(1);
    let _ = a_value(1);
    let _ = nobody(1);
    let _ = no_receiver(1);
    let _ = twice(1);
}
