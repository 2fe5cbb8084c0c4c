use functools::lru_cache;

#[lru_cache]
fn get<F: FnMut() -> u64>(id: u64, mut f: F) -> u64 {
    id + f()
}

#[lru_cache(key = id)]
fn keyed<F>(id: u64, f: &mut F) -> u64
where
    F: std::ops::FnMut() -> u64,
{
    id + f()
}

#[lru_cache]
fn implied(id: u64, f: Option<impl Fn() -> u64>) -> u64 {
    id + f.map_or(0, |f| f())
}

#[lru_cache]
fn pair<F: Fn() -> u64>((id, f): (u64, F)) -> u64 {
    id + f()
}

#[lru_cache]
async fn fetched<F, Fut>(id: u64, f: F) -> u64
where
    F: FnOnce() -> Fut,
    Fut: Future<Output = u64>,
{
    id + f().await
}

struct Shop;

impl Shop {
    #[lru_cache(skip(self))]
    fn price<F: Fn() -> u64>(&self, id: u64, f: F) -> u64 {
        id + f()
    }
}

fn main() {
    println!("{} {}", get(1, || 1), get::cache_info());
    println!("{} {}", keyed(1, &mut || 1), keyed::cache_info());
    println!("{} {}", implied(1, Some(|| 1)), implied::with_status(1, Some(|| 1)).0);
    println!("{} {}", pair((1, || 1)), pair::cache_info());
    drop(fetched(1, || async { 1 }));
    println!("{} {}", fetched::cache_info(), fetched::cache_contains(1));
    println!("{} {}", Shop.price(1, || 1), Shop::price_cache_info());
}
