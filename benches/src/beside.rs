//! Hits of one thread beside another thread that misses: how long a hit waits for a write.
//!
//! For the percentiles the clock is read around 16 calls in a row, since reading it costs more than
//! a hit. A percentile is the time of such a stretch, divided by 16: if one call waits for 3 µs, it
//! appears as 190 ns. For the mean the clock is read around all keys.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use rand::SeedableRng;
use rand::rngs::Xoshiro256PlusPlus;
use serde::{Deserialize, Serialize};

use crate::case::Calls;
use crate::cores::tie_to;
use crate::functions;
use crate::inputs::any_of;
use crate::peer::Peer;
use crate::plan::Plan;
use crate::rounds::interleave;
use crate::summary::median;

/// The name for filters.
pub(crate) const NAME: &str = "beside";

/// Keys that are hits.
const KEYS: u64 = 1_000;

/// The first key that is a miss.
const FIRST_UNSEEN: u64 = 1 << 40;

/// Misses in a row, and the pause after them.
const BURST: u64 = 64;
const PAUSE: Duration = Duration::from_micros(50);

/// Hits between two readings of the clock.
const STRETCH: usize = 16;

/// How long the mean of a round takes, as a multiple of the plan's stretch: some dozen bursts, but
/// short enough for most rounds to have no other program in between.
const MEAN_STRETCHES: f64 = 2.0;

/// The same for the percentiles of a round, where the slowest thousandth is to be about a hundred.
const PERCENTILE_STRETCHES: f64 = 20.0;

/// Rounds over all keys before the clock runs.
const WARM_UP: usize = 4;

/// Nanoseconds of a hit.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(crate) struct HitTimes {
    pub(crate) mean: f64,
    pub(crate) p99: f64,
    pub(crate) p999: f64,
    /// The share of the calls that were misses.
    pub(crate) misses: f64,
}

/// One peer in one process: medians over its rounds.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Beside {
    pub(crate) peer: Peer,
    pub(crate) alone: HitTimes,
    pub(crate) with_writer: HitTimes,
}

/// A figure of a peer.
pub(crate) type Figure = fn(&Beside) -> f64;

/// A function that is measured.
struct Subject {
    peer: Peer,
    calls: Calls<u64>,
    unseen: u64,
    alone: Vec<HitTimes>,
    with_writer: Vec<HitTimes>,
}

/// Measures all peers, if planned, in this process. `process` is its number.
pub(crate) fn measure(plan: &Plan, process: u32) -> Vec<Beside> {
    if !plan.includes(NAME) {
        return Vec::new();
    }
    let keys = any_of(&(0..KEYS).collect::<Vec<_>>(), 1).remove(0);
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(process.into());
    let times = |stretches| Duration::from_secs_f64(plan.stretch_ns * stretches / 1e9);
    let durations = [times(MEAN_STRETCHES), times(PERCENTILE_STRETCHES)];
    let subject = |(peer, calls)| Subject {
        peer,
        calls,
        unseen: FIRST_UNSEEN,
        alone: Vec::new(),
        with_writer: Vec::new(),
    };
    let mut subjects: Vec<_> = functions::beside().into_iter().map(subject).collect();
    interleave(&mut subjects, plan.rounds, &mut rng, |subject| {
        subject.measure_alone(&keys, durations, process);
        subject.measure_with_writer(&keys, durations, process);
    });
    subjects.iter().map(Subject::medians).collect()
}

impl Subject {
    fn measure_alone(&mut self, keys: &[u64], durations: [Duration; 2], core: u32) {
        let calls = &self.calls;
        let times = thread::scope(|scope| {
            let reader = scope.spawn(move || {
                tie_to(core);
                time_hits(calls, keys, durations)
            });
            reader.join().expect("no panic")
        });
        self.alone.push(times);
    }

