//! Leaders that succeed, fail, or end without a result, and their waiters.

use super::*;

/// Two calls, of which one computes.
#[test]
fn leader_succeeds() {
    const CALL: Act = |cache| cache.call(Body::Returns(1));
    model(TWO, &[CALL, CALL], |cache, got| {
        assert_eq!((cache.runs(), cache.peek()), (1, Some(1)));
        assert!(got.contains(&Got::Computed(Some(1))), "{got:?}");
        assert!(got.iter().all(|got| *got != Got::Computed(None)), "{got:?}");
    });
}

/// A leader panics, or is dropped: the waiter computes.
#[test]
fn leader_ends_without_a_result() {
    model(
        TWO,
        &[|cache| cache.call(Body::Ends), |cache| cache.call(Body::Returns(2))],
        |cache, got| {
            assert_eq!(cache.peek(), Some(2));
            assert_eq!(got[1], Got::Computed(Some(2)));
            // The other was before, or found the entry.
            assert!(matches!(got[0], Got::Computed(None) | Got::Hit(2) | Got::Joined(2)));
        },
    );
}

/// Of the waiters of a leader that panics, one computes and the other gets its result.
#[test]
fn next_waiter_leads() {
    model(
        THREE,
        &[
            |cache| cache.call(Body::Ends),
            |cache| cache.call(Body::Returns(2)),
            |cache| cache.call(Body::Returns(2)),
        ],
        |cache, got| {
            assert_eq!(cache.peek(), Some(2));
            let led = usize::from(got[0] == Got::Computed(None));
            assert_eq!(cache.runs(), 1 + led, "{got:?}");
        },
    );
}

/// A result that is not stored goes to the waiters.
#[test]
fn unstored_result_reaches_waiters() {
    const CALL: Act = |cache| cache.call(Body::ReturnsUnstored(1));
    model(TWO, &[CALL, CALL], |cache, got| {
        assert_eq!(cache.peek(), None);
        let joined = got.iter().filter(|got| **got == Got::Joined(1)).count();
        assert_eq!(cache.runs() + joined, 2, "{got:?}");
    });
}

/// A result that cannot be cloned: its waiters compute.
#[test]
fn result_that_is_not_cloneable_makes_waiters_compute() {
    const CALL: Act = |cache| cache.call(Body::ReturnsOnly);
    model(THREE, &[CALL, CALL, CALL], |cache, got| {
        assert_eq!((cache.peek(), cache.runs()), (None, 3), "{got:?}");
    });
}

/// A waiter gives up: the other is woken all the same.
#[test]
fn waiter_gives_up() {
    model(
        THREE,
        &[
            |cache| cache.call(Body::Returns(1)),
            |cache| cache.call_with(Body::Returns(1), true),
            |cache| cache.call(Body::Returns(1)),
        ],
        |cache, got| {
            assert_eq!((cache.runs(), cache.peek()), (1, Some(1)), "{got:?}");
            let gave_up = got.iter().filter(|got| **got == Got::GaveUp).count();
            assert!(gave_up <= 1 && got[1] == Got::GaveUp || gave_up == 0, "{got:?}");
        },
    );
}
