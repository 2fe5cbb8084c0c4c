use functools::lru_cache;

#[lru_cache]
async fn push(numbers: &mut Vec<u8>) -> usize {
    numbers.push(1);
    numbers.len()
}

#[lru_cache]
async fn evens(n: u64) -> impl Iterator<Item = u64> {
    (0..n).step_by(2)
}

#[lru_cache]
async fn show(value: impl ToString) -> String {
    value.to_string()
}

#[lru_cache]
async fn head<'a>(text: &'a str) -> &'a str {
    &text[..1]
}

#[lru_cache]
async fn tail(text: &str) -> Option<&str> {
    text.get(1..)
}

#[lru_cache]
fn later(n: u64) -> impl Future<Output = u64> {
    async move { n }
}

struct Counter(u64);

impl Counter {
    #[lru_cache]
    async fn next(&mut self) -> u64 {
        self.0 += 1;
        self.0
    }
}

async fn all() {
    push(&mut vec![]).await;
    evens(3).await.count();
    show(3).await;
    head("ab").await;
    tail("ab").await;
    later(3).await;
    Counter(1).next().await;
    push::cache_info();
    Counter::next_cache_info();
}

fn main() {
    drop(all());
}
