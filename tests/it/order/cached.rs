//! The cached functions that are tested, and threads that call them.

use std::fmt::Debug;
use std::sync::mpsc;
use std::sync::mpsc::{Receiver, Sender};
use std::thread;

use functools::CacheInfo;
use functools_test_support::PATIENCE;

pub(super) const KEYS: u32 = 12;
pub(super) const WORKERS: usize = 3;

pub(super) type Outcome = Result<u32, u32>;

/// An operation on a cache. The outcome is the result of the body if it runs, or is inserted.
#[derive(Debug, Clone, Copy)]
pub(super) enum Operation {
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
pub(super) enum Answer {
    Returned(Outcome),
    /// The result, and whether it was a hit.
    WithStatus(Outcome, bool),
    Is(bool),
    Peeked(Option<Outcome>),
    Done,
}

impl Operation {
    /// Gives the outcome a number of its own, so that no two results are equal.
    pub(super) fn with_number(self, number: u32) -> Self {
        let with = |outcome: Outcome| outcome.map(|_| number).map_err(|_| number);
        match self {
            Operation::Call(n, outcome) => Operation::Call(n, with(outcome)),
            Operation::WithStatus(n, outcome) => Operation::WithStatus(n, with(outcome)),
            Operation::Insert(n, outcome) => Operation::Insert(n, with(outcome)),
            Operation::Refresh(n, outcome) => Operation::Refresh(n, with(outcome)),
            other => other,
        }
    }

    /// Whether the answer to this operation says that the body ran for a call.
    pub(super) fn is_miss(self, answer: &Answer) -> bool {
        match (self, answer) {
            (Operation::Call(_, outcome), Answer::Returned(returned)) => outcome == *returned,
            (Operation::WithStatus(..), Answer::WithStatus(_, is_hit)) => !is_hit,
            _ => false,
        }
    }
}

/// The entries of a cache, and its counts.
#[derive(Debug, PartialEq)]
pub(super) struct State {
    /// `None` where the test does not read it: to read it replays the recency log.
    pub(super) info: Option<CacheInfo>,
    pub(super) entries: Vec<(u32, u32)>,
}

/// A new cached function.
#[derive(Clone, Copy)]
pub(super) struct Cached {
    pub(super) maxsize: Option<usize>,
    pub(super) apply: fn(Operation) -> Answer,
    pub(super) info: fn() -> CacheInfo,
    pub(super) entries: fn() -> Vec<(u32, u32)>,
}

impl Cached {
    /// Performs it, and looks at the cache.
    pub(super) fn perform(self, operation: Operation, with_info: bool) -> (Answer, State) {
        ((self.apply)(operation), self.look(with_info))
    }

    /// Looks at the cache.
    pub(super) fn look(self, with_info: bool) -> State {
        State { info: with_info.then(self.info), entries: (self.entries)() }
    }
}

macro_rules! cached_function {
    ($Key:ty, $key:expr, $scope:literal, $maxsize:expr) => {{
        use crate::order::cached::{Answer, Cached, KEYS, Operation, Outcome};

        #[functools::lru_cache(maxsize = $maxsize, scope = $scope, skip(outcome))]
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

/// A new cached function of each size, for a type of keys and a function that makes them.
macro_rules! of_all_sizes {
    ($Key:ty, $key:expr, $scope:literal) => {
        [
            cached_function!($Key, $key, $scope, 0),
            cached_function!($Key, $key, $scope, 1),
            cached_function!($Key, $key, $scope, 2),
            cached_function!($Key, $key, $scope, 3),
            cached_function!($Key, $key, $scope, 8),
            cached_function!($Key, $key, $scope, None),
        ]
    };
}

pub(super) use {cached_function, of_all_sizes};

/// A thread that performs operations, one after the other.
pub(super) struct Worker<T> {
    operations: Sender<Operation>,
    done: Receiver<T>,
}

impl<T: Send + 'static> Worker<T> {
    pub(super) fn new(perform: impl Fn(Operation) -> T + Send + 'static) -> Self {
        let (operations, to_do) = mpsc::channel();
        let (is_done, done) = mpsc::channel();
        thread::spawn(move || {
            for operation in to_do {
                let _ = is_done.send(perform(operation));
            }
        });
        Worker { operations, done }
    }

    pub(super) fn perform(&self, operation: Operation) -> T {
        self.operations.send(operation).expect("the worker lives");
        self.done.recv_timeout(PATIENCE).expect("no panic")
    }
}
