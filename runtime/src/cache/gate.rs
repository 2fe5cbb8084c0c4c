//! The gate of a cache: whether its calls look anything up.
//!
//! It is closed with `maxsize = 0`. The gate of a cache of one thread is also closed while all
//! caches are switched off: no other thread can empty that cache, so its own thread does.

use std::cell::Cell;
use std::sync::atomic::{AtomicBool, AtomicU8};
use std::sync::atomic::Ordering::Relaxed;
use std::sync::{Arc, Weak};

use parking_lot::Mutex;

use crate::base::switch;
use crate::engine::Reentrant;

/// The gate of a cache.
pub trait Gate {
    /// Makes the gate of a cache that stores nothing, or stores results.
    fn new(stores_nothing: bool) -> Self;

    /// Sets whether the cache stores nothing.
    fn set_stores_nothing(&self, stores_nothing: bool);

    /// Whether calls find it closed, or have to see whether it is.
    fn is_closed(&self) -> bool;

    /// The gate of a cache of one thread.
    fn of_thread(&self) -> Option<&ThreadGate>;
}

/// The gate of a cache that threads share. The switch empties such a cache, and misses look at it.
pub struct ProcessGate {
    stores_nothing: AtomicBool,
}

impl Gate for ProcessGate {
    fn new(stores_nothing: bool) -> Self {
        ProcessGate { stores_nothing: AtomicBool::new(stores_nothing) }
    }

    fn set_stores_nothing(&self, stores_nothing: bool) {
        self.stores_nothing.store(stores_nothing, Relaxed);
    }

    #[inline(always)]
    fn is_closed(&self) -> bool {
        self.stores_nothing.load(Relaxed)
    }

    #[inline(always)]
    fn of_thread(&self) -> Option<&ThreadGate> {
        None
    }
}

/// The gate of a cache of one thread.
pub struct ThreadGate {
    stores_nothing: Cell<bool>,
    state: Arc<AtomicU8>,
}

const OPEN: u8 = 0;
const CLOSED: u8 = 1;
/// The switch has been set since the thread used the cache, or the cache is new.
const UNKNOWN: u8 = 2;

/// The states of the gates of all threads. Dead ones are removed when a gate is added.
static OF_THREADS: Mutex<Vec<Weak<AtomicU8>>> = Mutex::new(Vec::new());

/// Makes each thread see how the switch is before it uses one of its caches.
pub(crate) fn notify_threads() {
    let states = OF_THREADS.lock();
    states.iter().filter_map(Weak::upgrade).for_each(|state| state.store(UNKNOWN, Relaxed));
}

impl Gate for ThreadGate {
    fn new(stores_nothing: bool) -> Self {
        let state = Arc::new(AtomicU8::new(UNKNOWN));
        let mut states = OF_THREADS.lock();
        states.retain(|state| state.strong_count() > 0);
        states.push(Arc::downgrade(&state));
        ThreadGate { stores_nothing: Cell::new(stores_nothing), state }
    }

    fn set_stores_nothing(&self, stores_nothing: bool) {
        self.stores_nothing.set(stores_nothing);
        // The next call finds out whether it is to be open. Fails if the switch has been set.
        let _ = self.state.compare_exchange(OPEN, CLOSED, Relaxed, Relaxed);
    }

    #[inline(always)]
    fn is_closed(&self) -> bool {
        self.state.load(Relaxed) != OPEN
    }

    #[inline(always)]
    fn of_thread(&self) -> Option<&ThreadGate> {
        Some(self)
    }
}

impl ThreadGate {
    /// Whether the cache stores nothing, or caches are switched off. Calls `empty` first if the
    /// switch has been set; inside `Eq` or `Clone` that fails, and the next call does it.
    pub(super) fn is_shut(&self, empty: impl Fn() -> Result<(), Reentrant>) -> bool {
        loop {
            if self.state.swap(CLOSED, Relaxed) == UNKNOWN && empty().is_err() {
                self.state.store(UNKNOWN, Relaxed);
                return true;
            }
            if self.stores_nothing.get() || switch::is_off() {
                return true;
            }
            // Fails if the switch has been set meanwhile.
            if self.state.compare_exchange(CLOSED, OPEN, Relaxed, Relaxed).is_ok() {
                return false;
            }
        }
    }
}
