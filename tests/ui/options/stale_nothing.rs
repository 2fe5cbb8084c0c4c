use functools::lru_cache;

#[lru_cache(ttl = "60s", stale = "0s")]
fn at_once(n: u64) -> u64 {
    n
}

#[lru_cache(ttl = "60s", stale_on_error = "0s")]
fn on_error(n: u64) -> Result<u64, String> {
    Ok(n)
}

fn main() {
    at_once(3);
    let _ = on_error(3);
}
