//! Each function of the handle, beside a free function (CONTRACT 1).

use functools::{CacheInfo, CacheStatus, cache, lru_cache};
use functools_test_support::{Runs, info};

#[test]
fn uncached_runs_the_body_and_leaves_the_cache() {
    static RUNS: Runs = Runs::new();
    #[lru_cache(maxsize = 2)]
    fn run(_: u32) -> u32 {
        RUNS.next()
    }
    run(1);
    run(2);
    assert_eq!(run::uncached(1), 3, "the body runs, though there is an entry");
    assert_eq!(run::uncached(4), 4);
    assert_eq!(run::cache_info(), info(0, 2, 2, 2), "nothing is counted");
    assert_eq!(run::cache_peek(1), Some(1), "nothing is replaced");
    assert!(!run::cache_contains(4), "nothing is stored");
    run(3);
    assert!(!run::cache_contains(1), "1 was still the least recent");
}

#[test]
fn clear_removes_entries_and_resets_counters() {
    static RUNS: Runs = Runs::new();
    #[lru_cache(maxsize = 8)]
    fn run(_: u32) -> u32 {
        RUNS.next()
    }
    run(1);
    run(1);
    run(2);
    run::cache_clear();
    assert_eq!(run::cache_info(), info(0, 0, 8, 0));
    assert_eq!(run(1), 3);
    assert_eq!(run::cache_info(), info(0, 1, 8, 1));
}

#[test]
fn invalidate_removes_one_entry_and_returns_whether_there_was_one() {
    static RUNS: Runs = Runs::new();
    #[lru_cache(maxsize = 8)]
    fn run(_: u32) -> u32 {
        RUNS.next()
    }
    assert!(!run::cache_invalidate(1), "before the first call");
    run(1);
    run(2);
    assert!(!run::cache_invalidate(3));
    assert!(run::cache_invalidate(1));
    assert!(!run::cache_invalidate(1));
    assert_eq!(run::cache_info(), info(0, 2, 8, 1), "counters stay");
    assert_eq!(run(2), 2, "the other entry stays");
    assert_eq!(run(1), 3);
}

#[test]
fn invalidate_makes_room_for_one() {
    #[lru_cache(maxsize = 2)]
    fn same(n: u32) -> u32 {
        n
    }
    same(1);
    same(2);
    same::cache_invalidate(2);
    same(3);
    assert!(same::cache_contains(1), "there was room, so that nothing was evicted");
    same(4);
    assert!(!same::cache_contains(1), "the least recent, whatever was invalidated since");
    assert!(same::cache_contains(3));
}

#[test]
fn insert_stores_without_a_run_of_the_body() {
    static RUNS: Runs = Runs::new();
    #[lru_cache(maxsize = 8)]
    fn run(_: u32) -> u32 {
        RUNS.next()
    }
    run::cache_insert(1, 100);
    assert_eq!(run::cache_info(), info(0, 0, 8, 1), "an insertion is no call");
    assert_eq!(run(1), 100);
    assert_eq!((run::cache_info(), RUNS.count()), (info(1, 0, 8, 1), 0));
}

#[test]
fn insert_replaces_the_value() {
    #[lru_cache(maxsize = 8)]
    fn same(n: u32) -> u32 {
        n
    }
    same(1);
    same::cache_insert(1, 100);
    assert_eq!(same(1), 100);
    same::cache_insert(1, 101);
    assert_eq!(same(1), 101);
    assert_eq!(same::cache_info(), info(2, 1, 8, 1));
}

#[test]
fn insert_discards_what_a_call_would_discard() {
    #[lru_cache]
    fn fallible(n: u32) -> Result<u32, String> {
        n.checked_mul(2).ok_or_else(|| "too large".to_owned())
    }
    #[lru_cache(cache_none = false)]
    fn optional(n: u32) -> Option<u32> {
        n.checked_mul(2)
    }
    #[lru_cache(cache_if = |n| n % 2 == 0)]
    fn even(n: u32) -> u32 {
        n
    }
    #[lru_cache(maxsize = 0)]
    fn nothing(n: u32) -> u32 {
        n
    }
    fallible::cache_insert(1, Err("down".to_owned()));
    optional::cache_insert(1, None);
    even::cache_insert(1, 3);
    nothing::cache_insert(1, 1);
    assert!(!fallible::cache_contains(1));
    assert!(!optional::cache_contains(1));
    assert!(!even::cache_contains(1));
    assert!(!nothing::cache_contains(1));

    fallible::cache_insert(1, Ok(10));
    optional::cache_insert(1, Some(10));
    even::cache_insert(1, 10);
    fallible::cache_insert(1, Err("down".to_owned()));
    optional::cache_insert(1, None);
    even::cache_insert(1, 3);
    assert_eq!(fallible::cache_peek(1), Some(Ok(10)), "what was there stays");
    assert_eq!(optional::cache_peek(1), Some(Some(10)));
    assert_eq!(even::cache_peek(1), Some(10));
}

