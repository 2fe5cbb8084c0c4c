use functools::lru_cache;

trait Shape {
    #[lru_cache]
    fn area(&self) -> u64;
}

struct Square(u64);

impl Shape for Square {
    fn area(&self) -> u64 {
        self.0 * self.0
    }
}

fn main() {
    println!("{}", Square(3).area());
}
