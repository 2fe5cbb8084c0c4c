//! The time until all waiters of one computation have its result: interleaved rounds over all peers
//! with single flight, each with a new key.

use std::convert::Infallible;
use std::sync::{Arc, Barrier};
use std::thread;
use std::time::Instant;

use rand::SeedableRng;
use rand::rngs::Xoshiro256PlusPlus;
use serde::{Deserialize, Serialize};
use tokio::runtime::{Builder, Runtime};
use tokio::sync::mpsc;

use crate::functions::waiters::{self, Function};
use crate::peer::Peer;
use crate::plan::Plan;
use crate::rendezvous::Rendezvous;
use crate::results::Wait;
use crate::rounds::interleave;
use crate::summary::median;

/// The name for filters.
pub(crate) const NAME: &str = "waiters";

const TASKS: usize = 1_000;

const THREADS: usize = 100;

/// The callers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Callers {
    /// Tasks on two worker threads of tokio.
    TasksOnTwo,
    /// Tasks on one thread.
    TasksOnOne,
    Threads,
}

impl Callers {
    pub(crate) const ALL: [Callers; 3] =
        [Callers::TasksOnTwo, Callers::TasksOnOne, Callers::Threads];

    pub(crate) fn title(self) -> &'static str {
        match self {
            Callers::TasksOnTwo => "1,000 tasks on 2 workers",
            Callers::TasksOnOne => "1,000 tasks on 1 thread",
            Callers::Threads => "100 threads",
        }
    }
}

/// Measures all kinds of callers, if planned, in this process. `process` is its number.
pub(crate) fn measure(plan: &Plan, process: u32) -> Vec<Wait> {
    if !plan.includes(NAME) {
        return Vec::new();
    }
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(process.into());
    let runtime = |mut builder: Builder| builder.build().expect("a runtime");
    let mut two = Builder::new_multi_thread();
    two.worker_threads(2);
    let two = runtime(two);
    let mut waits = side_by_side(Callers::TasksOnTwo, plan, &mut rng, |function, key| {
        tasks(&two, function, key)
    });
    drop(two);
    let one = runtime(Builder::new_current_thread());
    waits.extend(side_by_side(Callers::TasksOnOne, plan, &mut rng, |function, key| {
        tasks(&one, function, key)
    }));
    if Rendezvous::can_see_threads() {
        waits.extend(side_by_side(Callers::Threads, plan, &mut rng, threads));
    }
    waits
}

/// The figures of one key.
struct Sample {
    us: f64,
    runs: usize,
}

fn side_by_side(
    callers: Callers,
    plan: &Plan,
    rng: &mut Xoshiro256PlusPlus,
    meet: impl Fn(&Function, u64) -> Sample,
) -> Vec<Wait> {
    let subject = |function| Subject { function, samples: Vec::new() };
    let mut subjects: Vec<_> = waiters::all().into_iter().map(subject).collect();
    let first_key = callers as u64 * 1_000_000;
    interleave(&mut subjects, 1 + plan.rounds, rng, |subject| {
        let key = first_key + subject.samples.len() as u64;
        subject.samples.push(meet(&subject.function, key));
    });
    // Without the first round, in which everything is new.
    let wait = |subject: &Subject| wait(callers, subject.function.peer, &subject.samples[1..]);
    subjects.iter().map(wait).collect()
}

/// A function that is measured.
struct Subject {
    function: Function,
    samples: Vec<Sample>,
}

fn wait(callers: Callers, peer: Peer, samples: &[Sample]) -> Wait {
    let most_runs = samples.iter().map(|sample| sample.runs).max().expect("a round");
    assert!(peer != Peer::Functools || most_runs == 1, "{most_runs} computations of one key");
    let us = median(samples.iter().map(|sample| sample.us));
    Wait { callers, peer, us, most_runs }
}

fn sample(rendezvous: &Rendezvous, results: impl IntoIterator<Item = Instant>) -> Sample {
    let last = results.into_iter().max().expect("a call");
    Sample { us: rendezvous.since_end(last).as_secs_f64() * 1e6, runs: rendezvous.runs() }
}

fn tasks(runtime: &Runtime, function: &Function, key: u64) -> Sample {
    let rendezvous = Rendezvous::start(TASKS);
    // Nothing is sent. The channel closes when all tasks have dropped their sender.
    let (working, mut done) = mpsc::channel::<Infallible>(1);
    let start = |_| {
        let call = Arc::clone(&rendezvous).join_task((function.of_task)(key));
        let working = working.clone();
        runtime.spawn(async move {
            let result = call.await;
            drop(working);
            result
        })
    };
    let calls: Vec<_> = (0..TASKS).map(start).collect();
    drop(working);
    let results = runtime.block_on(async {
        // Awaiting the tasks one by one would wake this thread in between, and delay them.
        done.recv().await;
        let mut results = Vec::with_capacity(TASKS);
        for call in calls {
            results.push(call.await.expect("no panic"));
        }
        results
    });
    sample(&rendezvous, results)
}

fn threads(function: &Function, key: u64) -> Sample {
    let rendezvous = Rendezvous::start(THREADS);
    // The end of a thread takes longer than a wait, and would delay the others.
    let done = Barrier::new(THREADS);
    let results: Vec<_> = thread::scope(|scope| {
        let start = |_| {
            scope.spawn(|| {
                let result = rendezvous.join_thread(|| (function.of_thread)(key));
                done.wait();
                result
            })
        };
        let calls: Vec<_> = (0..THREADS).map(start).collect();
        calls.into_iter().map(|call| call.join().expect("no panic")).collect()
    });
    sample(&rendezvous, results)
}
