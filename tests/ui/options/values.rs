use functools::lru_cache;

#[lru_cache(maxsize)]
fn one(n: u64) -> u64 {
    n
}

#[lru_cache(maxsize = )]
fn two(n: u64) -> u64 {
    n
}

#[lru_cache(typed = 1)]
fn three(n: u64) -> u64 {
    n
}

#[lru_cache(scope = "global")]
fn four(n: u64) -> u64 {
    n
}

#[lru_cache(128)]
fn five(n: u64) -> u64 {
    n
}

#[lru_cache(cache_err)]
fn six(n: u64) -> u64 {
    n
}

#[lru_cache(handle = "seven_cache")]
fn seven(n: u64) -> u64 {
    n
}

#[lru_cache(maxsize = 1 typed = true)]
fn eight(n: u64) -> u64 {
    n
}


fn main() {
    one(1);
    two(2);
    three(3);
    four(4);
    five(5);
    six(6);
    seven(7);
    eight(8);
}
