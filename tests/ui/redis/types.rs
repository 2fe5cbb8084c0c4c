use functools::lru_cache;

#[derive(Clone, PartialEq, Eq, Hash)]
struct Undisplayed(u64);

#[derive(Clone)]
struct Unserializable;

#[lru_cache(redis = "item:{id}")]
fn argument(id: Undisplayed) -> u64 {
    id.0
}

#[lru_cache(redis = "item:{id:?}")]
fn not_shown(id: Undisplayed) -> u64 {
    id.0
}

#[lru_cache(redis = "item:{id}")]
fn hashed(id: Option<&'static str>) -> u64 {
    id.map_or(0, |id| id.len() as u64)
}

#[lru_cache(redis = "item:{id}")]
fn result(id: u64) -> Unserializable {
    let _ = id;
    Unserializable
}

#[lru_cache(redis = "item:{id}")]
async fn fallible(id: u64) -> Result<Unserializable, String> {
    Err(id.to_string())
}

static NO_TIER: u64 = 5;

#[lru_cache(redis(key = "item:{id}", tier = NO_TIER))]
fn no_tier(id: u64) -> u64 {
    id
}

#[lru_cache(redis = "item:{id}")]
fn not_even_cloned(id: u64) -> std::sync::Mutex<u64> {
    std::sync::Mutex::new(id)
}

fn main() {}
