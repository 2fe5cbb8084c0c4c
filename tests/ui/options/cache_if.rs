use functools::lru_cache;

#[lru_cache(cache_if = |n: &String| n.is_empty())]
fn square(n: u64) -> u64 {
    n * n
}

#[lru_cache(cache_if = 3)]
fn cube(n: u64) -> u64 {
    n * n * n
}

fn main() {
    square(3);
    cube(3);
}
