//! Bounds of other types.

use functools::lru_cache;

const SIZE: i32 = 128;

fn size() -> Option<u8> {
    Some(7)
}

#[lru_cache(maxsize = SIZE)]
fn a_constant(n: u64) -> u64 {
    n
}

#[lru_cache(maxsize = Some)]
fn a_function(n: u64) -> u64 {
    n
}

#[lru_cache(maxsize = 0..7)]
fn a_range(n: u64) -> u64 {
    n
}

#[lru_cache(maxsize = 7 as u8)]
fn a_cast(n: u64) -> u64 {
    n
}

#[lru_cache(maxsize = String::new())]
fn a_string(n: u64) -> u64 {
    n
}

#[lru_cache(maxsize = ())]
fn nothing(n: u64) -> u64 {
    n
}

#[lru_cache(maxsize = [])]
fn an_array(n: u64) -> u64 {
    n
}

#[lru_cache(maxsize = size())]
fn a_call(n: u64) -> u64 {
    n
}

#[lru_cache(maxsize = recursive(1))]
fn recursive(n: u64) -> u64 {
    n
}

fn main() {
    let _ = a_constant(1);
    let _ = a_function(1);
    let _ = a_range(1);
    let _ = a_cast(1);
    let _ = a_string(1);
    let _ = nothing(1);
    let _ = an_array(1);
    let _ = a_call(1);
    let _ = recursive(1);
    println!("{}", a_constant::cache_info());
}
