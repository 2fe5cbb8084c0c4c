//! Random sequences of operations on caches of every size, by the cache and by a model: every
//! answer, every entry and the counts, after each operation (CONTRACT 5). A difference is shrunk.
//!
//! `PROPTEST_CASES=<number>` sets how many sequences are tried of each cache.

use std::env;

use functools_test_support::Colliding;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestCaseResult, TestRunner};

use super::cached::{
    Answer, Cached, KEYS, Operation, State, WORKERS, Worker, cached_function, of_all_sizes,
};
use super::expected::Expected;

/// The sequences of each cache where `PROPTEST_CASES` is not set.
const CASES: u32 = 48;
const LENGTH: usize = 120;

/// Operations on a few keys more than fit, each with its worker.
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
    model: &mut Expected,
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
    let mut model = Expected::new(cached.maxsize);
    for &(_, operation) in operations {
        let done = cached.perform(operation, with_info);
        compare(&mut model, 0, operation, &done)?;
    }
    Ok(())
}

fn by_several_threads(
    cached: Cached,
    operations: &[(usize, Operation)],
    with_info: bool,
) -> TestCaseResult {
    (cached.apply)(Operation::Clear);
    let workers: Vec<_> = (0..WORKERS)
        .map(|_| Worker::new(move |operation| cached.perform(operation, with_info)))
        .collect();
    let mut model = Expected::new(cached.maxsize);
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
    let new = |_| {
        (
            Worker::new(move |operation| cached.perform(operation, with_info)),
            Expected::new(cached.maxsize),
        )
    };
    let mut workers: Vec<_> = (0..WORKERS).map(new).collect();
    for &(index, operation) in operations {
        let (worker, model) = &mut workers[index];
        let done = worker.perform(operation);
        compare(model, index, operation, &done)?;
    }
    Ok(())
}

#[test]
fn one_thread_agrees() {
    try_all(&of_all_sizes!(u32, |n| n, "process"), by_one_thread);
}

#[test]
fn one_thread_with_its_own_cache_agrees() {
    try_all(&of_all_sizes!(u32, |n| n, "thread"), by_one_thread);
}

#[test]
fn one_thread_with_keys_of_one_hash_agrees() {
    try_all(&of_all_sizes!(Colliding, Colliding, "process"), by_one_thread);
    try_all(&of_all_sizes!(Colliding, Colliding, "thread"), by_one_thread);
}

/// Hits of several threads between the same two misses may be ordered either way.
#[test]
fn several_threads_in_turn_agree() {
    try_all(&of_all_sizes!(u32, |n| n, "process"), by_several_threads);
    try_all(&of_all_sizes!(Colliding, Colliding, "process"), by_several_threads);
}

#[test]
fn several_threads_with_their_own_caches_agree() {
    let caches = of_all_sizes!(u32, |n| n, "thread");
    try_all(&caches, by_several_threads_each_with_its_own);
}
