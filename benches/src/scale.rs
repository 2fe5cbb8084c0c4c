//! Caches with many entries: the time of a fill, its slowest call, and a hit afterwards.
//!
//! Each measurement is in a process of its own, whose allocator no other peer has used. The mean
//! and the slowest call are of different fills, since reading the clock takes longer than a hit.

use std::sync::Barrier;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use rand::distr::Uniform;
use rand::rngs::Xoshiro256PlusPlus;
use rand::{RngExt, SeedableRng};
use serde::{Deserialize, Serialize};

use crate::case::Calls;
use crate::cores::tie_to;
use crate::functions;
use crate::functions::scale::SIZES;
use crate::peer::Peer;
use crate::plan::Plan;
use crate::summary::median;

/// The name for filters.
pub(crate) const NAME: &str = "scale";

/// The numbers of entries that the targets name.
pub(crate) const MILLION: u64 = 1_000_000;
pub(crate) const EIGHT_MILLION: u64 = 8_000_000;

/// Larger sizes are measured on request: eight million entries take 5 minutes, and 3 GB with
/// `moka`.
const USUAL: u64 = MILLION;

/// Stretches of hits that are timed, and the calls in each.
const STRETCHES: usize = 5;
const DRAWS: usize = 1 << 20;

/// The keys of the second thread.
const HOT_KEYS: u64 = 64;

/// A key that no fill has.
const OTHER_KEY: u64 = u64::MAX;

/// The job of one process.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(crate) struct Job {
    pub(crate) entries: u64,
    pub(crate) peer: Peer,
    pub(crate) part: Part,
}

/// The part of the measurement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Part {
    /// The mean of the fill, and a hit after it.
    Mean,
    /// The slowest call of the fill.
    SlowestCall,
    /// The slowest hit of another thread during the fill.
    SlowestHit,
}

/// The figures of `Part::Mean`.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(crate) struct Means {
    /// Nanoseconds of a call that fills.
    pub(crate) fill_ns: f64,
    /// Nanoseconds of a call with a random key afterwards.
    pub(crate) hit_ns: f64,
    /// The share of those that were hits.
    pub(crate) hits: f64,
}

/// All figures of one peer at one size.
#[derive(Debug)]
pub(crate) struct Scale {
    pub(crate) entries: u64,
    pub(crate) peer: Peer,
    pub(crate) means: Means,
    /// Microseconds.
    pub(crate) slowest_call: f64,
    pub(crate) slowest_hit: f64,
}

/// A figure of a peer at a size.
pub(crate) type Figure = fn(&Scale) -> f64;

/// Returns the planned sizes and peers.
pub(crate) fn planned(plan: &Plan) -> Vec<(u64, Peer)> {
    if !plan.includes(NAME) {
        return Vec::new();
    }
    SIZES
        .into_iter()
        .filter(|&(entries, _)| entries <= USUAL || plan.large)
        .flat_map(|(entries, peers)| peers().into_iter().map(move |(peer, _)| (entries, peer)))
        .collect()
}

/// Returns the function of a peer whose cache has room for `entries`.
///
/// # Panics
/// If there is none.
pub(crate) fn function(entries: u64, wanted: Peer) -> Calls<u64> {
    let (_, peers) =
        SIZES.into_iter().find(|(size, _)| *size == entries).expect("a size of the list");
    let (_, calls) = peers().into_iter().find(|(peer, _)| *peer == wanted).expect("a main peer");
    // The creation of the cache is not part of the fill.
    calls(&[OTHER_KEY]);
    calls
}

/// Does a job in this process, and returns its figures as JSON.
pub(crate) fn run(job: Job) -> serde_json::Result<String> {
    let calls = function(job.entries, job.peer);
    match job.part {
        Part::Mean => serde_json::to_string(&means(&calls, job.entries)),
        Part::SlowestCall => {
            tie_to(0);
            serde_json::to_string(&micros(slowest_call(&calls, job.entries)))
        }
        Part::SlowestHit => {
            serde_json::to_string(&micros(slowest_hit_beside_fill(&calls, job.entries)))
        }
    }
}

fn micros(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e6
}

/// Calls with every key once.
pub(crate) fn fill(calls: &Calls<u64>, entries: u64) {
    // In chunks: a list of all keys would be as large as the cache.
    let mut keys = Vec::with_capacity(1_024);
    for first in (0..entries).step_by(1_024) {
        keys.clear();
        keys.extend(first..entries.min(first + 1_024));
        calls(&keys);
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts are far below 2^52")]
fn means(calls: &Calls<u64>, entries: u64) -> Means {
    tie_to(0);
    let start = Instant::now();
    fill(calls, entries);
    let fill_ns = start.elapsed().as_nanos() as f64 / entries as f64;

    let keys = random_keys(entries);
    calls(&keys);
    let runs = functions::runs();
    let stretch = |_| {
        let start = Instant::now();
        calls(&keys);
        start.elapsed().as_nanos() as f64 / keys.len() as f64
    };
    let hit_ns = median((0..STRETCHES).map(stretch));
    let misses = (functions::runs() - runs) as f64 / (STRETCHES * keys.len()) as f64;
    Means { fill_ns, hit_ns, hits: 1.0 - misses }
}

fn random_keys(entries: u64) -> Vec<u64> {
    let key = Uniform::new(0, entries).expect("at least one entry");
    let rng = Xoshiro256PlusPlus::seed_from_u64(entries);
    rng.sample_iter(key).take(DRAWS).collect()
}

fn slowest_call(calls: &Calls<u64>, entries: u64) -> Duration {
    let time = |key| {
        let start = Instant::now();
        calls(&[key]);
        start.elapsed()
    };
    (0..entries).map(time).max().unwrap_or_default()
}

/// Returns the slowest hit of a thread beside another one that fills.
fn slowest_hit_beside_fill(calls: &Calls<u64>, entries: u64) -> Duration {
    fill(calls, HOT_KEYS);
    let (ready, filled) = (&Barrier::new(2), &AtomicBool::new(false));
    thread::scope(|scope| {
        let reader = scope.spawn(move || {
            tie_to(1);
            ready.wait();
            let mut slowest = Duration::ZERO;
            loop {
                slowest = slowest.max(slowest_call(calls, HOT_KEYS));
                if filled.load(Ordering::Relaxed) {
                    return slowest;
                }
            }
        });
        scope.spawn(move || {
            tie_to(0);
            ready.wait();
            fill(calls, entries);
            filled.store(true, Ordering::Relaxed);
        });
        reader.join().expect("no panic")
    })
}
