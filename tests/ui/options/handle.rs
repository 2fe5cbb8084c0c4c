//! Values of `handle` that are not names. The handle gets the intended name: using it is no error.

use functools::lru_cache;

#[lru_cache(handle)]
fn no_value(n: u64) -> u64 {
    n
}

#[lru_cache(handle = 1)]
fn a_number(n: u64) -> u64 {
    n
}

#[lru_cache(handle = "of_a_text")]
fn a_text(n: u64) -> u64 {
    n
}

#[lru_cache(handle = None)]
fn none(n: u64) -> u64 {
    n
}

#[lru_cache(handle = Self)]
fn this(n: u64) -> u64 {
    n
}

#[lru_cache(handle = Self::)]
fn this_alone(n: u64) -> u64 {
    n
}

#[lru_cache(handle = caches::of_a_path)]
fn a_path(n: u64) -> u64 {
    n
}

#[lru_cache(handle = crate::of_the_crate)]
fn of_the_crate(n: u64) -> u64 {
    n
}

#[lru_cache(handle(in_parentheses_cache))]
fn in_parentheses(n: u64) -> u64 {
    n
}

#[lru_cache(handle = fn)]
fn a_keyword(n: u64) -> u64 {
    n
}

#[lru_cache(handle = Self::of_no_impl_cache)]
fn of_no_impl(n: u64) -> u64 {
    n
}

fn main() {
    println!("{} {}", of_a_text::cache_info(), of_a_path::cache_info());
    println!("{} {}", of_the_crate::cache_info(), in_parentheses_cache::cache_info());
}
