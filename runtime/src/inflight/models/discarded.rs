//! Computations that are discarded meanwhile: by an invalidation, a clear, or a later refresh.

use super::*;

/// A call or a refresh that computes 1 and says when it has started, unless another one computes.
fn lead(cache: &Cache, on_existing: OnExisting) -> Got {
    let Started::Compute(id) = cache.start(on_existing) else { return Got::GaveUp };
    cache.flag.store(true, Ordering::SeqCst);
    Got::Computed(cache.compute(id, Body::Returns(1)))
}

/// The leader succeeds while its key is invalidated: its waiter may get the result, and a call
/// after the invalidation may not.
#[test]
fn leader_succeeds_while_invalidated() {
    model(
        THREE,
        &[
            |cache| lead(cache, OnExisting::Keep),
            |cache| {
                let has_started = cache.flag.load(Ordering::SeqCst);
                cache.invalidate();
                let got = cache.call(Body::Returns(2));
                if has_started {
                    assert_ne!((got, cache.peek()), (Got::Hit(1), Some(1)));
                    assert_ne!(got, Got::Joined(1), "it was discarded before");
                }
                got
            },
            |cache| cache.call(Body::Returns(3)),
        ],
        |cache, got| {
            let value = cache.peek().expect("the last computation is stored");
            assert!((1..=3).contains(&value), "{got:?}");
        },
    );
}

/// The same with a clear.
#[test]
fn leader_succeeds_while_cleared() {
    model(
        TWO,
        &[
            |cache| lead(cache, OnExisting::Keep),
            |cache| {
                let has_started = cache.flag.load(Ordering::SeqCst);
                cache.clear();
                let got = cache.call(Body::Returns(2));
                assert!(!has_started || got == Got::Computed(Some(2)), "{got:?}");
                got
            },
        ],
        |cache, _| assert!(cache.peek().is_some()),
    );
}

/// A refresh, as in the background, beside an invalidation and a call: what the refresh began with
/// is out of date after the invalidation.
#[test]
fn refresh_beside_an_invalidation() {
    model(
        THREE,
        &[
            |cache| lead(cache, OnExisting::Replace),
            |cache| {
                let has_started = cache.flag.load(Ordering::SeqCst);
                cache.invalidate();
                let got = cache.call(Body::Returns(2));
                assert!(!has_started || got != Got::Hit(1) && got != Got::Joined(1), "{got:?}");
                got
            },
            |cache| cache.call(Body::Returns(3)),
        ],
        |cache, got| {
            let value = cache.peek();
            assert!(value.is_some_and(|value| (1..=3).contains(&value)), "{value:?} {got:?}");
        },
    );
}

/// Two refreshes: the one that began later stays, whichever ends last.
#[test]
fn later_refresh_stays() {
    model(
        TWO,
        &[
            |cache| lead(cache, OnExisting::Replace),
            |cache| {
                let is_later = cache.flag.load(Ordering::SeqCst);
                cache.refresh(Body::Returns(2));
                if is_later { Got::Computed(Some(2)) } else { Got::Computed(None) }
            },
        ],
        |cache, got| {
            let is_later = got[1] == Got::Computed(Some(2));
            let value = cache.peek();
            assert!(value == Some(2) || !is_later && value == Some(1), "{value:?}");
        },
    );
}

/// A look beside a refresh finds the old result or the new one.
#[test]
fn look_beside_a_refresh() {
    model(
        TWO,
        &[
            |cache| {
                cache.call(Body::Returns(1));
                cache.flag.store(true, Ordering::SeqCst);
                Got::Computed(cache.refresh(Body::Returns(2)))
            },
            |cache| {
                let is_stored = cache.flag.load(Ordering::SeqCst);
                let found = cache.peek();
                assert!(found.is_some() || !is_stored);
                found.map_or(Got::GaveUp, Got::Hit)
            },
        ],
        |cache, _| assert_eq!(cache.peek(), Some(2)),
    );
}
