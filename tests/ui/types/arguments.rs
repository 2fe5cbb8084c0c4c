//! Arguments that cannot be part of a key.

use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::pin::Pin;
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex};

use functools::lru_cache;

#[derive(Clone)]
struct Point {
    x: f64,
}

#[derive(PartialEq, Eq, Hash)]
struct Unique(u64);

struct Plain;

trait Shape {
    fn area(&self) -> f64;
}

#[lru_cache]
fn plain(value: Plain) -> u64 {
    drop(value);
    1
}

#[lru_cache]
fn borrowed(value: &Plain) -> u64 {
    drop(value);
    1
}

#[lru_cache]
fn with_a_float(value: Point) -> u64 {
    drop(value);
    1
}

#[lru_cache]
fn borrowed_with_a_float(value: &Point) -> u64 {
    drop(value);
    1
}

#[lru_cache]
fn without_clone(value: Unique) -> u64 {
    drop(value);
    1
}

#[lru_cache]
fn map(value: HashMap<u64, u64>) -> u64 {
    drop(value);
    1
}

#[lru_cache]
fn borrowed_map(value: &HashMap<u64, u64>) -> u64 {
    drop(value);
    1
}

#[lru_cache]
fn set(value: &HashSet<u64>) -> u64 {
    drop(value);
    1
}

#[lru_cache]
fn tree_of_floats(value: BTreeMap<String, f64>) -> u64 {
    drop(value);
    1
}

#[lru_cache]
fn trait_object(value: &dyn Shape) -> u64 {
    drop(value);
    1
}

#[lru_cache]
fn boxed_trait_object(value: Box<dyn Shape>) -> u64 {
    drop(value);
    1
}

#[lru_cache]
fn boxed_closure(value: Box<dyn Fn(u64) -> u64>) -> u64 {
    drop(value);
    1
}

#[lru_cache]
fn borrowed_closure(value: &dyn Fn(u64) -> u64) -> u64 {
    drop(value);
    1
}

#[lru_cache]
fn shared_closure(value: Arc<dyn Fn(u64) -> u64 + Send + Sync>) -> u64 {
    drop(value);
    1
}

#[lru_cache]
fn lock(value: &Mutex<u64>) -> u64 {
    drop(value);
    1
}

#[lru_cache]
fn shared_lock(value: Arc<Mutex<u64>>) -> u64 {
    drop(value);
    1
}

#[lru_cache]
fn atomic(value: &AtomicU64) -> u64 {
    drop(value);
    1
}

#[lru_cache]
fn list(value: Vec<Point>) -> u64 {
    drop(value);
    1
}

#[lru_cache]
fn slice(value: &[Plain]) -> u64 {
    drop(value);
    1
}

#[lru_cache]
fn array(value: [Plain; 2]) -> u64 {
    drop(value);
    1
}

#[lru_cache]
fn tuple(value: (u64, Plain)) -> u64 {
    drop(value);
    1
}

#[lru_cache]
fn thirteen(value: (u8, u8, u8, u8, u8, u8, u8, u8, u8, u8, u8, u8, u8)) -> u64 {
    drop(value);
    1
}

#[lru_cache]
fn optional(value: Option<Point>) -> u64 {
    drop(value);
    1
}

#[lru_cache]
fn range(value: std::ops::Range<f64>) -> u64 {
    drop(value);
    1
}

#[lru_cache]
fn iterator(value: std::vec::IntoIter<u64>) -> u64 {
    drop(value);
    1
}

#[lru_cache]
fn future(value: Pin<Box<dyn Future<Output = u64>>>) -> u64 {
    drop(value);
    1
}

#[lru_cache]
fn file(value: std::fs::File) -> u64 {
    drop(value);
    1
}

#[lru_cache]
fn boxed(value: &Box<dyn std::fmt::Debug>) -> u64 {
    drop(value);
    1
}

#[lru_cache(handle = _)]
fn without_a_handle(value: HashMap<u64, u64>) -> u64 {
    drop(value);
    1
}

#[lru_cache(scope = "thread")]
fn of_a_thread(value: HashMap<u64, u64>) -> u64 {
    drop(value);
    1
}

#[lru_cache(scope = "thread")]
fn cell_of_a_thread(value: RefCell<u64>) -> u64 {
    drop(value);
    1
}

#[lru_cache]
fn cell(value: RefCell<u64>) -> u64 {
    drop(value);
    1
}

#[lru_cache]
async fn of_a_task(value: HashMap<u64, u64>) -> u64 {
    drop(value);
    1
}

#[lru_cache]
async fn borrowed_by_a_task(value: &Point) -> u64 {
    drop(value);
    1
}

#[lru_cache(handle = _)]
async fn of_a_task_without_a_handle(value: Plain) -> u64 {
    drop(value);
    1
}

impl Plain {
    #[lru_cache]
    fn receiver(&self) -> u64 {
        1
    }

    #[lru_cache(skip(self))]
    fn of_a_method(&self, value: Plain) -> u64 {
        drop(value);
        1
    }

    #[lru_cache]
    fn boxed_receiver(self: Box<Self>) -> u64 {
        1
    }
}

trait Sides {
    fn sides(&self) -> u64;

    #[lru_cache]
    fn corners(&self) -> u64 {
        self.sides()
    }
}

impl Sides for Point {
    #[lru_cache]
    fn sides(&self) -> u64 {
        4
    }
}

#[lru_cache]
fn at_the_second_argument(n: u64, value: &Plain) -> u64 {
    _ = value;
    n
}

macro_rules! cached {
    ($name:ident, $value:ty) => {
        #[lru_cache]
        fn $name(value: $value) -> u64 {
            drop(value);
            1
        }
    };
}

cached!(by_a_macro, Plain);

fn main() {
    println!("{}", map::cache_info());
    println!("{}", plain::cache_contains(Plain));
    borrowed_map(&HashMap::new());
    map::cache_invalidate(HashMap::new());
}
