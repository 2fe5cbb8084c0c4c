//! Random operations on a cached function, compared with a list in order of use: every answer, every
//! entry, the counts and the length, after each of them. What differs is shrunk to its least.
//!
//! `PROPTEST_CASES=<number>` sets how many sequences are tried of each cache.

mod common;

use std::env;
use std::hash::{Hash, Hasher};
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread;

use common::{PATIENCE, info};
use functools::{CacheInfo, lru_cache};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestCaseResult, TestRunner};

/// Without proptest's environment, so many sequences of each cache.
const CASES: u32 = 48;
const LENGTH: usize = 120;
const KEYS: u32 = 12;
const WORKERS: usize = 3;

type Outcome = Result<u32, u32>;

/// Has the hash of every other.
#[derive(Clone, PartialEq, Eq)]
struct Colliding(u32);

impl Hash for Colliding {
    fn hash<H: Hasher>(&self, _: &mut H) {}
}

/// What can be done to a cache. Where there is an outcome, it is what the body returns if it runs, or
/// what is inserted.
#[derive(Debug, Clone, Copy)]
enum Operation {
    Call(u32, Outcome),
    WithStatus(u32, Outcome),
    Insert(u32, Outcome),
    Refresh(u32, Outcome),
    Invalidate(u32),
    Peek(u32),
    Contains(u32),
    Clear,
}

#[derive(Debug, PartialEq)]
enum Answer {
    Returned(Outcome),
    /// And whether it was a hit.
    WithStatus(Outcome, bool),
    Is(bool),
    Peeked(Option<Outcome>),
    Done,
}

/// What can be seen of a cache from outside.
#[derive(Debug, PartialEq)]
struct State {
    /// `None` if it was not asked for: to ask brings the order up to date, which must not be needed.
    info: Option<CacheInfo>,
    entries: Vec<(u32, u32)>,
}

/// A new cached function.
#[derive(Clone, Copy)]
struct Cached {
    maxsize: Option<usize>,
    apply: fn(Operation) -> Answer,
    info: fn() -> CacheInfo,
    entries: fn() -> Vec<(u32, u32)>,
}

impl Cached {
    /// Does that, and looks at the cache.
    fn perform(self, operation: Operation, with_info: bool) -> (Answer, State) {
        let answer = (self.apply)(operation);
        (answer, State { info: with_info.then(self.info), entries: (self.entries)() })
    }
}

macro_rules! cached {
    ($Key:ty, $key:expr, $scope:literal, $maxsize:expr) => {{
        #[lru_cache(maxsize = $maxsize, scope = $scope, skip(outcome))]
        fn f(_: $Key, outcome: Outcome) -> Outcome {
            outcome
        }
        const KEY: fn(u32) -> $Key = $key;
        let apply = |operation| match operation {
            Operation::Call(n, outcome) => Answer::Returned(f(KEY(n), outcome)),
            Operation::WithStatus(n, outcome) => {
                let (outcome, status) = f::with_status(KEY(n), outcome);
                Answer::WithStatus(outcome, status.is_hit())
            }
            Operation::Insert(n, outcome) => {
                f::cache_insert(KEY(n), outcome);
                Answer::Done
            }
            Operation::Refresh(n, outcome) => Answer::Returned(f::cache_refresh(KEY(n), outcome)),
            Operation::Invalidate(n) => Answer::Is(f::cache_invalidate(KEY(n))),
            Operation::Peek(n) => Answer::Peeked(f::cache_peek(KEY(n))),
            Operation::Contains(n) => Answer::Is(f::cache_contains(KEY(n))),
            Operation::Clear => {
                f::cache_clear();
                Answer::Done
            }
        };
        let entries = || {
            let entry = |n| {
                let value = f::cache_peek(KEY(n));
                assert_eq!(f::cache_contains(KEY(n)), value.is_some(), "of {n}");
                Some((n, value?.expect("no error is stored")))
            };
            (0..KEYS).filter_map(entry).collect()
        };
        Cached { maxsize: $maxsize.into(), apply, info: f::cache_info, entries }
    }};
}

/// A new cached function of each size, for a type of keys and how they are made of numbers.
macro_rules! of_all_sizes {
    ($Key:ty, $key:expr, $scope:literal) => {
        [
            cached!($Key, $key, $scope, 0),
            cached!($Key, $key, $scope, 1),
            cached!($Key, $key, $scope, 2),
            cached!($Key, $key, $scope, 3),
            cached!($Key, $key, $scope, 8),
            cached!($Key, $key, $scope, None),
        ]
    };
}

/// An entry of the model.
#[derive(Debug)]
struct Entry {
    n: u32,
    value: u32,
    /// How many stores there had been when it was last used.
    stores: u32,
    /// Which worker alone has used it since then.
    by: Option<usize>,
}

/// What a cache should be like: a list, the least recent first.
#[derive(Debug)]
struct Model {
    maxsize: Option<usize>,
    entries: Vec<Entry>,
    hits: u64,
    misses: u64,
    stores: u32,
}

impl Model {
    fn new(maxsize: Option<usize>) -> Self {
        Model { maxsize, entries: Vec::new(), hits: 0, misses: 0, stores: 0 }
    }

