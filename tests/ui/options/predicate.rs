//! Values that cannot be predicates.

use functools::lru_cache;

#[derive(Clone, PartialEq, Eq, Hash)]
struct Point {
    x: u64,
    y: u64,
}

trait Shape {
    fn of_a_trait(&self) -> u64;
}

fn is_good(n: &u64) -> bool {
    *n > 0
}

#[lru_cache(cache_if)]
fn no_value(n: u64) -> u64 {
    n
}

#[lru_cache(cache_if =)]
fn nothing_behind(n: u64) -> u64 {
    n
}

#[lru_cache(cache_if(|n| *n > 0))]
fn in_parentheses(n: u64) -> u64 {
    n
}

#[lru_cache(cache_if = 3)]
fn a_number(n: u64) -> u64 {
    n
}

#[lru_cache(cache_if = true)]
fn a_bool(n: u64) -> u64 {
    n
}

#[lru_cache(cache_if = "is_good")]
fn a_text(n: u64) -> u64 {
    n
}

#[lru_cache(cache_if = None)]
fn none(n: u64) -> u64 {
    n
}

#[lru_cache(cache_if = 5 > 3)]
fn a_comparison(n: u64) -> u64 {
    n
}

#[lru_cache(cache_if = !is_good)]
fn a_negation(n: u64) -> u64 {
    n
}

#[lru_cache(cache_if = result.is_some())]
fn of_a_result(n: u64) -> Option<u64> {
    Some(n)
}

#[lru_cache(cache_if = *result > 3)]
fn of_a_compared_result(n: u64) -> u64 {
    n
}

#[lru_cache(cache_if = fn(u64) -> bool)]
fn a_type(n: u64) -> u64 {
    n
}

#[lru_cache(cache_if = async |n| *n > 0)]
fn asynchronous(n: u64) -> u64 {
    n
}

#[lru_cache(cache_if = || true)]
fn of_nothing(n: u64) -> u64 {
    n
}

#[lru_cache(cache_if = |key, value| value > key)]
fn of_two(n: u64) -> u64 {
    n
}

#[lru_cache(cache_if = |result| *result > n)]
fn of_an_argument(n: u64) -> u64 {
    n
}

#[lru_cache(cache_if = |result| *result > 3 || n > 3)]
fn of_an_argument_behind_or(n: u64) -> u64 {
    n
}

#[lru_cache(cache_if = |_| n > 0)]
fn of_an_argument_alone(n: u64) -> u64 {
    n
}

#[lru_cache(cache_if = |result| drop(n))]
fn of_an_argument_in_a_call(n: u64) -> u64 {
    n
}

#[lru_cache(cache_if = |result| format!("{n}").len() > *result as usize)]
fn of_an_argument_in_a_text(n: u64) -> u64 {
    n
}

#[lru_cache(cache_if = |result| *result > x)]
fn of_a_part(Point { x, y }: Point) -> u64 {
    x + y
}

#[lru_cache(cache_if = |result| *result > n)]
async fn of_a_task(n: u64) -> u64 {
    n
}

#[lru_cache(cache_if = |result| *result > n, handle = _)]
fn without_a_handle(n: u64) -> u64 {
    n
}

#[lru_cache(cache_if = n)]
fn no_closure(n: u64) -> u64 {
    n
}

impl Point {
    #[lru_cache(cache_if = |result| *result > self.x)]
    fn of_the_receiver(&self) -> u64 {
        self.x
    }

    #[lru_cache(cache_if = |result| *result > scale)]
    fn of_a_methods_argument(&self, scale: u64) -> u64 {
        self.x * scale
    }
}

impl Shape for Point {
    #[lru_cache(cache_if = |result| *result > self.x)]
    fn of_a_trait(&self) -> u64 {
        self.x
    }
}

fn main() {
    let _ = no_value(1);
    let _ = nothing_behind(1);
    let _ = in_parentheses(1);
    let _ = a_number(1);
    let _ = a_bool(1);
    let _ = a_text(1);
    let _ = none(1);
    let _ = a_comparison(1);
    let _ = a_negation(1);
    let _ = of_a_result(1);
    let _ = of_a_compared_result(1);
    let _ = a_type(1);
    let _ = asynchronous(1);
    let _ = of_nothing(1);
    let _ = of_two(1);
    let _ = of_an_argument(1);
    let _ = of_an_argument_behind_or(1);
    let _ = of_an_argument_alone(1);
    let _ = of_an_argument_in_a_call(1);
    let _ = of_an_argument_in_a_text(1);
    let _ = no_closure(1);
    println!("{}", of_an_argument::cache_info());
    println!("{}", Point { x: 1, y: 2 }.of_the_receiver());
}
