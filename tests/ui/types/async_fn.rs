use std::rc::Rc;

use functools::lru_cache;

struct Plain;

#[lru_cache]
async fn key(plain: &Plain, n: u64) -> u64 {
    let _ = plain;
    n
}

#[lru_cache]
async fn result(n: u64) -> Result<Plain, u64> {
    if n > 0 { Ok(Plain) } else { Err(n) }
}

#[lru_cache(handle = _)]
async fn shared(n: u64) -> Rc<u64> {
    Rc::new(n)
}

#[lru_cache]
async fn generic<T: Clone + Eq + std::hash::Hash + Send + Sync>(t: T) -> u64 {
    drop(t);
    1
}

fn main() {
    let _ = (key(&Plain, 3), result(3), shared(3), generic(3));
}
