use functools::lru_cache;

#[lru_cache]
fn stop(code: i32) -> ! {
    std::process::exit(code)
}

fn main() {
    stop(0);
}
