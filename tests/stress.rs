//! Many threads at once, for as long as one likes: results are right, counts are exact, `maxsize` is
//! never exceeded, and nobody waits for ever, with user code that panics too.
//!
//! `FUNCTOOLS_STRESS=<number>` makes it that many times as long. All randomness is seeded, by thread.

mod common;

use std::cell::RefCell;
use std::env;
use std::hash::{Hash, Hasher};
use std::panic::{self, AssertUnwindSafe};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread::{self, ScopedJoinHandle};

use common::{PATIENCE, info};
use fastrand::Rng;
use functools::lru_cache;

/// How many times as long as usual.
fn times() -> u64 {
    env::var("FUNCTOOLS_STRESS").map_or(1, |times| times.parse().expect("a number"))
}

/// Runs `body` in a thread, and fails if at some time nobody makes progress.
fn progresses(body: impl FnOnce(&Sender<()>) + Send + 'static) {
    let (progress, made) = mpsc::channel();
    let thread = thread::spawn(move || body(&progress));
    while let made = made.recv_timeout(PATIENCE)
        && made != Err(RecvTimeoutError::Disconnected)
    {
        assert_eq!(made, Ok(()), "deadlock: no progress for {PATIENCE:?}");
    }
    thread.join().unwrap_or_else(|payload| panic::resume_unwind(payload));
}

/// Runs `watch` again and again in a thread of its own while `body` runs.
fn watched<T>(watch: impl Fn() + Sync, body: impl FnOnce() -> T) -> T {
    struct Ends<'a>(&'a AtomicBool);

    impl Drop for Ends<'_> {
        fn drop(&mut self) {
            self.0.store(true, Ordering::Relaxed);
        }
    }

    let ended = AtomicBool::new(false);
    thread::scope(|scope| {
        let watcher = scope.spawn(|| {
            while !ended.load(Ordering::Relaxed) {
                watch();
                thread::yield_now();
            }
        });
        let ends = Ends(&ended);
        let result = body();
        drop(ends);
        join(watcher);
        result
    })
}

/// Runs `work` in so many threads at once, each with a number. Returns the sum of what they return.
fn in_threads(threads: u64, work: impl Fn(u64) -> u64 + Sync) -> u64 {
    let work = &work;
    thread::scope(|scope| {
        let threads: Vec<_> = (0..threads).map(|n| scope.spawn(move || work(n))).collect();
        threads.into_iter().map(join).sum()
    })
}

/// Thread sanitizer sees that a thread has ended by this, not by the end of a scope.
fn join<T>(thread: ScopedJoinHandle<'_, T>) -> T {
    thread.join().unwrap_or_else(|payload| panic::resume_unwind(payload))
}

mod more_keys_than_fit {
    use super::*;

    const THREADS: u64 = 24;
    const KEYS: u64 = 8192;
    const CALLS: u64 = 20_000;
    const MAXSIZE: usize = 128;

    /// On the heap, for the sanitizers.
    #[lru_cache(maxsize = MAXSIZE)]
    fn name(n: u64) -> Box<str> {
        text(n)
    }

    fn text(n: u64) -> Box<str> {
        n.to_string().into()
    }

    /// Calls, and now and then something else. Every fourth key is one of a few, so that there are hits.
    /// Returns the number of calls.
    fn work(seed: u64, calls: u64, progress: &Sender<()>) -> u64 {
        let mut random = Rng::with_seed(seed);
        for call in 0..calls {
            let keys = if random.u8(..4) == 0 { 64 } else { KEYS };
            let n = random.u64(..keys);
            match random.u32(..200) {
                0 => _ = name::cache_invalidate(n),
                1 => name::cache_insert(n, text(n)),
                2 => assert_eq!(name::cache_refresh(n), text(n)),
                3 => assert!(name::cache_peek(n).is_none_or(|value| value == text(n))),
                4 => assert!(name::cache_info().currsize <= MAXSIZE),
                _ => (),
            }
            assert_eq!(name(n), text(n));
            if call % 64 == 0 {
                progress.send(()).expect("somebody waits for that");
            }
        }
        calls
    }

