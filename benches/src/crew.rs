//! The threads that call. They are started once, for some caches keep things per thread.

use std::hint::spin_loop;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use std::time::Instant;

use crate::case::Runner;
use crate::functions;

/// Untimed calls before each timed stretch: they bring the function's data back to the core.
const WARM_UP: usize = 2_048;

/// Of a stretch, how much all threads have to share for it to be about threads at the same time.
const OVERLAP: f64 = 0.8;

/// How often a stretch is tried, at most.
const ATTEMPTS: u32 = 3;

/// Threads that wait for something to call.
pub(crate) struct Crew {
    workers: Vec<Sender<Job>>,
    spans: Receiver<Span>,
    cores: usize,
}

struct Job {
    runner: Arc<Runner>,
    from: usize,
    calls: usize,
    gate: Arc<Gate>,
}

/// What one thread did between opening and closing time.
struct Span {
    start: Instant,
    end: Instant,
    runs: u64,
}

/// One stretch of calls of one function by some threads at once.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sample {
    /// What a call took its thread, in nanoseconds.
    pub(crate) ns: f64,
    /// Calls per microsecond, all threads together.
    pub(crate) rate: f64,
    /// The share of calls that ran no body.
    pub(crate) hits: f64,
    /// The share of the time in which all of the threads were calling.
    pub(crate) overlap: f64,
}

impl Crew {
    /// Each thread is tied to a core, to its own as long as there are cores: left alone, a scheduler
    /// that is busy elsewhere lets two of them take turns on one. The first gets that core.
    pub(crate) fn of(size: u32, first_core: u32) -> Self {
        let cores = core_affinity::get_core_ids().expect("a system that says which cores it has");
        let (report, spans) = channel();
        let worker = |thread: u32| {
            let core = cores[(first_core + thread) as usize % cores.len()];
            let report = report.clone();
            let (worker, jobs) = channel();
            thread::spawn(move || {
                core_affinity::set_for_current(core);
                work(thread, &jobs, &report);
            });
            worker
        };
        Crew { workers: (0..size).map(worker).collect(), spans, cores: cores.len() }
    }

    /// How much longer a stretch has to be so that every thread has its turns on a core: 4 times
    /// with twice as many threads as cores, 8 times with four times as many.
    #[expect(clippy::cast_precision_loss, reason = "a few cores")]
    pub(crate) fn patience(&self, threads: u32) -> f64 {
        if self.each_has_a_core(threads) {
            1.0
        } else {
            2.0 * f64::from(threads) / self.cores as f64
        }
    }

    /// So many calls by each of so many threads, all at the same time. If something else took a
    /// core away meanwhile, so that some were calling alone, this is tried again.
    pub(crate) fn sample(&self, runner: &Arc<Runner>, threads: u32, calls: usize) -> Sample {
        let sample = || self.attempt(runner, threads, calls);
        (1..ATTEMPTS)
            .map(|_| sample())
            .find(|sample| !self.each_has_a_core(threads) || sample.overlap > OVERLAP)
            .unwrap_or_else(sample)
    }

    fn each_has_a_core(&self, threads: u32) -> bool {
        threads as usize <= self.cores
    }

    fn attempt(&self, runner: &Arc<Runner>, threads: u32, calls: usize) -> Sample {
        let gate = Arc::new(Gate {
            awaited: AtomicU32::new(threads),
            crowded: !self.each_has_a_core(threads),
        });
        let from = runner.advance(WARM_UP + calls);
        let threads = threads as usize;
        for worker in &self.workers[..threads] {
            let job = Job { runner: Arc::clone(runner), from, calls, gate: Arc::clone(&gate) };
            worker.send(job).expect("the worker waits for jobs");
        }
        let spans: Vec<Span> = self.spans.iter().take(threads).collect();
        Sample::of(&spans, calls, threads <= self.cores)
    }
}

impl Sample {
    /// If threads share cores, some of them can be through before others get a core. A call then
    /// takes its share of the whole time: each thread's own would depend on the turns they had.
    #[expect(clippy::cast_precision_loss, reason = "counts are far below 2^52")]
    fn of(spans: &[Span], calls: usize, each_has_a_core: bool) -> Self {
        let ns = |from: Instant, to: Instant| to.saturating_duration_since(from).as_nanos() as f64;
        let starts = || spans.iter().map(|span| span.start);
        let ends = || spans.iter().map(|span| span.end);
        let all_calls = (calls * spans.len()) as f64;
        let some_calling = ns(starts().min().expect("a thread"), ends().max().expect("a thread"));
        let all_calling = ns(starts().max().expect("a thread"), ends().min().expect("a thread"));
        let ns = if each_has_a_core {
            spans.iter().map(|span| ns(span.start, span.end)).sum::<f64>() / all_calls
        } else {
            some_calling / calls as f64
        };
        let runs: u64 = spans.iter().map(|span| span.runs).sum();
        Sample {
            ns,
            rate: all_calls / some_calling * 1e3,
            hits: 1.0 - runs as f64 / all_calls,
            overlap: all_calling / some_calling,
        }
    }
}

fn work(thread: u32, jobs: &Receiver<Job>, report: &Sender<Span>) {
    for Job { runner, from, calls, gate } in jobs {
        runner.run(thread, from, WARM_UP);
        gate.pass();
        let runs = functions::runs();
        let start = Instant::now();
        runner.run(thread, from + WARM_UP, calls);
        let end = Instant::now();
        let span = Span { start, end, runs: functions::runs() - runs };
        if report.send(span).is_err() {
            return;
        }
    }
}

/// Where threads wait for each other without going to sleep, so that they leave together.
struct Gate {
    awaited: AtomicU32,
    /// Whether those who wait keep others from coming.
    crowded: bool,
}

impl Gate {
    fn pass(&self) {
        self.awaited.fetch_sub(1, Ordering::AcqRel);
        while self.awaited.load(Ordering::Acquire) > 0 {
            if self.crowded {
                thread::yield_now();
            } else {
                spin_loop();
            }
        }
    }
}
