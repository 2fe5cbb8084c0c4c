//! Wrong uses of `refresh`.

use std::borrow::Cow;
use std::rc::Rc;
use std::sync::Mutex;

use functools::lru_cache;

struct Connection(Mutex<u32>);

#[lru_cache(ttl = "48s", stale = "12s", refresh)]
fn no_value(n: u32) -> u32 {
    n
}

#[lru_cache(ttl = "48s", stale = "12s", refresh = true)]
fn a_bool(n: u32) -> u32 {
    n
}

#[lru_cache(ttl = "48s", stale = "12s", refresh = "thread")]
fn another_word(n: u32) -> u32 {
    n
}

#[lru_cache(ttl = "48s", refresh = "background")]
fn without_stale(n: u32) -> u32 {
    n
}

#[lru_cache(refresh = "background")]
fn alone(n: u32) -> u32 {
    n
}

#[lru_cache(ttl = "48s", stale = "12s", refresh = "background", scope = "thread")]
fn of_a_thread(n: u32) -> u32 {
    n
}

#[lru_cache(ttl = "48s", stale = "12s", refresh = "background", handle = _)]
fn without_a_handle(n: u32) -> u32 {
    n
}

trait Named {
    fn name(&self) -> String;
}

impl Named for u32 {
    #[lru_cache(ttl = "48s", stale = "12s", refresh = "background")]
    fn name(&self) -> String {
        self.to_string()
    }
}

#[lru_cache(ttl = "48s", stale = "12s", refresh_ahead = "12s")]
fn of_another_crate(n: u32) -> u32 {
    n
}

#[lru_cache(ttl = "48s", stale = "12s", refresh = "background", skip(text))]
fn borrowed(n: u32, text: Option<&str>) -> u32 {
    n + text.map_or(0, |text| text.len() as u32)
}

#[lru_cache(ttl = "48s", stale = "12s", refresh = "background", key = text.len())]
fn hidden_borrow(text: Cow<'_, str>) -> String {
    text.to_string()
}

#[lru_cache(ttl = "48s", stale = "12s", refresh = "background", skip(connection))]
fn exclusive(n: u32, connection: &mut Connection) -> u32 {
    n + *connection.0.get_mut().unwrap()
}

#[lru_cache(ttl = "48s", stale = "12s", refresh = "background", skip(connection))]
fn not_cloneable(n: u32, connection: &Connection) -> u32 {
    n + *connection.0.lock().unwrap()
}

#[lru_cache(ttl = "48s", stale = "12s", refresh = "background", skip(shared))]
fn not_sent(n: u32, shared: Rc<u32>) -> u32 {
    n + *shared
}

#[lru_cache(ttl = "48s", stale = "12s", refresh = "background", skip(shared))]
async fn task_of_not_sent(n: u32, shared: &Rc<u32>) -> u32 {
    n + **shared
}

#[lru_cache(ttl = "48s", stale = "12s", refresh = "background", skip(compute))]
fn closure(n: u32, compute: impl Fn(u32) -> u32 + 'static) -> u32 {
    compute(n)
}

fn main() {
    let _ = no_value(1);
    let _ = another_word(1);
    let _ = without_a_handle(1);
    let _ = without_stale(1);
}
