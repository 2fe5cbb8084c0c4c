use std::cell::RefCell;
use std::rc::Rc;

use functools::lru_cache;

#[lru_cache]
fn name(id: u64) -> Rc<str> {
    id.to_string().into()
}

#[lru_cache]
fn length(name: Rc<str>) -> usize {
    name.len()
}

#[lru_cache]
fn cell(id: u64) -> Result<RefCell<u64>, String> {
    Ok(RefCell::new(id))
}

fn main() {
    name(1);
    length("a".into());
    let _ = cell(1);
    println!("{}", name::cache_info());
}
