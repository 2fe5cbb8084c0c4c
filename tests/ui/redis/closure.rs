use functools::lru_cache;

#[lru_cache(redis = "item:{id}")]
fn left_out<F: Fn() -> u64>(id: u64, f: F) -> u64 {
    id + f()
}

#[lru_cache(redis = "item:{id}:{f}")]
fn in_the_key<F: Fn() -> u64>(id: u64, f: F) -> u64 {
    id + f()
}

#[lru_cache(redis = "item:{id}", skip(f))]
fn other_types<T: From<u64>, F: Fn() -> T>(id: u64, f: F) -> (u64, T) {
    (id, f())
}

fn main() {
    println!("{} {}", left_out(1, || 1), left_out::cache_info());
    println!("{} {}", in_the_key(1, || 1), in_the_key::cache_info());
    println!("{}", other_types(1, || 1_u64).1);
}
