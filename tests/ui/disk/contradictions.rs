use functools::lru_cache;

#[lru_cache(disk = "item:{id}", redis = "item:{id}")]
fn in_two_places(id: u64) -> u64 {
    id
}

#[lru_cache(redis(key = "item:{id}"), disk(key = "item:{id}", version = 2))]
fn in_two_places_by_lists(id: u64) -> u64 {
    id
}

#[lru_cache(disk = "item:{id}", disk = "other:{id}")]
fn twice(id: u64) -> u64 {
    id
}

#[lru_cache(disk = "item:{id}", key = id)]
fn keyed(id: u64) -> u64 {
    id
}

#[lru_cache(disk = "item:{id}", scope = "thread")]
fn of_a_thread(id: u64) -> u64 {
    id
}

#[lru_cache(disk = "item:{id}", ttl = "60s", sliding = true)]
fn sliding(id: u64) -> u64 {
    id
}

#[lru_cache(disk = "item:{id}", ttl = "60s", stale = "60s", refresh = "background")]
fn refreshed(id: u64) -> u64 {
    id
}

#[lru_cache(disk = "item:{id}")]
fn generic<T: Default + Clone + Send + Sync + 'static>(id: u64) -> T {
    let _ = id;
    T::default()
}

#[lru_cache(disk = "item:{id}")]
fn borrowed(id: u64) -> &'static str {
    let _ = id;
    "text"
}

fn main() {
    let _ = (keyed(1), of_a_thread(1), sliding(1), refreshed(1), generic::<u8>(1), borrowed(1));
}
