use functools::lru_cache;

#[lru_cache]
fn length(name: Option<&str>) -> usize {
    name.map_or(0, str::len)
}

#[lru_cache]
fn total(words: &[&str]) -> usize {
    words.len()
}

#[lru_cache]
fn width(name: std::borrow::Cow<str>) -> usize {
    name.len()
}

fn main() {
    width("a".into());
    length(Some("a"));
    total(&["a"]);
    println!("{}", length::cache_info());
}
