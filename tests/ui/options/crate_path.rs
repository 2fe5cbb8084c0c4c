//! Values of `crate` that are not the path of functools.

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

#[lru_cache(crate = functools::<u64>)]
fn with_arguments(n: u64) -> u64 {
    n
}

#[lru_cache(crate = nowhere::functools, ttl = "60s", cache_if = |n| *n > 0)]
fn of_no_crate<T: Clone + Eq + std::hash::Hash + Send + Sync + 'static>(n: u64, _other: T) -> u64 {
    n
}

#[lru_cache(crate = ::functols)]
async fn misspelt(n: u64) -> u64 {
    n
}

#[lru_cache(crate = functools::memo, handle = _)]
fn without_a_handle(n: u64) -> u64 {
    n
}

struct Square(u64);

impl Square {
    #[lru_cache(crate = absent, skip(self), maxsize = 3)]
    fn area(&self, scale: u64) -> u64 {
        self.0 * self.0 * scale
    }
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
    let _ = with_arguments(1);
    let _ = of_no_crate(1, 2);
    let _ = of_no_crate::<u8>::cache_info();
    drop(misspelt(1));
    let _ = without_a_handle(1);
    let _ = Square(1).area(1);
    let _ = Square::area_cache_info();
}
