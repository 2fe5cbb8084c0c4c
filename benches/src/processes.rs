//! A whole run. Some processes are faster than others, because of the places that the linker and
//! the allocator choose. So every figure is measured in several processes.

use std::path::Path;
use std::process::{Command, Stdio};
use std::{env, fs};

use anyhow::{Context, ensure};
use rand::SeedableRng;
use rand::rngs::Xoshiro256PlusPlus;
use rand::seq::SliceRandom;
use serde::de::DeserializeOwned;

use crate::cases::{self, MOST_THREADS};
use crate::counting::WEIGH;
use crate::peer::Peer;
use crate::plan::{Plan, Task, USAGE};
use crate::results::{Counts, Process, Results};
use crate::scale::{Job, Part, Scale};
use crate::server::Server;
use crate::weight::Weight;
use crate::{
    beside, builds, counting, functions, ratio, redis_hits, report, scale, timing, waiters,
};

/// Paths that only the bench target knows.
#[derive(Debug, Clone, Copy)]
pub struct Paths {
    /// The program that counts allocations.
    pub count: &'static str,
    /// A directory for temporary files.
    pub scratch: &'static str,
}

/// Runs the command line.
///
/// # Errors
/// If the command line is invalid, or if a process or a file fails.
pub fn run(paths: Paths) -> anyhow::Result<()> {
    match Task::parse(env::args_os().skip(1))? {
        Task::Help => println!("{USAGE}"),
        Task::Measure(plan, process) => {
            println!("{}", serde_json::to_string(&measure(&plan, process)?)?);
        }
        Task::Scale(job) => println!("{}", scale::run(job)?),
        Task::Report(plan) => report(&plan, paths)?,
    }
    Ok(())
}

fn measure(plan: &Plan, process: u32) -> anyhow::Result<Process> {
    let mut costs = timing::measure(&cases::all(MOST_THREADS), plan, process);
    let waits = waiters::measure(plan, process);
    let beside = beside::measure(plan, process);
    let ratios = ratio::measure(plan)?;
    let mut redis_hits = Vec::new();
    // Last, since the thread of the link to Redis runs from then on.
    if let Some(url) = &plan.redis {
        functions::shared::install(url)?;
        costs.extend(timing::measure(&cases::with_redis(MOST_THREADS), plan, process));
        redis_hits = redis_hits::measure(plan, url, process)?;
    }
    Ok(Process { costs, waits, redis_hits, beside, ratios })
}

fn report(plan: &Plan, paths: Paths) -> anyhow::Result<()> {
    let server = if plan.needs_redis() { Server::start()? } else { None };
    let plan = &plan.clone().with_redis(server.as_ref().map(Server::url));
    let results = Results {
        processes: timed(plan)?,
        counts: counted(plan, paths.count)?,
        scales: scaled(plan)?,
        weights: weighed(plan, paths.count)?,
        builds: if plan.includes("build") {
            builds::measure(plan.build_rounds, &Path::new(paths.scratch).join("builds"))?
        } else {
            Vec::new()
        },
    };
    let directory = if plan.full { env!("CARGO_MANIFEST_DIR") } else { paths.scratch };
    let directory = Path::new(directory);
    let text = report::text(plan, &results)?;
    drop(server);
    println!("{text}");
    fs::write(directory.join("RESULTS.md"), text)?;
    report::plot(&results, &directory.join("hit-cost.svg"))?;
    report::plot_ratios(&results, &directory.join("hit-ratio.svg"))?;
    eprintln!("Written to {}", directory.display());
    Ok(())
}

fn timed(plan: &Plan) -> anyhow::Result<Vec<Process>> {
    let this = env::current_exe()?;
    (0..plan.processes)
        .map(|process| {
            eprintln!("Process {} of {}", process + 1, plan.processes);
            output_of(Command::new(&this).args(plan.for_process(process)?))
        })
        .collect()
}

fn counted(plan: &Plan, program: &str) -> anyhow::Result<Counts> {
    let wanted: Vec<_> = counting::ALL.into_iter().filter(|name| plan.includes(name)).collect();
    if wanted.is_empty() {
        return Ok(Counts::default());
    }
    eprintln!("Counting allocations");
    output_of(Command::new(program).args(wanted))
}

/// Measures the sizes and peers of `scale`, as often as the other cases. Each part is in a process
/// of its own.
fn scaled(plan: &Plan) -> anyhow::Result<Vec<Scale>> {
    let mut planned = scale::planned(plan);
    let mut scales = Vec::new();
    if planned.is_empty() {
        return Ok(scales);
    }
    for process in 0..plan.processes {
        eprintln!("Scale, process {} of {}", process + 1, plan.processes);
        // So that no peer always follows the same one.
        planned.shuffle(&mut Xoshiro256PlusPlus::seed_from_u64(process.into()));
        for &(entries, peer) in &planned {
            scales.push(Scale {
                entries,
                peer,
                means: scale_part(Job { entries, peer, part: Part::Mean })?,
                slowest_call: scale_part(Job { entries, peer, part: Part::SlowestCall })?,
                slowest_hit: scale_part(Job { entries, peer, part: Part::SlowestHit })?,
            });
        }
    }
    Ok(scales)
}

fn scale_part<T: DeserializeOwned>(job: Job) -> anyhow::Result<T> {
    let job = format!("--scale={}", serde_json::to_string(&job)?);
    output_of(Command::new(env::current_exe()?).arg(job))
}

fn weighed(plan: &Plan, program: &str) -> anyhow::Result<Vec<Weight>> {
    let weigh = |wanted: (u64, Peer)| {
        let wanted = format!("{WEIGH}{}", serde_json::to_string(&wanted)?);
        output_of(Command::new(program).arg(wanted))
    };
    scale::planned(plan).into_iter().map(weigh).collect()
}

/// Runs a program that prints JSON, and returns the value.
fn output_of<T: DeserializeOwned>(command: &mut Command) -> anyhow::Result<T> {
    let output = command.stderr(Stdio::inherit()).output().context("cannot start a process")?;
    ensure!(output.status.success(), "{command:?}: {}", output.status);
    Ok(serde_json::from_slice(&output.stdout)?)
}
