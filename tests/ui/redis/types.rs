//! Types that cannot be shared.

use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Mutex;

use functools::lru_cache;

#[derive(Clone, PartialEq, Eq, Hash)]
struct Plain(u64);

#[derive(Clone, Debug, serde::Serialize)]
struct Written(f64);

struct Path<T>(T);

static NO_TIER: u64 = 5;

fn no_tier_either() -> u64 {
    5
}

#[lru_cache(redis = "item:{id}")]
fn argument(id: Plain) -> u64 {
    id.0
}

#[lru_cache(redis = "item:{id:?}")]
fn by_debug(id: Plain) -> u64 {
    id.0
}

#[lru_cache(redis = "item:{id}")]
fn optional(id: Option<&'static str>) -> u64 {
    id.map_or(0, |id| id.len() as u64)
}

#[lru_cache(redis = "item:{id}")]
fn list(id: Vec<u64>) -> u64 {
    id[0]
}

#[lru_cache(redis = "item:{id}")]
fn bytes(id: &[u8]) -> usize {
    id.len()
}

#[lru_cache(redis = "item:{id}")]
fn path(id: &std::path::Path) -> usize {
    id.as_os_str().len()
}

#[lru_cache(redis = "item:{id}")]
fn nothing(id: ()) -> u64 {
    let () = id;
    1
}

#[lru_cache(redis = "item:{id:hash}")]
fn hashed(id: Vec<u8>) -> usize {
    id.len()
}

#[lru_cache(redis = "item:{id}")]
fn map(id: HashMap<u64, u64>) -> usize {
    id.len()
}

#[lru_cache(redis = "item:{id:?}")]
fn no_key_by_debug(id: &Mutex<u64>) -> u64 {
    _ = id;
    1
}

#[lru_cache(redis = "item:{id}")]
fn with_a_float(id: Written) -> f64 {
    id.0
}

impl Plain {
    #[lru_cache(redis = "item:{self}:{id}")]
    fn receiver(&self, id: u64) -> u64 {
        self.0 + id
    }
}

#[lru_cache(redis = "item:{id}")]
fn result(id: u64) -> Plain {
    Plain(id)
}

#[lru_cache(redis = "item:{id}")]
async fn only_written(id: u64) -> Written {
    Written(id as f64)
}

#[lru_cache(redis = "item:{id}")]
async fn ok(id: u64) -> Result<Plain, String> {
    Err(id.to_string())
}

#[lru_cache(redis = "item:{id}", cache_err = true)]
async fn error(id: u64) -> Result<u64, Plain> {
    Ok(id)
}

#[lru_cache(redis = "item:{id}", cache_err = true)]
async fn error_without_clone(id: u64) -> std::io::Result<u64> {
    Ok(id)
}

#[lru_cache(redis = "item:{id}")]
fn not_even_cloned(id: u64) -> Mutex<u64> {
    Mutex::new(id)
}

#[lru_cache(redis = "item:{id}")]
async fn not_even_sent(id: u64) -> Rc<u64> {
    Rc::new(id)
}

#[lru_cache(redis(key = "item:{id}", tier = NO_TIER))]
fn no_tier(id: u64) -> u64 {
    id
}

#[lru_cache(redis(key = "item:{id}", tier = no_tier_either))]
fn a_function_as_a_tier(id: u64) -> u64 {
    id
}

#[lru_cache(redis(key = "item:{id}", l1_ttl = NO_TIER))]
fn a_number_as_l1_ttl(id: u64) -> u64 {
    id
}

// 2 errors: the type of a part is not written, so its key and its text are checked separately.
#[lru_cache(redis = "item:{item}")]
fn part(Path(item): Path<std::fs::File>) -> u64 {
    drop(item);
    1
}

fn main() {}
