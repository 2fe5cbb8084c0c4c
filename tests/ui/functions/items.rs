//! Two items of one name, and members that a trait does not have. rustc reports each once.

use functools::lru_cache;

struct Square;

trait Shape {
    fn area(&self) -> u64;

    fn sides(&self) -> u64;
}

impl Shape for Square {
    fn area(&self) -> u64 {
        1
    }

    fn sides(&self) -> u64 {
        4
    }

    #[lru_cache(skip(self))]
    fn corners(&self) -> u64 {
        4
    }
}

#[lru_cache]
fn argument_twice(n: u64, n: u64) -> u64 {
    n
}

fn main() {}
