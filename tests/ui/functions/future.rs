use std::pin::Pin;

use functools::lru_cache;

#[lru_cache]
fn later(n: u64) -> impl Future<Output = u64> {
    async move { n }
}

#[lru_cache]
fn boxed<'a>(name: &'a str) -> Pin<Box<dyn Future<Output = usize> + Send + 'a>> {
    Box::pin(async move { name.len() })
}

#[lru_cache(skip(names))]
fn borrowed(names: &Vec<String>, n: usize) -> &str {
    &names[n]
}

fn main() {
    drop((later(3), boxed("three")));
    borrowed(&Vec::new(), 3);
}
