//! Retiring and reclaiming: no thread uses a dropped item, and all items are dropped.

use super::*;

/// Two readers find an entry, and clone its value, or do not find it. Meanwhile it is evicted, and
/// its slot is used again.
#[test]
fn two_readers_and_a_writer() {
    model(
        (ONE_ENTRY, 2),
        |cache| cache.store(0),
        &[
            |cache| assert!(cache.get(0).is_none_or(|value| value == 0)),
            |cache| assert!(cache.get(0).is_none_or(|value| value == 0)),
            |cache| cache.store(100),
        ],
        |cache| assert_eq!((cache.get(0), cache.get(100)), (None, Some(1000))),
    );
}

/// A reader clones a value whose entry is evicted. Two others are stored. The second one takes its
/// slot if it may, and the reader that comes later finds that.
#[test]
fn slot_is_reused_beside_a_reader() {
    model(
        (ONE_ENTRY, 3),
        |cache| cache.store(0),
        &[
            |cache| {
                assert!(cache.get(0).is_none_or(|value| value == 0));
                assert!(cache.get(200).is_none_or(|value| value == 2000));
            },
            |cache| {
                cache.store(100);
                cache.store(200);
            },
        ],
        |cache| assert_eq!(cache.get(200), Some(2000)),
    );
}

/// The same key is stored again: a reader finds one of the two.
#[test]
fn slot_is_reused_for_the_same_key() {
    model(
        (UNBOUNDED, 3),
        |cache| cache.store(0),
        &[
            |cache| assert!(cache.get(0).is_none_or(|value| value == 0)),
            |cache| {
                assert!(cache.remove(0));
                cache.store(0);
            },
        ],
        |cache| assert_eq!(cache.get(0), Some(0)),
    );
}

/// A slot is used again by a key with the same fingerprint, so that a reader with a bucket of
/// before finds it there, and compares its key.
#[test]
fn slot_is_reused_beside_a_comparison() {
    model(
        (UNBOUNDED, 3),
        |cache| cache.store(1),
        &[
            |cache| {
                let pin = cache.pin();
                let _ = Cache::compare(&pin, 3);
                cache.leave(pin, false);
            },
            |cache| {
                assert!(cache.remove(1));
                assert!(matches!(cache.start(2, false), Started::Compute(_)));
                assert!(!cache.remove(2));
            },
        ],
        |cache| assert_eq!(cache.snapshot().len, 0),
    );
}

/// A reader that clones a value has compared the key of another entry before, which is removed.
#[test]
fn compared_key_is_removed_beside_a_clone() {
    model(
        (UNBOUNDED, 3),
        |cache| {
            cache.store(1);
            cache.store(2);
        },
        &[|cache| assert_eq!(cache.get(2), Some(20)), |cache| assert!(cache.remove(1))],
        |cache| assert_eq!((cache.get(1), cache.get(2)), (None, Some(20))),
    );
}

/// Two writers, both of which evict, and each of which is a reader first.
#[test]
fn two_writers() {
    model(
        (ONE_ENTRY, 3),
        |cache| cache.store(0),
        &[|cache| cache.store(100), |cache| cache.store(200)],
        |cache| assert_eq!(cache.snapshot().counters.evictions, 2),
    );
}

/// A thread without a stripe makes one, while a writer looks at all that exist.
#[test]
fn stripe_is_made_beside_a_writer() {
    in_every_order(3, || {
        loom::explore();
        thread::set_number(0);
        let cache = Arc::new(Cache::new(&ONE_ENTRY));
        cache.store(0);
        let reader = {
            let cache = Arc::clone(&cache);
            loom::thread::spawn(move || {
                thread::set_number(1);
                assert!(cache.get(0).is_none_or(|value| value == 0));
            })
        };
        cache.store(100);
        reader.join().expect("it does not panic");
        assert_eq!(cache.get(100), Some(1000));
    });
}

/// More threads than stripes: the third takes the stripe of the first, or another one.
#[test]
fn two_threads_with_one_stripe() {
    model(
        (ONE_ENTRY, 2),
        |cache| cache.store(0),
        &[
            |cache| {
                cache.get(0);
            },
            |cache| cache.store(100),
            |cache| {
                cache.get(0);
            },
        ],
        |cache| assert_eq!(cache.get(100), Some(1000)),
    );
}