    fn find(&self, n: u32) -> Option<usize> {
        self.entries.iter().position(|entry| entry.n == n)
    }

    /// A hit, if there is an entry.
    fn hit(&mut self, n: u32, worker: usize) -> Option<u32> {
        let mut entry = self.entries.remove(self.find(n)?);
        self.hits += 1;
        let alone = entry.stores < self.stores || entry.by == Some(worker);
        entry.by = alone.then_some(worker);
        entry.stores = self.stores;
        let value = entry.value;
        self.entries.push(entry);
        Some(value)
    }

    /// Stores what is no error; `after` is the cache when it has done so.
    fn store(&mut self, n: u32, outcome: Outcome, worker: usize, after: &State) {
        let Ok(value) = outcome else { return };
        if self.maxsize == Some(0) {
            return;
        }
        if let Some(place) = self.find(n) {
            self.entries.remove(place);
        } else if Some(self.entries.len()) == self.maxsize {
            let is_gone = |entry: &Entry| after.entries.iter().all(|&(n, _)| n != entry.n);
            let evicted = (0..self.entries.len())
                .find(|&place| self.is_least_recent(place) && is_gone(&self.entries[place]));
            self.entries.remove(evicted.unwrap_or(0));
        }
        // Nothing that is used later, or was earlier, is ordered either way with this.
        self.stores += 2;
        self.entries.push(Entry { n, value, stores: self.stores - 1, by: Some(worker) });
    }

    /// Whether this entry may count as the least recent: of those used by different workers between the
    /// same two stores, any may. So the first alone, if there is one worker.
    fn is_least_recent(&self, place: usize) -> bool {
        let entry = &self.entries[place];
        let either_way = |earlier: &Entry| {
            earlier.stores == entry.stores && (earlier.by.is_none() || earlier.by != entry.by)
        };
        self.entries[..place].iter().all(either_way)
    }

    /// The answer to an operation by a worker, after which the cache was like this.
    fn apply(&mut self, operation: Operation, worker: usize, after: &State) -> Answer {
        match operation {
            Operation::Call(n, outcome) => Answer::Returned(self.call(n, outcome, worker, after).0),
            Operation::WithStatus(n, outcome) => {
                let (outcome, is_hit) = self.call(n, outcome, worker, after);
                Answer::WithStatus(outcome, is_hit)
            }
            Operation::Insert(n, outcome) => {
                self.store(n, outcome, worker, after);
                Answer::Done
            }
            Operation::Refresh(n, outcome) => {
                self.store(n, outcome, worker, after);
                Answer::Returned(outcome)
            }
            Operation::Invalidate(n) => {
                let place = self.find(n);
                Answer::Is(place.map(|place| self.entries.remove(place)).is_some())
            }
            Operation::Peek(n) => {
                Answer::Peeked(self.find(n).map(|place| Ok(self.entries[place].value)))
            }
            Operation::Contains(n) => Answer::Is(self.find(n).is_some()),
            Operation::Clear => {
                *self = Model::new(self.maxsize);
                Answer::Done
            }
        }
    }

    /// What a call returns, and whether it was a hit.
    fn call(&mut self, n: u32, outcome: Outcome, worker: usize, after: &State) -> (Outcome, bool) {
        if let Some(value) = self.hit(n, worker) {
            return (Ok(value), true);
        }
        self.misses += 1;
        self.store(n, outcome, worker, after);
        (outcome, false)
    }

    fn state(&self, with_info: bool) -> State {
        let mut entries: Vec<_> = self.entries.iter().map(|entry| (entry.n, entry.value)).collect();
        entries.sort_unstable();
        let info = with_info.then(|| info(self.hits, self.misses, self.maxsize, entries.len()));
        State { info, entries }
    }
}

/// Operations on a few keys more than fit, each by the worker of its turn. The numbers of what bodies
/// return are given later, so that each is another.
fn operations(maxsize: Option<usize>) -> impl Strategy<Value = Vec<(usize, Operation)>> {
    let keys = maxsize.map_or(KEYS, |maxsize| KEYS.min(u32::try_from(maxsize).unwrap_or(KEYS) + 3));
    let outcome = prop_oneof![4 => Just(Ok(0)), 1 => Just(Err(0))];
    let operation = (0..keys, outcome, 0..100_u32).prop_map(|(n, outcome, kind)| match kind {
        0 => Operation::Clear,
        1..8 => Operation::Insert(n, outcome),
        8..15 => Operation::Refresh(n, outcome),
        15..23 => Operation::Invalidate(n),
        23..28 => Operation::Peek(n),
        28..33 => Operation::Contains(n),
        33..45 => Operation::WithStatus(n, outcome),
        _ => Operation::Call(n, outcome),
    });
    let turns = prop_oneof![1 => Just(true), 3 => Just(false)];
    let operations = prop::collection::vec((turns, 0..WORKERS, operation), 1..LENGTH);
    operations.prop_map(|mut operations| {
        let mut worker = 0;
        let number = |(index, (turns, next, operation)): (u32, &mut (bool, usize, Operation))| {
            if *turns {
                worker = *next;
            }
            (worker, operation.with_number(index))
        };
        (0..).zip(&mut operations).map(number).collect()
    })
}

