use functools::{cache, lru_cache};

#[lru_cache]
fn square(n: u8) -> u8 {
    n * n
}

#[cache]
#[must_use]
fn square(n: u16) -> u16 {
    n * n
}

fn cube(n: u8) -> u8 {
    n * n * n
}

#[lru_cache]
fn cube(n: u16) -> u16 {
    n * n * n
}

struct Side(u8);

impl Side {
    #[lru_cache(skip(self))]
    fn area(&self) -> u8 {
        self.0
    }

    #[lru_cache]
    fn area(side: u8) -> u8 {
        side
    }
}

fn main() {
    square(3);
    square::cache_clear();
    cube(3);
    Side(3);
    Side::area_cache_clear();
}
