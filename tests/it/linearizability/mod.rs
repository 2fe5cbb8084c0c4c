//! Threads that call, insert, refresh, invalidate and clear at once, over few keys: there is an
//! order of what they did in which each answer is that of a cache (CONTRACT 5, 6).
//!
//! `FUNCTOOLS_STRESS=<number>` makes it that many times as long, and `FUNCTOOLS_MINUTES=<number>`
//! repeats it for so long. The order of the threads is the machine's: a seed replays only what they
//! do.

mod record;
mod self_test;
mod specification;

use functools::lru_cache;
use functools_test_support::{
    Colliding, in_threads, is_linearizable, shrink, stress_factor, with_seeds,
};

use record::{Cached, Run, record};
use specification::Cache;

/// How often each function is tried.
const ROUNDS: u64 = 150;

/// Operations of all threads in one round: a call may be two, and 128 are the most.
const OPERATIONS: usize = 56;

/// Tries a function many times, with 2 to 8 threads.
fn check(cached: &Cached, maxsize: usize) {
    let cache = Cache { maxsize };
    with_seeds(|first| try_rounds(cached, &cache, first));
}

fn try_rounds(cached: &Cached, cache: &Cache, first: u64) {
    for round in 0..ROUNDS * stress_factor() {
        let seed = first.wrapping_add(round);
        let threads = 2 + usize::try_from(round % 7).expect("below 7");
        (cached.clear)();
        let histories = in_threads(threads, |thread| {
            record(
                cached,
                seed.wrapping_mul(1000).wrapping_add(thread as u64),
                OPERATIONS / threads,
            )
        });
        let mut history: Vec<_> = histories.into_iter().flatten().collect();
        history.sort_by_key(|timed| timed.start);
        if !is_linearizable(cache, &Default::default(), &history) {
            let history = shrink(cache, &Default::default(), history);
            let rows = history.iter().map(|timed| format!("\n    {timed:?}"));
            panic!("seed {seed}, no order allows this:{}", rows.collect::<String>());
        }
    }
}

macro_rules! linearizable {
    ($($test:ident: $maxsize:literal, $Key:ty, $key:expr, [$($options:tt)*];)+) => {$(
        #[test]
        fn $test() {
            #[lru_cache(skip(run), $($options)*)]
            fn f(_: $Key, run: &Run) -> Result<u32, u32> {
                run.body()
            }
            const KEY: fn(usize) -> $Key = $key;
            let cached = Cached {
                call: |key, run| f::with_status(KEY(key), run),
                refresh: |key, run| f::cache_refresh(KEY(key), run),
                insert: |key, number| f::cache_insert(KEY(key), Ok(number)),
                invalidate: |key| f::cache_invalidate(KEY(key)),
                peek: |key| f::cache_peek(KEY(key)),
                contains: |key| f::cache_contains(KEY(key)),
                clear: f::cache_clear,
            };
            check(&cached, $maxsize);
        }
    )+};
}

fn number(key: usize) -> u32 {
    u32::try_from(key).expect("a few keys")
}

linearizable! {
    all_fit: 3, u32, number, [maxsize = 3];
    some_are_evicted: 2, u32, number, [maxsize = 2];
    one_is_left: 1, u32, number, [maxsize = 1];
    no_bound: 3, String, |key| format!("key {key}"), [maxsize = None];
    one_hash: 2, Colliding, |key| Colliding(number(key)), [maxsize = 2];
    with_ttl: 2, u32, number, [maxsize = 2, ttl = "1000h", stale = "1h"];
    adaptive: 2, u32, number, [maxsize = 2, policy = "adaptive"];
    with_weights: 3, u32, number, [maxweight = 3, weight = |_| 1];
}

/// Tasks, driven by a thread each.
#[test]
fn in_tasks() {
    #[lru_cache(maxsize = 2, skip(run))]
    async fn f(_: u32, run: Run) -> Result<u32, u32> {
        run.begin();
        smol::future::yield_now().await;
        run.end()
    }
    let cached = Cached {
        call: |key, run| smol::block_on(f::with_status(number(key), run.clone())),
        refresh: |key, run| smol::block_on(f::cache_refresh(number(key), run.clone())),
        insert: |key, number_| f::cache_insert(number(key), Ok(number_)),
        invalidate: |key| f::cache_invalidate(number(key)),
        peek: |key| f::cache_peek(number(key)),
        contains: |key| f::cache_contains(number(key)),
        clear: f::cache_clear,
    };
    check(&cached, 2);
}
