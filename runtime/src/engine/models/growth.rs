//! The index and the slots grow beside readers. In these models the first array has four buckets,
//! and two are used before it grows; there are four slots in the first block.

use super::*;

fn fill(cache: &Cache, keys: std::ops::Range<u32>) {
    keys.for_each(|key| cache.store(key * 100));
}

/// A reader finds an entry that stays in the index, also while the index grows.
#[test]
fn all_is_found_while_the_index_grows() {
    model(
        (UNBOUNDED, 3),
        |cache| fill(cache, 0..2),
        &[
            |cache| {
                assert_eq!(cache.get(100), Some(1000));
                // Where it belongs in the larger array, there is no bucket in the shorter one.
                assert_eq!(cache.get(700), None);
            },
            |cache| fill(cache, 2..5),
        ],
        |cache| assert_eq!(cache.snapshot().len, 5),
    );
}

/// The array that has been copied is freed when no reader uses it.
#[test]
fn moved_array_is_freed_beside_a_reader() {
    model(
        (UNBOUNDED, 3),
        |cache| fill(cache, 0..4),
        &[
            |cache| {
                cache.get(0);
                cache.get(100);
            },
            |cache| fill(cache, 4..6),
        ],
        |cache| (0..6).for_each(|key| assert_eq!(cache.get(key * 100), Some(key * 1000))),
    );
}

/// The entries of a chain before and behind one that is removed are found all the time.
#[test]
fn chain_is_whole_beside_a_removal() {
    model(
        (UNBOUNDED, 3),
        // They belong to the same bucket; the last one is the first of its chain.
        |cache| {
            cache.store(0);
            cache.store(400);
        },
        &[|cache| assert_eq!(cache.get(0), Some(0)), |cache| assert!(cache.remove(400))],
        |cache| assert_eq!(cache.get(0), Some(0)),
    );
}

/// The same of the last of a chain, and of an entry that is added.
#[test]
fn chain_is_whole_beside_an_insertion() {
    model(
        (UNBOUNDED, 3),
        |cache| {
            cache.store(0);
            cache.store(400);
        },
        &[
            |cache| assert_eq!(cache.get(400), Some(4000)),
            |cache| {
                assert!(cache.remove(0));
                cache.store(800);
            },
        ],
        |cache| assert_eq!(cache.get(800), Some(8000)),
    );
}

/// A block of slots is added, and logs of hits get longer.
#[test]
fn slots_grow_beside_a_reader() {
    const BOUNDED: Config = Config { capacity: Some(5), ..UNBOUNDED };
    model(
        (BOUNDED, 3),
        |cache| fill(cache, 0..4),
        &[
            |cache| {
                assert!(cache.get(300).is_none_or(|value| value == 3000));
                assert!(cache.get(400).is_none_or(|value| value == 4000));
            },
            |cache| cache.store(400),
        ],
        |cache| assert_eq!(cache.snapshot().len, 5),
    );
}

/// A clear while the index grows.
#[test]
fn cleared_while_the_index_grows() {
    model(
        (UNBOUNDED, 3),
        |cache| fill(cache, 0..3),
        &[
            |cache| {
                cache.get(0);
            },
            Cache::clear,
        ],
        |cache| {
            fill(cache, 0..6);
            assert_eq!(cache.snapshot().len, 6);
        },
    );
}
