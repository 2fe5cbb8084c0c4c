//! A call in `Eq` computes what another thread computes: the body of that may need the entry that
//! `Eq` reads (CONTRACT 6).

use std::cell::Cell;
use std::hash::{Hash, Hasher};
use std::sync::Barrier;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering::SeqCst;
use std::thread;

use functools::lru_cache;
use functools_test_support::finishes;

static IS_ARMED: AtomicBool = AtomicBool::new(false);
static BEGUN: Barrier = Barrier::new(2);
static IN_EQ: Barrier = Barrier::new(2);
static CALLED: Barrier = Barrier::new(2);

#[derive(Clone)]
struct Key(u32);

impl Hash for Key {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.hash(state);
    }
}

impl PartialEq for Key {
    fn eq(&self, other: &Key) -> bool {
        if IS_ARMED.swap(false, SeqCst) {
            IN_EQ.wait();
            // It computes for itself, and does not wait for the other thread.
            assert_eq!(rate(7), 1);
            CALLED.wait();
        }
        self.0 == other.0
    }
}

impl Eq for Key {}

#[lru_cache(maxsize = 1)]
fn priced(key: &Key) -> u32 {
    key.0
}

thread_local! {
    static IS_FIRST: Cell<bool> = const { Cell::new(false) };
}

#[lru_cache]
fn rate(_: u32) -> u32 {
    if IS_FIRST.take() {
        BEGUN.wait();
        IN_EQ.wait();
        CALLED.wait();
        // Evicts the entry that the other thread reads.
        priced(&Key(2));
    }
    1
}

#[test]
fn call_in_eq_computes_and_does_not_wait() {
    // The entry is stored, and hit once.
    assert_eq!((priced(&Key(1)), priced(&Key(1))), (1, 1));
    finishes(|| {
        thread::scope(|scope| {
            scope.spawn(|| {
                IS_FIRST.set(true);
                rate(7)
            });
            BEGUN.wait();
            IS_ARMED.store(true, SeqCst);
            assert_eq!(priced(&Key(1)), 1);
        });
    });
}
