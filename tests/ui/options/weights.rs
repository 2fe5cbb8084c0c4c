//! Values that are not weights, or not bounds on them.

use functools::{cache, lru_cache};

#[derive(Clone, PartialEq, Eq, Hash)]
struct Point {
    x: u64,
    y: u64,
}

#[lru_cache(maxweight, weight = |n| *n)]
fn no_bound(n: u64) -> u64 {
    n
}

#[lru_cache(maxweight =, weight = |n| *n)]
fn no_bound_behind(n: u64) -> u64 {
    n
}

#[lru_cache(maxweight("64MiB"), weight = |n| *n)]
fn a_bound_in_parentheses(n: u64) -> u64 {
    n
}

#[lru_cache(maxweight = "64", weight = |n| *n)]
fn no_unit(n: u64) -> u64 {
    n
}

#[lru_cache(maxweight = "64MB/s", weight = |n| *n)]
fn another_unit(n: u64) -> u64 {
    n
}

#[lru_cache(maxweight = "64mb", weight = |n| *n)]
fn small_letters(n: u64) -> u64 {
    n
}

#[lru_cache(maxweight = "much", weight = |n| *n)]
fn a_word(n: u64) -> u64 {
    n
}

#[lru_cache(maxweight = "1.5GiB", weight = |n| *n)]
fn no_whole_number(n: u64) -> u64 {
    n
}

#[lru_cache(maxweight = "16384PiB", weight = |n| *n)]
fn too_many_bytes(n: u64) -> u64 {
    n
}

#[lru_cache(maxweight = 18446744073709551616, weight = |n| *n)]
fn too_large(n: u64) -> u64 {
    n
}

#[lru_cache(maxweight = -1, weight = |n| *n)]
fn negative(n: u64) -> u64 {
    n
}

#[lru_cache(maxweight = 1.5, weight = |n| *n)]
fn a_float(n: u64) -> u64 {
    n
}

#[lru_cache(maxweight = 7usize, weight = |n| *n)]
fn of_another_suffix(n: u64) -> u64 {
    n
}

#[lru_cache(maxweight = None, weight = |n| *n)]
fn none(n: u64) -> u64 {
    n
}

#[lru_cache(maxweight = n, weight = |n| *n)]
fn a_bound_of_an_argument(n: u64) -> u64 {
    n
}

#[lru_cache(maxweight = "64MiB")]
fn a_bound_alone(n: u64) -> u64 {
    n
}

#[cache(weight = |n| *n)]
fn a_weight_alone(n: u64) -> u64 {
    n
}

#[lru_cache(maxsize = 7, weight = |n| *n)]
fn a_weight_with_a_maxsize(n: u64) -> u64 {
    n
}

#[lru_cache(maxweight = 10, weight)]
fn no_weight(n: u64) -> u64 {
    n
}

#[lru_cache(maxweight = 10, weight(|n| *n))]
fn a_weight_in_parentheses(n: u64) -> u64 {
    n
}

#[lru_cache(maxweight = 10, weight = 3)]
fn a_number(n: u64) -> u64 {
    n
}

#[lru_cache(maxweight = 10, weight = value.len() as u64)]
fn no_closure(text: &str) -> String {
    text.to_owned()
}

#[lru_cache(maxweight = 10, weight = None)]
fn no_function(n: u64) -> u64 {
    n
}

#[lru_cache(maxweight = 10, weight = make())]
fn a_call(n: u64) -> u64 {
    n
}

#[lru_cache(maxweight = 10, weight = || 1)]
fn of_nothing(n: u64) -> u64 {
    n
}

#[lru_cache(maxweight = 10, weight = |a, b, c| 1)]
fn of_three(n: u64) -> u64 {
    n
}

#[lru_cache(maxweight = 10, weight = async |n| *n)]
fn asynchronous(n: u64) -> u64 {
    n
}

#[lru_cache(maxweight = 10, weight = |value| *value + n)]
fn of_an_argument(n: u64) -> u64 {
    n
}

#[lru_cache(maxweight = 10, weight = |key, value| *value + n)]
fn of_an_argument_beside_the_key(n: u64) -> u64 {
    n
}

#[lru_cache(maxweight = 10, skip(n), weight = |value| *value + n)]
fn of_what_is_skipped(n: u64) -> u64 {
    n
}

#[lru_cache(weigher = |n| *n)]
fn another_word(n: u64) -> u64 {
    n
}

#[lru_cache(max_weight = 10)]
fn misspelt(n: u64) -> u64 {
    n
}

impl Point {
    #[lru_cache(maxweight = 10, weight = |value| *value + self.x)]
    fn of_the_receiver(&self) -> u64 {
        self.x + self.y
    }
}

fn main() {
    let _ = no_bound(1);
    let _ = no_unit(1);
    let _ = a_bound_alone(1);
    let _ = a_weight_alone(1);
    let _ = a_number(1);
    let _ = of_an_argument(1);
    println!("{}", of_an_argument::cache_info());
    println!("{}", Point { x: 1, y: 2 }.of_the_receiver());
}
