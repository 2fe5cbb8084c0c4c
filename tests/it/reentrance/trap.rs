//! Traps in all places where a cache runs the code of its user, and a function whose key and value
//! spring them.

use std::cell::Cell;
use std::fmt::Debug;
use std::hash::{Hash, Hasher};

use functools::CacheInfo;

/// The places where a cache runs code of its user.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    Hash,
    Eq,
    CloneKey,
    DropKey,
    Body,
    CloneValue,
    DropValue,
}

impl Place {
    pub(crate) const ALL: [Place; 7] = [
        Place::Hash,
        Place::Eq,
        Place::CloneKey,
        Place::DropKey,
        Place::Body,
        Place::CloneValue,
        Place::DropValue,
    ];
}

/// An action to perform when this thread runs the code of a place.
pub(crate) struct Trap {
    place: Place,
    action: Box<dyn FnMut()>,
}

thread_local! {
    static TRAP: Cell<Option<Trap>> = const { Cell::new(None) };
    /// How often the action has run.
    static SPRUNG: Cell<u32> = const { Cell::new(0) };
    /// Keys and values that are alive.
    static KEYS: Cell<i64> = const { Cell::new(0) };
    static VALUES: Cell<i64> = const { Cell::new(0) };
    /// Calls so far.
    pub(crate) static CALLS: Cell<u64> = const { Cell::new(0) };
}

pub(crate) fn arm(place: Place, action: impl FnMut() + 'static) {
    TRAP.set(Some(Trap { place, action: Box::new(action) }));
    SPRUNG.set(0);
}

/// Removes the trap, and returns how often its action has run.
pub(crate) fn disarm() -> u32 {
    TRAP.set(None);
    SPRUNG.get()
}

/// Runs the action in its place. Meanwhile there is no trap, so that the action may run the code of
/// the same place. An action that panics is not set again.
pub(crate) fn pass(place: Place) {
    let Ok(Some(mut trap)) = TRAP.try_with(Cell::take) else { return };
    if trap.place == place {
        SPRUNG.set(SPRUNG.get() + 1);
        (trap.action)();
    }
    TRAP.set(Some(trap));
}

/// Odd keys have one hash, even ones another.
pub(crate) struct Key(pub(crate) u32);

impl Key {
    pub(crate) fn new(n: u32) -> Self {
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
pub(crate) struct Value(pub(crate) u32);

impl Value {
    /// Returns the right value for a key.
    pub(crate) fn of(n: u32) -> Self {
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

/// An operation on a cached function.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
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

/// A cached function: performs a step, checks its result, and returns the counts afterwards.
pub(crate) type Cached = fn(Step) -> CacheInfo;

/// A new cached function, with room for two. It takes its key by reference: where the destructor of
/// a parameter panics, rustc leaks what the function returns (rust-lang/rust#47949).
macro_rules! cached_with_traps {
    ($($options:tt)*) => {{
        use functools::CacheStatus;

        use crate::reentrance::trap::{CALLS, Cached, Key, Place, Step, Value, pass};

        #[functools::lru_cache(maxsize = 2, $($options)*)]
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
        [cached_with_traps!(scope = "process"), cached_with_traps!(scope = "thread")]
    };
}

/// Checks that the cache holds nothing but its entries, and works as a new one does.
pub(crate) fn assert_works(cached: Cached, after: &str) {
    let entries = cached(Step::Info).currsize;
    assert!(entries <= 2, "{after}");
    let alive = (KEYS.get(), VALUES.get());
    let entries = i64::try_from(entries).expect("at most 2");
    assert_eq!(alive, (entries, entries), "{after}: keys and values alive, and entries");

    cached(Step::Clear);
    let calls = [1, 1, 3, 5, 3, 1].map(Step::Call).map(cached);
    let figures = calls.map(|info| (info.hits, info.misses, info.currsize));
    let expected = [(0, 1, 1), (1, 1, 1), (1, 2, 2), (1, 3, 2), (2, 3, 2), (2, 4, 2)];
    assert_eq!(figures, expected, "{after}");

    cached(Step::Clear);
    assert_eq!((KEYS.get(), VALUES.get()), (0, 0), "{after}: keys and values after a clear");
}

/// An array of steps.
macro_rules! steps {
    ($($step:ident $(($n:literal))?),+) => {
        [$(Step::$step $(($n))?),+]
    };
}

pub(crate) use {cached_with_traps, in_each_scope, steps};
