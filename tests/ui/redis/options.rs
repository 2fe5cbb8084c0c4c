//! Values that are not keys, and unknown options of `redis`. The handle is async all the same.

use functools::lru_cache;

#[lru_cache(redis)]
fn no_value(id: u64) -> u64 {
    id
}

#[lru_cache(redis =)]
fn nothing_behind(id: u64) -> u64 {
    id
}

#[lru_cache(redis = 5)]
fn a_number(id: u64) -> u64 {
    id
}

#[lru_cache(redis = true)]
fn a_bool(id: u64) -> u64 {
    id
}

#[lru_cache(redis = None)]
fn none(id: u64) -> u64 {
    id
}

#[lru_cache(redis = ITEMS)]
fn a_path(id: u64) -> u64 {
    id
}

#[lru_cache(redis = format!("item:{id}"))]
fn a_call(id: u64) -> u64 {
    id
}

#[lru_cache(redis: "item:{id}")]
fn with_a_colon(id: u64) -> u64 {
    id
}

#[lru_cache(redis["item:{id}"])]
fn in_brackets(id: u64) -> u64 {
    id
}

#[lru_cache(redis{key = "item:{id}"})]
fn in_braces(id: u64) -> u64 {
    id
}

#[lru_cache(redis())]
fn empty(id: u64) -> u64 {
    id
}

#[lru_cache(redis(tier = ITEMS))]
fn no_key(id: u64) -> u64 {
    id
}

#[lru_cache(redis("item:{id}"))]
fn a_text(id: u64) -> u64 {
    id
}

#[lru_cache(redis = "redis://localhost")]
fn an_address(id: u64) -> u64 {
    id
}

#[lru_cache(redis("rediss://localhost:6379"))]
fn an_address_in_parentheses(id: u64) -> u64 {
    id
}

#[lru_cache(redis(prefix = "item"))]
fn prefix(id: u64) -> u64 {
    id
}

#[lru_cache(redis(key = "item:{id}", ttl = "5s"))]
fn ttl(id: u64) -> u64 {
    id
}

#[lru_cache(redis(key = "item:{id}", key = "other:{id}"))]
fn twice(id: u64) -> u64 {
    id
}

#[lru_cache(redis(key = item))]
fn a_word_as_the_key(id: u64) -> u64 {
    id
}

#[lru_cache(redis(key =))]
fn no_value_of_the_key(id: u64) -> u64 {
    id
}

#[lru_cache(redis(key "item:{id}"))]
fn no_equals(id: u64) -> u64 {
    id
}

#[lru_cache(redis(key = "item:{id}" tier = ITEMS))]
fn no_comma(id: u64) -> u64 {
    id
}

#[lru_cache(redis(key = "item:{id}", tier = "items"))]
fn a_text_as_the_tier(id: u64) -> u64 {
    id
}

#[lru_cache(redis(key = "item:{id}", tier = items()))]
fn a_call_as_the_tier(id: u64) -> u64 {
    id
}

#[lru_cache(redis(key = "item:{id}", l1_ttl = 5))]
fn a_number_as_l1_ttl(id: u64) -> u64 {
    id
}

#[lru_cache(redis(key = "item:{id}", l1_ttl = "0s"))]
fn no_time(id: u64) -> u64 {
    id
}

#[lru_cache(redis(key = "item:{id}", l1_ttl = id))]
fn of_an_argument(id: u64) -> u64 {
    id
}

#[lru_cache(redis(key = "item:{id}", version = "2"))]
fn a_text_as_the_version(id: u64) -> u64 {
    id
}

#[lru_cache(redis(key = "item:{id}", version = 0))]
fn no_version(id: u64) -> u64 {
    id
}

#[lru_cache(redis(key = "item:{id}", version = -1))]
fn a_negative_version(id: u64) -> u64 {
    id
}

#[lru_cache(redis(key = "item:{id}", version = 2.1))]
fn a_fraction_as_the_version(id: u64) -> u64 {
    id
}

#[lru_cache(redis(key = "item:{id}", version = 4294967296))]
fn a_version_too_large(id: u64) -> u64 {
    id
}

#[lru_cache(redis(key = "item:{id}", version = VERSION))]
fn a_constant_as_the_version(id: u64) -> u64 {
    id
}

#[lru_cache(redis(key = "item:{id}", version))]
fn no_number(id: u64) -> u64 {
    id
}

#[lru_cache(redis(key = "item:{id}", version = 1, version = 2))]
fn two_versions(id: u64) -> u64 {
    id
}

#[lru_cache(redis(key = "item:{id}", codec = "json"))]
fn a_text_as_the_codec(id: u64) -> u64 {
    id
}

#[lru_cache(redis(key = "item:{id}", codec = json()))]
fn a_call_as_the_codec(id: u64) -> u64 {
    id
}

#[lru_cache(redis(key = "item:{id}", codec))]
fn no_codec(id: u64) -> u64 {
    id
}

#[lru_cache(redis(key = "item:{id}", versoin = 2))]
fn misspelt(id: u64) -> u64 {
    id
}

#[lru_cache(redis = "item{id}")]
async fn of_a_task(id: u64) -> u64 {
    id
}

#[lru_cache(redis = 5)]
async fn a_number_of_a_task(id: u64) -> u64 {
    id
}

async fn uses() {
    of_a_task::cache_invalidate(1).await;
    of_a_task::cache_clear().await;
    a_number_of_a_task::cache_invalidate(1).await;
}

fn main() {
    let _ = uses();
    println!("{}", no_value(1) + an_address(1));
    println!("{:?}", an_address::cache_info());
}
