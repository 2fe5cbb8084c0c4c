//! Predicates of other types.

use functools::lru_cache;

const GOOD: bool = true;

fn good() -> bool {
    true
}

fn of_value(n: u64) -> bool {
    n > 0
}

fn of_number(n: &u64) -> u64 {
    *n
}

async fn of_task(n: &u64) -> bool {
    *n > 0
}

unsafe fn unsafe_function(n: &u64) -> bool {
    *n > 0
}

#[lru_cache(cache_if = |n: &String| n.is_empty())]
fn of_another_type(n: u64) -> u64 {
    n
}

#[lru_cache(cache_if = |n: u64| n > 0)]
fn of_a_value(n: u64) -> u64 {
    n
}

#[lru_cache(cache_if = |n: &mut u64| *n > 0)]
fn of_an_exclusive_reference(n: u64) -> u64 {
    n
}

#[lru_cache(cache_if = |n: &u64| *n > 0)]
fn of_the_ok(n: u64) -> Result<u64, String> {
    Ok(n)
}

#[lru_cache(cache_if = |n: &u64| *n > 0)]
fn of_the_some(n: u64) -> Option<u64> {
    Some(n)
}

#[lru_cache(cache_if = |n| *n)]
fn no_bool(n: u64) -> u64 {
    n
}

#[lru_cache(cache_if = |n| n)]
fn a_reference(n: u64) -> u64 {
    n
}

#[lru_cache(cache_if = |_| 1)]
fn a_number(n: u64) -> u64 {
    n
}

#[lru_cache(cache_if = |_| {})]
fn nothing(n: u64) -> u64 {
    n
}

#[lru_cache(cache_if = |_| Some(true))]
fn an_option(n: u64) -> u64 {
    n
}

#[lru_cache(cache_if = |_| async { true })]
fn a_future(n: u64) -> u64 {
    n
}

#[lru_cache(cache_if = |_| -> u8 { 1 })]
fn with_a_type(n: u64) -> u64 {
    n
}

#[lru_cache(cache_if = |n| n.is_ok())]
fn no_such_method(n: u64) -> u64 {
    n
}

#[lru_cache(cache_if = |n| n > 1)]
fn compared_with_a_value(n: u64) -> u64 {
    n
}

#[lru_cache(cache_if = |Ok(n)| true)]
fn another_pattern(n: u64) -> u64 {
    n
}

#[lru_cache(cache_if = of_value)]
fn a_function_of_a_value(n: u64) -> u64 {
    n
}

#[lru_cache(cache_if = of_number)]
fn a_function_of_no_bool(n: u64) -> u64 {
    n
}

#[lru_cache(cache_if = of_task)]
fn an_async_function(n: u64) -> u64 {
    n
}

#[lru_cache(cache_if = u64::is_power_of_two)]
fn a_method_of_a_value(n: u64) -> u64 {
    n
}

#[lru_cache(cache_if = str::is_empty)]
fn a_method_of_another_type(n: u64) -> u64 {
    n
}

#[lru_cache(cache_if = unsafe_function)]
fn an_unsafe_function(n: u64) -> u64 {
    n
}

#[lru_cache(cache_if = GOOD)]
fn a_constant(n: u64) -> u64 {
    n
}

#[lru_cache(cache_if = good())]
fn a_call(n: u64) -> u64 {
    n
}

#[lru_cache(cache_if = |n: &String| n.is_empty())]
async fn of_a_task(n: u64) -> u64 {
    n
}

#[lru_cache(cache_if = |n: &str| n.is_empty(), handle = _)]
fn without_a_handle(n: u64) -> u64 {
    n
}

#[lru_cache(cache_if = itself)]
fn itself(n: u64) -> u64 {
    n
}

#[lru_cache(cache_if = { let mut seen = 0; move |n: &u64| { seen += 1; *n > seen } })]
fn changes(n: u64) -> u64 {
    n
}

fn main() {
    let _ = of_another_type(1);
    let _ = of_a_value(1);
    let _ = of_an_exclusive_reference(1);
    let _ = of_the_ok(1);
    let _ = of_the_some(1);
    let _ = no_bool(1);
    let _ = a_reference(1);
    let _ = a_number(1);
    let _ = nothing(1);
    let _ = an_option(1);
    let _ = a_future(1);
    let _ = with_a_type(1);
    let _ = no_such_method(1);
    let _ = compared_with_a_value(1);
    let _ = another_pattern(1);
    let _ = a_function_of_a_value(1);
    let _ = a_function_of_no_bool(1);
    let _ = an_async_function(1);
    let _ = a_method_of_a_value(1);
    let _ = a_method_of_another_type(1);
    let _ = an_unsafe_function(1);
    let _ = a_constant(1);
    let _ = a_call(1);
    let _ = itself(1);
    let _ = changes(1);
}
