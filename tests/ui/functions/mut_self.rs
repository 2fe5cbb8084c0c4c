use functools::lru_cache;

#[derive(Clone, PartialEq, Eq, Hash)]
struct Counter(u64);

impl Counter {
    #[lru_cache]
    fn next(&mut self) -> u64 {
        self.0 += 1;
        self.0
    }

    #[lru_cache(skip(self))]
    fn add(self: &mut Self, n: u64) -> u64 {
        self.0 += n;
        self.0
    }
}

fn main() {
    let mut counter = Counter(0);
    counter.next();
    counter.add(2);
    println!("{}", Counter::next_cache_info());
}
