use functools::lru_cache;

#[lru_cache(ttl = "60s", stale = 60 / 2)]
fn half(n: u64) -> u64 {
    n
}

#[lru_cache(ttl = "60s", stale_on_error = Some(std::time::Duration::MAX))]
async fn optional(n: u64) -> Result<u64, String> {
    Ok(n)
}

fn main() {
    half(3);
    let _ = optional(3);
}
