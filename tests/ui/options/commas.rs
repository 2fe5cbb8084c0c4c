//! Tokens between options.

use functools::lru_cache;

#[lru_cache(maxsize = 1 typed = true)]
fn no_comma(n: u64) -> u64 {
    n
}

#[lru_cache(maxsize = 1; typed = true)]
fn semicolon(n: u64) -> u64 {
    n
}

#[lru_cache(maxsize = 1,, typed = true)]
fn two_commas(n: u64) -> u64 {
    n
}

#[lru_cache(, maxsize = 1)]
fn leading_comma(n: u64) -> u64 {
    n
}

#[lru_cache(maxsize = 7 8)]
fn two_values(n: u64) -> u64 {
    n
}

#[lru_cache(handle = one two)]
fn two_handles(n: u64) -> u64 {
    n
}

#[lru_cache(typed = true false)]
fn two_bools(n: u64) -> u64 {
    n
}

#[lru_cache(ttl = "60s" "5s")]
fn two_durations(n: u64) -> u64 {
    n
}

#[lru_cache(scope = "process" "thread")]
fn two_scopes(n: u64) -> u64 {
    n
}

#[lru_cache(key = n n)]
fn two_keys(n: u64) -> u64 {
    n
}

#[lru_cache(skip(n) = 5)]
fn a_value_behind_names(n: u64) -> u64 {
    n
}

#[lru_cache(cache_if = |_| true, |_| false)]
fn two_closures(n: u64) -> u64 {
    n
}

#[lru_cache(stale = "30s" ttl = "60s")]
fn none_before_what_is_needed(n: u64) -> u64 {
    n
}

#[lru_cache(weight = |n| *n; maxweight = 7)]
fn a_semicolon_before_what_is_needed(n: u64) -> u64 {
    n
}

fn main() {
    let _ = none_before_what_is_needed(1);
    let _ = a_semicolon_before_what_is_needed(1);
    let _ = no_comma(1);
    let _ = semicolon(1);
    let _ = two_commas(1);
    let _ = leading_comma(1);
    let _ = two_values(1);
    let _ = two_bools(1);
    let _ = two_durations(1);
    let _ = two_scopes(1);
    let _ = two_keys(1);
    let _ = a_value_behind_names(1);
    let _ = two_closures(1);
}
