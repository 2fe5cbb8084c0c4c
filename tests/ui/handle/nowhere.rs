//! Handles that do not exist.

use functools::lru_cache;

#[lru_cache(handle = _)]
fn bare(n: u64) -> u64 {
    n
}

#[lru_cache(handle = other)]
fn renamed(n: u64) -> u64 {
    n
}

struct Rectangle;

impl Rectangle {
    #[lru_cache]
    fn make(n: u64) -> u64 {
        n
    }
}

fn without_one() {
    bare::cache_info();
}

fn by_the_functions_name() {
    renamed::cache_info();
}

fn called() {
    other(1);
}

fn without_its_type() {
    make::cache_info();
}

mod module {
    fn elsewhere() {
        bare(1);
    }
}

mod private {
    use functools::lru_cache;

    #[lru_cache]
    fn square(n: u64) -> u64 {
        n
    }
}

fn of_a_private_function() {
    private::square(1);
}

fn main() {}
