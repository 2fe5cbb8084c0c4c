use functools::lru_cache;

#[lru_cache(key = "{id}")]
fn text(id: u64) -> u64 {
    id
}

#[lru_cache(key = |id| id)]
fn closure(id: u64) -> u64 {
    id
}

fn main() {
    text(1);
    closure(1);
}
