use functools::lru_cache;

struct Widget;

#[lru_cache]
fn widget(id: u64) -> Widget {
    let _ = id;
    Widget
}

#[lru_cache]
fn find(id: u64) -> Result<Vec<Widget>, String> {
    Err(id.to_string())
}

fn main() {
    widget(1);
    let _ = find(1);
    println!("{}", widget::cache_info());
    widget::cache_invalidate(1);
}
