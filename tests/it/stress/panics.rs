//! Many threads whose `Hash`, `Eq`, `Clone` and bodies panic now and then (CONTRACT 6).
//!
//! `FUNCTOOLS_STRESS=<number>` makes it that many times as long. Each thread has its seed.

use std::cell::RefCell;
use std::fmt::Debug;
use std::hash::{Hash, Hasher};
use std::panic;
use std::panic::AssertUnwindSafe;
use std::sync::mpsc::Sender;

use fastrand::Rng;
use functools::lru_cache;
use functools_test_support::{in_threads, info, progresses, stress_factor, watched};

/// More threads than there are stripes.
const THREADS: usize = 40;
const KEYS: u32 = 48;
const CALLS: u64 = 2_000;
const MAXSIZE: usize = 16;

thread_local! {
    /// Decides when this thread's user code panics. `None`: never.
    static PANICS: RefCell<Option<Rng>> = const { RefCell::new(None) };
}

/// Panics now and then, without a message.
fn may_panic() {
    let panics =
        PANICS.with_borrow_mut(|panics| panics.as_mut().is_some_and(|rng| rng.u8(..50) == 0));
    if panics {
        panic::resume_unwind(Box::new("on purpose"));
    }
}

/// A key, of which every three have the same hash.
#[derive(Debug)]
struct Key(Box<u32>);

impl Key {
    fn new(n: u32) -> Self {
        Key(Box::new(n))
    }
}

impl PartialEq for Key {
    fn eq(&self, other: &Self) -> bool {
        may_panic();
        self.0 == other.0
    }
}

impl Eq for Key {}

impl Hash for Key {
    fn hash<H: Hasher>(&self, state: &mut H) {
        may_panic();
        (*self.0 / 3).hash(state);
    }
}

impl Clone for Key {
    fn clone(&self) -> Self {
        may_panic();
        Key(self.0.clone())
    }
}

/// The number of the key.
#[derive(Debug)]
struct Value(Box<u32>);

impl Clone for Value {
    fn clone(&self) -> Self {
        may_panic();
        Value(self.0.clone())
    }
}

#[lru_cache(maxsize = MAXSIZE)]
fn value(key: &Key) -> Value {
    may_panic();
    Value(key.0.clone())
}

/// Returns how many calls returned; the others panicked.
fn work(seed: u64, calls: u64, progress: &Sender<()>) -> u64 {
    let mut random = Rng::with_seed(seed);
    PANICS.set(Some(random.fork()));
    let mut returned = 0;
    for _ in 0..calls {
        let n = random.u32(..KEYS);
        let key = Key::new(n);
        let others = random.u32(..40);
        let _ = panic::catch_unwind(AssertUnwindSafe(|| match others {
            0 => _ = value::cache_invalidate(&key),
            1 => value::cache_insert(&key, Value(Box::new(n))),
            2 => assert_eq!(*value::cache_refresh(&key).0, n),
            3 => assert!(value::cache_peek(&key).is_none_or(|value| *value.0 == n)),
            _ => (),
        }))
        .inspect_err(on_purpose);
        let called = panic::catch_unwind(AssertUnwindSafe(|| value(&key)));
        if let Ok(value) = called.inspect_err(on_purpose) {
            assert_eq!(*value.0, n);
            returned += 1;
        }
        progress.send(()).expect("the test waits for progress");
    }
    PANICS.set(None);
    returned
}

fn on_purpose(payload: &Box<dyn std::any::Any + Send>) {
    assert_eq!(payload.downcast_ref(), Some(&"on purpose"), "another panic");
}

#[test]
fn panicking_user_code_leaves_the_cache_consistent() {
    let calls = CALLS * stress_factor();
    progresses(move |progress| {
        let watch = || assert!(value::cache_info().currsize <= MAXSIZE);
        let returned: u64 = watched(watch, || {
            in_threads(THREADS, |seed| work(seed as u64, calls, progress)).into_iter().sum()
        });
        // A call that panics in `Hash` or `Eq` is neither a hit nor a miss yet.
        let info = value::cache_info();
        let counted = info.hits + info.misses;
        assert!(
            (returned..=THREADS as u64 * calls).contains(&counted),
            "{info}, {returned} returned"
        );
        assert!(returned > THREADS as u64 * calls / 2, "{returned} returned");
        works();
    });
}

/// Checks that the panics left no trace: entries are whole, order and counts are exact.
fn works() {
    let keys: Vec<_> = (0..KEYS).map(Key::new).collect();
    let entries = keys.iter().filter(|key| value::cache_contains(key)).count();
    assert_eq!(value::cache_info().currsize, entries);
    let before = value::cache_info();
    keys.iter().for_each(|key| assert_eq!(value(key).0, key.0));
    keys.iter().rev().take(MAXSIZE).for_each(|key| assert_eq!(value(key).0, key.0));
    let after = value::cache_info();
    let calls = u64::from(KEYS) + MAXSIZE as u64;
    assert_eq!(after.hits + after.misses, before.hits + before.misses + calls);
    assert_eq!(after.currsize, MAXSIZE);
    for (place, key) in keys.iter().enumerate() {
        assert_eq!(value::cache_contains(key), place >= keys.len() - MAXSIZE);
    }
    // The last of these keys were called first.
    assert_eq!(value(&keys[0]).0, keys[0].0);
    assert!(!value::cache_contains(&keys[keys.len() - 1]));
    assert!(value::cache_contains(&keys[keys.len() - 2]));
    value::cache_clear();
    assert_eq!(value::cache_info(), info(0, 0, MAXSIZE, 0));
}
