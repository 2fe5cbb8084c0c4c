//! [`Shared`](super::shared::Shared) by itself: against [`Local`](super::local::Local), which has a
//! model of its own, and with several threads. Nothing here sleeps: threads wait for each other.

use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, mpsc};
use std::thread;

// Thread sanitizer sees its order, unlike that of the one in std.
use parking_lot::Mutex;

use super::harness::{self, Item as _, UNBOUNDED, fingerprint};
use super::types::{Config, Engine as _, Eviction, Garbage, Pin as _, Snapshot, Started, Times};

mod adaptive;
mod drops;
mod lockstep;
mod stress;
mod stuck;

const TIMED: Config = Config { is_timed: true, ..UNBOUNDED };

fn bounded(capacity: usize) -> Config {
    Config { capacity: Some(capacity), ..UNBOUNDED }
}

/// Xorshift.
struct Random(u64);

impl Random {
    fn below(&mut self, end: u32) -> u32 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        u32::try_from((self.0 >> 16) % u64::from(end)).expect("less than `end`")
    }

    fn is_one_in(&mut self, times: u32) -> bool {
        self.below(times) == 0
    }
}

#[derive(Default)]
struct Items {
    made: AtomicUsize,
    dropped: AtomicUsize,
}

/// The number of an item whose drop panics: the value of a key that is a tenth of it.
const PANICS_ON_DROP: u32 = 777_777_770;

/// A key or a value.
struct Item {
    number: u32,
    /// Freed with it, so that a sanitizer sees a use after that.
    copy: Box<u32>,
    items: Arc<Items>,
}

impl harness::Item for Item {
    type Items = Items;

    fn new(number: u32, items: &Arc<Items>) -> Self {
        items.made.fetch_add(1, Relaxed);
        Item { number, copy: Box::new(number), items: Arc::clone(items) }
    }

    fn read(&self) -> u32 {
        assert_eq!(self.number, *self.copy);
        self.number
    }
}

impl Drop for Item {
    fn drop(&mut self) {
        assert_eq!(self.number, *self.copy, "dropped twice");
        let number = std::mem::replace(&mut self.number, u32::MAX);
        self.items.dropped.fetch_add(1, Relaxed);
        assert_ne!(number, PANICS_ON_DROP, "as it is to");
    }
}

type Cache = harness::Cache<Item>;

impl Cache {
    /// The number of live keys and values.
    fn alive(&self) -> usize {
        self.items.made.load(Relaxed) - self.items.dropped.load(Relaxed)
    }

    fn keys(&self, all: impl Iterator<Item = u32>) -> Vec<u32> {
        all.filter(|&key| Self::find(&self.pin(), key).is_some()).collect()
    }

    fn store_until(&self, key: u32, deadline: u64) {
        let id = self.compute(key).expect("it is not stored");
        self.complete_with(id, super::types::Complete { deadline, ..self.result(key * 10) });
    }
}

/// A thread that does one thing after another, each while its caller waits.
struct Worker(mpsc::Sender<Box<dyn FnOnce() + Send>>);

impl Worker {
    fn start() -> Self {
        let (tasks, receiver) = mpsc::channel::<Box<dyn FnOnce() + Send>>();
        thread::spawn(move || receiver.iter().for_each(|task| task()));
        Worker(tasks)
    }

    fn run<R: Send + 'static>(&self, act: impl FnOnce() -> R + Send + 'static) -> R {
        let (sender, done) = mpsc::channel();
        let task = move || drop(sender.send(act()));
        self.0.send(Box::new(task)).expect("it goes on");
        done.recv().expect("it does not panic")
    }
}

/// A thread that clones the value of a key until it is released.
struct Stuck {
    release: mpsc::Sender<()>,
    thread: thread::JoinHandle<()>,
}

impl Stuck {
    fn in_clone(cache: &Arc<Cache>, key: u32) -> Self {
        let cache = Arc::clone(cache);
        Stuck::start(move |wait| {
            let value = cache.get_with(key, |value| {
                wait();
                value.read()
            });
            assert_eq!(value, Some(key * 10));
        })
    }

    /// Returns when `act` has called what it is given, which waits to be released.
    fn start(act: impl FnOnce(&dyn Fn()) + Send + 'static) -> Self {
        let (started, has_started) = mpsc::channel();
        let (release, is_released) = mpsc::channel();
        let thread = thread::spawn(move || {
            act(&|| {
                started.send(()).expect("the test goes on");
                is_released.recv().expect("the test goes on");
            });
        });
        has_started.recv().expect("it does not panic");
        Stuck { release, thread }
    }

    fn release(self) {
        self.release.send(()).expect("it goes on");
        self.thread.join().expect("it does not panic");
    }
}
