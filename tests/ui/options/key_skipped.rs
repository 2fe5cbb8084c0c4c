use functools::lru_cache;

struct Path<T>(T);

#[lru_cache(key = state + 1, skip(state))]
fn pattern(Path(state): Path<u64>) -> u64 {
    state
}

#[lru_cache(key = (id, db.len()), skip(db))]
fn name(id: u64, db: &str) -> usize {
    db.len() + id as usize
}

struct Shop(u64);

impl Shop {
    #[lru_cache(key = self.0 + id, skip(self))]
    fn price(&self, id: u64) -> u64 {
        self.0 * id
    }
}

fn main() {
    pattern(Path(1));
    name(1, "");
    Shop(1).price(1);
}
