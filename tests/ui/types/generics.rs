use functools::lru_cache;

#[lru_cache]
fn show<T: ToString>(value: T) -> String {
    value.to_string()
}

#[lru_cache]
fn twice<T: Clone + std::hash::Hash + Eq + Send + Sync>(value: T) -> (T, T) {
    (value.clone(), value)
}

#[lru_cache]
fn local<T: Clone + std::hash::Hash + Eq + 'static>(value: T) -> T {
    value
}

fn main() {
    show(1);
    twice(2);
    local(3);
}
