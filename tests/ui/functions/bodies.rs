//! Mistakes in a body: reported once, as without the attribute.

use functools::lru_cache;

#[derive(Debug)]
struct Failure;

async fn later(n: u64) -> u64 {
    n
}

unsafe fn dangerous(n: u64) -> u64 {
    n
}

#[lru_cache]
fn other_type(n: u64) -> u64 {
    "a"
}

#[lru_cache]
fn semicolon(n: u64) -> u64 {
    n;
}

#[lru_cache]
fn question_mark(n: u64) -> u64 {
    std::fs::read("a")?;
    n
}

#[lru_cache]
fn other_error(n: u64) -> Result<u64, Failure> {
    std::fs::read("a")?;
    Ok(n)
}

#[lru_cache]
fn awaits(n: u64) -> u64 {
    later(n).await
}

#[lru_cache]
async fn not_awaited(n: u64) -> u64 {
    later(n)
}

#[lru_cache]
async fn type_of_a_task(n: u64) -> u64 {
    "a"
}

#[lru_cache]
fn moved(text: String) -> String {
    drop(text);
    text
}

#[lru_cache(skip(text))]
fn moved_and_skipped(text: String, n: u64) -> String {
    drop(text);
    text
}

#[lru_cache]
fn assigned(n: u64) -> u64 {
    n += 1;
    n
}

#[lru_cache]
fn local(n: u64) -> &'static str {
    let text = n.to_string();
    &text
}

#[lru_cache]
fn unsafe_(n: u64) -> u64 {
    dangerous(n)
}

#[lru_cache(handle = _)]
fn without_a_handle(n: u64) -> u64 {
    "a"
}

#[lru_cache]
async fn recursive_task(n: u64) -> u64 {
    if n == 0 { 0 } else { recursive_task(n - 1).await }
}

fn main() {}
