//! Values that are not bounds.

use functools::{cache, lru_cache};

#[lru_cache(maxsize)]
fn no_value(n: u64) -> u64 {
    n
}

#[lru_cache(maxsize =)]
fn nothing_behind(n: u64) -> u64 {
    n
}

#[lru_cache(maxsize(7))]
fn in_parentheses(n: u64) -> u64 {
    n
}

#[lru_cache(maxsize: 7)]
fn with_a_colon(n: u64) -> u64 {
    n
}

#[lru_cache(maxsize == 7)]
fn compared(n: u64) -> u64 {
    n
}

#[lru_cache(maxsize => 7)]
fn an_arrow(n: u64) -> u64 {
    n
}

#[lru_cache(maxsize = "None")]
fn none_as_a_text(n: u64) -> u64 {
    n
}

#[lru_cache(maxsize = "128")]
fn a_number_as_a_text(n: u64) -> u64 {
    n
}

#[lru_cache(maxsize = "1_000")]
fn digits_in_groups(n: u64) -> u64 {
    n
}

#[lru_cache(maxsize = "many")]
fn a_word(n: u64) -> u64 {
    n
}

#[lru_cache(maxsize = true)]
fn a_bool(n: u64) -> u64 {
    n
}

#[lru_cache(maxsize = 1.5)]
fn a_float(n: u64) -> u64 {
    n
}

#[lru_cache(maxsize = 2 * 1.5)]
fn a_product_with_a_float(n: u64) -> u64 {
    n
}

#[lru_cache(maxsize = -1)]
fn negative(n: u64) -> u64 {
    n
}

#[lru_cache(maxsize = -(5))]
fn negative_in_parentheses(n: u64) -> u64 {
    n
}

#[lru_cache(maxsize = 'a')]
fn a_character(n: u64) -> u64 {
    n
}

#[lru_cache(maxsize = 7u32)]
fn of_another_type(n: u64) -> u64 {
    n
}

#[lru_cache(maxsize = 99999999999999999999999)]
fn too_large(n: u64) -> u64 {
    n
}

#[lru_cache(maxsize = |_| 7)]
fn a_closure(n: u64) -> u64 {
    n
}

#[lru_cache(maxsize = _)]
fn a_placeholder(n: u64) -> u64 {
    n
}

#[lru_cache(maxsize = return)]
fn returns(n: u64) -> u64 {
    n
}

#[lru_cache(maxsize = std::env::var("SIZE").ok()?.len())]
fn fails(n: u64) -> u64 {
    n
}

#[cache(maxsize = 7)]
fn of_cache(n: u64) -> u64 {
    n
}

#[cache(maxsize = None)]
fn none_of_cache(n: u64) -> u64 {
    n
}

fn main() {
    let _ = no_value(1);
    let _ = nothing_behind(1);
    let _ = in_parentheses(1);
    let _ = with_a_colon(1);
    let _ = compared(1);
    let _ = an_arrow(1);
    let _ = none_as_a_text(1);
    let _ = a_number_as_a_text(1);
    let _ = digits_in_groups(1);
    let _ = a_word(1);
    let _ = a_bool(1);
    let _ = a_float(1);
    let _ = a_product_with_a_float(1);
    let _ = negative(1);
    let _ = negative_in_parentheses(1);
    let _ = a_character(1);
    let _ = of_another_type(1);
    let _ = too_large(1);
    let _ = a_closure(1);
    let _ = a_placeholder(1);
    let _ = returns(1);
    let _ = fails(1);
    let _ = of_cache(1);
    let _ = none_of_cache(1);
    println!("{}", negative::cache_info());
}
