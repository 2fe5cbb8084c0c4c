//! Clearing beside readers and writers.

use super::*;

/// A reader finds an entry, and clones its value, or finds nothing, or no slots and buckets.
#[test]
fn cleared_beside_a_reader() {
    model(
        (UNBOUNDED, 3),
        |cache| cache.store(0),
        &[|cache| assert!(cache.get(0).is_none_or(|value| value == 0)), Cache::clear],
        |cache| assert_eq!(cache.get(0), None),
    );
}

/// Another key gets the same slot number, in new storage, while a reader clones the old value.
#[test]
fn cleared_and_filled_beside_a_reader() {
    model(
        (ONE_ENTRY, 3),
        |cache| cache.store(0),
        &[
            |cache| {
                assert!(cache.get(0).is_none_or(|value| value == 0));
            },
            |cache| {
                cache.clear();
                cache.store(100);
            },
        ],
        |cache| assert_eq!((cache.get(0), cache.get(100)), (None, Some(1000))),
    );
}

/// The result of a computation that a clear discards is not stored.
#[test]
fn cleared_beside_a_computation() {
    model((UNBOUNDED, 3), nothing, &[|cache| cache.store(0), Cache::clear], |cache| {
        assert!(cache.get(0).is_none_or(|value| value == 0))
    });
}

/// A removed entry and a cleared one, with a reader of either.
#[test]
fn cleared_after_a_removal_beside_a_reader() {
    model(
        (UNBOUNDED, 3),
        |cache| {
            cache.store(0);
            cache.store(100);
        },
        &[
            |cache| {
                assert!(cache.get(0).is_none_or(|value| value == 0));
            },
            |cache| {
                cache.remove(0);
                cache.clear();
            },
        ],
        |cache| assert_eq!(cache.snapshot().len, 0),
    );
}

/// A thread that misses while it is cleared starts its computation, and releases its pin by that.
#[test]
fn two_clears() {
    model((UNBOUNDED, 3), |cache| cache.store(0), &[Cache::clear, Cache::clear], nothing);
}

/// A reader continues from an old bucket to slots that were made since, which end its chain.
#[test]
fn chain_ends_beside_a_clear() {
    model(
        (UNBOUNDED, 3),
        |cache| {
            cache.store(0);
            cache.store(400);
        },
        &[
            |cache| assert!(cache.get(0).is_none_or(|value| value == 0)),
            |cache| {
                cache.clear();
                cache.store(800);
            },
        ],
        |cache| assert_eq!(cache.snapshot().len, 1),
    );
}
