use functools::lru_cache;

#[lru_cache(redis = "item:{idd}")]
fn unknown(id: u64) -> u64 {
    id
}

#[lru_cache(redis = "item:{id}")]
fn left_out(id: u64, lang: &str) -> String {
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

struct Path<T>(T);

struct Opaque;

#[lru_cache(redis = "item:{item}")]
fn not_a_key(Path(item): Path<Opaque>) -> u64 {
    let Opaque = item;
    1
}

struct Shop;

impl Shop {
    #[lru_cache(redis = "price:{id}")]
    fn price(&self, id: u64) -> u64 {
        id
    }
}

fn main() {
    not_a_key(Path(Opaque));
    let _ = (unknown(1), left_out(1, ""), skipped(1), pattern((1, 2)), several((1, 2)), Shop.price(1));
}
