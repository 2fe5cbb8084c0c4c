use functools::lru_cache;

#[lru_cache(ttl = 60 * 60)]
fn square(n: u64) -> u64 {
    n * n
}

#[lru_cache(ttl = "60s", ttl_jitter = seconds())]
fn cube(n: u64) -> u64 {
    n * n * n
}

fn seconds() -> f64 {
    0.5
}

fn main() {
    square(3);
    cube(3);
}
