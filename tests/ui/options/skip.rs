use functools::lru_cache;

#[lru_cache(skip(nobody))]
fn square(n: u64) -> u64 {
    n * n
}

#[lru_cache(skip(self))]
fn cube(n: u64) -> u64 {
    n * n * n
}

#[lru_cache(skip(n, n))]
fn twice(n: u64) -> u64 {
    n * 2
}

#[lru_cache(skip = n)]
fn half(n: u64) -> u64 {
    n / 2
}

#[lru_cache(skip())]
fn same(n: u64) -> u64 {
    n
}

#[lru_cache(skip("n"))]
fn zero(n: u64) -> u64 {
    n - n
}

struct App {
    db: u64,
    log: u64,
}

struct State<T>(T);

#[lru_cache(skip(db))]
fn several(State(App { db, log }): State<App>) -> u64 {
    db + log
}

#[lru_cache(skip(state))]
fn nameless(n: u64, State(App { db, log }): State<App>) -> u64 {
    n + db + log
}

#[lru_cache(skip(log))]
fn ignored(n: u64, _: &dyn Fn()) -> u64 {
    n
}

fn main() {
    several(State(App { db: 1, log: 2 }));
    nameless(1, State(App { db: 1, log: 2 }));
    ignored(1, &|| ());
    square(3);
    cube(3);
    twice(3);
    half(3);
    same(3);
    zero(3);
    println!("{}", square::cache_invalidate(3));
}