    #[test]
    fn by_many_threads() {
        let calls = CALLS * times();
        progresses(move |progress| {
            let seen = AtomicU64::new(0);
            let watch = || {
                let info = name::cache_info();
                assert!(info.currsize <= MAXSIZE, "{info}");
                let calls = info.hits + info.misses;
                assert!(calls >= seen.swap(calls, Ordering::Relaxed), "{info}");
            };
            let calls = watched(watch, || in_threads(THREADS, |seed| work(seed, calls, progress)));
            let info = name::cache_info();
            assert_eq!(info.hits + info.misses, calls, "{info}");
            assert_eq!(info.currsize, MAXSIZE);
            let entries = (0..KEYS).filter(|&n| name::cache_contains(n)).count();
            assert_eq!(entries, MAXSIZE);
        });
    }
}

mod panicking_user_code {
    use super::*;

    /// More than can read without meeting each other.
    const THREADS: u64 = 40;
    const KEYS: u32 = 48;
    const CALLS: u64 = 2_000;
    const MAXSIZE: usize = 16;

    thread_local! {
        /// Decides when this thread's user code panics; not at all without it.
        static PANICS: RefCell<Option<Rng>> = const { RefCell::new(None) };
    }

    /// Panics now and then, without the message.
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

    /// What the key was.
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

    /// Returns how many calls came back; the rest panicked.
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
            progress.send(()).expect("somebody waits for that");
        }
        PANICS.set(None);
        returned
    }

    fn on_purpose(payload: &Box<dyn std::any::Any + Send>) {
        assert_eq!(payload.downcast_ref(), Some(&"on purpose"), "another panic");
    }

    #[test]
    fn leaves_the_cache_consistent() {
        let calls = CALLS * times();
        progresses(move |progress| {
            let watch = || assert!(value::cache_info().currsize <= MAXSIZE);
            let returned =
                watched(watch, || in_threads(THREADS, |seed| work(seed, calls, progress)));
            // A call that panics in `Hash` or `Eq` is neither a hit nor a miss yet.
            let info = value::cache_info();
            let counted = info.hits + info.misses;
            assert!((returned..=THREADS * calls).contains(&counted), "{info}, {returned} returned");
            assert!(returned > THREADS * calls / 2, "{returned} returned");
            works();
        });
    }

    /// Nothing is left of the panics: entries are whole, order and counts are exact.
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
        // Of those, the last were called first.
        assert_eq!(value(&keys[0]).0, keys[0].0);
        assert!(!value::cache_contains(&keys[keys.len() - 1]));
        assert!(value::cache_contains(&keys[keys.len() - 2]));
        value::cache_clear();
        assert_eq!(value::cache_info(), info(0, 0, MAXSIZE, 0));
    }
}

mod all_keys_fit {
    use super::*;

    const THREADS: u64 = 8;
    const KEYS: u32 = 64;
    /// Of threads that follow each other.
    const LIVES: u64 = 30;
    const CALLS: u64 = 500;

    macro_rules! threads_come_and_go_while_another_clears {
        ($maxsize:expr) => {{
            #[lru_cache(maxsize = $maxsize)]
            fn boxed(n: u32) -> Box<u32> {
                Box::new(n)
            }
            let live = |seed| {
                let mut random = Rng::with_seed(seed);
                for _ in 0..CALLS {
                    let n = random.u32(..KEYS);
                    assert_eq!(*boxed(n), n);
                }
            };
            let lives = LIVES * times();
            progresses(move |progress| {
                let clear = || {
                    let info = boxed::cache_info();
                    assert!(info.currsize <= KEYS as usize, "{info}");
                    assert!(info.hits + info.misses <= THREADS * lives * CALLS, "{info}");
                    boxed::cache_clear();
                };
                let line = |line| {
                    for life in 0..lives {
                        let seed = line * lives + life;
                        thread::spawn(move || live(seed)).join().expect("no panic");
                        progress.send(()).expect("somebody waits for that");
                    }
                    lives
                };
                watched(clear, || assert_eq!(in_threads(THREADS, line), THREADS * lives));
                boxed::cache_clear();
                for _ in 0..2 {
                    (0..KEYS).for_each(|n| assert_eq!(*boxed(n), n));
                }
                let keys = u64::from(KEYS);
                assert_eq!(boxed::cache_info(), info(keys, keys, $maxsize, KEYS as usize));
            });
        }};
    }

    #[test]
    fn with_a_bound() {
        threads_come_and_go_while_another_clears!(128);
    }

    #[test]
    fn without_a_bound() {
        threads_come_and_go_while_another_clears!(None);
    }
}
