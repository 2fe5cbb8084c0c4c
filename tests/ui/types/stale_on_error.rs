use functools::lru_cache;

#[lru_cache(ttl = "60s", stale_on_error = "5m")]
fn square(n: u64) -> u64 {
    n * n
}

#[lru_cache(ttl = "60s", stale_on_error = "5m")]
async fn even(n: u64) -> Option<u64> {
    (n % 2 == 0).then_some(n)
}

#[lru_cache(ttl = "60s", stale_on_error = "5m")]
fn show(n: u64) {
    println!("{n}");
}

#[lru_cache(ttl = "60s", stale_on_error = "5m", handle = _)]
async fn cube(n: u64) -> u64 {
    n * n * n
}

#[lru_cache(ttl = "60s", stale_on_error = "5m")]
fn same<T: Clone + Eq + std::hash::Hash + Send + Sync + 'static>(t: T) -> T {
    t
}

#[derive(Clone, PartialEq, Eq, Hash)]
struct Row;

impl Row {
    #[lru_cache(ttl = "60s", stale_on_error = "5m")]
    async fn width(&self) -> u64 {
        1
    }
}

type Fallible = std::io::Result<u64>;

#[lru_cache(ttl = "60s", stale_on_error = "5m")]
fn good(n: u64) -> Fallible {
    Ok(n)
}

fn main() {
    square(3);
    let _ = even(3);
    show(3);
    let _ = cube(3);
    same(3);
    let _ = Row.width();
    let _ = good(3);
}