#[test]
fn refresh_runs_the_body_and_replaces_the_value() {
    static RUNS: Runs = Runs::new();
    #[lru_cache(maxsize = 8)]
    fn run(_: u32) -> u32 {
        RUNS.next()
    }
    assert_eq!(run::cache_refresh(1), 1, "with no entry yet");
    assert_eq!(run(1), 1);
    assert_eq!(run::cache_refresh(1), 2);
    assert_eq!(run(1), 2);
    assert_eq!(run::cache_info(), info(2, 0, 8, 1), "a refresh is no call");
}

#[test]
fn refresh_with_a_discarded_result_keeps_the_entry() {
    static RUNS: Runs = Runs::new();
    #[lru_cache]
    fn fallible(_: u32) -> Result<u32, String> {
        match RUNS.next() {
            1 => Ok(1),
            run => Err(format!("run {run}")),
        }
    }
    #[lru_cache(cache_if = |run| *run != 4)]
    fn run(_: u32) -> u32 {
        RUNS.next()
    }
    assert_eq!(fallible(1), Ok(1));
    assert_eq!(fallible::cache_refresh(1), Err("run 2".to_owned()));
    assert_eq!(fallible::cache_peek(1), Some(Ok(1)));

    assert_eq!(run(1), 3);
    assert_eq!(run::cache_refresh(1), 4);
    assert_eq!(run::cache_peek(1), Some(3));
}

#[test]
fn with_status_calls_and_returns_the_source() {
    static RUNS: Runs = Runs::new();
    #[lru_cache(maxsize = 8)]
    fn run(_: u32) -> u32 {
        RUNS.next()
    }
    assert_eq!(run::with_status(1), (1, CacheStatus::Miss));
    assert_eq!(run::with_status(1), (1, CacheStatus::Hit));
    assert_eq!(run(1), 1, "it stores, as a call does");
    assert_eq!(run::cache_info(), info(2, 1, 8, 1));
}

#[test]
fn status_of_a_discarded_result_is_no_hit() {
    #[lru_cache]
    fn fails(_: u32) -> Result<u32, String> {
        Err("down".to_owned())
    }
    #[lru_cache(maxsize = 0)]
    fn same(n: u32) -> u32 {
        n
    }
    for misses in 1..=2 {
        assert!(!fails::with_status(1).1.is_hit());
        assert!(!same::with_status(1).1.is_hit());
        assert_eq!(fails::cache_info(), info(0, misses, 128, 0));
        assert_eq!(same::cache_info(), info(0, misses, 0, 0));
    }
}

#[test]
fn maxsize_0_finds_nothing() {
    static RUNS: Runs = Runs::new();
    #[lru_cache(maxsize = 0)]
    fn run(_: u32) -> u32 {
        RUNS.next()
    }
    assert_eq!((run(1), run(1)), (1, 2));
    assert_eq!(run::cache_refresh(1), 3);
    assert_eq!(run::uncached(1), 4);
    assert_eq!(run::cache_peek(1), None);
    assert!(!run::cache_contains(1));
    assert!(!run::cache_invalidate(1));
    assert_eq!(run::cache_info(), info(0, 2, 0, 0));
    run::cache_clear();
    assert_eq!(run::cache_info(), info(0, 0, 0, 0));
}

#[test]
fn parameters_return_the_options() {
    #[lru_cache]
    fn bare(n: u32) -> u32 {
        n
    }
    #[lru_cache(maxsize = 2 * 16, typed = true)]
    fn typed(n: u32) -> u32 {
        n
    }
    #[lru_cache(maxsize = None)]
    fn none(n: u32) -> u32 {
        n
    }
    #[cache]
    fn unbounded(n: u32) -> u32 {
        n
    }
    let parameters = bare::cache_parameters();
    assert_eq!((parameters.maxsize, parameters.typed), (Some(128), false));
    assert_eq!(parameters.ttl, None);
    let parameters = typed::cache_parameters();
    assert_eq!((parameters.maxsize, parameters.typed), (Some(32), true));
    assert_eq!(none::cache_parameters().maxsize, None);
    assert_eq!(unbounded::cache_parameters().maxsize, None);
    assert_eq!((bare(1), typed(1), none(1), unbounded(1)), (1, 1, 1, 1));
}

