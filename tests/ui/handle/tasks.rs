//! The handle of an `async fn`: which functions are awaited, and which are not.

use functools::lru_cache;

#[lru_cache]
async fn fetch(n: u64) -> u64 {
    n
}

#[lru_cache(redis = "fetched:{n}")]
async fn shared(n: u64) -> u64 {
    n
}

async fn not_awaited() {
    let _: u64 = fetch(1);
}

async fn refresh() {
    let _: u64 = fetch::cache_refresh(1);
}

async fn status() {
    let (_, _) = fetch::with_status(1);
}

async fn uncached() {
    let _: u64 = fetch::uncached(1);
}

async fn info() {
    fetch::cache_info().await;
}

async fn invalidate() {
    fetch::cache_invalidate(1).await;
}

async fn contains() {
    if fetch::cache_contains(1).await {}
}

async fn invalidated() {
    if shared::cache_invalidate(1) {}
}

async fn invalidated_as_a_bool() {
    if shared::cache_invalidate(1).await {}
}

async fn cleared() {
    let (): () = shared::cache_clear();
}

fn in_no_task() -> u64 {
    fetch(1).await
}

fn main() {}
