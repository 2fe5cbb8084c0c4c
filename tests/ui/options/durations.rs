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

fn main() {
    square(3);
    cube(3);
    half(3);
    twice(3);
    nothing(3);
    no_ttl(3);
    years(3);
    later(3);
}
