//! Whole services: the requests per second of cached answers, beside a constant answer, uncached
//! answers, and the same service in Python.
//!
//! `plan` is the command line, `subjects` lists what is measured, `programs` starts the services,
//! `python` installs FastAPI, `same` checks that all answers are equal, `load` runs `wrk`, and
//! `report` prints.

mod load;
mod plan;
mod programs;
mod python;
mod report;
mod same;
mod subjects;

use std::path::Path;
use std::{env, fs};

use anyhow::{Context, bail};

use self::load::Round;
use self::plan::{Plan, Task, USAGE};
use self::programs::Programs;
use self::subjects::{Measured, Subject};
use crate::server::Server;

/// Runs the command line. `scratch` is a directory for temporary files.
///
/// # Errors
/// If the command line is invalid, if `wrk` is missing, if two services give different answers, or
/// if a request fails.
pub fn ask(scratch: &str) -> anyhow::Result<()> {
    match Task::parse(env::args_os().skip(1))? {
        Task::Help => println!("{USAGE}"),
        Task::Measure(plan) => measure(&plan, &Path::new(scratch).join("service"))?,
    }
    Ok(())
}

fn measure(plan: &Plan, scratch: &Path) -> anyhow::Result<()> {
    if load::version().is_none() {
        bail!("wrk is not installed, which sends the requests: `apt-get install wrk`");
    }
    fs::create_dir_all(scratch)?;
    let redis = Server::start()?;
    if redis.is_none() {
        eprintln!("To install it: `apt-get install redis-server`");
    }
    let uvicorn = python::uvicorn(scratch)?;
    let is_complete = redis.is_some() && uvicorn.is_some();

    let url = redis.as_ref().map(Server::url);
    let programs = Programs::start(scratch, url.as_deref(), uvicorn.as_deref())?;
    let subjects = programs.subjects().filter(|&subject| plan.includes(subject)).collect();
    let answers = same::check(&programs)?;
    eprintln!("All services give the same answers: {answers} of each were compared");
    let measured = rounds(plan, &programs, subjects)?;

    let text = report::text(plan, &measured, redis.is_some(), uvicorn.as_deref())?;
    println!("{text}");
    let is_final = plan.full && is_complete;
    let directory = if is_final { Path::new(env!("CARGO_MANIFEST_DIR")) } else { scratch };
    fs::write(directory.join("SERVICE.md"), text)?;
    eprintln!("Written to {}", directory.display());
    Ok(())
}

/// Measures all subjects in turn, in the planned number of rounds. Each round begins with another
/// subject.
fn rounds(
    plan: &Plan,
    programs: &Programs,
    subjects: Vec<Subject>,
) -> anyhow::Result<Vec<Measured>> {
    let run = |subject: Subject, seconds| {
        let url = programs.url(subject).context("its service runs")?;
        let before = programs.processor_time(subject.service);
        let mut round = load::run(&url, seconds)?;
        let after = programs.processor_time(subject.service);
        round.processor_time =
            before.zip(after).and_then(|(before, after)| after.checked_sub(before));
        match round.failed {
            0 => Ok(round),
            failed => bail!("{url}: {failed} of {} requests failed", round.requests),
        }
    };
    eprintln!("Warming up");
    let mut measured = Vec::new();
    for subject in subjects {
        run(subject, plan.seconds.min(2))?;
        measured.push(Measured { subject, rounds: Vec::<Round>::new() });
    }
    for round in 0..plan.rounds {
        eprintln!("Round {} of {}", round + 1, plan.rounds);
        let count = measured.len();
        for turn in 0..count {
            let measured = &mut measured[(turn + round) % count];
            measured.rounds.push(run(measured.subject, plan.seconds)?);
        }
    }
    Ok(measured)
}
