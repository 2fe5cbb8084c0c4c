//! [`Shared`](super::shared::Shared), by the model checker, which runs a few threads in every order
//! that their steps can take. The threads use the engine itself through its interface. The model
//! checker sees a key or value that is read and dropped with no order between the two, and memory
//! that is freed so.
//!
//! A preemption is a switch from a thread that could continue. With two threads, three of them are
//! explored, with three threads two: half a minute in all, the longest model 50,000 runs. With
//! `LOOM_MAX_PREEMPTIONS` in place of these bounds, models explore more, or fail sooner.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use super::harness::{self, UNBOUNDED};
use super::shim::{AtomicBool, UnsafeCell, in_every_order};
use super::thread::{self, STRIPES};
use super::types::{Config, Eviction, OnExisting, Pin as _, Snapshot, Started};

mod clear;
mod computations;
mod growth;
mod order;
mod reclaim;

const ONE_ENTRY: Config = Config { capacity: Some(1), ..UNBOUNDED };
const TWO_ENTRIES: Config = Config { capacity: Some(2), ..UNBOUNDED };

/// No entry has this key.
const ABSENT: u32 = 99;

#[derive(Default)]
struct Counts {
    made: AtomicUsize,
    dropped: AtomicUsize,
}

/// A key or a value. The model checker sees each of its uses.
struct Item {
    number: u32,
    is_alive: UnsafeCell<bool>,
    // A step for the model checker, so that others may run while this is used.
    step: AtomicBool,
    counts: Arc<Counts>,
}

#[allow(unsafe_code)]
impl harness::Item for Item {
    type Items = Counts;

    fn new(number: u32, counts: &Arc<Counts>) -> Self {
        counts.made.fetch_add(1, Relaxed);
        let counts = Arc::clone(counts);
        let is_alive = UnsafeCell::new(true);
        Item { number, is_alive, step: AtomicBool::new(true), counts }
    }

    fn read(&self) -> u32 {
        // SAFETY: the model checker panics if another thread writes it.
        let is_alive = || self.is_alive.with(|is_alive| unsafe { *is_alive });
        assert!(is_alive(), "{} is used after it was dropped", self.number);
        assert!(self.step.load(Relaxed));
        assert!(is_alive(), "{} is dropped while it is used", self.number);
        self.number
    }
}

#[allow(unsafe_code)]
impl Drop for Item {
    fn drop(&mut self) {
        if std::thread::panicking() {
            return;
        }
        // SAFETY: the model checker panics if another thread uses it.
        let was_alive = self.is_alive.with_mut(|it| std::mem::take(unsafe { &mut *it }));
        assert!(was_alive, "{} is dropped twice", self.number);
        self.counts.dropped.fetch_add(1, Relaxed);
    }
}

type Cache = harness::Cache<Item>;

impl Cache {
    /// The number of live keys and values.
    fn alive(&self) -> usize {
        self.items.made.load(Relaxed) - self.items.dropped.load(Relaxed)
    }

    /// Has each stripe's reader leave. A reader that left while it was asked to call
    /// `Engine::maintain` may not have seen that.
    fn visit_stripes(&self) {
        for number in 0..STRIPES {
            thread::set_number(number);
            self.get(ABSENT);
        }
        thread::set_number(0);
    }
}

/// The operations of one thread. The threads of each model have the stripes 0, 1, 0, ..
type Act = fn(&Cache);

/// Runs the threads in every order, and checks the final state.
fn model(
    (config, preemptions): (Config, usize),
    prepare: fn(&Cache),
    threads: &'static [Act],
    check: fn(&Cache),
) {
    in_every_order(preemptions, move || {
        let cache = Arc::new(Cache::new(&config));
        cache.visit_stripes();
        prepare(&cache);
        loom::explore();
        let others: Vec<_> = (1..)
            .zip(&threads[1..])
            .map(|(number, act)| {
                let cache = Arc::clone(&cache);
                loom::thread::spawn(move || {
                    thread::set_number(number);
                    act(&cache);
                })
            })
            .collect();
        threads[0](&cache);
        for thread in others {
            thread.join().expect("it does not panic");
        }
        loom::stop_exploring();
        cache.visit_stripes();
        let len = cache.snapshot().len;
        assert!(len <= config.capacity.unwrap_or(len), "there are too many entries");
        assert_eq!(cache.alive(), len * 2, "something has not been reclaimed");
        check(&cache);
        let cache = Arc::into_inner(cache).expect("no other thread is left");
        let counts = Arc::clone(&cache.items);
        drop(cache);
        assert_eq!(counts.dropped.load(Relaxed), counts.made.load(Relaxed));
    });
}

fn nothing(_: &Cache) {}
