//! The threads that make the calls. They are started once, since some caches have a part for each
//! thread.

use std::hint::spin_loop;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use std::time::Instant;

use crate::case::Runner;
use crate::functions;

/// Untimed calls before each timed stretch. They load the function's data into the core's cache.
const WARM_UP: usize = 2_048;

/// The least share of a stretch in which all threads must call, for it to count as concurrent.
const OVERLAP: f64 = 0.8;

/// The maximum number of attempts at a stretch.
const ATTEMPTS: u32 = 3;

/// Threads that wait for jobs.
pub(crate) struct Threads {
    jobs: Vec<Sender<Job>>,
    spans: Receiver<Span>,
    cores: usize,
}

struct Job {
    runner: Arc<Runner>,
    from: usize,
    calls: usize,
    barrier: Arc<SpinBarrier>,
}

/// The timed calls of one thread.
struct Span {
    start: Instant,
    end: Instant,
    runs: u64,
}

/// A stretch of calls of one function by several threads at once.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sample {
    /// Nanoseconds of a call in its thread.
    pub(crate) ns: f64,
    /// Calls per microsecond of all threads together.
    pub(crate) rate: f64,
    /// The share of calls that ran no body.
    pub(crate) hits: f64,
    /// The share of the time in which all threads were calling.
    pub(crate) overlap: f64,
}

impl Threads {
    /// Starts `size` threads. Each is tied to a core, starting with `first_core`, and while there
    /// are free cores to one of its own. A scheduler that is busy would put two on one core.
    pub(crate) fn start(size: u32, first_core: u32) -> Self {
        let cores = core_affinity::get_core_ids().expect("the system lists its cores");
        let (report, spans) = channel();
        let worker = |thread: u32| {
            let core = cores[(first_core + thread) as usize % cores.len()];
            let report = report.clone();
            let (sender, jobs) = channel();
            thread::spawn(move || {
                core_affinity::set_for_current(core);
                work(thread, &jobs, &report);
            });
            sender
        };
        Threads { jobs: (0..size).map(worker).collect(), spans, cores: cores.len() }
    }

    /// Returns how much longer a stretch must be so that every thread gets a core several times: 4
    /// times with twice as many threads as cores, 8 times with four times as many.
    #[expect(clippy::cast_precision_loss, reason = "a few cores")]
    pub(crate) fn stretch_factor(&self, threads: u32) -> f64 {
        if self.each_has_a_core(threads) {
            1.0
        } else {
            2.0 * f64::from(threads) / self.cores as f64
        }
    }

    /// Makes `calls` calls in each of `threads` threads at once. Tries again if another program
    /// took a core meanwhile, so that some threads were calling alone.
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
        let barrier = Arc::new(SpinBarrier {
            missing: AtomicU32::new(threads),
            must_yield: !self.each_has_a_core(threads),
        });
        let from = runner.advance(WARM_UP + calls);
        let threads = threads as usize;
        for jobs in &self.jobs[..threads] {
            let barrier = Arc::clone(&barrier);
            let job = Job { runner: Arc::clone(runner), from, calls, barrier };
            jobs.send(job).expect("the thread waits for jobs");
        }
        let spans: Vec<Span> = self.spans.iter().take(threads).collect();
        Sample::of(&spans, calls, threads <= self.cores)
    }
}

impl Sample {
    /// If threads share cores, some may finish before others get a core. Then the time of a call is
    /// a share of the whole time: the time of its thread would depend on the scheduler.
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
    for Job { runner, from, calls, barrier } in jobs {
        runner.run(thread, from, WARM_UP);
        barrier.wait();
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

/// A barrier whose threads do not sleep, so that they continue at the same moment.
struct SpinBarrier {
    missing: AtomicU32,
    /// Whether waiting threads occupy the cores that missing threads need.
    must_yield: bool,
}

impl SpinBarrier {
    fn wait(&self) {
        self.missing.fetch_sub(1, Ordering::AcqRel);
        while self.missing.load(Ordering::Acquire) > 0 {
            if self.must_yield {
                thread::yield_now();
            } else {
                spin_loop();
            }
        }
    }
}
