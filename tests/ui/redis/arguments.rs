//! Names in a key that are not arguments, and arguments that are not in the key.

use functools::lru_cache;

#[lru_cache(redis = "item:{idd}")]
fn unknown(id: u64) -> u64 {
    id
}

#[lru_cache(redis = "item:{point.x}")]
fn a_field(point: (u64, u64)) -> u64 {
    point.0
}

#[lru_cache(redis = "item:{0}")]
fn a_position(id: u64) -> u64 {
    id
}

#[lru_cache(redis = "item:{}")]
fn nothing(id: u64) -> u64 {
    id
}

#[lru_cache(redis = "item:{id}")]
fn of_nothing() -> u64 {
    1
}

#[lru_cache(redis = "item:{id}")]
fn left_out(id: u64, lang: &str) -> String {
    format!("{id}{lang}")
}

#[lru_cache(redis = "item")]
fn all_left_out(id: u64, lang: &str) -> String {
    format!("{id}{lang}")
}

#[lru_cache(redis = "item:{id}", skip(id))]
fn skipped(id: u64) -> u64 {
    id
}

#[lru_cache(redis = "sum:all")]
fn pattern((one, other): (u64, u64)) -> u64 {
    one + other
}

#[lru_cache(redis = "sum:{one}:{other}")]
fn several((one, other): (u64, u64)) -> u64 {
    one + other
}

#[lru_cache(redis = "item:{id}")]
fn nameless(id: u64, _: u64) -> u64 {
    id
}

#[lru_cache(redis = "item:{id}")]
fn borrowed(id: Option<&str>) -> usize {
    id.map_or(0, str::len)
}

#[lru_cache(redis = "item:{id}")]
fn implied(id: impl ToString) -> String {
    id.to_string()
}

#[lru_cache(redis = "item:{id}")]
fn exclusive(id: &mut u64) -> u64 {
    *id
}

#[lru_cache(redis = "item:{id}")]
fn a_text_for_ever(id: u64) -> &'static str {
    _ = id;
    "item"
}

#[lru_cache(redis = "item:{id}")]
async fn an_optional_text(id: u64) -> Result<Option<&'static str>, String> {
    _ = id;
    Ok(None)
}

struct Shop;

impl Shop {
    #[lru_cache(redis = "price:{id}")]
    fn price(&self, id: u64) -> u64 {
        id
    }
}

fn main() {
    println!("{} {}", unknown(1), left_out(1, ""));
    println!("{}", Shop.price(1));
}
