use functools::lru_cache;

#[lru_cache(maxsize = 1, maxsize = 2)]
fn square(n: u64) -> u64 {
    n * n
}

fn main() {
    square(3);
}
