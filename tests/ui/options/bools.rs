//! Values other than `true` and `false`.

use functools::lru_cache;

#[lru_cache(typed)]
fn typed(n: u64) -> u64 {
    n
}

#[lru_cache(typed =)]
fn typed_nothing(n: u64) -> u64 {
    n
}

#[lru_cache(typed = 1)]
fn typed_number(n: u64) -> u64 {
    n
}

#[lru_cache(typed = "true")]
fn typed_text(n: u64) -> u64 {
    n
}

#[lru_cache(typed = True)]
fn typed_python(n: u64) -> u64 {
    n
}

#[lru_cache(typed = None)]
fn typed_none(n: u64) -> u64 {
    n
}

#[lru_cache(typed(true))]
fn typed_in_parentheses(n: u64) -> u64 {
    n
}

#[lru_cache(typed: true)]
fn typed_colon(n: u64) -> u64 {
    n
}

#[lru_cache(typed == true)]
fn typed_compared(n: u64) -> u64 {
    n
}

#[lru_cache(typed = TYPED)]
fn typed_constant(n: u64) -> u64 {
    n
}

#[lru_cache(cache_err)]
fn cache_err(n: u64) -> Result<u64, String> {
    Ok(n)
}

#[lru_cache(cache_err = "true")]
fn cache_err_text(n: u64) -> Result<u64, String> {
    Ok(n)
}

#[lru_cache(cache_err = !true)]
fn cache_err_expression(n: u64) -> Result<u64, String> {
    Ok(n)
}

#[lru_cache(cache_err(true))]
fn cache_err_in_parentheses(n: u64) -> Result<u64, String> {
    Ok(n)
}

#[lru_cache(cache_none)]
fn cache_none(n: u64) -> Option<u64> {
    Some(n)
}

#[lru_cache(cache_none = 0)]
fn cache_none_number(n: u64) -> Option<u64> {
    Some(n)
}

#[lru_cache(cache_none =)]
fn cache_none_nothing(n: u64) -> Option<u64> {
    Some(n)
}

#[lru_cache(cache_none = None)]
fn cache_none_none(n: u64) -> Option<u64> {
    Some(n)
}

#[lru_cache(ttl = "60s", sliding)]
fn sliding(n: u64) -> u64 {
    n
}

#[lru_cache(ttl = "60s", sliding = "yes")]
fn sliding_text(n: u64) -> u64 {
    n
}

#[lru_cache(ttl = "60s", sliding = 1)]
fn sliding_number(n: u64) -> u64 {
    n
}

fn main() {
    let _ = typed(1);
    let _ = typed_nothing(1);
    let _ = typed_number(1);
    let _ = typed_text(1);
    let _ = typed_python(1);
    let _ = typed_none(1);
    let _ = typed_in_parentheses(1);
    let _ = typed_colon(1);
    let _ = typed_compared(1);
    let _ = typed_constant(1);
    let _ = cache_err(1);
    let _ = cache_err_text(1);
    let _ = cache_err_expression(1);
    let _ = cache_err_in_parentheses(1);
    let _ = cache_none(1);
    let _ = cache_none_number(1);
    let _ = cache_none_nothing(1);
    let _ = cache_none_none(1);
    let _ = sliding(1);
    let _ = sliding_text(1);
    let _ = sliding_number(1);
}
