use functools::lru_cache;

#[lru_cache(trace(nobody))]
fn square(n: u64) -> u64 {
    n * n
}

#[lru_cache(trace(n, n))]
fn twice(n: u64) -> u64 {
    n * 2
}

#[lru_cache(trace = n)]
fn half(n: u64) -> u64 {
    n / 2
}

#[lru_cache(trace())]
fn same(n: u64) -> u64 {
    n
}

#[derive(Clone, PartialEq, Eq, Hash)]
struct Secret(u64);

#[lru_cache(trace(secret))]
fn revealed(secret: Secret) -> u64 {
    secret.0
}

#[lru_cache(trace(secret), skip(secret))]
async fn revealed_later(secret: &Secret) -> u64 {
    secret.0
}

fn main() {
    square(3);
    twice(3);
    half(3);
    same(3);
    revealed(Secret(3));
    drop(revealed_later(&Secret(3)));
    println!("{}", square::cache_invalidate(3));
}
