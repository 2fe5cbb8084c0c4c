//! Type parameters that lack only `'static`. rustc reports that.

use std::hash::Hash;

use functools::lru_cache;

#[lru_cache]
fn argument<T: Hash + Eq + Clone + Send + Sync>(t: T) -> u64 {
    drop(t);
    1
}

// 2 errors: one about the argument, and one about the result.
#[lru_cache]
fn parts<T: Hash + Eq + Clone + Send + Sync>(t: T) -> (T, T) {
    (t.clone(), t)
}

#[lru_cache]
fn result<T: Clone + Send + Sync>(n: u64) -> T {
    drop(n);
    todo!()
}

// 2 errors: rustc checks the function and its future.
#[lru_cache]
async fn of_a_task<T: Hash + Eq + Clone + Send + Sync>(t: T) -> u64 {
    drop(t);
    1
}

fn main() {}
