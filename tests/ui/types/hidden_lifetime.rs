//! Lifetimes that a type does not show, and that only rustc knows.

use functools::lru_cache;

#[derive(Clone, PartialEq, Eq, Hash)]
struct Query<'a> {
    text: &'a str,
}

// 3 errors: `cache_entries` and `cache_retain` name the type without the argument.
#[lru_cache]
fn argument(query: Query) -> usize {
    query.text.len()
}

// 3 errors: likewise.
#[lru_cache]
fn reference(query: &Query) -> usize {
    query.text.len()
}

#[lru_cache]
async fn task(query: Query<'_>) -> usize {
    query.text.len()
}

// 2 errors: likewise.
#[lru_cache]
fn result(text: &str) -> Query {
    Query { text }
}

struct Catalog;

impl Catalog {
    // 3 errors: likewise.
    #[lru_cache(skip(self))]
    fn method(&self, query: Query) -> usize {
        query.text.len()
    }
}

impl Query<'_> {
    #[lru_cache]
    fn of_borrowed(&self) -> usize {
        self.text.len()
    }
}

fn main() {
    println!("{}", argument::cache_info());
    println!("{}", reference::cache_peek(&Query { text: "a" }).is_some());
    println!("{}", result::cache_info());
    Catalog.method(Query { text: "a" });
    Query { text: "a" }.of_borrowed();
}
