//! The operations: how they are drawn, and how they are written down for the oracle and in reports.

use std::fmt;
use std::iter;

use fastrand::Rng;

use crate::cached::Cached;

/// One thing to do with one of the caches.
pub(crate) struct Operation {
    /// Which of them, by index.
    pub(crate) cache: usize,
    pub(crate) action: Action,
}

pub(crate) enum Action {
    /// Ask for `cache_parameters`.
    Parameters,
    Clear,
    /// Call the function with the `n`th of its arguments.
    Call {
        n: u32,
        plan: Vec<Step>,
    },
}

/// What bodies do that run within one call. Whichever body is running takes the next step; without
/// a step it returns. So a step that is a call may run another body, which then takes over.
#[derive(Clone, Copy)]
pub(crate) enum Step {
    /// Call the same function, pass on what it raises.
    Call(u32),
    /// Call the same function, ignore what it raises.
    Try(u32),
    Return,
    Raise,
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Action::Parameters => f.write_str("parameters"),
            Action::Clear => f.write_str("clear"),
            Action::Call { n, plan } => {
                write!(f, "call {n}")?;
                plan.iter().try_for_each(|step| write!(f, " {step}"))
            }
        }
    }
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Step::Call(n) => write!(f, "call:{n}"),
            Step::Try(n) => write!(f, "try:{n}"),
            Step::Return => f.write_str("return"),
            Step::Raise => f.write_str("raise"),
        }
    }
}

/// The operations as the oracle reads them, one a line.
pub(crate) fn script(caches: &[Cached], operations: &[Operation]) -> String {
    let lines: Vec<_> = operations
        .iter()
        .map(|Operation { cache, action }| format!("{} {action}\n", caches[*cache]))
        .collect();
    lines.concat()
}

/// Returns this many operations, the same for the same seed.
pub(crate) fn random(seed: u64, caches: &[Cached], count: usize) -> Vec<Operation> {
    let mut rng = Rng::with_seed(seed);
    let mut keys = Keys::random(&mut rng);
    let parameters = (0..caches.len()).map(|cache| Operation { cache, action: Action::Parameters });
    // One stream for all caches: what one of them does must not show in another.
    let others = iter::repeat_with(|| {
        if rng.u32(..4000) == 0 {
            keys = Keys::random(&mut rng);
        }
        let cache = rng.usize(..caches.len());
        // Seldom, so that the largest caches have time to fill.
        let action =
            if rng.u32(..1000) == 0 { Action::Clear } else { random_call(&mut rng, &keys) };
        Operation { cache, action }
    });
    parameters.chain(others).take(count).collect()
}

/// Keys as they are drawn for some time: 0 up to `range`, all alike or the low ones more often.
struct Keys {
    range: u32,
    skewed: bool,
}

impl Keys {
    /// Ranges just above each maxsize, where eviction goes on, and some far above.
    fn random(rng: &mut Rng) -> Self {
        let ranges = [2, 3, 4, 10, 140, 160, 160, 400];
        Keys { range: ranges[rng.usize(..ranges.len())], skewed: rng.bool() }
    }

    fn draw(&self, rng: &mut Rng) -> u32 {
        let bound = if self.skewed { rng.u32(1..=self.range) } else { self.range };
        rng.u32(..bound)
    }
}

/// Most calls are plain; some raise; some recurse.
fn random_call(rng: &mut Rng, keys: &Keys) -> Action {
    let n = keys.draw(rng);
    let plan = match rng.u32(..8) {
        0 => vec![Step::Raise],
        1 | 2 => random_plan(rng, keys, n),
        _ => Vec::new(),
    };
    Action::Call { n, plan }
}

fn random_plan(rng: &mut Rng, keys: &Keys, mut n: u32) -> Vec<Step> {
    let length = rng.usize(1..=6);
    iter::repeat_with(|| {
        // From the key before: the same again, a descent as in Fibonacci numbers, or elsewhere.
        match rng.u32(..4) {
            0 => {}
            1 | 2 => n = n.saturating_sub(1),
            _ => n = keys.draw(rng),
        }
        match rng.u32(..8) {
            0 => Step::Return,
            1 => Step::Raise,
            2 | 3 => Step::Try(n),
            _ => Step::Call(n),
        }
    })
    .take(length)
    .collect()
}
