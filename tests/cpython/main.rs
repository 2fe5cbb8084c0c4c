//! CPython's `functools.lru_cache` as the oracle: the same random operations go to it and to ours,
//! and every answer must be the same to the character (CONTRACT 5).
//!
//! An answer tells each call's key, whether its body ran, what it returned or that it raised, the
//! calls inside it likewise, and the whole `cache_info`. No body clears its own cache: what it
//! returns then, Python stores and we do not, on purpose.
//!
//! `FUNCTOOLS_SEED=<number>` replays a run, and `FUNCTOOLS_MINUTES=60` goes on for an hour.

mod cached;
mod operation;
mod oracle;

use functools_test_support::with_seeds;

use cached::Cached;
use operation::Operation;

const OPERATIONS: usize = 140_000;

/// The number of a cache's last operations that a failure shows.
const PAST: usize = 10;

#[test]
fn answers_as_cpython_does() {
    with_seeds(compare);
}

/// Compares the answers to one run's operations.
fn compare(seed: u64) {
    let caches = cached::all();
    for cache in &caches {
        cache.start_anew();
    }
    let operations = operation::random(seed, &caches, OPERATIONS);
    let Some(answers) = oracle::answers(&operation::script(&caches, &operations)) else { return };
    assert_eq!(answers.lines().count(), OPERATIONS, "one answer to each operation");
    let answered: Vec<_> = operations.iter().zip(answers.lines()).collect();

    for (index, (operation, expected)) in answered.iter().enumerate() {
        let cache = &caches[operation.cache];
        let ours = cache.answer(&operation.action);
        assert!(ours == *expected, "{}", report(seed, cache, &answered[..=index], &ours));
    }
}

/// What to say when our answer to the last operation is not Python's. Up to then they agreed, so
/// that Python's answers tell the past of both.
fn report(seed: u64, cache: &Cached, answered: &[(&Operation, &str)], ours: &str) -> String {
    let ((Operation { cache: here, action }, expected), past) =
        answered.split_last().expect("an operation has been answered");
    let index = past.len();
    let mut past: Vec<_> = past
        .iter()
        .enumerate()
        .rev()
        .filter(|(_, (operation, _))| operation.cache == *here)
        .take(PAST)
        .map(|(index, (Operation { action, .. }, answer))| {
            format!("    {index}: {action}\n        {answer}\n")
        })
        .collect();
    past.reverse();
    let past = past.concat();

    format!(
        "CPython's cache and ours disagree\n\
         \x20   seed       {seed}\n\
         \x20   cache      {cache} (function/maxsize)\n\
         \x20   operation  {index}: {action}\n\
         \x20   CPython    {expected}\n\
         \x20   ours       {ours}\n\
         what both answered before, on this cache:\n{past}"
    )
}
