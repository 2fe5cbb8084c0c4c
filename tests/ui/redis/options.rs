use functools::lru_cache;

#[lru_cache(redis)]
fn no_value(id: u64) -> u64 {
    id
}

#[lru_cache(redis = 5)]
fn a_number(id: u64) -> u64 {
    id
}

#[lru_cache(redis())]
fn nothing(id: u64) -> u64 {
    id
}

#[lru_cache(redis(tier = ITEMS))]
fn no_key(id: u64) -> u64 {
    id
}

#[lru_cache(redis(key = "item:{id}", ttl = "5s"))]
fn unknown(id: u64) -> u64 {
    id
}

#[lru_cache(redis(key = "item:{id}", key = "other:{id}"))]
fn twice(id: u64) -> u64 {
    id
}

#[lru_cache(redis(key = item, tier = "items", l1_ttl = "0s"))]
fn wrong_values(id: u64) -> u64 {
    id
}

#[lru_cache(redis(key = "item:{id}", l1_ttl = "0s"))]
fn no_time(id: u64) -> u64 {
    id
}

fn main() {
    let _ = (no_value(1), a_number(1), nothing(1), no_key(1), unknown(1), twice(1));
    let _ = (wrong_values(1), no_time(1));
}
