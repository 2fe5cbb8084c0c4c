//! Places in a function and in other items where rustc knows no attribute macro.

use functools::lru_cache;

fn statement() {
    #[lru_cache]
    let square = |n: u64| n * n;
    square(1);
}

fn arm(n: u64) -> u64 {
    match n {
        #[lru_cache]
        0 => 1,
        n => n,
    }
}

struct Field {
    #[lru_cache]
    square: fn(u64) -> u64,
}

enum Variant {
    #[lru_cache]
    Square,
}

fn argument(#[lru_cache] n: u64) -> u64 {
    n
}

fn parameter<#[lru_cache] T>(t: T) -> T {
    t
}

#[derive(lru_cache)]
struct Derived;

lru_cache!(
    fn called(n: u64) -> u64 {
        n
    }
);

mod module {
    #[lru_cache]
    fn not_imported(n: u64) -> u64 {
        n
    }
}

#[functools::lrucache]
fn misspelt(n: u64) -> u64 {
    n
}

fn expression() -> impl Fn(u64) -> u64 {
    // 2 errors: rustc reports one about attributes and one about macros.
    #[lru_cache]
    |n| n * n
}

fn main() {}
