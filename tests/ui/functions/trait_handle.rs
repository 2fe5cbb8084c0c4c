use functools::lru_cache;

trait Shape {
    fn area(&self) -> u64;
}

#[derive(Clone, PartialEq, Eq, Hash)]
struct Square(u64);

impl Shape for Square {
    #[lru_cache(handle = square_area)]
    fn area(&self) -> u64 {
        self.0 * self.0
    }
}

fn main() {
    println!("{}", Square(3).area());
}
