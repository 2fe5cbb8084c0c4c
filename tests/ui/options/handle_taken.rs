use functools::{cache, lru_cache};

mod fetch {
    pub fn all() {}
}

#[lru_cache]
fn fetch(n: u64) -> u64 {
    n
}

#[derive(Clone, Copy)]
#[allow(non_camel_case_types)]
struct shape {
    sides: u64,
}

#[cache]
fn shape(n: u64) -> u64 {
    n
}

#[lru_cache(handle = shape_cache)]
fn other(n: u64) -> u64 {
    n
}

mod squares {
    pub fn all() {}
}

#[lru_cache(handle = squares)]
fn square(n: u64) -> u64 {
    n * n
}

#[cache]
fn cube(n: u64) -> u64 {
    n * n * n
}

#[lru_cache(handle = cube)]
fn power(n: u64) -> u64 {
    n
}

fn main() {
    fetch(1);
    fetch::all();
    shape(shape { sides: 1 }.sides);
    other(1);
    shape_cache::cache_clear();
    square(1);
    squares::all();
    cube(1);
    cube::cache_clear();
    power(1);
}
