use functools::lru_cache;

#[lru_cache(maxsise = 3)]
fn square(n: u64) -> u64 {
    n * n
}

#[lru_cache(expires = 3)]
fn cube(n: u64) -> u64 {
    n * n * n
}

fn main() {
    square(3);
    cube(3);
    println!("{}", square::cache_info());
}
