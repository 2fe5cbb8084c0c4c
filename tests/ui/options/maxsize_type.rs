use functools::lru_cache;

const SIZE: i32 = 128;

#[lru_cache(maxsize = SIZE)]
fn square(n: u64) -> u64 {
    n * n
}

fn main() {
    square(3);
    println!("{}", square::cache_info());
}
