//! Cached functions that are called from inside of themselves: from their body, and from whatever
//! other user code a cache runs. Then panics, in each of these places.

mod common;

use std::cell::Cell;
use std::hash::{Hash, Hasher};
use std::panic::{self, AssertUnwindSafe};

use common::{Runs, finishes, info};
use functools::{CacheInfo, CacheStatus, cache, lru_cache};

mod recursion {
    use super::*;

    #[test]
    fn fibonacci_without_a_bound() {
        #[cache]
        fn fib(n: u64) -> u64 {
            if n < 2 { n } else { fib(n - 1) + fib(n - 2) }
        }
        let first: Vec<_> = (0..=15).map(fib).collect();
        assert_eq!(first, [0, 1, 1, 2, 3, 5, 8, 13, 21, 34, 55, 89, 144, 233, 377, 610]);
        assert_eq!(
            fib::cache_info().to_string(),
            "CacheInfo(hits=28, misses=16, maxsize=None, currsize=16)"
        );
    }

    #[test]
    fn fibonacci_with_room_for_one() {
        #[lru_cache(maxsize = 1)]
        fn fib(n: u64) -> u64 {
            if n < 2 { n } else { fib(n - 1) + fib(n - 2) }
        }
        assert_eq!(fib(20), 6_765);
        assert_eq!(fib::cache_info(), info(0, 21_891, 1, 1));
    }

    #[test]
    fn a_thousand_deep() {
        #[cache]
        fn sum(n: u64) -> u64 {
            if n == 0 { 0 } else { n + sum(n - 1) }
        }
        assert_eq!(sum(1_000), 500_500);
        assert_eq!(sum::cache_info(), info(0, 1_001, None, 1_001));
    }

    #[test]
    fn of_two_functions() {
        #[cache]
        fn is_even(n: u32) -> bool {
            n == 0 || is_odd(n - 1)
        }
        #[cache]
        fn is_odd(n: u32) -> bool {
            n != 0 && is_even(n - 1)
        }
        assert!(is_even(10));
        assert!(is_odd(9));
        assert_eq!(is_even::cache_info(), info(0, 6, None, 6));
        assert_eq!(is_odd::cache_info(), info(1, 5, None, 5));
    }

    #[test]
    fn on_the_same_key_each_call_gets_its_result_and_the_first_is_kept() {
        static RUNS: Runs = Runs::new();
        #[lru_cache(maxsize = 8)]
        fn nested(n: u32) -> String {
            match RUNS.next() {
                1 => format!("around {}", nested(n)),
                run => format!("run {run}"),
            }
        }
        assert_eq!(finishes(|| nested(1)), "around run 2");
        assert_eq!(nested(1), "run 2");
        assert_eq!(nested::cache_info(), info(1, 2, 8, 1));
    }

    /// Python's own `test_lru_bug_35780`.
    #[test]
    fn on_the_same_key_in_a_full_cache_keeps_its_size() {
        static RUNS_FOR_20: Runs = Runs::new();
        #[lru_cache(maxsize = 10)]
        fn dotted(n: u32) -> String {
            if n == 20 && RUNS_FOR_20.next() == 1 { dotted(n) } else { format!(".{n}.") }
        }
        for n in 0..15 {
            assert_eq!(dotted(n), format!(".{n}."));
        }
        assert_eq!(dotted::cache_info(), info(0, 15, 10, 10));
        assert_eq!(finishes(|| dotted(20)), ".20.");
        assert_eq!(dotted::cache_info(), info(0, 17, 10, 10));
        let kept: Vec<_> = (0..=20).filter(|&n| dotted::cache_contains(n)).collect();
        assert_eq!(kept, [6, 7, 8, 9, 10, 11, 12, 13, 14, 20], "one made room");
    }

    #[test]
    fn a_body_that_drops_its_own_key_is_not_stored() {
        #[lru_cache(maxsize = 8)]
        fn forgetful(n: u32) -> u32 {
            if n == 1 {
                assert!(!forgetful::cache_invalidate(n), "not stored yet");
            } else {
                forgetful::cache_clear();
            }
            n
        }
        assert_eq!(finishes(|| forgetful(1)), 1);
        assert_eq!(forgetful::cache_info(), info(0, 1, 8, 0));
        assert_eq!(finishes(|| forgetful(2)), 2);
        assert_eq!(forgetful::cache_info(), info(0, 0, 8, 0), "the miss was counted before");
    }

