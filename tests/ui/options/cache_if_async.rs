use functools::lru_cache;

#[lru_cache(cache_if = |n: &String| n.is_empty())]
async fn square(n: u64) -> u64 {
    n * n
}

#[lru_cache(cache_if = |n| *n)]
async fn cube(n: u64) -> u64 {
    n * n * n
}

#[lru_cache(cache_if = |n: &str| n.is_empty(), handle = _)]
async fn half(n: u64) -> u64 {
    n / 2
}

#[lru_cache(cache_if = async |n: &u64| *n > 0)]
async fn twice(n: u64) -> u64 {
    n * 2
}

fn main() {
    let _ = (square(3), cube(3), half(3), twice(3));
}
