//! A task that cannot be sent to the background.

use std::rc::Rc;

use functools::lru_cache;

async fn fetch(n: u32) -> u32 {
    n
}

#[lru_cache(ttl = "48s", stale = "12s", refresh = "background")]
async fn holds_a_local(n: u32) -> u32 {
    let local = Rc::new(n);
    fetch(*local).await + *local
}

fn main() {
    drop(holds_a_local(1));
}
