use functools::lru_cache;

#[lru_cache]
#[lru_cache(maxsize = 3)]
fn square(n: u64) -> u64 {
    n * n
}

fn main() {
    square(3);
}
