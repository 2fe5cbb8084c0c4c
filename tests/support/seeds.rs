//! Seeds of random tests: a new one for each run, or one to replay.

use std::env;
use std::hash::{BuildHasher as _, RandomState};
use std::time::{Duration, Instant};

/// Runs `body` with a seed, and prints it: `FUNCTOOLS_SEED`, or a new one. With
/// `FUNCTOOLS_MINUTES` it runs again and again, with other seeds, for so many minutes.
///
/// # Panics
///
/// If `body` panics, or one of the variables is no number.
pub fn with_seeds(mut body: impl FnMut(u64)) {
    let number = |name| env::var(name).ok().map(|text| text.parse::<u64>().expect(name));
    let replayed = number("FUNCTOOLS_SEED");
    let minutes = Duration::from_secs(60 * number("FUNCTOOLS_MINUTES").unwrap_or(0));
    let start = Instant::now();
    loop {
        let seed = replayed.unwrap_or_else(|| RandomState::new().hash_one(start));
        // At once, for a run that does not end.
        println!("FUNCTOOLS_SEED={seed} replays this run");
        body(seed);
        if replayed.is_some() || start.elapsed() >= minutes {
            return;
        }
    }
}
