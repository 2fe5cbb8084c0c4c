use functools::lru_cache;

#[lru_cache]
const fn square(n: u64) -> u64 {
    n * n
}

fn main() {
    const NINE: u64 = square(3);
    println!("{NINE} {}", square::cache_info());
}
