//! Requests per second: what a cached answer costs a whole service, beside a constant, beside none, and beside the same
//! service in Python.
//!
//! `plan` has what is asked for, `targets` who is asked what; `programs` starts them, `python` what FastAPI
//! needs; `same` sees to it that they answer alike; `load` has `wrk` ask; `report` says what came out.

mod load;
mod plan;
mod programs;
mod python;
mod report;
mod same;
mod targets;

use std::path::Path;
use std::{env, fs};

use anyhow::{Context, bail};

use self::load::Round;
use self::plan::{Plan, Task, USAGE};
use self::programs::Programs;
use self::targets::{Measured, Target};
use crate::server::Server;

/// Does what the command line says. `scratch` is a directory for what need not be kept.
///
/// # Errors
///
/// If the command line is not understood, if a program is missing without which nothing can be measured, if
/// the services do not answer alike, or if a request fails.
pub fn ask(scratch: &str) -> anyhow::Result<()> {
    match Task::parse(env::args_os().skip(1))? {
        Task::Help => println!("{USAGE}"),
        Task::Measure(plan) => measure(&plan, &Path::new(scratch).join("service"))?,
    }
    Ok(())
}

fn measure(plan: &Plan, scratch: &Path) -> anyhow::Result<()> {
    if load::version().is_none() {
        bail!(
            "wrk is not installed, and nothing can be measured without it: `apt-get install wrk`"
        );
    }
    fs::create_dir_all(scratch)?;
    let redis = Server::start()?;
    if redis.is_none() {
        eprintln!("`apt-get install redis-server` has it");
    }
    let uvicorn = python::uvicorn(scratch)?;
    let is_complete = redis.is_some() && uvicorn.is_some();

    let url = redis.as_ref().map(Server::url);
    let programs = Programs::start(scratch, url.as_deref(), uvicorn.as_deref())?;
    let asked: Vec<Target> = programs.targets().filter(|&target| plan.includes(target)).collect();
    let answers = same::check(&programs)?;
    eprintln!("They answer alike: {answers} answers of each were compared");
    let measured = rounds(plan, &programs, asked)?;

    let text = report::text(plan, &measured, redis.is_some(), uvicorn.as_deref())?;
    println!("{text}");
    let is_kept = plan.full && is_complete;
    let directory = if is_kept { Path::new(env!("CARGO_MANIFEST_DIR")) } else { scratch };
    fs::write(directory.join("SERVICE.md"), text)?;
    eprintln!("Written to {}", directory.display());
    Ok(())
}

/// Asks all of them in turn, as often as the plan says. Each round begins with another one, so that
/// nobody always comes after the same.
fn rounds(plan: &Plan, programs: &Programs, asked: Vec<Target>) -> anyhow::Result<Vec<Measured>> {
    let ask = |target: Target, seconds| {
        let url = programs.url(target).context("only those that run are asked")?;
        let before = programs.processor_time(target.service);
        let mut round = load::ask(&url, seconds)?;
        let after = programs.processor_time(target.service);
        round.processor_time =
            before.zip(after).and_then(|(before, after)| after.checked_sub(before));
        match round.failed {
            0 => Ok(round),
            failed => bail!("{url}: {failed} of {} requests have failed", round.requests),
        }
    };
    eprintln!("Warming up");
    let mut measured = Vec::new();
    for target in asked {
        ask(target, plan.seconds.min(2))?;
        measured.push(Measured { target, rounds: Vec::<Round>::new() });
    }
    for round in 0..plan.rounds {
        eprintln!("Round {} of {}", round + 1, plan.rounds);
        let count = measured.len();
        for turn in 0..count {
            let measured = &mut measured[(turn + round) % count];
            measured.rounds.push(ask(measured.target, plan.seconds)?);
        }
    }
    Ok(measured)
}
