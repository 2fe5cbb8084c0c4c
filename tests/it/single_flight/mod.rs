//! Concurrent calls of one key run the body once (CONTRACT 6).
//!
//! In each file, the tests of `threads` need no runtime: the thread sanitizer runs those.

/// Defines a cached `async fn` that yields once and returns the number of its run.
macro_rules! number_of_the_run {
    ($f:ident, $runs:ident) => {
        static $runs: Runs = Runs::new();
        #[lru_cache(maxsize = 8)]
        async fn $f(_: u32) -> u32 {
            let run = $runs.next();
            future::yield_now().await;
            run
        }
    };
}

mod blocking_calls;
mod deadlocks;
mod disabled;
mod invalidation_races;
mod leader_fails;
mod limits;
mod not_storable;
mod one_computes;
mod random;
mod waiters;