    #[test]
    fn a_body_that_inserts_its_own_key_does_not_replace_that() {
        #[lru_cache(maxsize = 8)]
        fn primed(n: u32) -> u32 {
            primed::cache_insert(n, 100);
            n
        }
        assert_eq!(finishes(|| primed(1)), 1);
        assert_eq!(primed(1), 100);
        assert_eq!(primed::cache_info(), info(1, 1, 8, 1));
    }
}

/// Where a cache runs its user's code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Hash,
    Eq,
    CloneKey,
    DropKey,
    Body,
    CloneValue,
    DropValue,
}

/// What happens when this thread comes by a place.
struct Trap {
    place: Place,
    action: Box<dyn FnMut()>,
}

thread_local! {
    static TRAP: Cell<Option<Trap>> = const { Cell::new(None) };
    /// How often it sprang.
    static SPRUNG: Cell<u32> = const { Cell::new(0) };
    /// Keys and values that are alive.
    static KEYS: Cell<i64> = const { Cell::new(0) };
    static VALUES: Cell<i64> = const { Cell::new(0) };
    /// Calls so far.
    static CALLS: Cell<u64> = const { Cell::new(0) };
}

fn arm(place: Place, action: impl FnMut() + 'static) {
    TRAP.set(Some(Trap { place, action: Box::new(action) }));
    SPRUNG.set(0);
}

/// Says how often the trap sprang.
fn disarm() -> u32 {
    TRAP.set(None);
    SPRUNG.get()
}

/// Called in each place. While a trap springs there is none, so that what it does may come by the
/// same place; it is not set again if it panics.
fn pass(place: Place) {
    let Ok(Some(mut trap)) = TRAP.try_with(Cell::take) else { return };
    if trap.place == place {
        SPRUNG.set(SPRUNG.get() + 1);
        (trap.action)();
    }
    TRAP.set(Some(trap));
}

/// Odd keys have one hash, even ones another.
struct Key(u32);

impl Key {
    fn new(n: u32) -> Self {
        KEYS.set(KEYS.get() + 1);
        Key(n)
    }
}

impl Hash for Key {
    fn hash<H: Hasher>(&self, state: &mut H) {
        pass(Place::Hash);
        (self.0 % 2).hash(state);
    }
}

impl PartialEq for Key {
    fn eq(&self, other: &Self) -> bool {
        pass(Place::Eq);
        self.0 == other.0
    }
}

impl Eq for Key {}

impl Clone for Key {
    fn clone(&self) -> Self {
        pass(Place::CloneKey);
        Key::new(self.0)
    }
}

impl Drop for Key {
    fn drop(&mut self) {
        KEYS.set(KEYS.get() - 1);
        pass(Place::DropKey);
    }
}

#[derive(Debug)]
struct Value(u32);

impl Value {
    /// The right one for a key.
    fn of(n: u32) -> Self {
        VALUES.set(VALUES.get() + 1);
        Value(10 * n)
    }
}

impl Clone for Value {
    fn clone(&self) -> Self {
        pass(Place::CloneValue);
        Value::of(self.0 / 10)
    }
}

impl Drop for Value {
    fn drop(&mut self) {
        VALUES.set(VALUES.get() - 1);
        pass(Place::DropValue);
    }
}

/// One thing that can be asked of a cached function.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    Call(u32),
    WithStatus(u32),
    Refresh(u32),
    Insert(u32),
    Peek(u32),
    Contains(u32),
    Invalidate(u32),
    Info,
    Clear,
}

/// A cached function: takes a step, checks what it gave, and says what the cache is like then.
type Cached = fn(Step) -> CacheInfo;

/// A new cached function, with room for two. It takes its key by reference: where the destructor of
/// a parameter panics, rustc leaks what the function returns (rust-lang/rust#47949).
macro_rules! cached {
    ($($options:tt)*) => {{
        #[lru_cache(maxsize = 2, $($options)*)]
        fn f(key: &Key) -> Value {
            pass(Place::Body);
            Value::of(key.0)
        }
        let cached: Cached = |step| {
            if let Step::Call(_) | Step::WithStatus(_) = step {
                CALLS.set(CALLS.get() + 1);
            }
            match step {
                Step::Call(n) => assert_eq!(f(&Key::new(n)).0, 10 * n),
                Step::WithStatus(n) => {
                    let (value, status) = f::with_status(&Key::new(n));
                    assert_eq!(value.0, 10 * n);
                    assert_ne!(status, CacheStatus::Joined, "it would wait for itself");
                }
                Step::Refresh(n) => assert_eq!(f::cache_refresh(&Key::new(n)).0, 10 * n),
                Step::Insert(n) => f::cache_insert(&Key::new(n), Value::of(n)),
                Step::Peek(n) => {
                    if let Some(value) = f::cache_peek(&Key::new(n)) {
                        assert_eq!(value.0, 10 * n);
                    }
                }
                Step::Contains(n) => drop(f::cache_contains(&Key::new(n))),
                Step::Invalidate(n) => drop(f::cache_invalidate(&Key::new(n))),
                Step::Info => {}
                Step::Clear => f::cache_clear(),
            }
            f::cache_info()
        };
        cached
    }};
}

