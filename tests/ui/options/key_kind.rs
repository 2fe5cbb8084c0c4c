//! Keys that are not expressions over the arguments, or cannot be evaluated outside of the body.

use functools::lru_cache;

async fn later(n: u64) -> u64 {
    n
}

#[lru_cache(key)]
fn no_value(n: u64) -> u64 {
    n
}

#[lru_cache(key =)]
fn nothing_behind(n: u64) -> u64 {
    n
}

#[lru_cache(key(n))]
fn in_parentheses(n: u64) -> u64 {
    n
}

#[lru_cache(key: n)]
fn with_a_colon(n: u64) -> u64 {
    n
}

#[lru_cache(key = 1)]
fn a_number(n: u64) -> u64 {
    n
}

#[lru_cache(key = 1.5)]
fn a_float(n: u64) -> u64 {
    n
}

#[lru_cache(key = true)]
fn a_bool(n: u64) -> u64 {
    n
}

#[lru_cache(key = None)]
fn none(n: u64) -> u64 {
    n
}

#[lru_cache(key = "key")]
fn a_text(a: u64, b: u64) -> u64 {
    a + b
}

#[lru_cache(key = "a")]
fn a_name_as_a_text(a: u64, b: u64) -> u64 {
    a + b
}

#[lru_cache(key = "item:{a}")]
fn a_template(a: u64, b: u64) -> u64 {
    a + b
}

#[lru_cache(key = |a, b| a + b)]
fn a_closure(a: u64, b: u64) -> u64 {
    a + b
}

#[lru_cache(key = || n)]
fn a_closure_of_nothing(n: u64) -> u64 {
    n
}

#[lru_cache(key = |a| { a })]
fn a_closure_with_a_block(a: u64, b: u64) -> u64 {
    a + b
}

#[lru_cache(key = "String")]
fn of_cached(a: u64, b: u64) -> u64 {
    a + b
}

#[lru_cache(key = match n { 0 => return 1, n => n })]
fn returns(n: u64) -> u64 {
    n
}

#[lru_cache(key = name.parse::<u64>().ok()?)]
fn fails(name: &str) -> Option<u64> {
    name.parse().ok()
}

#[lru_cache(key = later(n).await)]
async fn awaits(n: u64) -> u64 {
    n
}

#[lru_cache(key = later(n).await)]
fn awaits_nothing(n: u64) -> u64 {
    n
}

#[lru_cache(key = self.id)]
fn no_receiver(n: u64) -> u64 {
    n
}

#[lru_cache(key = &name.to_lowercase())]
fn of_a_temporary(name: &str) -> usize {
    name.len()
}

#[lru_cache(key = &format!("{name}"))]
fn of_a_formatted_temporary(name: &str) -> usize {
    name.len()
}

#[lru_cache(key = name.to_lowercase().as_str())]
fn of_a_borrowed_temporary(name: &str) -> usize {
    name.len()
}

#[lru_cache(key = (name.to_lowercase().trim(), 1))]
fn of_a_trimmed_temporary(name: &str) -> usize {
    name.len()
}

#[lru_cache(key = name.into())]
fn of_any_type(name: &str) -> usize {
    name.len()
}

#[lru_cache(key = name.parse().unwrap())]
fn of_any_number(name: &str) -> usize {
    name.len()
}

#[lru_cache(key = name.chars().collect())]
fn of_any_collection(name: &str) -> usize {
    name.len()
}

fn main() {
    let _ = no_value(1);
    let _ = nothing_behind(1);
    let _ = in_parentheses(1);
    let _ = with_a_colon(1);
    let _ = a_number(1);
    let _ = a_float(1);
    let _ = a_bool(1);
    let _ = none(1);
    let _ = a_closure_of_nothing(1);
    let _ = returns(1);
    let _ = awaits_nothing(1);
    let _ = no_receiver(1);
    println!("{}", a_closure::cache_contains(1, 2));
    println!("{}", of_a_temporary::cache_contains("a"));
}
