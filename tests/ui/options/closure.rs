use functools::lru_cache;

#[lru_cache(ttl = std::time::Duration::from_secs(size_of::<F>() as u64), skip(f))]
fn timed<F: Fn() -> u64>(id: u64, f: F) -> u64 {
    id + f()
}

#[lru_cache(key = f(id), skip(f))]
fn keyed<F: Fn(u64) -> u64>(id: u64, f: F) -> u64 {
    f(id)
}

fn main() {
    println!("{} {}", timed(1, || 1), timed::cache_info());
    println!("{} {}", keyed(1, |id| id), keyed::cache_contains(1));
}
