//! Signatures that cannot be read. rustc reports each once.

use functools::lru_cache;

#[lru_cache(maxsize = 7)]
fn no_type(n) -> u64 {
    1
}

#[lru_cache]
fn neither(n: ) -> u64 {
    1
}

// 2 errors: rustc reports one about the syntax, and one about its meaning.
#[lru_cache]
async const fn out_of_order(n: u64) -> u64 {
    n
}

struct Shape;

impl Shape {
    #[lru_cache]
    fn area(n: u64, self) -> u64 {
        n
    }
}

fn main() {
    no_type(1);
    neither(1);
}
