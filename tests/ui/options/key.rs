use functools::lru_cache;

#[lru_cache(key = x * 2.0)]
fn double(x: f64) -> f64 {
    x * 2.0
}

#[lru_cache(key = name.trim())]
fn length(name: &str) -> usize {
    name.trim().len()
}

#[lru_cache(key = nmae.to_owned())]
fn upper(name: &str) -> String {
    name.to_uppercase()
}

fn main() {
    double(1.0);
    length("a");
    upper("a");
}
