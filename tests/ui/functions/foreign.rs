use functools::lru_cache;

unsafe extern "C" {
    #[lru_cache]
    safe fn abs(n: i32) -> i32;

    #[lru_cache(maxsize = None)]
    fn labs(n: i64) -> i64;

    #[lru_cache]
    static ENVIRON: u8;
}

#[lru_cache]
unsafe extern "C" {
    safe fn llabs(n: i64) -> i64;
}

#[lru_cache]
extern crate std as other;

fn main() {
    let _ = (abs(1), unsafe { labs(1) }, llabs(1));
}
