//! What a thread does, at random, with the moments between which each part of it took effect.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering::SeqCst};
use std::{hint, thread};

use fastrand::Rng;
use functools::CacheStatus;
use functools_test_support::Timed;

use super::specification::{KEYS, Number, Operation};

/// The moments: each reading is later than all that were returned before.
fn now() -> u64 {
    static MOMENTS: AtomicU64 = AtomicU64::new(1);
    MOMENTS.fetch_add(1, SeqCst)
}

/// Numbers of results, each used once.
fn next_number() -> Number {
    static NUMBERS: AtomicU32 = AtomicU32::new(1);
    NUMBERS.fetch_add(1, SeqCst)
}

/// A run of the body that may happen within a call.
#[derive(Clone)]
pub(super) struct Run(Arc<RunState>);

struct RunState {
    number: Number,
    is_error: bool,
    /// How long the body takes.
    spins: u32,
    /// When the body began and ended: 0 if it did not.
    begun: AtomicU64,
    ended: AtomicU64,
}

impl Run {
    fn new(random: &mut Rng) -> Self {
        Run(Arc::new(RunState {
            number: next_number(),
            is_error: random.u8(..6) == 0,
            spins: random.u32(..300),
            begun: AtomicU64::new(0),
            ended: AtomicU64::new(0),
        }))
    }

    /// The body.
    pub(super) fn body(&self) -> Result<Number, Number> {
        self.begin();
        self.end()
    }

    pub(super) fn begin(&self) {
        assert_eq!(self.0.begun.swap(now(), SeqCst), 0, "the body of a call runs once");
    }

    pub(super) fn end(&self) -> Result<Number, Number> {
        pause(self.0.spins);
        self.0.ended.store(now(), SeqCst);
        if self.0.is_error { Err(self.0.number) } else { Ok(self.0.number) }
    }

    /// When the body began and ended, if it has.
    fn moments(&self) -> Option<(u64, u64)> {
        match (self.0.begun.load(SeqCst), self.0.ended.load(SeqCst)) {
            (0, 0) => None,
            moments => Some(moments),
        }
    }
}

fn pause(spins: u32) {
    if spins.is_multiple_of(4) {
        thread::yield_now();
    }
    (0..spins).for_each(|_| hint::spin_loop());
}

/// What a call returns.
pub(super) type Outcome = Result<Number, Number>;

/// A cached function.
pub(super) struct Cached {
    pub(super) call: fn(usize, &Run) -> (Outcome, CacheStatus),
    pub(super) refresh: fn(usize, &Run) -> Outcome,
    pub(super) insert: fn(usize, Number),
    pub(super) invalidate: fn(usize) -> bool,
    pub(super) peek: fn(usize) -> Option<Outcome>,
    pub(super) contains: fn(usize) -> bool,
    pub(super) clear: fn(),
}

/// The history of one thread.
struct History(Vec<Timed<Operation>>);

impl History {
    fn add(&mut self, start: u64, end: u64, operation: Operation) {
        self.0.push(Timed { start, end, operation });
    }

    /// Adds both ends of a computation.
    fn add_run(&mut self, run: &Run, (start, end): (u64, u64), key: usize, first: Operation) {
        let (begun, ended) = run.moments().expect("the body has run");
        self.add(start, begun, first);
        let last = if run.0.is_error { Operation::Fail } else { Operation::Complete };
        self.add(ended, end, last(key, run.0.number));
    }
}

/// Does so many things at random.
pub(super) fn record(cached: &Cached, seed: u64, operations: usize) -> Vec<Timed<Operation>> {
    let mut random = Rng::with_seed(seed);
    let mut history = History(Vec::new());
    for _ in 0..operations {
        let key = random.usize(..KEYS);
        let run = Run::new(&mut random);
        pause(random.u32(..50));
        let start = now();
        match random.u8(..32) {
            0..16 => {
                let (result, status) = (cached.call)(key, &run);
                let times = (start, now());
                let (Ok(number) | Err(number)) = result;
                match (status, result) {
                    (CacheStatus::Miss, _) => {
                        assert_eq!(number, run.0.number, "a miss returns its own result");
                        history.add_run(&run, times, key, Operation::Start(key, number));
                    }
                    (CacheStatus::Hit, Ok(number)) => {
                        history.add(times.0, times.1, Operation::Hit(key, number));
                    }
                    (CacheStatus::Joined, _) => {
                        history.add(times.0, times.1, Operation::Join(key, number));
                    }
                    unexpected => panic!("{unexpected:?}"),
                }
                assert_eq!(run.moments().is_some(), status == CacheStatus::Miss, "{status}");
            }
            16..20 => {
                let result = (cached.refresh)(key, &run);
                let times = (start, now());
                let (Ok(number) | Err(number)) = result;
                assert_eq!(number, run.0.number, "a refresh returns its own result");
                history.add_run(&run, times, key, Operation::StartRefresh(key, number));
            }
            20..23 => {
                (cached.insert)(key, run.0.number);
                let end = now();
                history.add(start, end, Operation::StartInsert(key, run.0.number));
                history.add(start, end, Operation::EndInsert(key, run.0.number));
            }
            23..27 => {
                let had_entry = (cached.invalidate)(key);
                history.add(start, now(), Operation::Invalidate(key, had_entry));
            }
            27..29 => {
                let found = (cached.peek)(key).map(|found| found.expect("no error is stored"));
                history.add(start, now(), Operation::Peek(key, found));
            }
            29..31 => {
                let is_there = (cached.contains)(key);
                history.add(start, now(), Operation::Contains(key, is_there));
            }
            _ => {
                (cached.clear)();
                history.add(start, now(), Operation::Clear);
            }
        }
    }
    history.0
}
