use functools::lru_cache;

struct Point {
    x: f64,
}

#[lru_cache(key = Point { x: x * 2.0 })]
fn double(x: f64) -> f64 {
    x * 2.0
}

#[lru_cache(key = (x, Some(Point { x })))]
fn triple(x: f64) -> f64 {
    x * 3.0
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
    triple(Point { x: 1.0 }.x);
    length("a");
    upper("a");
}
