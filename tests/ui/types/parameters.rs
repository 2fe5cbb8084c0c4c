//! Type parameters without bounds: the first error lists all that are needed.

use std::hash::Hash;

use functools::lru_cache;

#[lru_cache]
fn nothing<T>(t: T) -> u64 {
    drop(t);
    1
}

#[lru_cache]
fn hash<T: Hash>(t: T) -> u64 {
    drop(t);
    1
}

#[lru_cache]
fn hash_and_eq<T: Hash + Eq>(t: T) -> u64 {
    drop(t);
    1
}

#[lru_cache]
fn no_send<T: Hash + Eq + Clone>(t: T) -> u64 {
    drop(t);
    1
}

#[lru_cache]
fn no_sync<T: Hash + Eq + Clone + Send + 'static>(t: T) -> u64 {
    drop(t);
    1
}

#[lru_cache]
fn no_eq<T: Hash + Clone + Send + Sync + 'static>(t: T) -> u64 {
    drop(t);
    1
}

#[lru_cache]
fn no_hash<T: Eq + Clone + Send + Sync + 'static>(t: T) -> u64 {
    drop(t);
    1
}

#[lru_cache]
fn no_clone<T: Hash + Eq + Send + Sync + 'static>(t: T) -> u64 {
    drop(t);
    1
}

#[lru_cache]
fn local<T: Hash + Eq + Clone + 'static>(t: T) -> u64 {
    drop(t);
    1
}

#[lru_cache]
fn display<T: std::fmt::Display>(t: T) -> u64 {
    drop(t);
    1
}

#[lru_cache]
fn convertible<T: Into<String>>(t: T) -> u64 {
    drop(t);
    1
}

#[lru_cache]
fn copied<T: Copy>(t: T) -> u64 {
    drop(t);
    1
}

#[lru_cache]
fn iterated<T: Iterator<Item = u64>>(t: T) -> u64 {
    drop(t);
    1
}

#[lru_cache]
fn borrowed<T>(t: &T) -> u64 {
    _ = t;
    1
}

#[lru_cache]
fn unsized_<T: ?Sized>(t: &T) -> u64 {
    _ = t;
    1
}

#[lru_cache]
fn unsized_with_some<T: ?Sized + Hash + Eq>(t: &T) -> u64 {
    _ = t;
    1
}

#[lru_cache]
fn in_a_clause<T>(t: T) -> u64
where
    T: Hash + Eq,
{
    drop(t);
    1
}

#[lru_cache]
fn argument_and_result<T>(t: T) -> T {
    t
}

#[lru_cache]
fn list<T>(t: Vec<T>) -> u64 {
    drop(t);
    1
}

#[lru_cache]
fn slice<T: Hash + Eq>(t: &[T]) -> u64 {
    _ = t;
    1
}

#[lru_cache]
fn array<T, const N: usize>(t: [T; N]) -> u64 {
    drop(t);
    1
}

#[lru_cache]
fn option<T: Hash + Eq + Clone>(t: Option<T>) -> u64 {
    drop(t);
    1
}

#[lru_cache]
fn a_closure_by_no_bound<F>(n: u64, f: F) -> u64 {
    drop(f);
    n
}

#[lru_cache]
fn result<T>(n: u64) -> T {
    drop(n);
    todo!()
}

#[lru_cache]
fn cloned_result<T: Clone>(n: u64) -> T {
    drop(n);
    todo!()
}

#[lru_cache]
fn local_result<T: 'static>(n: u64) -> T {
    drop(n);
    todo!()
}

#[lru_cache]
fn ok<T>(n: u64) -> Result<T, String> {
    Err(n.to_string())
}

#[lru_cache]
fn some<T: Clone>(n: u64) -> Option<T> {
    drop(n);
    None
}

#[lru_cache]
fn listed<T>(n: u64) -> Vec<T> {
    drop(n);
    Vec::new()
}

#[lru_cache(cache_err = true)]
fn error<E>(n: u64) -> Result<u64, E> {
    Ok(n)
}

#[lru_cache]
async fn of_a_task<T>(t: T) -> u64 {
    drop(t);
    1
}

#[lru_cache]
async fn of_a_task_with_some<T: Hash + Eq + Clone>(t: T) -> u64 {
    drop(t);
    1
}

#[lru_cache]
async fn result_of_a_task<T: Clone>(n: u64) -> T {
    drop(n);
    todo!()
}

#[lru_cache(handle = _)]
fn without_a_handle<T>(t: T) -> u64 {
    drop(t);
    1
}

#[lru_cache(handle = _)]
fn without_a_handle_with_some<T: Hash + Eq + Clone>(t: T) -> u64 {
    drop(t);
    1
}

#[lru_cache(scope = "thread")]
fn of_a_thread<T>(t: T) -> u64 {
    drop(t);
    1
}

#[lru_cache(scope = "thread")]
fn result_of_a_thread<T>(n: u64) -> T {
    drop(n);
    todo!()
}

struct Shop;

impl Shop {
    #[lru_cache(skip(self))]
    fn method<T>(&self, t: T) -> u64 {
        drop(t);
        1
    }

    #[lru_cache(skip(self))]
    fn result_of_a_method<T: Clone>(&self, n: u64) -> T {
        drop(n);
        todo!()
    }
}

struct Box1<T>(T);

impl<T: Clone> Box1<T> {
    #[lru_cache(skip(self))]
    fn result_of_a_generic_impl(&self, n: u64) -> T {
        drop(n);
        self.0.clone()
    }
}

impl<T> Box1<T> {
    // 2 errors: the attribute does not see the `impl`'s parameters, so rustc reports the lifetime.
    #[lru_cache]
    fn of_a_generic_impl(&self) -> u64 {
        1
    }
}

fn main() {
    println!("{}", nothing(1));
    println!("{}", nothing::<u64>::cache_info());
}
