//! Values that cannot be a key, and mistakes in key expressions.

use std::cell::Cell;
use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Mutex;

use functools::lru_cache;

struct Point {
    x: f64,
    label: String,
}

fn lower(name: &str) -> String {
    name.to_lowercase()
}

#[lru_cache(key = Point { x: x * 2.0, label: String::new() })]
fn a_struct(x: f64) -> f64 {
    x * 2.0
}

#[lru_cache(key = (x, Some(Point { x, label: String::new() })))]
fn a_struct_in_a_tuple(x: f64) -> f64 {
    x * 3.0
}

#[lru_cache(key = point)]
fn a_reference_to_a_struct(point: &Point) -> f64 {
    point.x
}

#[lru_cache(key = map.clone())]
fn a_map(map: &HashMap<u64, u64>) -> usize {
    map.len()
}

#[lru_cache(key = lock.lock().unwrap())]
fn a_guard(lock: &Mutex<u64>) -> u64 {
    *lock.lock().unwrap()
}

#[lru_cache(key = numbers.iter().map(|n| n + 1))]
fn an_iterator(numbers: &[u64]) -> u64 {
    numbers.iter().sum()
}

#[lru_cache(key = Box::new(|| 1))]
fn a_boxed_closure(n: u64) -> u64 {
    n
}

#[lru_cache(key = async { n })]
fn a_future(n: u64) -> u64 {
    n
}

#[lru_cache(key = itself)]
fn itself(n: u64) -> u64 {
    n
}

#[lru_cache(key = Rc::new(n))]
fn not_shared(n: u64) -> u64 {
    n
}

#[lru_cache(key = Cell::new(n))]
fn a_cell(n: u64) -> u64 {
    n
}

#[lru_cache(key = name)]
fn moved(name: String) -> String {
    name
}

#[lru_cache(key = (name, id))]
fn moved_in_a_tuple(name: String, id: u64) -> usize {
    name.len() + id as usize
}

#[lru_cache(key = name)]
async fn moved_by_a_task(name: String) -> String {
    name
}

#[lru_cache(key = point.label)]
fn moved_out_of_a_reference(point: &Point) -> f64 {
    point.x
}

#[lru_cache(key = { n += 1; n })]
fn changed(n: u64) -> u64 {
    n
}

#[lru_cache(key = point.id)]
fn no_such_field(point: &Point) -> f64 {
    point.x
}

#[lru_cache(key = point.id())]
fn no_such_method(point: &Point) -> f64 {
    point.x
}

#[lru_cache(key = lower(n))]
fn of_a_wrong_call(n: u64) -> u64 {
    n
}

#[lru_cache(key = if n > 0 { 1 } else { "x" })]
fn of_two_types(n: u64) -> u64 {
    n
}

// 2 errors: the key must be owned, and it lacks `Hash`.
#[lru_cache(key = t)]
fn moved_and_no_key<T>(t: T) -> usize {
    drop(t);
    1
}

fn main() {
    let _ = a_boxed_closure(1);
    let _ = a_future(1);
    let _ = itself(1);
    let _ = not_shared(1);
    let _ = a_cell(1);
    let _ = changed(1);
    let _ = of_a_wrong_call(1);
    let _ = of_two_types(1);
}
