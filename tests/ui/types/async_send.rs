use std::future::ready;
use std::rc::Rc;

use functools::lru_cache;

#[lru_cache]
async fn held(n: u64) -> u64 {
    let held = Rc::new(n);
    ready(()).await;
    *held
}

fn assert_send(_: impl Send) {}

fn main() {
    assert_send(held(3));
}
