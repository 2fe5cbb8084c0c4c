//! The checker finds histories that no cache may have.

use functools_test_support::{Timed, is_linearizable, shrink};

use super::specification::Operation::{
    Clear, Complete, Contains, EndInsert, Fail, Hit, Insert, Invalidate, Join, Peek, Start,
    StartInsert, StartRefresh,
};
use super::specification::{Cache, Operation};

const CACHE: Cache = Cache { maxsize: 2 };

/// A history of operations with their starts and ends.
fn history(rows: &[(u64, u64, Operation)]) -> Vec<Timed<Operation>> {
    let timed = |&(start, end, operation)| Timed { start, end, operation };
    rows.iter().map(timed).collect()
}

fn is_allowed(rows: &[(u64, u64, Operation)]) -> bool {
    is_linearizable(&CACHE, &Default::default(), &history(rows))
}

#[test]
fn allows_what_some_order_allows() {
    for (name, rows) in [
        ("nothing", &[][..]),
        ("a read beside a write sees it", &[(0, 9, Insert(0, 1)), (1, 2, Hit(0, 1))]),
        ("a read beside a write does not see it", &[(0, 9, Insert(0, 1)), (1, 2, Peek(0, None))]),
        (
            "a waiter of a computation that is discarded meanwhile",
            &[
                (0, 1, Start(0, 1)),
                (0, 9, Join(0, 1)),
                (2, 3, Invalidate(0, false)),
                (4, 5, Complete(0, 1)),
                (6, 7, Peek(0, None)),
            ],
        ),
        (
            "a second computation after the first was discarded",
            &[
                (0, 1, Start(0, 1)),
                (2, 3, Clear),
                (4, 5, Start(0, 2)),
                (6, 7, Complete(0, 2)),
                (8, 9, Complete(0, 1)),
                (10, 11, Hit(0, 2)),
            ],
        ),
        (
            "either of two entries is evicted",
            &[
                (0, 1, Insert(0, 1)),
                (2, 3, Insert(1, 2)),
                (4, 5, Insert(2, 3)),
                (6, 7, Peek(1, None)),
                (8, 9, Hit(0, 1)),
            ],
        ),
        (
            "an insertion that an invalidation discards before it ends",
            &[
                (0, 9, StartInsert(0, 1)),
                (0, 9, EndInsert(0, 1)),
                (1, 2, Invalidate(0, false)),
                (10, 11, Start(0, 2)),
            ],
        ),
    ] {
        assert!(is_allowed(rows), "{name}");
    }
}

#[test]
fn refuses_what_no_order_allows() {
    for (name, rows) in [
        ("a value from nowhere", &[(0, 1, Hit(0, 1))][..]),
        (
            "an old value after an invalidation",
            &[(0, 1, Insert(0, 1)), (2, 3, Invalidate(0, true)), (4, 5, Hit(0, 1))],
        ),
        ("an insertion that is lost", &[(0, 1, Insert(0, 1)), (2, 3, Peek(0, None))]),
        (
            "an old value after a newer one was seen",
            &[
                (0, 9, Insert(0, 1)),
                (0, 9, Insert(0, 2)),
                (0, 9, Hit(0, 1)),
                (10, 11, Hit(0, 2)),
                (12, 13, Hit(0, 1)),
            ],
        ),
        (
            "two computations of a key at once",
            &[(0, 1, Start(0, 1)), (2, 3, Start(0, 2)), (4, 5, Complete(0, 1))],
        ),
        ("a computation beside an entry", &[(0, 1, Insert(0, 1)), (2, 3, Start(0, 2))]),
        (
            "a call that joins a computation which was discarded before",
            &[
                (0, 1, Start(0, 1)),
                (2, 3, Invalidate(0, false)),
                (4, 9, Join(0, 1)),
                (5, 6, Complete(0, 1)),
            ],
        ),
        (
            "a result from before a clear, stored after it",
            &[(0, 1, Start(0, 1)), (2, 3, Clear), (4, 5, Complete(0, 1)), (6, 7, Hit(0, 1))],
        ),
        (
            "a result from before an insertion, stored after it",
            &[
                (0, 1, Start(0, 1)),
                (2, 3, Insert(0, 2)),
                (4, 5, Complete(0, 1)),
                (6, 7, Peek(0, Some(1))),
            ],
        ),
        (
            "an older refresh that replaces a newer one",
            &[
                (0, 1, StartRefresh(0, 1)),
                (2, 3, StartRefresh(0, 2)),
                (4, 5, Complete(0, 2)),
                (6, 7, Complete(0, 1)),
                (8, 9, Hit(0, 1)),
            ],
        ),
        (
            "an error that is stored",
            &[(0, 1, Start(0, 1)), (2, 3, Fail(0, 1)), (4, 5, Contains(0, true))],
        ),
        (
            "an invalidation that overlooks an entry",
            &[(0, 1, Insert(0, 1)), (2, 3, Invalidate(0, false))],
        ),
        (
            "a clear that removes one key after the other",
            &[
                (0, 1, Insert(0, 1)),
                (2, 3, Insert(1, 2)),
                (4, 20, Clear),
                (5, 6, Peek(0, None)),
                (7, 8, Hit(1, 2)),
            ],
        ),
        (
            "an insertion that ends before it starts",
            &[(0, 1, EndInsert(0, 1)), (2, 3, StartInsert(0, 1))],
        ),
        (
            "an eviction without need",
            &[(0, 1, Insert(0, 1)), (2, 3, Insert(1, 2)), (4, 5, Peek(0, None))],
        ),
        (
            "too many entries",
            &[
                (0, 1, Insert(0, 1)),
                (2, 3, Insert(1, 2)),
                (4, 5, Insert(2, 3)),
                (6, 7, Hit(0, 1)),
                (8, 9, Hit(1, 2)),
            ],
        ),
    ] {
        assert!(!is_allowed(rows), "{name}");
    }
}

/// Many reads at once are no more work than a few.
#[test]
fn long_histories_are_searched() {
    let mut rows = vec![(0, 1000, Insert(0, 1)), (0, 1000, Insert(0, 2))];
    rows.extend((0..100).map(|n| (2 + n, 1000, Hit(0, 1 + u32::try_from(n % 2).unwrap_or(0)))));
    assert!(is_allowed(&rows));
    rows.extend([(1001, 1002, Hit(0, 2)), (1003, 1004, Hit(0, 1))]);
    assert!(!is_allowed(&rows));
}

#[test]
fn shrinks_to_what_matters() {
    let rows = [
        (0, 1, Insert(0, 1)),
        (2, 3, Hit(0, 1)),
        (2, 4, Contains(1, false)),
        (5, 6, Invalidate(0, true)),
        (7, 8, Contains(0, true)),
        (7, 9, Peek(1, None)),
    ];
    let left = shrink(&CACHE, &Default::default(), history(&rows));
    assert_eq!(left, history(&[rows[0], rows[3], rows[4]]));
}
