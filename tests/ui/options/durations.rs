//! Values that are not durations.

use functools::lru_cache;

#[lru_cache(ttl)]
fn no_value(n: u64) -> u64 {
    n
}

#[lru_cache(ttl =)]
fn nothing_behind(n: u64) -> u64 {
    n
}

#[lru_cache(ttl("60s"))]
fn in_parentheses(n: u64) -> u64 {
    n
}

#[lru_cache(ttl: "60s")]
fn with_a_colon(n: u64) -> u64 {
    n
}

#[lru_cache(ttl == "60s")]
fn compared(n: u64) -> u64 {
    n
}

#[lru_cache(ttl = 60)]
fn seconds(n: u64) -> u64 {
    n
}

#[lru_cache(ttl = 60_000u64)]
fn digits_in_groups(n: u64) -> u64 {
    n
}

#[lru_cache(ttl = 1.5)]
fn fraction(n: u64) -> u64 {
    n
}

#[lru_cache(ttl = 24 * 60 * 60)]
fn product(n: u64) -> u64 {
    n
}

#[lru_cache(ttl = "1h", ttl_jitter = 0.5 * 3)]
fn product_with_a_fraction(n: u64) -> u64 {
    n
}

#[lru_cache(ttl = -5)]
fn negative(n: u64) -> u64 {
    n
}

#[lru_cache(ttl = true)]
fn a_bool(n: u64) -> u64 {
    n
}

#[lru_cache(ttl = None)]
fn none(n: u64) -> u64 {
    n
}

#[lru_cache(ttl = _)]
fn inferred(n: u64) -> u64 {
    n
}

#[lru_cache(ttl = 60s)]
fn suffix(n: u64) -> u64 {
    n
}

#[lru_cache(ttl = "60")]
fn no_unit(n: u64) -> u64 {
    n
}

#[lru_cache(ttl = "")]
fn empty(n: u64) -> u64 {
    n
}

#[lru_cache(ttl = " ")]
fn blank(n: u64) -> u64 {
    n
}

#[lru_cache(ttl = "soon")]
fn a_word(n: u64) -> u64 {
    n
}

#[lru_cache(ttl = "s")]
fn a_unit_alone(n: u64) -> u64 {
    n
}

#[lru_cache(ttl = "-1s")]
fn negative_text(n: u64) -> u64 {
    n
}

#[lru_cache(ttl = "0s")]
fn zero(n: u64) -> u64 {
    n
}

#[lru_cache(ttl = "1.5s")]
fn fraction_text(n: u64) -> u64 {
    n
}

#[lru_cache(ttl = "60", ttl_jitter = "5s", stale = "30s")]
fn wrong_ttl_with_others(n: u64) -> u64 {
    n
}

#[lru_cache(ttl = "5min")]
fn minutes(n: u64) -> u64 {
    n
}

#[lru_cache(ttl = "60 Seconds")]
fn seconds_in_words(n: u64) -> u64 {
    n
}

#[lru_cache(ttl = "5 years")]
fn years(n: u64) -> u64 {
    n
}

#[lru_cache(ttl = "1h 30")]
fn second_unit_missing(n: u64) -> u64 {
    n
}

#[lru_cache(ttl = "1e3s")]
fn exponent(n: u64) -> u64 {
    n
}

#[lru_cache(ttl = "99999999999999999999s")]
fn too_large(n: u64) -> u64 {
    n
}

#[lru_cache(ttl = "60s", ttl_jitter = 5)]
fn jitter(n: u64) -> u64 {
    n
}

#[lru_cache(ttl = "60s", ttl_jitter)]
fn jitter_no_value(n: u64) -> u64 {
    n
}

#[lru_cache(ttl = "60s", stale = 30)]
fn stale(n: u64) -> u64 {
    n
}

#[lru_cache(ttl = "60s", stale = "0s")]
fn stale_zero(n: u64) -> u64 {
    n
}

#[lru_cache(ttl = "60s", stale = None)]
fn stale_none(n: u64) -> u64 {
    n
}

#[lru_cache(ttl = "60s", stale_on_error = "5")]
fn stale_on_error(n: u64) -> Result<u64, String> {
    Ok(n)
}

#[lru_cache(ttl = "60s", stale_on_error = "0s")]
fn stale_on_error_zero(n: u64) -> Result<u64, String> {
    Ok(n)
}

#[lru_cache(ttl = "60s", stale_on_error = true)]
fn stale_on_error_bool(n: u64) -> Result<u64, String> {
    Ok(n)
}

#[lru_cache(ttl_jitter = "5s")]
fn jitter_without_ttl(n: u64) -> u64 {
    n
}

#[lru_cache(sliding = true)]
fn sliding_without_ttl(n: u64) -> u64 {
    n
}

#[lru_cache(stale = "30s")]
fn stale_without_ttl(n: u64) -> u64 {
    n
}

#[lru_cache(ttl_jitter = "5s", stale = "30s")]
fn several_without_ttl(n: u64) -> u64 {
    n
}

#[lru_cache(stale_on_error = "5m")]
fn stale_on_error_without_ttl(n: u64) -> Result<u64, String> {
    Ok(n)
}

fn main() {
    let _ = no_value(1);
    let _ = nothing_behind(1);
    let _ = in_parentheses(1);
    let _ = with_a_colon(1);
    let _ = compared(1);
    let _ = seconds(1);
    let _ = digits_in_groups(1);
    let _ = fraction(1);
    let _ = product(1);
    let _ = product_with_a_fraction(1);
    let _ = negative(1);
    let _ = a_bool(1);
    let _ = none(1);
    let _ = a_closure(1);
    let _ = suffix(1);
    let _ = no_unit(1);
    let _ = empty(1);
    let _ = blank(1);
    let _ = a_word(1);
    let _ = a_unit_alone(1);
    let _ = negative_text(1);
    let _ = zero(1);
    let _ = fraction_text(1);
    let _ = wrong_ttl_with_others(1);
    let _ = minutes(1);
    let _ = seconds_in_words(1);
    let _ = years(1);
    let _ = second_unit_missing(1);
    let _ = exponent(1);
    let _ = too_large(1);
    let _ = jitter(1);
    let _ = jitter_no_value(1);
    let _ = stale(1);
    let _ = stale_zero(1);
    let _ = stale_none(1);
    let _ = stale_on_error(1);
    let _ = stale_on_error_zero(1);
    let _ = stale_on_error_bool(1);
    let _ = jitter_without_ttl(1);
    let _ = sliding_without_ttl(1);
    let _ = stale_without_ttl(1);
    let _ = several_without_ttl(1);
    let _ = stale_on_error_without_ttl(1);
}
