use functools::{cache, lru_cache};
use functools_frameworks::{catch, get, head, pyfunction, route};

#[lru_cache]
#[get("/square/<n>")]
fn square(n: u64) -> u64 {
    n * n
}

#[cache]
#[must_use]
#[catch(404)]
fn not_found(n: u64) -> u64 {
    n
}

#[lru_cache(ttl = "60s")]
#[functools_frameworks::get(uri = "/cube/<n>", rank = 2)]
async fn cube(n: u64) -> u64 {
    n * n * n
}

#[lru_cache]
#[pyfunction]
fn mean(n: u64) -> u64 {
    n
}

// Correct: a handle of another name, or none.
#[lru_cache(handle = half_cache)]
#[get("/half/<n>")]
fn half(n: u64) -> u64 {
    n / 2
}

#[lru_cache(handle = _)]
#[get("/twice/<n>")]
fn twice(n: u64) -> u64 {
    n * 2
}

// Correct: other attributes of these names.
#[lru_cache]
#[route(GET "/same/:n")]
fn same(n: u64) -> u64 {
    n
}

#[lru_cache]
#[head(5)]
fn first(n: u64) -> u64 {
    n
}

fn main() {
    square(1);
    not_found(1);
    drop(cube(1));
    mean(1);
    half(1);
    half_cache::cache_clear();
    twice(1);
    same(1);
    same::cache_clear();
    first(1);
}