impl Operation {
    fn with_number(self, number: u32) -> Self {
        let with = |outcome: Outcome| outcome.map(|_| number).map_err(|_| number);
        match self {
            Operation::Call(n, outcome) => Operation::Call(n, with(outcome)),
            Operation::WithStatus(n, outcome) => Operation::WithStatus(n, with(outcome)),
            Operation::Insert(n, outcome) => Operation::Insert(n, with(outcome)),
            Operation::Refresh(n, outcome) => Operation::Refresh(n, with(outcome)),
            other => other,
        }
    }
}

/// Tries many sequences of operations on each of these caches.
fn try_all(caches: &[Cached], holds: fn(Cached, &[(usize, Operation)], bool) -> TestCaseResult) {
    for &cached in caches {
        let config = Config { failure_persistence: None, ..Config::default() };
        let cases = if env::var_os("PROPTEST_CASES").is_some() { config.cases } else { CASES };
        let sequences = (operations(cached.maxsize), any::<bool>());
        let result = TestRunner::new(Config { cases, ..config })
            .run(&sequences, |(operations, with_info)| holds(cached, &operations, with_info));
        if let Err(differs) = result {
            panic!("maxsize {:?}: {differs}", cached.maxsize);
        }
    }
}

/// Compares an operation's answer, and the cache after it.
fn compare(
    model: &mut Model,
    worker: usize,
    operation: Operation,
    (answer, state): &(Answer, State),
) -> TestCaseResult {
    let before = format!("{model:?}");
    let expected = model.apply(operation, worker, state);
    prop_assert_eq!(answer, &expected, "to {:?}, before: {}", operation, &before);
    let expected = model.state(state.info.is_some());
    prop_assert_eq!(state, &expected, "after {:?}, before: {}", operation, &before);
    Ok(())
}

fn by_one_thread(
    cached: Cached,
    operations: &[(usize, Operation)],
    with_info: bool,
) -> TestCaseResult {
    (cached.apply)(Operation::Clear);
    let mut model = Model::new(cached.maxsize);
    for &(_, operation) in operations {
        let done = cached.perform(operation, with_info);
        compare(&mut model, 0, operation, &done)?;
    }
    Ok(())
}

/// A thread that does as it is told, one operation after the other.
struct Worker {
    operations: Sender<Operation>,
    done: Receiver<(Answer, State)>,
}

impl Worker {
    fn new(cached: Cached, with_info: bool) -> Self {
        let (operations, to_do) = mpsc::channel();
        let (is_done, done) = mpsc::channel();
        thread::spawn(move || {
            for operation in to_do {
                let _ = is_done.send(cached.perform(operation, with_info));
            }
        });
        Worker { operations, done }
    }

    fn perform(&self, operation: Operation) -> (Answer, State) {
        self.operations.send(operation).expect("it is there");
        self.done.recv_timeout(PATIENCE).expect("no panic")
    }
}

fn by_several_threads(
    cached: Cached,
    operations: &[(usize, Operation)],
    with_info: bool,
) -> TestCaseResult {
    (cached.apply)(Operation::Clear);
    let workers: Vec<_> = (0..WORKERS).map(|_| Worker::new(cached, with_info)).collect();
    let mut model = Model::new(cached.maxsize);
    for &(worker, operation) in operations {
        let done = workers[worker].perform(operation);
        compare(&mut model, worker, operation, &done)?;
    }
    Ok(())
}

fn by_several_threads_each_with_its_own(
    cached: Cached,
    operations: &[(usize, Operation)],
    with_info: bool,
) -> TestCaseResult {
    let new = |_| (Worker::new(cached, with_info), Model::new(cached.maxsize));
    let mut workers: Vec<_> = (0..WORKERS).map(new).collect();
    for &(index, operation) in operations {
        let (worker, model) = &mut workers[index];
        let done = worker.perform(operation);
        compare(model, index, operation, &done)?;
    }
    Ok(())
}

#[test]
fn one_thread() {
    try_all(&of_all_sizes!(u32, |n| n, "process"), by_one_thread);
}

#[test]
fn one_thread_with_a_cache_of_its_own() {
    try_all(&of_all_sizes!(u32, |n| n, "thread"), by_one_thread);
}

#[test]
fn one_thread_and_keys_of_one_hash() {
    try_all(&of_all_sizes!(Colliding, Colliding, "process"), by_one_thread);
    try_all(&of_all_sizes!(Colliding, Colliding, "thread"), by_one_thread);
}

/// Where hits of several threads may be ordered either way, any of these orders will do.
#[test]
fn several_threads_one_after_the_other() {
    try_all(&of_all_sizes!(u32, |n| n, "process"), by_several_threads);
    try_all(&of_all_sizes!(Colliding, Colliding, "process"), by_several_threads);
}

#[test]
fn several_threads_each_with_a_cache_of_its_own() {
    let caches = of_all_sizes!(u32, |n| n, "thread");
    try_all(&caches, by_several_threads_each_with_its_own);
}
