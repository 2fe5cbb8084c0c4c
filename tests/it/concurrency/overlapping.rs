//! Computations of one key that overlap with others, and with every operation of the handle: the
//! result of each caller, and the one that is stored (CONTRACT 5).

use std::fmt::Debug;
use std::thread;

use functools::{CacheInfo, CacheRef, lru_cache};
use functools_test_support::{Body, Colliding, Running, info};

type Outcome = Result<u32, u32>;

/// The start of a computation of key 1.
#[derive(Debug, Clone, Copy)]
enum Start {
    Call,
    Refresh,
}

/// A cached function, by its operations on key 1.
struct Cached {
    call: fn(&Body<Outcome>) -> Outcome,
    refresh: fn(&Body<Outcome>) -> Outcome,
    insert: fn(u32, Outcome),
    invalidate: fn(u32) -> bool,
    clear: fn(),
    clear_listed: fn(),
    peek: fn() -> Option<Outcome>,
    info: fn() -> CacheInfo,
}

macro_rules! cached {
    ($f:ident, $($options:tt)*) => {{
        /// All keys have one hash.
        #[lru_cache(maxsize = 8, skip(body), $($options)*)]
        fn $f(_: &Colliding, body: &Body<Outcome>) -> Outcome {
            body.run()
        }
        Cached {
            call: |body| $f(&Colliding(1), body),
            refresh: |body| $f::cache_refresh(&Colliding(1), body),
            insert: |n, outcome| $f::cache_insert(&Colliding(n), outcome),
            invalidate: |n| $f::cache_invalidate(&Colliding(n)),
            clear: $f::cache_clear,
            clear_listed: || {
                let is_it = |cache: &CacheRef| {
                    cache.name().starts_with(module_path!())
                        && cache.name().ends_with(concat!("::", stringify!($f)))
                };
                let found: Vec<_> = functools::caches().filter(is_it).collect();
                assert_eq!(found.len(), 1);
                found[0].clear();
            },
            peek: || $f::cache_peek(&Colliding(1)),
            info: $f::cache_info,
        }
    }};
}

/// Computations of key 1 that run at the same time, and an operation while the first runs.
struct Row {
    name: &'static str,
    /// Whether there is an entry of value 1 before.
    has_entry: bool,
    starts: &'static [Start],
    /// The operation, after the first start.
    operation: fn(&Cached),
    /// The computation, its result, and the entry after that; in the order of their ends.
    ends: &'static [(usize, Outcome, Option<u32>)],
    /// Misses that are counted.
    misses: u64,
}

use Start::{Call, Refresh};

/// Rows: name, whether there is an entry before, starts, operation; ends with their results and the
/// entry afterwards; misses.
macro_rules! rows {
    ($($name:literal: $entry:literal [$($start:ident),+] $operation:expr;
        $($end:literal: $result:expr => $kept:expr),+; $misses:literal)+) => {
        [$(Row {
            name: $name,
            has_entry: $entry,
            starts: &[$($start),+],
            operation: $operation,
            ends: &[$(($end, $result, $kept)),+],
            misses: $misses,
        }),+]
    };
}

const ROWS: [Row; 24] = rows! {
    "no operation": false [Call] |_| (); 0: Ok(10) => Some(10); 1
    "cache_clear": false [Call] |f| (f.clear)(); 0: Ok(10) => None; 0
    "CacheRef::clear": false [Call] |f| (f.clear_listed)(); 0: Ok(10) => None; 0
    "cache_invalidate": false [Call] |f| assert!(!(f.invalidate)(1)); 0: Ok(10) => None; 1
    "cache_invalidate of other keys": false [Call] |f| {
        (f.insert)(2, Ok(20));
        assert!((f.invalidate)(2) && !(f.invalidate)(3));
    }; 0: Ok(10) => Some(10); 1
    "cache_insert": false [Call] |f| (f.insert)(1, Ok(100)); 0: Ok(10) => Some(100); 1
    "cache_insert of a discarded value": false [Call] |f| (f.insert)(1, Err(0));
        0: Ok(10) => Some(10); 1
    "a failure": false [Call] |_| (); 0: Err(10) => None; 1
    "refresh alone": false [Refresh] |_| (); 0: Ok(10) => Some(10); 0
    "refresh, cache_clear": false [Refresh] |f| (f.clear)(); 0: Ok(10) => None; 0
    "refresh, cache_invalidate": false [Refresh] |f| assert!(!(f.invalidate)(1));
        0: Ok(10) => None; 0
    "refresh, cache_insert": false [Refresh] |f| (f.insert)(1, Ok(100));
        0: Ok(10) => Some(100); 0
    "refresh of an entry, cache_invalidate": true [Refresh] |f| assert!((f.invalidate)(1));
        0: Ok(10) => None; 0
    "refresh of an entry, cache_clear": true [Refresh] |f| (f.clear)(); 0: Ok(10) => None; 0
    "two calls: the first to end is stored": false [Call, Call] |_| ();
        1: Ok(2) => Some(2), 0: Ok(1) => Some(2); 2
    "two calls: a failure leaves the other": false [Call, Call] |_| ();
        1: Err(2) => None, 0: Ok(1) => Some(1); 2
    "a call before cache_clear, one after; the older ends first": false [Call, Call]
        |f| (f.clear)(); 0: Ok(1) => None, 1: Ok(2) => Some(2); 1
    "a call before cache_clear, one after; the newer ends first": false [Call, Call]
        |f| (f.clear)(); 1: Ok(2) => Some(2), 0: Ok(1) => Some(2); 1
    "a call before cache_invalidate, one after; the older ends first": false [Call, Call]
        |f| assert!(!(f.invalidate)(1)); 0: Ok(1) => None, 1: Ok(2) => Some(2); 2
    "a call before cache_invalidate, one after; the newer ends first": false [Call, Call]
        |f| assert!(!(f.invalidate)(1)); 1: Ok(2) => Some(2), 0: Ok(1) => Some(2); 2
    "a refresh after a call replaces its result": false [Call, Refresh] |_| ();
        0: Ok(10) => Some(10), 1: Ok(100) => Some(100); 1
    "a call does not replace a newer refresh": false [Call, Refresh] |_| ();
        1: Ok(100) => Some(100), 0: Ok(10) => Some(100); 1
    "two refreshes: the newer is stored": false [Refresh, Refresh] |_| ();
        1: Ok(200) => Some(200), 0: Ok(20) => Some(200); 0
    "a call after a refresh is newer": false [Refresh, Call] |_| ();
        1: Ok(300) => Some(300), 0: Ok(30) => Some(300); 1
};

