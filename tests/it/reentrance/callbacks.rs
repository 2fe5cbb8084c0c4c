//! Code of the user that calls the cached function: `Hash`, `Eq`, `Clone`, `Drop`, bodies and
//! predicates (CONTRACT 6).

use functools::lru_cache;
use functools_test_support::{Runs, calls, finishes, info};

use super::trap::{
    CALLS, Cached, Place, Step, arm, assert_works, cached_with_traps, disarm, in_each_scope, steps,
};

/// Runs the code of all places, with misses, hits and evictions.
const OUTER: [Step; 14] = steps! {
    Call(1), Call(1), Call(3), Call(5), WithStatus(5), Peek(5), Insert(5), Insert(7),
    Refresh(7), Refresh(9), Contains(9), Invalidate(9), Call(2), Clear
};

const INNER: [Step; 13] = steps! {
    Call(1), Call(3), Call(2), WithStatus(5), Refresh(5), Insert(7), Insert(1), Peek(1),
    Contains(1), Invalidate(1), Invalidate(9), Info, Clear
};

/// Performs each inner step whenever an outer one runs the code of the place.
#[test]
fn user_code_may_perform_every_operation() {
    for place in Place::ALL {
        for cached in in_each_scope!() {
            for inner in INNER {
                finishes(move || perform_within(place, cached, inner));
            }
        }
    }
}

fn perform_within(place: Place, cached: Cached, inner: Step) {
    let mut sprung = 0;
    for outer in OUTER {
        let row = format!("{inner:?} in {place:?} within {outer:?}");
        let calls_before = CALLS.get();
        let before = cached(Step::Info);
        arm(place, move || _ = cached(inner));
        let after = cached(outer);
        sprung += disarm();
        assert!(after.currsize <= 2, "{row}");
        if inner != Step::Clear && outer != Step::Clear {
            let counted = calls(after) - calls(before);
            assert_eq!(counted, CALLS.get() - calls_before, "{row}: counted calls");
        }
    }
    assert_ne!(sprung, 0, "{inner:?} in {place:?}");
    assert_works(cached, &format!("{inner:?} in {place:?}"));
}

/// An entry that is stored during a comparison is compared as well.
#[test]
fn eq_may_store_a_new_entry_each_time() {
    let inner_steps: [fn(u32) -> Step; 3] =
        [|round| Step::Call(5 + 2 * round), |_| Step::Refresh(5), |_| Step::Insert(5)];
    for cached in in_each_scope!() {
        for inner in inner_steps {
            finishes(move || {
                for outer in [Step::Call(1), Step::Call(3), Step::Refresh(3), Step::Insert(1)] {
                    let mut rounds = 0;
                    arm(Place::Eq, move || {
                        rounds += 1;
                        cached(inner(rounds));
                    });
                    cached(outer);
                }
                assert_ne!(disarm(), 0);
                assert_works(cached, "invalidation");
            });
        }
    }
}

#[test]
fn entry_invalidated_within_a_call_is_gone() {
    for cached in in_each_scope!() {
        finishes(move || {
            for place in [Place::Hash, Place::Eq, Place::CloneValue] {
                cached(Step::Clear);
                cached(Step::Call(1));
                assert_eq!(cached(Step::Call(3)), info(0, 2, 2, 2));
                arm(place, move || _ = cached(Step::Invalidate(1)));
                assert_eq!(cached(Step::Call(3)), info(1, 2, 2, 1), "from {place:?}");
                assert_ne!(disarm(), 0);
            }
            assert_works(cached, "invalidation");
        });
    }
}

#[test]
fn cache_if_may_call_the_function() {
    #[lru_cache(maxsize = 2, cache_if = |n| *n == 0 || (
        same(n - 1) == n - 1 && !same::cache_contains(*n) && !same::cache_invalidate(n + 9)
    ))]
    fn same(n: u32) -> u32 {
        n
    }
    assert_eq!(finishes(|| same(3)), 3);
    assert_eq!(same::cache_info(), info(0, 4, 2, 2));
    assert_eq!((same::cache_peek(2), same::cache_peek(3)), (Some(2), Some(3)));
}

#[test]
fn drop_at_the_end_of_a_thread_may_call_the_function() {
    #[derive(Clone)]
    struct CallsAtTheEnd(u32);
    impl Drop for CallsAtTheEnd {
        fn drop(&mut self) {
            if self.0 > 0 {
                drop(local(self.0 - 1));
                local::cache_clear();
                ENDED.next();
            }
        }
    }
    static ENDED: Runs = Runs::new();
    #[lru_cache(maxsize = 2, scope = "thread")]
    fn local(n: u32) -> CallsAtTheEnd {
        CallsAtTheEnd(n)
    }
    finishes(|| std::mem::forget(local(1)));
    assert_eq!(ENDED.count(), 1);
}
