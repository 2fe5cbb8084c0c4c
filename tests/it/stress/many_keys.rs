//! Many threads and more keys than fit: results are right, counts exact, and `maxsize` is never
//! exceeded (CONTRACT 5).
//!
//! `FUNCTOOLS_STRESS=<number>` makes it that many times as long. Each thread has its seed.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::Sender;

use fastrand::Rng;
use functools::lru_cache;
use functools_test_support::{in_threads, progresses, stress_factor, watched};

const THREADS: usize = 24;
const KEYS: u64 = 8192;
const CALLS: u64 = 20_000;
const MAXSIZE: usize = 128;

/// Results are on the heap, for the sanitizers.
#[lru_cache(maxsize = MAXSIZE)]
fn name(n: u64) -> Box<str> {
    text(n)
}

fn text(n: u64) -> Box<str> {
    n.to_string().into()
}

/// Calls, and now and then another operation. Every fourth key is one of a few, for hits.
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
            progress.send(()).expect("the test waits for progress");
        }
    }
    calls
}

#[test]
fn threads_with_more_keys_than_fit_count_exactly() {
    let calls = CALLS * stress_factor();
    progresses(move |progress| {
        let seen = AtomicU64::new(0);
        let watch = || {
            let info = name::cache_info();
            assert!(info.currsize <= MAXSIZE, "{info}");
            let calls = info.hits + info.misses;
            assert!(calls >= seen.swap(calls, Ordering::Relaxed), "{info}");
        };
        let calls: u64 = watched(watch, || {
            in_threads(THREADS, |seed| work(seed as u64, calls, progress)).into_iter().sum()
        });
        let info = name::cache_info();
        assert_eq!(info.hits + info.misses, calls, "{info}");
        assert_eq!(info.currsize, MAXSIZE);
        let entries = (0..KEYS).filter(|&n| name::cache_contains(n)).count();
        assert_eq!(entries, MAXSIZE);
    });
}