macro_rules! in_each_scope {
    () => {
        [cached!(scope = "process"), cached!(scope = "thread")]
    };
}

/// The cache holds nothing but its entries, and does what any other cache does.
fn assert_works(cached: Cached) {
    let entries = cached(Step::Info).currsize;
    assert!(entries <= 2);
    let alive = (KEYS.get(), VALUES.get());
    let entries = i64::try_from(entries).expect("at most 2");
    assert_eq!(alive, (entries, entries), "keys and values alive, and entries");

    cached(Step::Clear);
    let calls = [1, 1, 3, 5, 3, 1].map(Step::Call).map(cached);
    let figures = calls.map(|info| (info.hits, info.misses, info.currsize));
    let expected = [(0, 1, 1), (1, 1, 1), (1, 2, 2), (1, 3, 2), (2, 3, 2), (2, 4, 2)];
    assert_eq!(figures, expected);

    cached(Step::Clear);
    assert_eq!((KEYS.get(), VALUES.get()), (0, 0));
}

mod user_code_that_calls_back {
    use super::*;

    /// Comes by all places, with misses, hits and evictions.
    const OUTER: [Step; 14] = [
        Step::Call(1),
        Step::Call(1),
        Step::Call(3),
        Step::Call(5),
        Step::WithStatus(5),
        Step::Peek(5),
        Step::Insert(5),
        Step::Insert(7),
        Step::Refresh(7),
        Step::Refresh(9),
        Step::Contains(9),
        Step::Invalidate(9),
        Step::Call(2),
        Step::Clear,
    ];

    const INNER: [Step; 13] = [
        Step::Call(1),
        Step::Call(3),
        Step::Call(2),
        Step::WithStatus(5),
        Step::Refresh(5),
        Step::Insert(7),
        Step::Insert(1),
        Step::Peek(1),
        Step::Contains(1),
        Step::Invalidate(1),
        Step::Invalidate(9),
        Step::Info,
        Step::Clear,
    ];

    /// Takes each of the inner steps whenever one of the outer ones comes by the place.
    fn assert_calls_back(place: Place, in_each_scope: [Cached; 2]) {
        for cached in in_each_scope {
            for inner in INNER {
                finishes(move || {
                    let mut sprung = 0;
                    for outer in OUTER {
                        let calls = CALLS.get();
                        let before = cached(Step::Info);
                        arm(place, move || _ = cached(inner));
                        let after = cached(outer);
                        sprung += disarm();
                        assert!(after.currsize <= 2, "{inner:?} within {outer:?}");
                        if inner != Step::Clear && outer != Step::Clear {
                            let counted = |info: CacheInfo| info.hits + info.misses;
                            assert_eq!(
                                counted(after) - counted(before),
                                CALLS.get() - calls,
                                "{inner:?} within {outer:?}"
                            );
                        }
                    }
                    assert_ne!(sprung, 0);
                    assert_works(cached);
                });
            }
        }
    }

    #[test]
    fn from_hash() {
        assert_calls_back(Place::Hash, in_each_scope!());
    }

    #[test]
    fn from_eq() {
        assert_calls_back(Place::Eq, in_each_scope!());
    }