    fn measure_with_writer(&mut self, keys: &[u64], durations: [Duration; 2], core: u32) {
        let (calls, first) = (&self.calls, self.unseen);
        let stop = &AtomicBool::new(false);
        let (times, next) = thread::scope(|scope| {
            let writer = scope.spawn(move || {
                tie_to(core + 1);
                miss_in_bursts(calls, first, stop)
            });
            let reader = scope.spawn(move || {
                tie_to(core);
                time_hits(calls, keys, durations)
            });
            let times = reader.join().expect("no panic");
            stop.store(true, Ordering::Relaxed);
            (times, writer.join().expect("no panic"))
        });
        self.unseen = next;
        self.with_writer.push(times);
    }

    fn medians(&self) -> Beside {
        Beside {
            peer: self.peer,
            alone: medians(&self.alone),
            with_writer: medians(&self.with_writer),
        }
    }
}

fn medians(rounds: &[HitTimes]) -> HitTimes {
    let of = |figure: fn(&HitTimes) -> f64| median(rounds.iter().map(figure));
    HitTimes {
        mean: of(|times| times.mean),
        p99: of(|times| times.p99),
        p999: of(|times| times.p999),
        misses: of(|times| times.misses),
    }
}

/// Calls with keys from `first` up until it has to stop. Returns the next key.
fn miss_in_bursts(calls: &Calls<u64>, first: u64, stop: &AtomicBool) -> u64 {
    let mut key = first;
    while !stop.load(Ordering::Relaxed) {
        for _ in 0..BURST {
            calls(&[key]);
            key += 1;
        }
        thread::sleep(PAUSE);
    }
    key
}

/// Times the mean first, then the percentiles, for these durations.
#[expect(clippy::cast_precision_loss, reason = "counts are far below 2^52")]
fn time_hits(calls: &Calls<u64>, keys: &[u64], [mean, percentiles]: [Duration; 2]) -> HitTimes {
    for _ in 0..WARM_UP {
        calls(keys);
    }
    let runs = functions::runs();
    let (mean, laps) = time_laps(calls, keys, mean);
    let nanos = time_stretches(calls, keys, percentiles);
    let misses = functions::runs() - runs;
    let all = laps * keys.len() + nanos.len() * STRETCH;
    HitTimes::of(mean, nanos, misses as f64 / all as f64)
}

/// The nanoseconds of a call, and how often all keys were called.
#[expect(clippy::cast_precision_loss, reason = "counts are far below 2^52")]
fn time_laps(calls: &Calls<u64>, keys: &[u64], duration: Duration) -> (f64, usize) {
    let start = Instant::now();
    let mut laps = 0;
    loop {
        calls(keys);
        laps += 1;
        let elapsed = start.elapsed();
        if elapsed > duration {
            return (elapsed.as_nanos() as f64 / (laps * keys.len()) as f64, laps);
        }
    }
}

/// The nanoseconds of each stretch of calls.
fn time_stretches(calls: &Calls<u64>, keys: &[u64], duration: Duration) -> Vec<u32> {
    let mut nanos = Vec::with_capacity(1 << 20);
    let end = Instant::now() + duration;
    for stretch in keys.chunks_exact(STRETCH).cycle() {
        let before = Instant::now();
        calls(stretch);
        let after = Instant::now();
        // A stretch takes less than a second, unless the machine pauses.
        nanos.push((after - before).subsec_nanos());
        if after > end {
            break;
        }
    }
    nanos
}

impl HitTimes {
    /// Returns the times, from the mean, the nanoseconds of at least one stretch, and the share of
    /// misses.
    #[expect(clippy::cast_precision_loss, reason = "a stretch has 16 calls")]
    fn of(mean: f64, mut nanos: Vec<u32>, misses: f64) -> Self {
        nanos.sort_unstable();
        let per_thousand =
            |share: usize| f64::from(nanos[nanos.len() * share / 1_000]) / STRETCH as f64;
        HitTimes { mean, p99: per_thousand(990), p999: per_thousand(999), misses }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_per_call() {
        let nanos = (1..=1000).rev().map(|n| n * 16).collect();
        let times = HitTimes::of(500.0, nanos, 0.0);
        assert_eq!((times.p99, times.p999), (991.0, 1000.0));
    }
}
