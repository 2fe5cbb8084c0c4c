use functools::lru_cache;

#[lru_cache]
async fn square(n: u64) -> u64 {
    n * n
}

fn main() {
    let _ = square(3);
    println!("{}", square::cache_info());
}
