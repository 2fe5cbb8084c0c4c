//! The LRU order: a hit that is over before a miss begins is seen by its eviction.

use super::*;

/// A reader hits the least recent entry, while a writer evicts. The reader's entry or the other one
/// leaves, and never the one that the writer has hit before.
#[test]
fn hit_races_an_eviction() {
    model(
        (TWO_ENTRIES, 3),
        |cache| {
            cache.store(0);
            cache.store(100);
        },
        &[
            |cache| {
                cache.get(0);
            },
            |cache| cache.store(200),
        ],
        |cache| {
            let left = [cache.get(0), cache.get(100), cache.get(200)].map(|value| value.is_some());
            assert!(left == [true, false, true] || left == [false, true, true]);
        },
    );
}

/// An entry that a reader has hit before the miss begins is not evicted, though another hit makes
/// all logs be replayed meanwhile.
#[test]
fn hit_before_the_miss_is_in_the_order() {
    model(
        (TWO_ENTRIES, 3),
        |cache| {
            cache.store(0);
            cache.store(100);
            // By the stripe of the other thread, of 0 alone.
            thread::set_number(1);
            cache.get(0);
            thread::set_number(0);
        },
        &[
            |cache| {
                cache.store(200);
                assert_eq!(cache.snapshot().counters.evictions, 1);
            },
            |cache| {
                cache.get(0);
            },
        ],
        |cache| {
            let left = [cache.get(0), cache.get(100), cache.get(200)].map(|value| value.is_some());
            assert_eq!(left, [true, false, true]);
        },
    );
}

/// A hit is logged while another thread's eviction replays all logs. It is in the order of the next
/// eviction.
#[test]
fn hit_that_races_a_replay_is_not_lost() {
    const THREE_ENTRIES: Config = Config { capacity: Some(3), ..UNBOUNDED };
    model(
        (THREE_ENTRIES, 3),
        |cache| {
            [0, 100, 200].map(|key| cache.store(key));
            // So the least recent entry that the list knows of was hit, and all logs are replayed.
            thread::set_number(1);
            cache.get(0);
            thread::set_number(0);
        },
        &[
            |cache| cache.store(300),
            |cache| {
                assert_eq!(cache.get(200), Some(2000));
            },
        ],
        |cache| {
            // The hit of 200 came after that of 0, and 100 has left.
            cache.store(400);
            let left = [0, 100, 200, 300, 400].map(|key| cache.get(key).is_some());
            assert_eq!(left, [false, false, true, true, true]);
        },
    );
}

/// With the adaptive policy, a hit races the eviction of its entry.
#[test]
fn adaptive_hit_races_an_eviction() {
    const ADAPTIVE: Config = Config { eviction: Eviction::Adaptive, ..TWO_ENTRIES };
    model(
        (ADAPTIVE, 3),
        |cache| {
            cache.store(0);
            cache.store(100);
        },
        &[
            |cache| {
                assert!(cache.get(0).is_none_or(|value| value == 0));
            },
            |cache| cache.store(200),
        ],
        |cache| assert_eq!(cache.snapshot().len, 2),
    );
}