    /// Whatever is added while an entry is being compared is an entry to compare with, too.
    #[test]
    fn from_eq_with_a_new_entry_each_time() {
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
                    assert_works(cached);
                });
            }
        }
    }

    #[test]
    fn from_clone_of_a_key() {
        assert_calls_back(Place::CloneKey, in_each_scope!());
    }

    #[test]
    fn from_drop_of_a_key() {
        assert_calls_back(Place::DropKey, in_each_scope!());
    }

    #[test]
    fn from_the_body() {
        assert_calls_back(Place::Body, in_each_scope!());
    }

    #[test]
    fn from_clone_of_a_value() {
        assert_calls_back(Place::CloneValue, in_each_scope!());
    }

    #[test]
    fn from_drop_of_a_value() {
        assert_calls_back(Place::DropValue, in_each_scope!());
    }

    #[test]
    fn what_is_invalidated_from_there_is_gone() {
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
                assert_works(cached);
            });
        }
    }

    #[test]
    fn from_cache_if() {
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
    fn from_drop_when_a_thread_ends() {
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
}

mod user_code_that_panics {
    use super::*;

    const STEPS: [Step; 14] = [
        Step::Call(1),
        Step::Call(3),
        Step::Call(5),
        Step::WithStatus(3),
        Step::WithStatus(5),
        Step::Refresh(1),
        Step::Refresh(5),
        Step::Insert(3),
        Step::Insert(5),
        Step::Peek(1),
        Step::Contains(3),
        Step::Invalidate(1),
        Step::Invalidate(5),
        Step::Clear,
    ];

    /// Lets each step panic at each of its passes by the place, in a cache that has 1 and 3.
    fn assert_survives_panics(place: Place, in_each_scope: [Cached; 2]) {
        for cached in in_each_scope {
            let mut panics = 0;
            for step in STEPS {
                for passes in 1.. {
                    cached(Step::Call(1));
                    cached(Step::Call(3));
                    let mut left = passes;
                    arm(place, move || {
                        left -= 1;
                        if left == 0 {
                            panic::resume_unwind(Box::new("sprung"));
                        }
                    });
                    let panicked = panic::catch_unwind(|| cached(step)).is_err();
                    assert_eq!(panicked, disarm() == passes);
                    assert_works(cached);
                    if !panicked {
                        break;
                    }
                    panics += 1;
                }
            }
            assert_ne!(panics, 0);
        }
    }

    #[test]
    fn in_hash() {
        finishes(|| assert_survives_panics(Place::Hash, in_each_scope!()));
    }

    #[test]
    fn in_eq() {
        finishes(|| assert_survives_panics(Place::Eq, in_each_scope!()));
    }

    #[test]
    fn in_clone_of_a_key() {
        finishes(|| assert_survives_panics(Place::CloneKey, in_each_scope!()));
    }

    #[test]
    fn in_drop_of_a_key() {
        finishes(|| assert_survives_panics(Place::DropKey, in_each_scope!()));
    }

    #[test]
    fn in_the_body() {
        finishes(|| assert_survives_panics(Place::Body, in_each_scope!()));
    }

    #[test]
    fn in_clone_of_a_value() {
        finishes(|| assert_survives_panics(Place::CloneValue, in_each_scope!()));
    }

    #[test]
    fn in_drop_of_a_value() {
        finishes(|| assert_survives_panics(Place::DropValue, in_each_scope!()));
    }

    /// Whether it panics, without the message.
    fn panics<R>(run: impl FnOnce() -> R) -> bool {
        panic::catch_unwind(AssertUnwindSafe(run)).is_err()
    }

    #[test]
    fn a_body_that_panics_stores_nothing_and_evicts_nothing() {
        static RUNS: Runs = Runs::new();
        #[lru_cache(maxsize = 2)]
        fn third_time(n: u32) -> u32 {
            if n == 3 && RUNS.next() < 3 {
                panic::resume_unwind(Box::new("down"));
            }
            n
        }
        assert_eq!((third_time(1), third_time(2)), (1, 2));
        assert!(panics(|| third_time(3)));
        assert_eq!(third_time::cache_info(), info(0, 3, 2, 2), "it stays a miss");
        assert!(panics(|| third_time::cache_refresh(3)));
        assert!(third_time::cache_contains(1));
        assert!(third_time::cache_contains(2));
        assert_eq!((third_time(3), third_time(3)), (3, 3));
        assert_eq!(third_time::cache_info(), info(1, 4, 2, 2));
    }

    #[test]
    fn a_refresh_that_panics_leaves_the_entry() {
        static RUNS: Runs = Runs::new();
        #[lru_cache(maxsize = 2)]
        fn once(n: u32) -> u32 {
            if RUNS.next() > 1 {
                panic::resume_unwind(Box::new("down"));
            }
            n
        }
        assert_eq!(once(1), 1);
        assert!(panics(|| once::cache_refresh(1)));
        assert!(panics(|| once::uncached(1)));
        assert_eq!(once(1), 1);
        assert_eq!(once::cache_info(), info(1, 1, 2, 1));
    }

    #[test]
    fn a_recursion_that_panics_stores_what_was_computed_before() {
        #[cache]
        fn down_to(n: u32) -> u32 {
            if n == 13 {
                panic::resume_unwind(Box::new("unlucky"));
            }
            if n.is_multiple_of(2) { n } else { down_to(n - 1) + down_to(n + 2) }
        }
        assert!(panics(|| down_to(9)));
        let kept: Vec<_> = (0..20).filter(|&n| down_to::cache_contains(n)).collect();
        assert_eq!(kept, [8, 10]);
        assert_eq!(down_to::cache_info(), info(0, 5, None, 2));
    }

    #[test]
    fn cache_if_that_panics_stores_nothing() {
        static ASKED: Runs = Runs::new();
        #[lru_cache(maxsize = 2, cache_if = |_| {
            ASKED.next() > 1 || panic::resume_unwind(Box::new("not yet"))
        })]
        fn same(n: u32) -> u32 {
            n
        }
        assert!(panics(|| same(1)));
        assert_eq!(same::cache_info(), info(0, 1, 2, 0));
        assert_eq!((same(1), same(1)), (1, 1));
        assert_eq!(same::cache_info(), info(1, 2, 2, 1));
    }

    #[test]
    fn a_key_expression_that_panics_counts_as_no_call() {
        #[lru_cache(maxsize = 2, key = n.checked_sub(1).unwrap_or_else(|| {
            panic::resume_unwind(Box::new("no key"))
        }))]
        fn same(n: u32) -> u32 {
            n
        }
        assert!(panics(|| same(0)));
        assert_eq!(same::cache_info(), info(0, 0, 2, 0));
        assert_eq!((same(1), same(1)), (1, 1));
        assert_eq!(same::cache_info(), info(1, 1, 2, 1));
    }

    #[test]
    fn a_maxsize_expression_that_panics_is_asked_again() {
        static ASKED: Runs = Runs::new();
        fn size() -> usize {
            match ASKED.next() {
                1 => panic::resume_unwind(Box::new("not configured")),
                _ => 2,
            }
        }
        #[lru_cache(maxsize = size())]
        fn same(n: u32) -> u32 {
            n
        }
        assert!(panics(|| same(1)));
        assert_eq!(finishes(|| (same(1), same(1))), (1, 1));
        assert_eq!(same::cache_info(), info(1, 1, 2, 1));
        assert_eq!(ASKED.count(), 2);
    }
}

