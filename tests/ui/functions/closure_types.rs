use functools::lru_cache;

#[lru_cache(skip(f))]
fn returned<F: Fn() -> u64 + Clone>(id: u64, f: F) -> Option<F> {
    (id > 1).then_some(f)
}

#[lru_cache]
fn returned_and_kept<F: Fn() -> u64 + Clone>(f: F) -> F {
    f
}

#[lru_cache]
fn nowhere<F: Fn() -> u64 + Default>(id: u64) -> u64 {
    id + F::default()()
}

#[lru_cache(skip(f))]
async fn output<F: FnOnce() -> Fut, Fut: Future>(id: u64, f: F) -> Fut::Output {
    let _ = id;
    f().await
}

fn main() {
    println!("{}", returned(1, || 1).is_some());
    println!("{}", returned::with_status(1, || 1).0.is_some());
    println!("{}", returned_and_kept(|| 1)());
    println!("{} {}", nowhere::cache_contains(1), nowhere::cache_info());
    drop(output(1, || async { 1 }));
}
