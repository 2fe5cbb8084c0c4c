use functools::lru_cache;

#[lru_cache]
async fn length(text: &str) -> usize {
    text
}

#[lru_cache(handle = _)]
async fn double(n: u64) -> u64 {
    let twice: u32 = n * 2;
    u64::from(twice)
}

#[lru_cache(handle = _)]
async fn parsed(text: &str) -> Option<u64> {
    let n: u64 = text.parse()?;
    Some(n)
}

#[lru_cache]
async fn fetched(n: u64) -> u64 {
    missing(n).await
}

fn main() {
    let _ = (length("ab"), double(3), parsed("3"), fetched(3));
}
