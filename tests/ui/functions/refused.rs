//! Signatures that syn reads and rustc refuses. rustc reports each once.

use functools::lru_cache;

#[lru_cache]
fn text(n: u64) -> str {
    drop(n);
    todo!()
}

#[lru_cache]
fn slice(n: u64) -> [u8] {
    drop(n);
    todo!()
}

#[lru_cache]
fn text_as_an_argument(text: str) -> u64 {
    todo!()
}

#[lru_cache]
fn slice_as_an_argument(bytes: [u8]) -> u64 {
    todo!()
}

#[lru_cache]
fn object_as_an_argument(object: dyn std::fmt::Debug) -> u64 {
    todo!()
}

#[lru_cache]
fn inferred(n: u64) -> _ {
    n
}

#[lru_cache]
fn inferred_in_part(n: u64) -> Vec<_> {
    vec![n]
}

#[lru_cache]
fn inferred_argument(n: _) -> u64 {
    n
}

fn main() {
    println!("{} {}", text::cache_info(), inferred::cache_info());
}
