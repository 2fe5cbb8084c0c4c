//! Long random runs on a full cache: which entry is evicted (CONTRACT 5).

use fastrand::Rng;
use functools::lru_cache;
use functools_test_support::info;

use super::cached::{Answer, Cached, KEYS, Operation, State, Worker, cached_function};
use super::expected::Expected;

const MAXSIZE: usize = 7;

fn random_operation(random: &mut Rng, number: u32) -> Operation {
    let n = random.u32(..KEYS);
    let operation = match random.u32(..200) {
        0 => Operation::Clear,
        1..8 => Operation::Insert(n, Ok(0)),
        8..16 => Operation::Refresh(n, Ok(0)),
        16..24 => Operation::Invalidate(n),
        24..28 => Operation::Contains(n),
        28..32 => Operation::Peek(n),
        _ => Operation::Call(n, Ok(0)),
    };
    operation.with_number(number)
}

/// Performs random operations on the cache, in a thread of the choice of `perform`, and on the
/// model, and compares the answers. Looks at the entries now and then: to look may change a cache.
fn compare(
    cached: Cached,
    seed: u64,
    operations: u32,
    mut perform: impl FnMut(Operation) -> Answer,
) {
    let (mut random, mut model) = (Rng::with_seed(seed), Expected::new(cached.maxsize));
    // One order alone is right, so the model does not look at what the cache evicted.
    let any = State { info: None, entries: Vec::new() };
    for number in 0..operations {
        let operation = random_operation(&mut random, number);
        let answer = perform(operation);
        assert_eq!(answer, model.apply(operation, 0, &any), "{operation:?}");
        if random.u32(..20) == 0 {
            assert_eq!(cached.look(true), model.state(true), "after {operation:?}");
        }
    }
    assert_eq!(cached.look(true), model.state(true));
}

#[test]
fn evicts_the_least_recent_entry() {
    let process = cached_function!(u32, |n| n, "process", MAXSIZE);
    let thread = cached_function!(u32, |n| n, "thread", MAXSIZE);
    for cached in [process, thread] {
        compare(cached, 1, 20_000, cached.apply);
    }
}

/// Many threads, one at a time. Another takes over at a miss, since hits of several threads between
/// the same two misses may be ordered either way.
#[test]
fn evicts_the_least_recent_entry_of_threads_in_turn() {
    let cached = cached_function!(u32, |n| n, "process", MAXSIZE);
    let workers: Vec<_> = (0..50).map(|_| Worker::new(cached.apply)).collect();
    let (mut random, mut worker) = (Rng::with_seed(2), 0);
    compare(cached, 3, 10_000, |operation| {
        let answer = workers[worker].perform(operation);
        if operation.is_miss(&answer) {
            worker = random.usize(..workers.len());
        }
        answer
    });
}

#[test]
fn evicts_the_least_recent_entry_of_threads_that_come_and_go() {
    let cached = cached_function!(u32, |n| n, "process", MAXSIZE);
    let mut worker = Worker::new(cached.apply);
    compare(cached, 4, 2_000, |operation| {
        let answer = worker.perform(operation);
        if operation.is_miss(&answer) {
            worker = Worker::new(cached.apply);
        }
        answer
    });
}

#[test]
fn evicts_the_least_recent_of_very_many_entries() {
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
