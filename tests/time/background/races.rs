//! A refresh in the background whose entry changes meanwhile (CONTRACT 2).

use functools::{CacheStatus, lru_cache};
use functools_test_support::{Runs, SECOND, advance, clock, eventually, in_threads, stress_factor};

use super::{STALE, SharedBody, body, first, start_refresh};

#[test]
fn clear_invalidation_insertion_and_refresh_discard_it() {
    refreshed!(f);
    let _clock = clock();
    type Change = (&'static str, fn(), Option<u32>);
    let changes: [Change; 4] = [
        ("cache_clear", f::cache_clear, None),
        (
            "cache_invalidate",
            || {
                f::cache_invalidate(1);
            },
            None,
        ),
        ("cache_insert", || f::cache_insert(1, Ok(5)), Some(5)),
        (
            "cache_refresh",
            || {
                let (own, switch) = body();
                switch.end_with(Some(6));
                let _ = f::cache_refresh(1, &own);
            },
            Some(6),
        ),
    ];
    for (name, change, left) in changes {
        let of = body();
        first(f, &of, 1);
        advance(10 * SECOND);
        assert_eq!(f::with_status(1, &of.0), (Ok(1), STALE), "{name}");
        of.1.wait_for_start();
        change();
        let before = f::cache_stats().computations;
        of.1.end_with(Some(2));
        eventually(|| f::cache_stats().computations == before + 1);
        assert_eq!(f::cache_peek(1), left.map(Ok), "{name}");
        assert_eq!(f::cache_stats().refresh_failures, 0, "{name}");
        f::cache_clear();
    }
}

#[test]
fn discarded_failure_does_not_count() {
    refreshed!(f);
    let _clock = clock();
    let of = body();
    start_refresh(f, &of);
    f::cache_invalidate(1);
    of.1.end_with(None);
    eventually(|| f::cache_stats().failures == 1);
    assert_eq!(f::cache_stats().refresh_failures, 0);
}

#[test]
fn evicted_entry_is_stored_again() {
    refreshed!(f, maxsize = 1);
    let _clock = clock();
    let (of, other) = (body(), body());
    start_refresh(f, &of);
    other.1.end_with(Some(9));
    assert_eq!(f(2, &other.0), Ok(9));
    of.1.end_with(Some(2));
    eventually(|| f::cache_contains(1));
    assert!(!f::cache_contains(2));
}

#[test]
fn switched_off_body_of_a_queued_refresh_does_not_run() {
    #[lru_cache(ttl = "10s", stale = "20s", refresh = "background", skip(body))]
    fn f(n: u32, body: &Option<SharedBody>) -> u32 {
        RUNS.next();
        body.as_ref().map_or(n, |body| body.run().expect("a result"))
    }
    static RUNS: Runs = Runs::new();
    let _clock = clock();
    for n in 0..6 {
        f(n, &None);
    }
    advance(10 * SECOND);
    let of = body();
    // All four threads run bodies, so two refreshes are queued.
    for n in 0..4 {
        assert_eq!(f::with_status(n, &Some(of.0.clone())).1, STALE);
        of.1.wait_for_start();
    }
    for n in 4..6 {
        assert_eq!(f::with_status(n, &None).1, STALE);
    }
    f::cache_clear();
    (0..4).for_each(|_| of.1.end_with(Some(0)));
    eventually(|| f::cache_stats().computations == 4);
    // A later refresh runs after those that were queued.
    f(9, &None);
    advance(10 * SECOND);
    f(9, &None);
    eventually(|| f::cache_contains(9));
    assert_eq!(RUNS.count(), 6 + 4 + 2, "the two that were queued did not run");
}

#[test]
fn counts_and_results_are_right_amid_changes() {
    #[lru_cache(maxsize = 8, ttl = "10s", stale = "20s", refresh = "background")]
    fn f(n: u32) -> Result<u32, ()> {
        if RUNS.next().is_multiple_of(7) { Err(()) } else { Ok(n) }
    }
    static RUNS: Runs = Runs::new();
    let _clock = clock();
    let rounds = 300 * stress_factor();
    let calls = in_threads(4, |thread| {
        let mut calls = 0;
        for round in 0..rounds {
            let n = u32::try_from((round + thread as u64) % 5).expect("a small number");
            match (thread, round % 16) {
                (_, 0) => advance(4 * SECOND),
                (1, 1) => _ = f::cache_invalidate(n),
                (2, 2) => f::cache_insert(n, Ok(n)),
                _ => {
                    let (result, status) = f::with_status(n);
                    assert!(result == Ok(n) || status != CacheStatus::Hit, "{result:?} {status:?}");
                    calls += 1;
                }
            }
        }
        calls
    });
    let stats = f::cache_stats();
    assert_eq!(stats.hits + stats.misses, calls.into_iter().sum::<u64>());
    assert!(stats.currsize <= 8);
    assert!(stats.refreshes > 0, "{stats:?}");
}
