//! Memory under 24 threads that call, refresh, insert, invalidate and clear, with entries that
//! expire: it is what it was after the warm-up (CONTRACT 5, 6).
//!
//! `cargo xtask leak` runs it; `FUNCTOOLS_CALLS=<number>` is how many million calls are made.

use std::env;
use std::fs;
use std::sync::atomic::{AtomicI64, Ordering::Relaxed};
use std::time::Duration;

use fastrand::Rng;
use functools::{CacheInfo, CacheStatus, lru_cache};
use functools_test_support::{advance, clock, eventually, in_threads};

const THREADS: usize = 24;
/// Calls of one round, whose threads end with it.
const ROUND: u64 = 10_000_000;
const KEYS: u32 = 4_000;

/// How many values there are.
static ALIVE: AtomicI64 = AtomicI64::new(0);

/// A value that is counted, with some memory of its own.
struct Counted(Box<[u8]>);

impl Counted {
    fn new(number: u32) -> Self {
        ALIVE.fetch_add(1, Relaxed);
        Counted(vec![0; 16 + number as usize % 100].into())
    }
}

impl Clone for Counted {
    fn clone(&self) -> Self {
        ALIVE.fetch_add(1, Relaxed);
        Counted(self.0.clone())
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        ALIVE.fetch_add(-1, Relaxed);
    }
}

/// The operations of a function.
struct Cached {
    call: fn(u32) -> CacheStatus,
    refresh: fn(u32),
    insert: fn(u32),
    invalidate: fn(u32) -> bool,
    info: fn() -> CacheInfo,
    clear: fn(),
}

macro_rules! cached {
    ($($options:tt)*) => {{
        /// Each eleventh number is an error.
        #[lru_cache($($options)*)]
        fn f(number: u32) -> Result<Counted, u32> {
            if number % 11 == 0 { Err(number) } else { Ok(Counted::new(number)) }
        }
        Cached {
            call: |number| f::with_status(number).1,
            refresh: |number| drop(f::cache_refresh(number)),
            insert: |number| f::cache_insert(number, Ok(Counted::new(number))),
            invalidate: f::cache_invalidate,
            info: f::cache_info,
            clear: f::cache_clear,
        }
    }};
}

/// The resident memory of this process, in KiB.
fn memory() -> u64 {
    let status = fs::read_to_string("/proc/self/status").expect("Linux");
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("VmRSS");
    line.trim().trim_end_matches(" kB").parse().expect("a number")
}

/// Does a share of a round's work.
fn work(all: &[Cached], seed: u64, calls: u64) {
    let mut random = Rng::with_seed(seed);
    for number in 0..calls {
        let cached = &all[random.usize(..all.len())];
        // The low ones more often.
        let bound = random.u32(1..=KEYS);
        let key = random.u32(..bound);
        match random.u32(..100_000) {
            0 => (cached.clear)(),
            1..200 => (cached.refresh)(key),
            200..400 => (cached.insert)(key),
            400..800 => _ = (cached.invalidate)(key),
            800..810 => _ = (cached.info)(),
            _ => _ = (cached.call)(key),
        }
        if number.is_multiple_of(2_000) {
            advance(Duration::from_millis(5));
        }
    }
}

#[test]
#[ignore = "takes a minute and more: `cargo xtask leak`"]
fn memory_stays_as_it_was_after_the_warm_up() {
    let _turn = clock();
    let millions = env::var("FUNCTOOLS_CALLS").map_or(100, |text| text.parse().expect("a number"));
    let all = [
        cached!(maxsize = 1000),
        cached!(maxsize = 500, policy = "adaptive"),
        cached!(maxsize = 1000, ttl = "3s", stale = "1s", ttl_jitter = "1s"),
        cached!(maxsize = 300, ttl = "2s", stale = "4s", refresh = "background"),
        cached!(maxsize = 800, ttl = "2s", sliding = true),
        cached!(maxsize = 800, ttl = "2s", stale_on_error = "2s", single_flight = false),
        cached!(
            maxweight = 50_000,
            weight = |value: &Result<Counted, u32>| value
                .as_ref()
                .map_or(0, |value| value.0.len() as u64),
            ttl = "9s"
        ),
    ];
    let mut after_warm_up = None;
    for round in 0..=millions * 1_000_000 / ROUND {
        in_threads(THREADS, |thread| {
            work(&all, round * 100 + thread as u64, ROUND / THREADS as u64);
        });
        // What is refreshed in the background goes on for a moment.
        let entries = || all.iter().map(|cached| (cached.info)().currsize).sum::<usize>();
        let (entries, memory, alive) = (entries(), memory(), ALIVE.load(Relaxed));
        println!(
            "{:>5} million calls: {memory} KiB, {alive} values",
            (round + 1) * ROUND / 1_000_000
        );
        let warm = *after_warm_up.get_or_insert(memory);
        assert!(memory <= warm + warm / 10 + 4096, "{memory} KiB, {warm} KiB after the warm-up");
        // Those that are stale, too.
        assert!(alive >= i64::try_from(entries).expect("few"), "{alive} of {entries}");
        assert!(alive <= 6_000, "{alive} values are alive");
    }
    all.iter().for_each(|cached| (cached.clear)());
    eventually(|| {
        all.iter().for_each(|cached| _ = (cached.info)());
        ALIVE.load(Relaxed) == 0
    });
}
