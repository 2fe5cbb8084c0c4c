//! Types that can be neither a part of a key on disk nor a value there.

use functools::lru_cache;

#[derive(Clone)]
struct Unwritten;

#[lru_cache(disk = "item:{id}")]
fn no_serde(id: u64) -> Unwritten {
    let _ = id;
    Unwritten
}

#[lru_cache(disk = "item:{ids}")]
fn no_display(ids: Vec<u64>) -> u64 {
    ids.len() as u64
}

fn main() {
    no_serde(1);
    no_display(vec![1]);
}
