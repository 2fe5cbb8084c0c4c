use functools::lru_cache;

#[lru_cache(handle = Self::squares)]
fn square(n: u64) -> u64 {
    n * n
}

mod nested {
    #[functools::lru_cache(handle = Self::cubes)]
    pub fn cube(n: u64) -> u64 {
        n * n * n
    }
}

fn main() {
    square(3);
    nested::cube(3);
}
