use functools::lru_cache;

#[lru_cache(ttl = "soon")]
fn square(n: u64) -> u64 {
    n * n
}

#[lru_cache(ttl = "60")]
fn cube(n: u64) -> u64 {
    n * n * n
}

#[lru_cache(ttl = 60)]
fn half(n: u64) -> u64 {
    n / 2
}

#[lru_cache(ttl = "-1s")]
fn twice(n: u64) -> u64 {
    n * 2
}

#[lru_cache(ttl = "0s")]
fn nothing(n: u64) -> u64 {
    n
}

#[lru_cache(ttl_jitter = "5s", sliding = true)]
fn no_ttl(n: u64) -> u64 {
    n
}

#[lru_cache(ttl = "60s", ttl_jitter = "5 years", sliding = "yes")]
fn years(n: u64) -> u64 {
    n
}

#[lru_cache(ttl = "60s", stale = "30s")]
fn later(n: u64) -> u64 {
    n
}

#[lru_cache(ttl = 24 * 60 * 60)]
fn product(n: u64) -> u64 {
    n
}

#[lru_cache(ttl = "1h", ttl_jitter = 0.5 * 3)]
fn fraction(n: u64) -> u64 {
    n
}

#[lru_cache(ttl = None)]
fn none(n: u64) -> u64 {
    n
}

fn main() {
    let _ = (product(1), fraction(1), none(1));
    square(3);
    cube(3);
    half(3);
    twice(3);
    nothing(3);
    no_ttl(3);
    years(3);
    later(3);
}
