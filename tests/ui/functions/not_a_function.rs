//! Items that are not functions.

use functools::{cache, lru_cache};

#[lru_cache]
struct Point {
    x: u64,
}

#[lru_cache]
enum Kind {
    One,
}

#[lru_cache]
union Bits {
    bits: u64,
}

#[lru_cache(maxsize = 3)]
impl Point {
    fn x(&self) -> u64 {
        self.x
    }
}

#[lru_cache]
trait Shape {
    fn area(&self) -> u64;
}

#[cache]
const ORIGIN: Point = Point { x: 0 };

#[cache]
static CALLED: fn(u64) -> u64 = called;

#[cache]
type Called = fn(u64) -> u64;

#[cache]
use std::fmt;

#[cache]
mod module {}

#[lru_cache]
macro_rules! other {
    () => {};
}

macro_rules! make {
    () => {};
}

#[functools::lru_cache]
make!();

#[functools::lru_cache(maxsize = 3)]
make! {}

fn called(n: u64) -> u64 {
    n
}

fn main() {
    println!("{}", ORIGIN.x());
}