impl Row {
    fn check(&self, cached: &Cached) {
        let name = self.name;
        (cached.clear)();
        if self.has_entry {
            (cached.insert)(1, Ok(1));
        }
        thread::scope(|scope| {
            let mut running = Vec::new();
            for start in self.starts {
                let compute = match start {
                    Call => cached.call,
                    Refresh => cached.refresh,
                };
                running.push(Some(Running::start(scope, move |body| compute(&body))));
                if running.len() == 1 {
                    (self.operation)(cached);
                }
            }
            let info = (cached.info)();
            assert_eq!((info.hits, info.misses), (0, self.misses), "{name}: before the ends");
            for &(n, outcome, entry) in self.ends {
                let computation = running[n].take().expect("it runs");
                assert_eq!(computation.end_with(outcome), outcome, "{name}: the caller's result");
                assert_eq!((cached.peek)(), entry.map(Ok), "{name}: the entry after end {n}");
            }
        });
        let entries = self.ends.last().map_or(0, |end| usize::from(end.2.is_some()));
        assert_eq!((cached.info)(), info(0, self.misses, 8, entries), "{name}");
        // The next computation is stored, unless there is an entry.
        let stored = (cached.peek)().unwrap_or(Ok(7));
        let (body, switch) = Body::new();
        switch.end_with(Ok(7));
        assert_eq!((cached.call)(&body), stored, "{name}: the next call");
        assert_eq!((cached.peek)(), Some(stored), "{name}: the next call's entry");
    }
}

#[test]
fn each_caller_gets_its_result_and_the_right_one_is_stored() {
    let single_flight = cached!(single_flight, single_flight = true);
    let racing = cached!(racing, single_flight = false);
    for row in &ROWS {
        row.check(&racing);
        // With it, a second call would wait for the first.
        if row.starts.len() == 1 {
            row.check(&single_flight);
        }
    }
}

#[test]
fn results_of_keys_of_one_hash_are_both_stored() {
    #[lru_cache(maxsize = 8, skip(body))]
    fn f(_: &Colliding, body: &Body<u32>) -> u32 {
        body.run()
    }
    thread::scope(|scope| {
        let first = Running::start(scope, |body| f(&Colliding(1), &body));
        let second = Running::start(scope, |body| f(&Colliding(2), &body));
        assert_eq!((second.end_with(20), first.end_with(10)), (20, 10));
        assert_eq!(f::cache_peek(&Colliding(1)), Some(10));
        assert_eq!(f::cache_peek(&Colliding(2)), Some(20));
    });
}

#[test]
fn result_is_discarded_after_an_insertion_that_was_evicted() {
    #[lru_cache(maxsize = 1, skip(body))]
    fn f(_: u32, body: &Body<u32>) -> u32 {
        body.run()
    }
    thread::scope(|scope| {
        let older = Running::start(scope, |body| f(1, &body));
        f::cache_insert(1, 100);
        f::cache_insert(2, 200);
        assert_eq!(older.end_with(10), 10);
        assert_eq!((f::cache_peek(1), f::cache_peek(2)), (None, Some(200)));
    });
}

#[test]
fn overlapping_computations_do_not_exceed_maxsize() {
    #[lru_cache(maxsize = 2, skip(body))]
    fn f(_: u32, body: &Body<u32>) -> u32 {
        body.run()
    }
    thread::scope(|scope| {
        let running = [1, 2, 3, 4].map(|n| Running::start(scope, move |body| f(n, &body)));
        assert_eq!(f::cache_info(), info(0, 4, 2, 0), "a computation is no entry");
        let sizes = running.map(|running| {
            running.end_with(0);
            f::cache_info().currsize
        });
        assert_eq!(sizes, [1, 2, 2, 2]);
        let kept = [1, 2, 3, 4].map(f::cache_contains);
        assert_eq!(kept, [false, false, true, true], "the last two to be stored");
    });
}
