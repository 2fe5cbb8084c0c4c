//! Unused functions are reported. A use of the handle uses the function, and what its body calls.
#![deny(dead_code)]

use functools::lru_cache;

fn called_by_the_unused(n: u64) -> u64 {
    n
}

#[lru_cache]
fn unused(n: u64) -> u64 {
    called_by_the_unused(n)
}

#[lru_cache]
async fn unused_async(n: u64) -> u64 {
    n
}

#[lru_cache]
fn unused_generic<T: Clone + Eq + std::hash::Hash + Send + Sync + 'static>(value: T) -> T {
    value
}

#[lru_cache(handle = _)]
fn unused_without_handle(n: u64) -> u64 {
    n
}

fn called_by_the_used(n: u64) -> u64 {
    n
}

#[lru_cache]
fn used_by_its_handle(n: u64) -> u64 {
    called_by_the_used(n)
}

#[lru_cache]
fn generic_used_by_handle<T: Clone + Eq + std::hash::Hash + Send + Sync + 'static>(value: T) -> T {
    value
}

#[lru_cache(skip(f))]
fn closure_used_by_its_handle(n: u64, f: impl Fn() -> u64) -> u64 {
    n + f()
}

#[derive(Clone, PartialEq, Eq, Hash)]
struct Square(u64);

fn called_by_an_unused_method(n: u64) -> u64 {
    n
}

impl Square {
    #[lru_cache]
    fn used_by_its_handle(&self) -> u64 {
        self.0
    }

    #[lru_cache]
    fn area(&self) -> u64 {
        called_by_an_unused_method(self.0)
    }
}

fn main() {
    println!("{}", used_by_its_handle::cache_info());
    println!("{}", generic_used_by_handle::<u8>::cache_info());
    println!("{}", closure_used_by_its_handle::cache_info());
    println!("{}", Square::used_by_its_handle_cache_info());
    println!("{}", Square(1).0);
}
