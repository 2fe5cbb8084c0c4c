//! Who is evicted: exactly the least recent entry, whatever was done before; by several threads, where they take
//! turns at misses.
//! Random operations on a cached function are compared with a list in order of use.

mod common;

use std::sync::mpsc::{self, Receiver, Sender};
use std::thread;

use common::{PATIENCE, info};
use fastrand::Rng;
use functools::{CacheInfo, lru_cache};

const MAXSIZE: usize = 7;
const KEYS: u32 = 12;

/// What can be done to a cache.
#[derive(Debug, Clone, Copy)]
enum Operation {
    Call(u32),
    Insert(u32),
    Refresh(u32),
    Invalidate(u32),
    Look(u32),
    Clear,
}

impl Operation {
    fn random(random: &mut Rng) -> Self {
        let n = random.u32(..KEYS);
        match random.u32(..200) {
            0 => Operation::Clear,
            1..8 => Operation::Insert(n),
            8..16 => Operation::Refresh(n),
            16..24 => Operation::Invalidate(n),
            24..32 => Operation::Look(n),
            _ => Operation::Call(n),
        }
    }
}

/// What the cache should be like: a list, the least recent first.
#[derive(Default)]
struct Model {
    entries: Vec<u32>,
    hits: u64,
    misses: u64,
}

impl Model {
    /// Whether there was an entry.
    fn remove(&mut self, n: u32) -> bool {
        let place = self.entries.iter().position(|&entry| entry == n);
        place.map(|place| self.entries.remove(place)).is_some()
    }

    fn store(&mut self, n: u32) {
        if !self.remove(n) && self.entries.len() == MAXSIZE {
            self.entries.remove(0);
        }
        self.entries.push(n);
    }

    /// Whether it was a miss.
    fn apply(&mut self, operation: Operation) -> bool {
        match operation {
            Operation::Call(n) => {
                let hit = self.entries.contains(&n);
                *if hit { &mut self.hits } else { &mut self.misses } += 1;
                self.store(n);
                return !hit;
            }
            Operation::Insert(n) | Operation::Refresh(n) => self.store(n),
            Operation::Invalidate(n) => _ = self.remove(n),
            Operation::Look(_) => (),
            Operation::Clear => *self = Model::default(),
        }
        false
    }

    fn state(&self) -> (CacheInfo, Vec<u32>) {
        let mut entries = self.entries.clone();
        entries.sort_unstable();
        (info(self.hits, self.misses, MAXSIZE, entries.len()), entries)
    }
}

/// Does it to a cached function, and says whether it was a miss.
type Apply = fn(Operation) -> bool;

/// The figures of a cached function, and the keys of its entries.
type State = fn() -> (CacheInfo, Vec<u32>);

/// A new cached function.
macro_rules! cached {
    ($($options:tt)*) => {{
        #[lru_cache(maxsize = MAXSIZE, $($options)*)]
        fn tenfold(n: u32) -> u32 {
            10 * n
        }
        let apply: Apply = |operation| {
            match operation {
                Operation::Call(n) => {
                    let missed = !tenfold::cache_contains(n);
                    assert_eq!(tenfold(n), 10 * n);
                    return missed;
                }
                Operation::Insert(n) => tenfold::cache_insert(n, 10 * n),
                Operation::Refresh(n) => assert_eq!(tenfold::cache_refresh(n), 10 * n),
                Operation::Invalidate(n) => {
                    assert_eq!(tenfold::cache_contains(n), tenfold::cache_invalidate(n));
                }
                Operation::Look(n) => {
                    assert_eq!(tenfold::cache_contains(n), tenfold::cache_peek(n).is_some());
                }
                Operation::Clear => tenfold::cache_clear(),
            }
            false
        };
        let state: State = || {
            let entries = (0..KEYS).filter(|&n| tenfold::cache_contains(n)).collect();
            (tenfold::cache_info(), entries)
        };
        (apply, state)
    }};
}

/// Does random operations to both, and compares them. `apply` does one to the cache, in a thread of
/// its choice, and says whether it was a miss.
fn compare(seed: u64, operations: u32, mut apply: impl FnMut(Operation) -> bool, state: State) {
    let (mut random, mut model) = (Rng::with_seed(seed), Model::default());
    for _ in 0..operations {
        let operation = Operation::random(&mut random);
        assert_eq!(apply(operation), model.apply(operation), "{operation:?}");
        // Not each time: to be looked at may change a cache.
        if random.u32(..20) == 0 {
            assert_eq!(state(), model.state(), "after {operation:?}");
        }
    }
    assert_eq!(state(), model.state());
}

#[test]
fn in_one_thread() {
    for (apply, state) in [cached!(scope = "process"), cached!(scope = "thread")] {
        compare(1, 20_000, apply, state);
    }
}

/// A thread that does as it is told, one operation after the other.
struct Worker {
    operations: Sender<Operation>,
    missed: Receiver<bool>,
}

impl Worker {
    fn new(apply: Apply) -> Self {
        let (operations, to_do) = mpsc::channel();
        let (has_missed, missed) = mpsc::channel();
        thread::spawn(move || {
            for operation in to_do {
                has_missed.send(apply(operation)).expect("somebody waits for that");
            }
        });
        Worker { operations, missed }
    }

    /// Whether it was a miss.
    fn apply(&self, operation: Operation) -> bool {
        self.operations.send(operation).expect("it is there");
        self.missed.recv_timeout(PATIENCE).expect("no panic")
    }
}

/// Many threads, one at a time. Another takes over at a miss, since hits of several threads between
/// the same two misses may be ordered either way.
#[test]
fn in_many_threads_that_do_not_overlap() {
    let (apply, state) = cached!();
    let workers: Vec<_> = (0..50).map(|_| Worker::new(apply)).collect();
    let (mut random, mut worker) = (Rng::with_seed(2), 0);
    let apply_in_any = |operation| {
        let missed = workers[worker].apply(operation);
        if missed {
            worker = random.usize(..workers.len());
        }
        missed
    };
    compare(3, 10_000, apply_in_any, state);
}

#[test]
fn in_threads_that_come_and_go() {
    let (apply, state) = cached!();
    let mut worker = Worker::new(apply);
    let apply_in_new = |operation| {
        let missed = worker.apply(operation);
        if missed {
            worker = Worker::new(apply);
        }
        missed
    };
    compare(4, 2_000, apply_in_new, state);
}

#[test]
fn among_very_many_entries() {
    const SIZE: u32 = 20_000;
    #[lru_cache(maxsize = SIZE as usize)]
    fn same(n: u32) -> u32 {
        n
    }
    let mut by_use: Vec<_> = (0..SIZE).collect();
    for &n in &by_use {
        assert_eq!(same(n), n);
    }
    Rng::with_seed(5).shuffle(&mut by_use);
    for &n in &by_use {
        assert_eq!(same(n), n);
    }

    for (n, evicted) in (SIZE..).zip(by_use) {
        assert!(same::cache_contains(evicted));
        assert_eq!(same(n), n);
        assert!(!same::cache_contains(evicted));
    }
    let size = SIZE as usize;
    assert_eq!(same::cache_info(), info(u64::from(SIZE), 2 * u64::from(SIZE), size, size));
}
