//! What a call costs: interleaved rounds over all peers, case by case.

use std::sync::Arc;

use rand::SeedableRng;
use rand::rngs::Xoshiro256PlusPlus;
use rand::seq::SliceRandom;

use crate::case::{Case, Runner};
use crate::cases::MOST_THREADS;
use crate::crew::{Crew, Sample};
use crate::inputs::DRAWS;
use crate::plan::Plan;
use crate::results::Cost;
use crate::summary::median;

/// Those cases that were planned, measured in this process, which has that number.
pub(crate) fn measure(cases: &[Case], plan: &Plan, process: u32) -> Vec<Cost> {
    let crew = Crew::of(MOST_THREADS, process);
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(process.into());
    let mut costs = Vec::new();
    for case in cases.iter().filter(|case| plan.includes(case.name)) {
        // Fewer threads first: what a second thread leaves behind is no burden on a first.
        for &threads in case.threads {
            costs.extend(side_by_side(case, threads, plan, &crew, &mut rng));
        }
    }
    costs
}

/// A runner at work.
struct Lane<'a> {
    runner: &'a Arc<Runner>,
    calls: usize,
    samples: Vec<Sample>,
}

fn side_by_side(
    case: &Case,
    threads: u32,
    plan: &Plan,
    crew: &Crew,
    rng: &mut Xoshiro256PlusPlus,
) -> Vec<Cost> {
    let mut lanes: Vec<Lane<'_>> = case
        .runners
        .iter()
        .map(|runner| {
            // Once to fill the cache, once to know how long the timed stretches will take.
            crew.sample(runner, threads, DRAWS);
            let pilot = crew.sample(runner, threads, DRAWS);
            let stretch = plan.stretch_ns * crew.patience(threads);
            Lane { runner, calls: calls_in(stretch, pilot), samples: Vec::new() }
        })
        .collect();
    for _ in 0..plan.rounds {
        // Nobody always comes after the same other.
        lanes.shuffle(rng);
        for lane in &mut lanes {
            lane.samples.push(crew.sample(lane.runner, threads, lane.calls));
        }
    }
    lanes.iter().map(|lane| lane.cost(case, threads)).collect()
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a small positive number"
)]
fn calls_in(stretch_ns: f64, pilot: Sample) -> usize {
    ((stretch_ns / pilot.ns) as usize).clamp(1_000, 10_000_000)
}

impl Lane<'_> {
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
