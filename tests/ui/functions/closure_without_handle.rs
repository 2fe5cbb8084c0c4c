use functools::lru_cache;

trait Shape {
    fn area<F: Fn() -> u64>(&self, scale: F) -> u64;
    fn sides(&self, scale: impl Fn() -> u64) -> u64;
}

#[derive(Clone, PartialEq, Eq, Hash)]
struct Square(u64);

impl Shape for Square {
    #[lru_cache(skip(scale))]
    fn area<F: Fn() -> u64>(&self, scale: F) -> u64 {
        self.0 * self.0 * scale()
    }

    #[lru_cache]
    fn sides(&self, scale: impl Fn() -> u64) -> u64 {
        4 * scale()
    }
}

impl Square {
    #[lru_cache(skip(scale), handle = _)]
    fn length<F: Fn() -> u64>(&self, scale: F) -> u64 {
        self.0 * scale()
    }
}

fn main() {
    println!("{} {} {}", Square(3).area(|| 1), Square(3).sides(|| 1), Square(3).length(|| 1));
}
