//! Weights and bounds of other types.

use functools::lru_cache;

const SIZE: usize = 3;

fn of_value(n: u64) -> u64 {
    n
}

fn of_text(text: &str) -> u64 {
    text.len() as u64
}

fn in_bool(n: &u64) -> bool {
    *n > 0
}

fn of_both(key: &u64, value: &u64) -> u64 {
    key + value
}

#[lru_cache(maxweight = SIZE, weight = |n| *n)]
fn of_another_type(n: u64) -> u64 {
    n
}

#[lru_cache(maxweight = 10, weight = |key, value| { let sum = key + value; sum + n })]
fn of_a_hidden_argument(n: u64) -> u64 {
    n
}

#[lru_cache(maxweight = 10, weight = |text| text.len())]
fn in_usize(n: u64) -> String {
    n.to_string()
}

#[lru_cache(maxweight = 10, weight = |key, value| key.len() + value.len())]
fn in_usize_with_the_key(text: &str) -> String {
    text.to_owned()
}

#[lru_cache(maxweight = 10, weight = |n| *n > 3)]
fn in_a_bool(n: u64) -> u64 {
    n
}

#[lru_cache(maxweight = 10, weight = |_| {})]
fn nothing(n: u64) -> u64 {
    n
}

#[lru_cache(maxweight = 10, weight = |n| -> u32 { 1 })]
fn in_another_type(n: u64) -> u64 {
    n
}

#[lru_cache(maxweight = 10, weight = |key, value| -> u32 { 1 })]
fn in_another_type_with_the_key(n: u64) -> u64 {
    n
}

#[lru_cache(maxweight = 10, weight = |n| n)]
fn a_reference(n: u64) -> u64 {
    n
}

#[lru_cache(maxweight = 10, weight = |n: &String| 1)]
fn of_another_value(n: u64) -> u64 {
    n
}

#[lru_cache(maxweight = 10, weight = |key: &String, value| 1)]
fn of_another_key(n: u64) -> u64 {
    n
}

#[lru_cache(maxweight = 10, weight = |(a, b), value| 1)]
fn of_several_keys(n: u64) -> u64 {
    n
}

#[lru_cache(maxweight = 10, weight = |key, value: &u8| 1)]
fn of_another_value_with_the_key(n: u64) -> u64 {
    n
}

#[lru_cache(maxweight = 10, weight = |n| n.weight())]
fn no_such_method(n: u64) -> u64 {
    n
}

#[lru_cache(maxweight = 10, weight = |key, n| key.weight())]
fn no_such_method_of_the_key(n: u64) -> u64 {
    n
}

#[lru_cache(maxweight = 10, key = n.to_string(), weight = |key, n| key.weight())]
fn no_such_method_of_a_key(n: u64) -> u64 {
    n
}

#[lru_cache(maxweight = 10, weight = of_value)]
fn a_function_of_a_value(n: u64) -> u64 {
    n
}

#[lru_cache(maxweight = 10, weight = of_text)]
fn a_function_of_another_type(n: u64) -> u64 {
    n
}

#[lru_cache(maxweight = 10, weight = in_bool)]
fn a_function_of_no_weight(n: u64) -> u64 {
    n
}

#[lru_cache(maxweight = 10, weight = of_both)]
fn a_function_of_two(n: u64) -> u64 {
    n
}

#[lru_cache(maxweight = 10, weight = SIZE)]
fn a_constant(n: u64) -> u64 {
    n
}

#[lru_cache(maxweight = 10, weight = |text| text.len())]
async fn of_a_task(n: u64) -> String {
    n.to_string()
}

#[lru_cache(maxweight = 10, weight = |text| text.len(), handle = _)]
fn without_a_handle(n: u64) -> String {
    n.to_string()
}

#[lru_cache(maxweight = 10, weight = |key, text| text.len(), handle = _)]
fn without_a_handle_with_the_key(n: u64) -> String {
    n.to_string()
}

#[lru_cache(maxweight = 10, weight = |value| { let sum = value + 1; sum + n })]
fn of_a_hidden_argument_without_the_key(n: u64) -> u64 {
    n
}

#[lru_cache(maxweight = 10, key = n, weight = |key, value| { let sum = key + value; sum + n })]
fn of_a_hidden_argument_with_a_key(n: u64) -> u64 {
    n
}

fn main() {
    let _ = of_another_type(1);
    let _ = of_a_hidden_argument(1);
    let _ = in_usize(1);
    let _ = in_usize_with_the_key("");
    let _ = of_another_key(1);
    let _ = a_function_of_a_value(1);
    println!("{}", in_usize::cache_info());
}
