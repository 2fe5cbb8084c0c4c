//! Values that are not scopes.

use functools::lru_cache;

#[lru_cache(scope)]
fn no_value(n: u64) -> u64 {
    n
}

#[lru_cache(scope =)]
fn nothing_behind(n: u64) -> u64 {
    n
}

#[lru_cache(scope = 1)]
fn a_number(n: u64) -> u64 {
    n
}

#[lru_cache(scope = "Thread")]
fn in_capitals(n: u64) -> u64 {
    n
}

#[lru_cache(scope = "global")]
fn global(n: u64) -> u64 {
    n
}

#[lru_cache(scope = thread)]
fn a_word(n: u64) -> u64 {
    n
}

#[lru_cache(scope = None)]
fn none(n: u64) -> u64 {
    n
}

#[lru_cache(scope("thread"))]
fn in_parentheses(n: u64) -> u64 {
    n
}

#[lru_cache(scope = "thread_local")]
fn thread_local(n: u64) -> u64 {
    n
}

#[lru_cache(scope = "")]
fn empty(n: u64) -> u64 {
    n
}

#[lru_cache(scope = thread::Local)]
fn a_path(n: u64) -> u64 {
    n
}

fn main() {
    let _ = no_value(1);
    let _ = nothing_behind(1);
    let _ = a_number(1);
    let _ = in_capitals(1);
    let _ = global(1);
    let _ = a_word(1);
    let _ = none(1);
    let _ = in_parentheses(1);
    let _ = thread_local(1);
    let _ = empty(1);
    let _ = a_path(1);
}
