//! Results that a hit cannot return, or that threads cannot share.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::{Arc, Mutex};

use functools::lru_cache;

struct Plain;

struct Failure;

trait Shape {
    fn area(&self) -> f64;

    fn copy(&self) -> Plain;
}

#[lru_cache]
fn plain(n: u64) -> Plain {
    drop(n);
    todo!()
}

#[lru_cache]
fn lock(n: u64) -> Mutex<u64> {
    drop(n);
    todo!()
}

#[lru_cache]
fn trait_object(n: u64) -> Box<dyn Shape> {
    drop(n);
    todo!()
}

#[lru_cache]
fn closure(n: u64) -> Box<dyn Fn(u64) -> u64> {
    drop(n);
    todo!()
}

#[lru_cache]
fn iterator(n: u64) -> Box<dyn Iterator<Item = u64>> {
    drop(n);
    todo!()
}

#[lru_cache]
fn optional_error(n: u64) -> Option<Box<dyn std::error::Error>> {
    drop(n);
    todo!()
}

#[lru_cache]
fn ok(n: u64) -> Result<Plain, String> {
    drop(n);
    todo!()
}

#[lru_cache]
fn list(n: u64) -> Result<Vec<Plain>, String> {
    drop(n);
    todo!()
}

#[lru_cache]
fn by_an_alias(n: u64) -> std::io::Result<std::fs::File> {
    drop(n);
    todo!()
}

#[lru_cache]
fn exclusive(n: u64) -> &'static mut u64 {
    drop(n);
    todo!()
}

#[lru_cache]
fn guard(n: u64) -> std::sync::MutexGuard<'static, u64> {
    drop(n);
    todo!()
}

#[lru_cache(cache_none = false)]
fn without_none(n: u64) -> Option<Plain> {
    drop(n);
    todo!()
}

#[lru_cache(ttl = "60s", stale_on_error = "60s")]
fn stale_on_error(n: u64) -> Result<Plain, u64> {
    drop(n);
    todo!()
}

#[lru_cache]
fn counted(n: u64) -> Rc<u64> {
    drop(n);
    todo!()
}

#[lru_cache]
fn counted_text(n: u64) -> Rc<str> {
    drop(n);
    todo!()
}

#[lru_cache]
fn cell(n: u64) -> RefCell<u64> {
    drop(n);
    todo!()
}

#[lru_cache]
fn ok_cell(n: u64) -> Result<RefCell<u64>, String> {
    drop(n);
    todo!()
}

#[lru_cache]
fn shared_trait_object(n: u64) -> Arc<dyn Shape> {
    drop(n);
    todo!()
}

#[lru_cache]
fn pointer(n: u64) -> *mut u8 {
    drop(n);
    todo!()
}

#[lru_cache(cache_err = true)]
fn error(n: u64) -> Result<u64, Failure> {
    drop(n);
    todo!()
}

#[lru_cache(cache_err = true)]
fn io_error(n: u64) -> std::io::Result<u64> {
    drop(n);
    todo!()
}

#[lru_cache(cache_err = true)]
fn boxed_error(n: u64) -> Result<u64, Box<dyn std::error::Error>> {
    drop(n);
    todo!()
}

#[lru_cache(cache_err = true)]
fn counted_error(n: u64) -> Result<u64, Rc<str>> {
    drop(n);
    todo!()
}

#[lru_cache(handle = _)]
fn without_a_handle(n: u64) -> Plain {
    drop(n);
    todo!()
}

#[lru_cache(scope = "thread")]
fn of_a_thread(n: u64) -> Plain {
    drop(n);
    todo!()
}

#[lru_cache]
async fn of_a_task(n: u64) -> Plain {
    drop(n);
    todo!()
}

#[lru_cache]
async fn counted_by_a_task(n: u64) -> Rc<u64> {
    drop(n);
    todo!()
}

#[lru_cache]
async fn ok_of_a_task(n: u64) -> Result<Rc<u64>, String> {
    drop(n);
    todo!()
}

#[lru_cache(handle = _)]
async fn of_a_task_without_a_handle(n: u64) -> Plain {
    drop(n);
    todo!()
}

#[lru_cache(cache_err = true)]
async fn error_of_a_task(n: u64) -> Result<u64, Failure> {
    drop(n);
    todo!()
}

#[lru_cache]
fn counted_argument(value: Rc<u64>) -> u64 {
    *value
}

#[lru_cache]
async fn counted_argument_of_a_task(value: Rc<u64>) -> u64 {
    *value
}

#[lru_cache]
fn pointer_as_argument(value: *const u8) -> usize {
    value as usize
}

impl Plain {
    #[lru_cache(skip(self))]
    fn of_a_method(&self, n: u64) -> Plain {
        drop(n);
        Plain
    }

    #[lru_cache]
    fn new(n: u64) -> Self {
        drop(n);
        Plain
    }
}

impl Shape for Failure {
    #[lru_cache(skip(self))]
    fn copy(&self) -> Plain {
        Plain
    }

    fn area(&self) -> f64 {
        1.0
    }
}

fn main() {
    let _: Plain = plain(1);
    let _: Option<Plain> = plain::cache_peek(1);
    plain::cache_insert(1, Plain);
    println!("{}", plain::cache_info());
    let _ = Plain::new_cache_info();
}
