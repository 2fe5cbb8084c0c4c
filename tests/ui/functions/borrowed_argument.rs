use functools::lru_cache;

#[lru_cache]
fn length(name: Option<&str>) -> usize {
    name.map_or(0, str::len)
}

#[lru_cache]
fn total(words: &[&str]) -> usize {
    words.len()
}

fn main() {
    length(Some("a"));
    total(&["a"]);
    println!("{}", length::cache_info());
}
