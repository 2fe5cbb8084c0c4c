use functools::lru_cache;

#[lru_cache]
fn evens(n: u64) -> impl Iterator<Item = u64> {
    (0..n).step_by(2)
}

#[lru_cache]
fn show(value: impl ToString) -> String {
    value.to_string()
}

fn main() {
    println!("{}", evens(8).count());
    println!("{}", show(8));
    println!("{}", evens::cache_info());
}
