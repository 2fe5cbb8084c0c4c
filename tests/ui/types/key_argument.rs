use functools::lru_cache;

struct Point {
    x: u64,
}

#[derive(PartialEq, Eq, Hash)]
struct Unique(u64);

#[lru_cache]
fn x(scale: u64, point: &Point) -> u64 {
    point.x * scale
}

#[lru_cache]
fn id(unique: Unique) -> u64 {
    unique.0
}

impl Point {
    #[lru_cache]
    fn double(&self) -> u64 {
        self.x * 2
    }
}

fn main() {
    let point = Point { x: 1 };
    x(2, &point);
    id(Unique(1));
    point.double();
    println!("{}", x::cache_info());
}
