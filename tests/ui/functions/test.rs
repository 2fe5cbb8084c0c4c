use functools::{cache, lru_cache};

#[lru_cache]
#[test]
fn plain() {}

#[cache]
#[should_panic]
#[core::prelude::v1::test]
fn by_path() {
    panic!()
}

fn main() {}
