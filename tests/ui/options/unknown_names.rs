//! Undeclared names in the values of options. rustc reports them.

use functools::lru_cache;

#[lru_cache(key = nmae.to_owned())]
fn in_a_key(name: &str) -> usize {
    name.len()
}

#[lru_cache(key = (a, c))]
fn in_a_tuple(a: u64, b: u64) -> u64 {
    a + b
}

#[lru_cache(key = format!("{c}"))]
fn in_a_text(a: u64, b: u64) -> u64 {
    a + b
}

#[lru_cache(key = make_key(n))]
fn a_function(n: u64) -> u64 {
    n
}

#[lru_cache(key = n as i1)]
fn a_type(n: u64) -> u64 {
    n
}

#[lru_cache(maxsize = SIZE)]
fn in_a_bound(n: u64) -> u64 {
    n
}

#[lru_cache(maxsize = nothing)]
fn nothing_as_a_bound(n: u64) -> u64 {
    n
}

#[lru_cache(ttl = TTL)]
fn in_a_duration(n: u64) -> u64 {
    n
}

#[lru_cache(ttl = Duration::from_secs(5))]
fn a_type_of_a_duration(n: u64) -> u64 {
    n
}

#[lru_cache(cache_if = always)]
fn a_predicate(n: u64) -> u64 {
    n
}

#[lru_cache(cache_if = |n| *n > LEAST)]
fn in_a_predicate(n: u64) -> u64 {
    n
}

#[lru_cache(redis(key = "item:{n}", tier = ITEMS))]
fn a_tier(n: u64) -> u64 {
    n
}

fn function_body() {
    let min = 3;

    #[lru_cache(cache_if = |n| *n > min)]
    fn predicate(n: u64) -> u64 {
        n
    }

    #[lru_cache(key = n + min)]
    fn key(n: u64) -> u64 {
        n
    }

    #[lru_cache(maxsize = min)]
    fn bound(n: u64) -> u64 {
        n
    }

    println!("{}", predicate(min) + key(min) + bound(min));
}

fn main() {
    let _ = a_function(1);
    let _ = a_type(1);
    let _ = in_a_bound(1);
    let _ = nothing_as_a_bound(1);
    let _ = in_a_duration(1);
    let _ = a_type_of_a_duration(1);
    let _ = a_predicate(1);
    let _ = in_a_predicate(1);
    let _ = a_tier(1);
}
