use functools::lru_cache;

#[lru_cache(ttl = "60", ttl_jitter = "5s", stale = "30s", stale_on_error = "10m")]
fn typo(n: u64) -> Result<u64, String> {
    Ok(n)
}

#[lru_cache(ttl_jitter = "1.5s", stale = "5min", stale_on_error = "10m", sliding = true)]
fn none(n: u64) -> Result<u64, String> {
    Ok(n)
}

#[lru_cache(single_flight = "no", cache_none)]
fn hints(n: u64) -> u64 {
    n
}

fn main() {
    let _ = (typo(3), none(3), hints(3));
}
