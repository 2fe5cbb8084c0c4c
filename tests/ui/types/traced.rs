//! Traced arguments without `Debug`.

use std::hash::Hash;

use functools::lru_cache;

#[derive(Clone, PartialEq, Eq, Hash)]
struct Secret(u64);

#[lru_cache(trace(secret))]
fn owned(secret: Secret) -> u64 {
    secret.0
}

#[lru_cache(trace(secret), skip(secret))]
async fn borrowed(secret: &Secret) -> u64 {
    secret.0
}

#[lru_cache(trace(t))]
fn parameter<T: Clone + Eq + Hash + Send + Sync + 'static>(t: T) -> usize {
    drop(t);
    1
}

impl Secret {
    #[lru_cache(trace(self))]
    fn method(&self) -> u64 {
        self.0
    }
}

fn main() {}
