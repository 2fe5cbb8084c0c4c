use functools::lru_cache;

#[lru_cache(redis = "")]
fn empty() -> u64 {
    1
}

#[lru_cache(redis = "{id}")]
fn no_prefix(id: u64) -> u64 {
    id
}

#[lru_cache(redis = "item{id}")]
fn no_end(id: u64) -> u64 {
    id
}

#[lru_cache(redis = "item:{id}{lang}")]
fn side_by_side(id: u64, lang: &str) -> String {
    format!("{id}{lang}")
}

#[lru_cache(redis = "item:{id}%{lang}")]
fn not_kept_apart(id: u64, lang: &str) -> String {
    format!("{id}{lang}")
}

#[lru_cache(redis = "item:{id")]
fn unclosed(id: u64) -> u64 {
    id
}

#[lru_cache(redis = "item:id}")]
fn unopened(id: u64) -> u64 {
    id
}

#[lru_cache(redis = "item:{}")]
fn unnamed(id: u64) -> u64 {
    id
}

#[lru_cache(redis = "item:{id:sha1}")]
fn unknown_manner(id: u64) -> u64 {
    id
}

#[lru_cache(redis = "item:{id:#?}")]
fn alternate(id: u64) -> u64 {
    id
}

fn main() {
    // No further errors.
    let _ = (empty(), no_prefix(1), no_end(1), side_by_side(1, ""), not_kept_apart(1, ""));
    let _ = (unclosed(1), unopened(1), unnamed(1), unknown_manner(1), alternate(1));
    empty::cache_clear();
}
