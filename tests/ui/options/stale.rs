use functools::lru_cache;

#[lru_cache(stale = "30s")]
fn no_ttl(n: u64) -> u64 {
    n
}

#[lru_cache(stale_on_error = "5m")]
fn no_ttl_either(n: u64) -> Result<u64, String> {
    Ok(n)
}

#[lru_cache(stale = "30s", stale_on_error = "5m")]
async fn neither(n: u64) -> Result<u64, String> {
    Ok(n)
}

#[lru_cache(ttl = "60s", sliding = true, stale = "30s")]
fn sliding(n: u64) -> u64 {
    n
}

#[lru_cache(ttl = "60s", stale_on_error = "5m", cache_err = true)]
fn with_errors(n: u64) -> Result<u64, String> {
    Ok(n)
}

#[lru_cache(ttl = "60s", stale = "30")]
fn no_unit(n: u64) -> u64 {
    n
}

// 2 errors: there are two mistakes.
#[lru_cache(ttl = "60s", stale = 30, stale_on_error = 5 * 60)]
fn numbers(n: u64) -> Result<u64, String> {
    Ok(n)
}

// 2 errors: there are two mistakes.
#[lru_cache(ttl = "60s", stale = "-1s", stale_on_error = "a while")]
fn negative(n: u64) -> Result<u64, String> {
    Ok(n)
}

#[lru_cache(ttl = "60s", stale = true)]
fn boolean(n: u64) -> u64 {
    n
}

#[lru_cache(ttl = "60s", stale)]
fn no_value(n: u64) -> u64 {
    n
}

#[lru_cache(ttl = "60s", stale_on_eror = "5m")]
fn misspelt(n: u64) -> Result<u64, String> {
    Ok(n)
}

fn main() {
    no_ttl(3);
    let _ = no_ttl_either(3);
    let _ = neither(3);
    sliding(3);
    let _ = with_errors(3);
    no_unit(3);
    let _ = numbers(3);
    let _ = negative(3);
    boolean(3);
    no_value(3);
    let _ = misspelt(3);
    println!("{}", no_ttl::cache_info());
}
