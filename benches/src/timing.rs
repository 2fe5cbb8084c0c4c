//! The time of a call: interleaved rounds over all peers, case by case.

use std::sync::Arc;

use rand::SeedableRng;
use rand::rngs::Xoshiro256PlusPlus;

use crate::case::{Case, Runner};
use crate::cases::MOST_THREADS;
use crate::inputs::DRAWS;
use crate::plan::Plan;
use crate::results::Cost;
use crate::rounds::interleave;
use crate::summary::median;
use crate::threads::{Sample, Threads};

/// Measures the planned cases in this process. `process` is its number.
pub(crate) fn measure(cases: &[Case], plan: &Plan, process: u32) -> Vec<Cost> {
    let pool = Threads::start(MOST_THREADS, process);
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(process.into());
    let mut costs = Vec::new();
    for case in cases.iter().filter(|case| plan.includes(case.name)) {
        // In ascending order: what a second thread leaves in a cache must not slow down a first.
        for &threads in case.threads {
            costs.extend(side_by_side(case, threads, plan, &pool, &mut rng));
        }
    }
    costs
}

/// A function that is measured.
struct Subject<'a> {
    runner: &'a Arc<Runner>,
    calls: usize,
    samples: Vec<Sample>,
}

fn side_by_side(
    case: &Case,
    threads: u32,
    plan: &Plan,
    pool: &Threads,
    rng: &mut Xoshiro256PlusPlus,
) -> Vec<Cost> {
    let mut subjects: Vec<Subject<'_>> = case
        .runners
        .iter()
        .map(|runner| {
            // The first sample fills the cache, the second one sets the number of calls.
            pool.sample(runner, threads, DRAWS);
            let pilot = pool.sample(runner, threads, DRAWS);
            let stretch = plan.stretch_ns * pool.stretch_factor(threads);
            Subject { runner, calls: calls_in(stretch, pilot), samples: Vec::new() }
        })
        .collect();
    interleave(&mut subjects, plan.rounds, rng, |subject| {
        subject.samples.push(pool.sample(subject.runner, threads, subject.calls));
    });
    subjects.iter().map(|subject| subject.cost(case, threads)).collect()
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a small positive number"
)]
fn calls_in(stretch_ns: f64, pilot: Sample) -> usize {
    ((stretch_ns / pilot.ns) as usize).clamp(1_000, 10_000_000)
}

impl Subject<'_> {
    #[expect(clippy::cast_precision_loss, reason = "a few rounds")]
    fn cost(&self, case: &Case, threads: u32) -> Cost {
        let of = |figure: fn(&Sample) -> f64| median(self.samples.iter().map(figure));
        Cost {
            case: case.name.to_owned(),
            peer: self.runner.peer,
            threads,
            ns: of(|sample| sample.ns),
            rate: of(|sample| sample.rate),
            overlap: of(|sample| sample.overlap),
            hits: self.samples.iter().map(|sample| sample.hits).sum::<f64>()
                / self.samples.len() as f64,
        }
    }
}
