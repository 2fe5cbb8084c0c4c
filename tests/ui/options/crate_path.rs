//! What is no path of a crate.

use functools::lru_cache;

#[lru_cache(crate)]
fn no_value(n: u64) -> u64 {
    n
}

#[lru_cache(crate =)]
fn nothing_behind(n: u64) -> u64 {
    n
}

#[lru_cache(crate = 1)]
fn a_number(n: u64) -> u64 {
    n
}

#[lru_cache(crate = "functools")]
fn a_text(n: u64) -> u64 {
    n
}

#[lru_cache(crate = "not a path")]
fn a_text_that_is_no_path(n: u64) -> u64 {
    n
}

#[lru_cache(crate = None)]
fn none(n: u64) -> u64 {
    n
}

#[lru_cache(crate = true)]
fn a_bool(n: u64) -> u64 {
    n
}

#[lru_cache(crate(functools))]
fn in_parentheses(n: u64) -> u64 {
    n
}

fn main() {
    let _ = no_value(1);
    let _ = nothing_behind(1);
    let _ = a_number(1);
    let _ = a_text(1);
    let _ = a_text_that_is_no_path(1);
    let _ = none(1);
    let _ = a_bool(1);
    let _ = in_parentheses(1);
}