/// Two functions, each called from inside of the other's entries, on two threads that wait for each other
/// there: whoever is inside of one cache does not wait for another.
mod user_code_that_calls_another_function {
    use std::cell::Cell;
    use std::sync::{Arc, Barrier};
    use std::thread;

    use functools::lru_cache;

    use crate::common::finishes;

    thread_local! {
        static MEETING: Cell<Option<Arc<Barrier>>> = const { Cell::new(None) };
    }

    struct One;
    struct Two;

    impl Clone for One {
        fn clone(&self) -> Self {
            if let Some(meeting) = MEETING.take() {
                meeting.wait();
                two(2);
            }
            One
        }
    }

    impl Clone for Two {
        fn clone(&self) -> Self {
            if let Some(meeting) = MEETING.take() {
                meeting.wait();
                one(2);
            }
            Two
        }
    }

    #[lru_cache]
    fn one(_: u32) -> One {
        One
    }

    #[lru_cache]
    fn two(_: u32) -> Two {
        Two
    }

    #[test]
    fn from_clone_on_two_threads() {
        one(1);
        two(1);
        finishes(|| {
            let meeting = Arc::new(Barrier::new(2));
            let calls: [fn(); 2] = [|| _ = one(1), || _ = two(1)];
            let threads = calls.map(|call| {
                let meeting = Arc::clone(&meeting);
                thread::spawn(move || {
                    MEETING.set(Some(meeting));
                    call();
                })
            });
            for thread in threads {
                thread.join().expect("it does not panic");
            }
        });
        assert_eq!(one::cache_info().hits + one::cache_info().misses, 3);
        assert_eq!(two::cache_info().hits + two::cache_info().misses, 3);
    }
}

/// What user code asked for before it panicked is done, too.
#[test]
fn an_eq_that_clears_and_then_panics() {
    use std::cell::Cell;
    use std::hash::{Hash, Hasher};

    thread_local! {
        static ARMED: Cell<bool> = const { Cell::new(false) };
    }

    #[derive(Clone)]
    struct Key(u32);

    impl Hash for Key {
        fn hash<H: Hasher>(&self, state: &mut H) {
            self.0.hash(state);
        }
    }

    impl PartialEq for Key {
        fn eq(&self, other: &Key) -> bool {
            if ARMED.take() {
                value::cache_clear();
                assert_ne!(self.0, other.0, "sprung");
            }
            self.0 == other.0
        }
    }

    impl Eq for Key {}

    #[lru_cache]
    fn value(key: Key) -> u32 {
        key.0
    }

    value(Key(1));
    value(Key(2));
    ARMED.set(true);
    assert!(panic::catch_unwind(|| value(Key(1))).is_err());
    assert_eq!(value::with_status(Key(2)), (2, functools::CacheStatus::Miss));
}
