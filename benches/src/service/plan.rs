//! What is to be measured, and how thoroughly.

use std::ffi::OsString;

use anyhow::Context;
use lexopt::Arg::{Long, Value};
use lexopt::{Parser, ValueExt};

use super::targets::Target;

/// How to ask.
pub(super) const USAGE: &str = "\
cargo bench --manifest-path benches/Cargo.toml --bench service -- [--quick] [--rounds N] [--seconds N] [FILTER]...

  --quick      short rounds, and few: for a first look, not for conclusions
  --rounds N   interleaved rounds over all services and paths (27)
  --seconds N  how long each is asked in a round (1)
  FILTER       only what has this in its path or its service's name: /constant, uncached, cached-data;
               FastAPI, functools, Redis

Wants wrk; and redis-server and python3, with what pip fetches, for what has to do with them.
A full run writes SERVICE.md; any other writes it beside the build's own files.";

/// What to measure.
#[derive(Debug)]
pub(super) struct Plan {
    filters: Vec<String>,
    pub(super) rounds: usize,
    pub(super) seconds: u32,
    /// Whether the results are those of a full run, which are kept.
    pub(super) full: bool,
}

/// What this process is for.
#[derive(Debug)]
pub(super) enum Task {
    /// Print how to ask.
    Help,
    /// Measure, and report.
    Measure(Plan),
}

impl Plan {
    /// Whether it is asked for.
    pub(super) fn includes(&self, target: Target) -> bool {
        let (path, service) = (target.question.path(), target.service.title());
        let matches = |filter: &String| path.contains(filter) || service.contains(filter);
        self.filters.is_empty() || self.filters.iter().any(matches)
    }
}

impl Task {
    /// From the command line, without the program's name.
    pub(super) fn parse(args: impl Iterator<Item = OsString>) -> anyhow::Result<Task> {
        let (mut quick, mut rounds, mut seconds, mut filters) = (false, None, None, Vec::new());
        // `cargo bench` says so; `cargo test --all-targets` does not, and is in a hurry.
        let mut benchmarking = false;
        let mut parser = Parser::from_args(args);
        while let Some(arg) = parser.next()? {
            match arg {
                Long("bench") => benchmarking = true,
                Long("help") => return Ok(Task::Help),
                Long("quick") => quick = true,
                Long("rounds") => rounds = Some(parser.value()?.parse()?),
                Long("seconds") => seconds = Some(parser.value()?.parse()?),
                Value(filter) => filters.push(filter.string()?),
                other => return Err(other.unexpected()).context(USAGE),
            }
        }
        if !benchmarking {
            return Ok(Task::Help);
        }
        let full = !quick && filters.is_empty() && rounds.is_none() && seconds.is_none();
        let (usual_rounds, usual_seconds) = if quick { (3, 1) } else { (27, 1) };
        Ok(Task::Measure(Plan {
            filters,
            rounds: rounds.unwrap_or(usual_rounds),
            seconds: seconds.unwrap_or(usual_seconds),
            full,
        }))
    }
}
