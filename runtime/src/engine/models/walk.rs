//! A walk beside writers: what a reader looks at is not dropped, and what it removes is what it
//! found.

use super::*;
use crate::engine::types::{Engine as _, Garbage};

/// Looks at all entries, and removes those of which `is_refused` holds.
fn walk(cache: &Cache, is_refused: fn(u32) -> bool) {
    for place in cache.engine.places().expect("not within a pin") {
        let mut pin = cache.pin();
        let Some(position) = pin.entry_at(place) else {
            cache.leave(pin, false);
            continue;
        };
        let _ = pin.rank(place, position);
        pin.narrow(position);
        let key = pin.key(position).read();
        assert_eq!(pin.value(position).read(), key * 10);
        if is_refused(key) {
            let mut garbage = Garbage::new();
            let _ = cache.engine.remove_found(pin, position, None, &mut garbage);
        } else {
            cache.leave(pin, false);
        }
    }
}

/// The entry is evicted, and its slot used again, while a reader looks at it.
#[test]
fn walk_beside_an_eviction() {
    model(
        (ONE_ENTRY, 3),
        |cache| cache.store(0),
        &[|cache| walk(cache, |_| false), |cache| cache.store(100)],
        |cache| assert_eq!((cache.get(0), cache.get(100)), (None, Some(1000))),
    );
}

/// Only the key that is refused is removed, also if another one gets its slot.
#[test]
fn removal_beside_an_eviction() {
    model(
        (ONE_ENTRY, 3),
        |cache| cache.store(0),
        &[|cache| walk(cache, |key| key == 0), |cache| cache.store(100)],
        |cache| assert_eq!((cache.get(0), cache.get(100)), (None, Some(1000))),
    );
}

/// Storage is taken out while a reader looks at an entry, and made again.
#[test]
fn removal_beside_a_clear() {
    model(
        (UNBOUNDED, 3),
        |cache| cache.store(0),
        &[
            |cache| walk(cache, |key| key == 0),
            |cache| {
                cache.clear();
                cache.store(100);
            },
        ],
        |cache| assert_eq!((cache.get(0), cache.get(100)), (None, Some(1000))),
    );
}

/// Two threads remove the same entry.
#[test]
fn two_removals() {
    model(
        (UNBOUNDED, 3),
        |cache| cache.store(0),
        &[|cache| walk(cache, |_| true), |cache| walk(cache, |_| true)],
        |cache| assert_eq!(cache.snapshot().len, 0),
    );
}
