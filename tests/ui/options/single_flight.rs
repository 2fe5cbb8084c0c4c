//! Values that are neither a bool nor a duration.

use functools::lru_cache;

#[lru_cache(single_flight)]
fn no_value(n: u64) -> u64 {
    n
}

#[lru_cache(single_flight =, maxsize = 7)]
fn no_value_either(n: u64) -> u64 {
    n
}

#[lru_cache(single_flight = 2)]
fn a_number(n: u64) -> u64 {
    n
}

#[lru_cache(single_flight = -1)]
fn a_negative_number(n: u64) -> u64 {
    n
}

#[lru_cache(single_flight = 2.5)]
fn a_fraction(n: u64) -> u64 {
    n
}

#[lru_cache(single_flight = "true")]
fn a_bool_as_a_text(n: u64) -> u64 {
    n
}

#[lru_cache(single_flight = None)]
fn python(n: u64) -> u64 {
    n
}

#[lru_cache(single_flight = "0s")]
fn no_time(n: u64) -> u64 {
    n
}

#[lru_cache(single_flight = "2")]
fn no_unit(n: u64) -> u64 {
    n
}

#[lru_cache(single_flight = "soon")]
fn no_duration(n: u64) -> u64 {
    n
}

#[lru_cache(single_flight(false))]
fn in_parentheses(n: u64) -> u64 {
    n
}

#[lru_cache(single_flight = true && false)]
fn an_expression(n: u64) -> u64 {
    n
}

#[lru_cache(single_flight = !true)]
fn a_negation(n: u64) -> u64 {
    n
}

#[lru_cache(single_flight = |_| 1)]
fn a_closure(n: u64) -> u64 {
    n
}

#[lru_cache(single_flight = 60 * 2)]
fn a_product(n: u64) -> u64 {
    n
}

#[lru_cache(single_flight = n)]
fn of_an_argument(n: u64) -> u64 {
    n
}

fn main() {
    let _ = no_value(1);
    let _ = no_value_either(1);
    let _ = a_number(1);
    let _ = a_negative_number(1);
    let _ = a_fraction(1);
    let _ = a_bool_as_a_text(1);
    let _ = python(1);
    let _ = no_time(1);
    let _ = no_unit(1);
    let _ = no_duration(1);
    let _ = in_parentheses(1);
    let _ = an_expression(1);
    let _ = a_negation(1);
    let _ = a_closure(1);
    let _ = a_product(1);
    let _ = of_an_argument(1);
    no_time::cache_info();
}
