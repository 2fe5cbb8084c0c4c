//! Another bound beside readers and writers.

use super::*;
use crate::engine::types::{Engine as _, Garbage};

fn resize(cache: &Cache, capacity: Option<usize>) {
    while cache.engine.resize(capacity, None, &mut Garbage::new()).expect("not within a pin") {}
}

/// What is evicted step by step is not dropped while a reader clones it.
#[test]
fn shrunk_beside_a_reader() {
    model(
        (TWO_ENTRIES, 3),
        |cache| {
            cache.store(0);
            cache.store(100);
        },
        &[
            |cache| assert!(cache.get(0).is_none_or(|value| value == 0)),
            |cache| resize(cache, Some(0)),
        ],
        |cache| assert_eq!(cache.snapshot().len, 0),
    );
}

/// A result is stored before, between or after the steps, and the bound holds in the end.
#[test]
fn shrunk_beside_a_writer() {
    model(
        (TWO_ENTRIES, 3),
        |cache| {
            cache.store(0);
            cache.store(100);
        },
        &[|cache| cache.store(200), |cache| resize(cache, Some(1))],
        |cache| assert_eq!(cache.snapshot().len, 1),
    );
}

/// The first bound, while a hit does not know yet that it is logged.
#[test]
fn bounded_beside_a_reader() {
    model(
        (UNBOUNDED, 3),
        |cache| {
            cache.store(0);
            cache.store(100);
        },
        &[
            |cache| assert!(cache.get(0).is_none_or(|value| value == 0)),
            |cache| {
                resize(cache, Some(1));
                cache.store(200);
            },
        ],
        |cache| assert_eq!((cache.get(200), cache.snapshot().len), (Some(2000), 1)),
    );
}
