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

const TTL: u64 = 60;

#[lru_cache(ttl = TTL)]
fn of_a_constant(n: u64) -> u64 {
    n
}

#[lru_cache(ttl = "1m", stale = Some(std::time::Duration::ZERO), handle = _)]
fn of_an_option(n: u64) -> u64 {
    n
}

fn main() {
    of_a_constant(1);
    of_an_option(1);
    square(3);
    cube(3);
}
