use functools::lru_cache;

#[lru_cache(skip(nobody))]
fn square(n: u64) -> u64 {
    n * n
}

#[lru_cache(skip(self))]
fn cube(n: u64) -> u64 {
    n * n * n
}

#[lru_cache(skip(n, n))]
fn twice(n: u64) -> u64 {
    n * 2
}

#[lru_cache(skip = n)]
fn half(n: u64) -> u64 {
    n / 2
}

#[lru_cache(skip())]
fn same(n: u64) -> u64 {
    n
}

#[lru_cache(skip("n"))]
fn zero(n: u64) -> u64 {
    n - n
}

fn main() {
    square(3);
    cube(3);
    twice(3);
    half(3);
    same(3);
    zero(3);
    println!("{}", square::cache_invalidate(3));
}