#[test]
fn skipped_arguments_are_no_parameters_of_key_functions() {
    struct Table([u32; 3]);
    #[lru_cache(skip(table, default), maxsize = 8)]
    fn row(table: &Table, n: usize, default: u32) -> u32 {
        table.0.get(n).copied().unwrap_or(default)
    }
    let (old, new) = (Table([0, 10, 20]), Table([0, 11, 21]));
    assert_eq!(row(&old, 1, 7), 10);
    assert_eq!(row(&new, 1, 8), 10, "the table is no part of the key");
    assert!(row::cache_contains(1));
    assert_eq!(row::cache_peek(1), Some(10));
    assert!(row::cache_invalidate(1));
    row::cache_insert(2, 22);
    assert_eq!(row::with_status(&old, 2, 7), (22, CacheStatus::Hit));
    assert_eq!(row::cache_refresh(&new, 2, 7), 21);
    assert_eq!(row::uncached(&old, 2, 7), 20);
    assert_eq!(row::cache_info(), info(2, 1, 8, 1));
}

#[test]
fn without_arguments_has_one_entry() {
    static RUNS: Runs = Runs::new();
    #[lru_cache(maxsize = 8)]
    fn run() -> u32 {
        RUNS.next()
    }
    assert!(!run::cache_contains());
    assert_eq!((run(), run()), (1, 1));
    assert_eq!(run::cache_refresh(), 2);
    assert_eq!(run::with_status(), (2, CacheStatus::Hit));
    assert_eq!(run::uncached(), 3);
    run::cache_insert(100);
    assert_eq!(run::cache_peek(), Some(100));
    assert!(run::cache_invalidate());
    assert_eq!(run::cache_info(), info(2, 1, 8, 0));
}

/// In a cache with room for two that has 1 and 2: the order and the counts after each operation
/// on 1.
#[test]
fn promotes_and_counts_where_it_is_a_call() {
    static RUNS: Runs = Runs::new();
    #[lru_cache(maxsize = 2)]
    fn run(_: u32) -> u32 {
        RUNS.next()
    }
    type Row = (&'static str, fn(), u32, [bool; 3], CacheInfo);
    let rows: [Row; 8] = [
        // The operation, its runs of the body, whether 1, 2 and 3 are left once 3 is stored.
        ("call", || _ = run(1), 0, [true, false, true], info(1, 2, 2, 2)),
        ("with_status", || _ = run::with_status(1), 0, [true, false, true], info(1, 2, 2, 2)),
        ("cache_insert", || run::cache_insert(1, 9), 0, [true, false, true], info(0, 2, 2, 2)),
        ("cache_refresh", || _ = run::cache_refresh(1), 1, [true, false, true], info(0, 2, 2, 2)),
        ("uncached", || _ = run::uncached(1), 1, [false, true, true], info(0, 2, 2, 2)),
        ("cache_peek", || _ = run::cache_peek(1), 0, [false, true, true], info(0, 2, 2, 2)),
        ("cache_contains", || _ = run::cache_contains(1), 0, [false, true, true], info(0, 2, 2, 2)),
        (
            "cache_peek and cache_contains of no entry",
            || assert!(run::cache_peek(3).is_none() && !run::cache_contains(3)),
            0,
            [false, true, true],
            info(0, 2, 2, 2),
        ),
    ];
    for (operation, perform, runs, kept, counted) in rows {
        run::cache_clear();
        assert!(!run::cache_contains(1) && run::cache_peek(1).is_none(), "{operation}");
        run(1);
        run(2);
        let before = RUNS.count();
        perform();
        assert_eq!(RUNS.count(), before + runs, "{operation}");
        assert_eq!(run::cache_info(), counted, "{operation}");
        run(3);
        assert_eq!([1, 2, 3].map(run::cache_contains), kept, "{operation}");
        assert_eq!([1, 2, 3].map(|n| run::cache_peek(n).is_some()), kept, "{operation}");
    }
}
