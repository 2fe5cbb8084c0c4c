//! How soon those who wait for one computation have its result: interleaved rounds over all peers
//! that can wait, each with a key that is new.

use std::convert::Infallible;
use std::sync::{Arc, Barrier};
use std::thread;
use std::time::Instant;

use rand::SeedableRng;
use rand::rngs::Xoshiro256PlusPlus;
use rand::seq::SliceRandom;
use serde::{Deserialize, Serialize};
use tokio::runtime::{Builder, Runtime};
use tokio::sync::mpsc;

use crate::functions::waiters::{self, Function};
use crate::meeting::Meeting;
use crate::peer::Peer;
use crate::plan::Plan;
use crate::results::Wait;
use crate::summary::median;

/// What filters call it.
pub(crate) const NAME: &str = "waiters";

const TASKS: usize = 1_000;

const THREADS: usize = 100;

/// Who asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Callers {
    /// Tasks on two threads of tokio's.
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

/// All ways to wait, if that was planned, in the process with that number.
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
    if Meeting::sees_threads() {
        waits.extend(side_by_side(Callers::Threads, plan, &mut rng, threads));
    }
    waits
}

/// What one key gave.
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
    let mut lanes: Vec<_> =
        waiters::all().into_iter().map(|function| (function, Vec::new())).collect();
    for (key, round) in (callers as u64 * 1_000_000..).zip(0..=plan.rounds) {
        // Nobody always comes after the same other.
        lanes.shuffle(rng);
        for (function, samples) in &mut lanes {
            let sample = meet(function, key);
            // The first time all is new.
            if round > 0 {
                samples.push(sample);
            }
        }
    }
    lanes.into_iter().map(|(function, samples)| wait(callers, function.peer, &samples)).collect()
}

fn wait(callers: Callers, peer: Peer, samples: &[Sample]) -> Wait {
    let most_runs = samples.iter().map(|sample| sample.runs).max().expect("a round");
    assert!(peer != Peer::Functools || most_runs == 1, "{most_runs} computations of one key");
    let us = median(samples.iter().map(|sample| sample.us));
    Wait { callers, peer, us, most_runs }
}

fn sample(meeting: &Meeting, results: impl IntoIterator<Item = Instant>) -> Sample {
    let last = results.into_iter().max().expect("a call");
    Sample { us: meeting.since_end(last).as_secs_f64() * 1e6, runs: meeting.runs() }
}

fn tasks(runtime: &Runtime, function: &Function, key: u64) -> Sample {
    let meeting = Meeting::of(TASKS);
    // Nobody sends anything; but when nobody can any more, all tasks are done.
    let (working, mut done) = mpsc::channel::<Infallible>(1);
    let start = |_| {
        let call = Arc::clone(&meeting).join_task((function.of_task)(key));
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
        // Were they awaited one by one, this thread would wake up in between and be in the way.
        done.recv().await;
        let mut results = Vec::with_capacity(TASKS);
        for call in calls {
            results.push(call.await.expect("no panic"));
        }
        results
    });
    sample(&meeting, results)
}

fn threads(function: &Function, key: u64) -> Sample {
    let meeting = Meeting::of(THREADS);
    // A thread that ends has more to do than one that waits.
    let done = Barrier::new(THREADS);
    let results: Vec<_> = thread::scope(|scope| {
        let start = |_| {
            scope.spawn(|| {
                let result = meeting.join_thread(|| (function.of_thread)(key));
                done.wait();
                result
            })
        };
        let calls: Vec<_> = (0..THREADS).map(start).collect();
        calls.into_iter().map(|call| call.join().expect("no panic")).collect()
    });
    sample(&meeting, results)
}
