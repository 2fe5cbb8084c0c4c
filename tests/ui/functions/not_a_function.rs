use functools::{cache, lru_cache};

#[lru_cache]
struct Point {
    x: u64,
}

#[lru_cache(maxsize = 3)]
impl Point {
    fn x(&self) -> u64 {
        self.x
    }
}

#[cache]
const ORIGIN: Point = Point { x: 0 };

#[cache]
mod module {}

macro_rules! make {
    () => {};
}

#[functools::lru_cache]
make!();

#[functools::lru_cache(maxsize = 3)]
make! {}

fn main() {
    println!("{}", ORIGIN.x());
}
