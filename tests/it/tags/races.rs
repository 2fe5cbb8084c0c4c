//! A tag that is invalidated while results with it are computed, evicted, cleared or removed.

use std::sync::Barrier;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::{panic, thread};

use functools::{CacheStatus, cache, invalidate_tag, lru_cache};
use functools_test_support::{Gate, Runs, eventually, in_threads, stress_factor};
use smol::future::block_on;

/// Earlier calls and their waiters get the old result, and it is not stored.
#[test]
fn a_computation_is_discarded() {
    static GATE: Gate = Gate::new();
    static RUNS: Runs = Runs::new();
    #[lru_cache(tags("discarded:{id}"))]
    fn f(id: u32) -> u32 {
        let run = RUNS.next();
        if run == 1 {
            GATE.pass();
        }
        100 * id + run
    }
    thread::scope(|scope| {
        let leader = scope.spawn(|| f::with_status(1));
        GATE.wait_for(1);
        let waiter = scope.spawn(|| f::with_status(1));
        eventually(|| f::cache_info().hits == 1);
        assert_eq!(invalidate_tag("discarded:1").entries, 0, "there is no entry yet");
        // It does not wait for the old one.
        assert_eq!(f::with_status(1), (102, CacheStatus::Miss));
        GATE.open();
        assert_eq!(leader.join().expect("no panic"), (101, CacheStatus::Miss));
        assert_eq!(waiter.join().expect("no panic"), (101, CacheStatus::Joined));
    });
    assert_eq!(f(1), 102);
    assert_eq!(invalidate_tag("discarded:1").entries, 1);
}

#[test]
fn a_computation_of_a_task_is_discarded() {
    static GATE: Gate = Gate::new();
    static RUNS: Runs = Runs::new();
    #[lru_cache(tags("discarded_task:{id}"))]
    async fn f(id: u32) -> u32 {
        let run = RUNS.next();
        if run == 1 {
            GATE.pass_async().await;
        }
        100 * id + run
    }
    thread::scope(|scope| {
        let leader = scope.spawn(|| block_on(f(1)));
        GATE.wait_for(1);
        assert_eq!(invalidate_tag("discarded_task:1").entries, 0);
        assert_eq!(block_on(f::with_status(1)), (102, CacheStatus::Miss));
        GATE.open();
        assert_eq!(leader.join().expect("no panic"), 101);
    });
    assert_eq!(block_on(f(1)), 102);
}

/// A refresh replaces an entry: both go.
#[test]
fn a_refresh_is_discarded_with_its_entry() {
    static GATE: Gate = Gate::new();
    static RUNS: Runs = Runs::new();
    #[lru_cache(tags("refreshed"))]
    fn f(id: u32) -> u32 {
        let run = RUNS.next();
        if run == 2 {
            GATE.pass();
        }
        100 * id + run
    }
    assert_eq!(f(1), 101);
    thread::scope(|scope| {
        let refresh = scope.spawn(|| f::cache_refresh(1));
        GATE.wait_for(1);
        assert_eq!(invalidate_tag("refreshed").entries, 1);
        GATE.open();
        assert_eq!(refresh.join().expect("no panic"), 102);
    });
    assert_eq!(f::with_status(1), (103, CacheStatus::Miss));
}

/// The next waiter computes under the same tags.
#[test]
fn the_heir_of_a_leader_that_panics_is_tagged() {
    static GATE: Gate = Gate::new();
    static RUNS: Runs = Runs::new();
    #[lru_cache(tags("heir"))]
    fn f(id: u32) -> u32 {
        let run = RUNS.next();
        if run == 1 {
            GATE.pass();
            panic!("the leader fails");
        }
        100 * id + run
    }
    thread::scope(|scope| {
        let leader = scope.spawn(|| panic::catch_unwind(|| f(1)));
        GATE.wait_for(1);
        let heir = scope.spawn(|| f(1));
        eventually(|| f::cache_info().hits == 1);
        GATE.open();
        assert!(leader.join().expect("it is caught").is_err());
        assert_eq!(heir.join().expect("no panic"), 102);
    });
    assert_eq!(invalidate_tag("heir").entries, 1);
}

/// An invalidation inside the body discards the body's own result.
#[test]
fn a_body_may_invalidate_its_own_tag() {
    #[lru_cache(tags("own:{id}"))]
    fn f(id: u32) -> u32 {
        assert_eq!(invalidate_tag(&format!("own:{id}")).entries, 0);
        id
    }
    assert_eq!((f(1), f(1)), (1, 1));
    assert_eq!((f::cache_info().misses, f::cache_info().currsize), (2, 0));
}

/// Whatever happens at the same time: a call that begins after an invalidation has returned sees
/// no source that is older than it.
#[test]
fn no_call_after_an_invalidation_returns_what_was_computed_before() {
    const KEYS: u32 = 8;
    static SOURCE: AtomicU64 = AtomicU64::new(0);
    #[lru_cache(maxsize = 5, tags("fresh:{key}", "fresh"))]
    fn f(key: u32) -> u64 {
        let _ = key;
        SOURCE.load(Ordering::SeqCst)
    }
    let (is_over, turns) = (AtomicBool::new(false), AtomicU32::new(0));
    let start = Barrier::new(4);
    thread::scope(|scope| {
        for reader in 0..2 {
            let (is_over, start) = (&is_over, &start);
            scope.spawn(move || {
                start.wait();
                let mut key = reader;
                while !is_over.load(Ordering::SeqCst) {
                    key = (key + 1) % KEYS;
                    f(key);
                }
            });
        }
        scope.spawn(|| {
            start.wait();
            while !is_over.load(Ordering::SeqCst) {
                match turns.fetch_add(1, Ordering::SeqCst) % 3 {
                    0 => f::cache_clear(),
                    1 => drop(f::cache_invalidate(1)),
                    _ => drop(f::cache_refresh(2)),
                }
            }
        });
        start.wait();
        for turn in 1..=300 * stress_factor() {
            SOURCE.store(turn, Ordering::SeqCst);
            if turn % 2 == 0 {
                invalidate_tag("fresh");
                (0..KEYS).for_each(|key| assert!(f(key) >= turn, "{key} in {turn}"));
            } else {
                invalidate_tag("fresh:3");
                assert!(f(3) >= turn, "{turn}");
            }
        }
        is_over.store(true, Ordering::SeqCst);
    });
}

/// Two invalidations at once: when either returns, the entry is gone.
#[test]
fn each_of_two_invalidations_waits_for_the_entry_to_be_gone() {
    #[cache(tags("twice"))]
    fn f(id: u32) -> u32 {
        id
    }
    for _ in 0..200 * stress_factor() {
        (0..10).for_each(|id| assert_eq!(f(id), id));
        let removed = AtomicU32::new(0);
        in_threads(2, |_| {
            let entries = invalidate_tag("twice").entries;
            removed.fetch_add(u32::try_from(entries).expect("few"), Ordering::SeqCst);
            assert!((0..10).all(|id| !f::cache_contains(id)));
        });
        assert_eq!(removed.into_inner(), 10, "each entry is counted once");
    }
}
