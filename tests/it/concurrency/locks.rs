//! No lock is held while user code runs (CONTRACT 6): one thread is held up in it, and another
//! performs every operation.

use std::cell::Cell;
use std::fmt::Debug;
use std::hash::{Hash, Hasher};
use std::thread;

use functools::lru_cache;
use functools_test_support::{Body, Running, finishes, info};

thread_local! {
    /// The place where this thread stops.
    static STOP: Cell<Option<(&'static str, Body<()>)>> = const { Cell::new(None) };
}

fn pass(place: &str) {
    match STOP.take() {
        Some((stop, body)) if stop == place => body.run(),
        other => STOP.set(other),
    }
}

#[derive(PartialEq, Eq)]
struct Key(u32);

impl Hash for Key {
    fn hash<H: Hasher>(&self, _: &mut H) {
        pass("hash");
    }
}

impl Clone for Key {
    fn clone(&self) -> Self {
        pass("clone of the key");
        Key(self.0)
    }
}

impl Drop for Key {
    fn drop(&mut self) {
        pass("drop of a key");
    }
}

#[derive(Debug, PartialEq, Eq)]
struct Value(u32);

impl Clone for Value {
    fn clone(&self) -> Self {
        pass("clone of the result");
        Value(self.0)
    }
}

impl Drop for Value {
    fn drop(&mut self) {
        pass("drop of a value");
    }
}

#[lru_cache(maxsize = 2, single_flight = false)]
fn f(key: &Key) -> Value {
    pass("body");
    Value(key.0)
}

fn everything_else() {
    assert_eq!(f(&Key(2)), Value(2));
    assert_eq!(f(&Key(4)), Value(4));
    assert_eq!(f(&Key(3)), Value(3));
    assert!(f::cache_contains(&Key(3)));
    f::cache_insert(&Key(4), Value(40));
    assert_eq!(f::cache_peek(&Key(4)), Some(Value(40)));
    assert_eq!(f::cache_refresh(&Key(4)), Value(4));
    assert!(f::cache_invalidate(&Key(4)));
    assert_eq!(f::cache_info().maxsize, Some(2));
    f::cache_clear();
    assert_eq!(f(&Key(5)), Value(5));
}

#[test]
fn user_code_runs_without_a_lock() {
    let of_a_call = ["hash", "body", "clone of the key", "clone of the result"];
    let of_an_eviction = ["drop of a key", "drop of a value"];
    for place in of_a_call.into_iter().chain(of_an_eviction) {
        f::cache_clear();
        assert_eq!((f(&Key(1)), f(&Key(2))), (Value(1), Value(2)));
        thread::scope(|scope| {
            let held_up = Running::start(scope, |body| {
                STOP.set(Some((place, body)));
                assert_eq!(f(&Key(3)), Value(3));
            });
            finishes(everything_else);
            held_up.end_with(());
        });
        assert!(f::cache_contains(&Key(5)), "{place}");
        assert!(f::cache_info().currsize <= 2, "{place}");
    }
}

#[test]
fn bodies_of_several_keys_run_at_once() {
    #[lru_cache(maxsize = 8, skip(body))]
    fn f(n: u32, body: &Body<u32>) -> u32 {
        n + body.run()
    }
    thread::scope(|scope| {
        let running = [1, 2, 3, 4].map(|n| Running::start(scope, move |body| f(n, &body)));
        assert_eq!(running.map(|running| running.end_with(10)), [11, 12, 13, 14]);
    });
    assert_eq!(f::cache_info(), info(0, 4, 8, 4));
}
