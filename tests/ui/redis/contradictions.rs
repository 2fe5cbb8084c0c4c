use functools::lru_cache;

#[lru_cache(redis = "item:{id}", key = id)]
fn keyed(id: u64) -> u64 {
    id
}

#[lru_cache(redis = "item:{id}", scope = "thread")]
fn of_a_thread(id: u64) -> u64 {
    id
}

#[lru_cache(redis = "item:{id}", ttl = "60s", sliding = true)]
fn sliding(id: u64) -> u64 {
    id
}

#[lru_cache(redis = "item:{id}")]
fn generic<T: Default + Clone + Send + Sync + 'static>(id: u64) -> T {
    let _ = id;
    T::default()
}

fn main() {
    let _ = (keyed(1), of_a_thread(1), sliding(1), generic::<u8>(1));
}
