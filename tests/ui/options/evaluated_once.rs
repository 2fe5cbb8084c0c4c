use functools::lru_cache;

struct Path<T>(T);

#[lru_cache(maxsize = n)]
fn bound(n: usize) -> usize {
    n
}

#[lru_cache(maxsize = Some(size as usize * 2), handle = _)]
fn twice(Path(size): Path<u64>) -> u64 {
    size
}

#[lru_cache(ttl = std::time::Duration::from_secs(seconds))]
async fn lives(seconds: u64) -> u64 {
    seconds
}

struct Shop {
    size: usize,
}

impl Shop {
    #[lru_cache(maxsize = self.size, skip(self))]
    fn price(&self, id: u64) -> u64 {
        id + self.size as u64
    }
}

// A function with the argument's name is not the argument.
fn limit() -> usize {
    3
}

#[lru_cache(maxsize = limit())]
fn fine(limit: usize) -> usize {
    limit
}

fn main() {
    bound(1);
    twice(Path(1));
    drop(lives(1));
    Shop { size: 1 }.price(1);
    fine(limit());
}
