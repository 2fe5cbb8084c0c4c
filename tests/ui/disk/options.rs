//! Values that are not keys, and unknown options of `disk`. The handle is async all the same.

use functools::lru_cache;

#[lru_cache(disk)]
fn no_value(id: u64) -> u64 {
    id
}

#[lru_cache(disk = true)]
fn a_bool(id: u64) -> u64 {
    id
}

#[lru_cache(disk = path)]
fn a_path(id: u64) -> u64 {
    id
}

#[lru_cache(disk())]
fn empty(id: u64) -> u64 {
    id
}

#[lru_cache(disk("item:{id}"))]
fn a_text(id: u64) -> u64 {
    id
}

#[lru_cache(disk = "cache.sqlite")]
fn a_file(id: u64) -> u64 {
    id
}

#[lru_cache(disk("/var/cache/items.db"))]
fn a_file_in_parentheses(id: u64) -> u64 {
    id
}

#[lru_cache(disk(key = "item:{id}", path = "cache.sqlite"))]
fn path(id: u64) -> u64 {
    id
}

#[lru_cache(disk(key = "item:{id}", versoin = 2))]
fn misspelt(id: u64) -> u64 {
    id
}

#[lru_cache(disk(key = "item:{id}", key = "other:{id}"))]
fn twice(id: u64) -> u64 {
    id
}

#[lru_cache(disk(key = "item:{id}", tier = "items"))]
fn a_text_as_the_tier(id: u64) -> u64 {
    id
}

#[lru_cache(disk(key = "item:{id}", l1_ttl = "0s"))]
fn no_time(id: u64) -> u64 {
    id
}

#[lru_cache(disk(key = "item:{id}", version = 0))]
fn no_version(id: u64) -> u64 {
    id
}

#[lru_cache(disk = "item:{ids}")]
fn an_unknown_name(id: u64) -> u64 {
    id
}

#[lru_cache(disk = "item")]
fn an_argument_left_out(id: u64) -> u64 {
    id
}

#[lru_cache(disk = 5)]
async fn a_number_of_a_task(id: u64) -> u64 {
    id
}

static REDIS: functools::redis::Tier = functools::redis::Tier::new();

#[lru_cache(disk(key = "item:{id}", tier = REDIS))]
fn a_tier_of_redis(id: u64) -> u64 {
    id
}

async fn uses() {
    a_number_of_a_task::cache_invalidate(1).await;
}

fn main() {
    let _ = uses();
    println!("{}", no_value(1) + a_file(1));
    println!("{:?}", a_file::cache_info());
}
