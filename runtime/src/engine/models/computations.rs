//! In-flight computations: one starts, others wait or are discarded.

use super::*;

/// A thread that starts a key computes it, waits for the thread that does, or finds its result.
#[test]
fn one_computes_and_one_waits() {
    fn call(cache: &Cache) {
        match cache.start(0, true) {
            Started::Compute(id) => drop(cache.complete(id, 0)),
            Started::Wait(waiting) => {
                // Its leader has not left, or gets the list when it does.
                assert!(Arc::strong_count(&waiting.wait_list) <= 2);
            }
            Started::AlreadyStored => (),
            Started::NotCompared | Started::Full => unreachable!(),
        }
    }
    model((UNBOUNDED, 3), nothing, &[call, call], |cache| {
        let Snapshot { counters, len, .. } = cache.snapshot();
        assert_eq!((counters.misses, len), (1, 1));
        assert!(counters.joined <= 1);
        assert_eq!(cache.get(0), Some(0));
    });
}

/// The leader is given the list of each waiter: none waits for ever.
#[test]
fn leader_gets_the_list_of_its_waiter() {
    model(
        (UNBOUNDED, 3),
        nothing,
        &[
            |cache| {
                let Started::Compute(id) = cache.start(0, true) else { return };
                let ended = cache.complete(id, 0);
                let joined = cache.snapshot().counters.joined;
                assert_eq!(ended.wait_list.is_some(), joined == 1);
            },
            |cache| match cache.start(0, true) {
                Started::Compute(id) => {
                    let ended = cache.complete(id, 0);
                    let joined = cache.snapshot().counters.joined;
                    assert_eq!(ended.wait_list.is_some(), joined == 1);
                }
                Started::Wait(_) | Started::AlreadyStored => (),
                Started::NotCompared | Started::Full => unreachable!(),
            },
        ],
        |cache| assert_eq!(cache.get(0), Some(0)),
    );
}

/// A computation that began before an invalidation is not stored after it.
#[test]
fn removed_beside_a_computation() {
    model(
        (UNBOUNDED, 2),
        nothing,
        &[
            |cache| cache.store(0),
            |cache| {
                cache.remove(0);
            },
            |cache| {
                assert!(cache.get(0).is_none_or(|value| value == 0));
            },
        ],
        |cache| {
            cache.remove(0);
            assert_eq!(cache.get(0), None);
        },
    );
}

/// The slot of a discarded computation is used for another one; the first does not store into it.
#[test]
fn discarded_computation_does_not_store_into_its_slot() {
    model(
        (UNBOUNDED, 3),
        nothing,
        &[
            |cache| cache.store(0),
            |cache| {
                cache.remove(0);
                cache.store(100);
            },
        ],
        |cache| {
            assert!(cache.get(0).is_none_or(|value| value == 0));
            assert_eq!(cache.get(100), Some(1000));
        },
    );
}

/// Two threads store a key in the short way. One entry is left.
#[test]
fn two_store_one_key() {
    model((UNBOUNDED, 3), nothing, &[|cache| cache.store(0), |cache| cache.store(0)], |cache| {
        assert_eq!((cache.snapshot().len, cache.get(0)), (1, Some(0)))
    });
}

/// Two keys with the same fingerprint, started at once: each is compared with the other.
#[test]
fn keys_with_one_fingerprint_are_compared() {
    model((UNBOUNDED, 3), nothing, &[|cache| cache.store(1), |cache| cache.store(2)], |cache| {
        assert_eq!((cache.get(1), cache.get(2)), (Some(10), Some(20)))
    });
}

/// A thread's key is read by others while its computation is discarded.
#[test]
fn key_of_a_computation_is_read_beside_its_removal() {
    model(
        (UNBOUNDED, 3),
        nothing,
        &[
            |cache| {
                let Started::Compute(id) = cache.start(0, false) else { return };
                let pin = cache.pin();
                let key = pin.key_of(id).map(harness::Item::read);
                cache.leave(pin, false);
                assert!(key.is_none_or(|key| key == 0));
                cache.complete(id, 0);
            },
            |cache| {
                cache.remove(0);
                cache.store(100);
            },
        ],
        |cache| assert_eq!(cache.get(100), Some(1000)),
    );
}
