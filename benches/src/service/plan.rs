//! The command line: what is measured, and how thoroughly.

use std::ffi::OsString;

use anyhow::Context;
use lexopt::Arg::{Long, Value};
use lexopt::{Parser, ValueExt};

use super::subjects::Subject;

/// The usage.
pub(super) const USAGE: &str = "\
cargo bench --manifest-path benches/Cargo.toml --bench service -- [OPTION]... [FILTER]...

  --quick      few short rounds: for a first look, not for conclusions
  --rounds N   interleaved rounds over all services and paths (27)
  --seconds N  seconds of each subject in a round (1)
  FILTER       only subjects with this in their path or their service's name: /constant, uncached,
               cached-data; FastAPI, functools, Redis

Needs wrk. Subjects with Redis need redis-server, those of FastAPI python3 and pip's packages.
A full run writes SERVICE.md; any other run writes it below the target directory.";

/// What to measure.
#[derive(Debug)]
pub(super) struct Plan {
    filters: Vec<String>,
    pub(super) rounds: usize,
    pub(super) seconds: u32,
    /// Whether this is a full run, whose report is written to the repository.
    pub(super) full: bool,
}

/// The task of this process.
#[derive(Debug)]
pub(super) enum Task {
    /// Print the usage.
    Help,
    /// Measure, and print the report.
    Measure(Plan),
}

impl Plan {
    /// Whether the filters include this subject.
    pub(super) fn includes(&self, subject: Subject) -> bool {
        let (path, service) = (subject.request.path(), subject.service.title());
        let matches = |filter: &String| path.contains(filter) || service.contains(filter);
        self.filters.is_empty() || self.filters.iter().any(matches)
    }
}

impl Task {
    /// Parses the command line, without the program's name.
    pub(super) fn parse(args: impl Iterator<Item = OsString>) -> anyhow::Result<Task> {
        let (mut quick, mut rounds, mut seconds, mut filters) = (false, None, None, Vec::new());
        // `cargo bench` passes `--bench`. `cargo test --all-targets` does not: nothing is measured.
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
        let (default_rounds, default_seconds) = if quick { (3, 1) } else { (27, 1) };
        Ok(Task::Measure(Plan {
            filters,
            rounds: rounds.unwrap_or(default_rounds),
            seconds: seconds.unwrap_or(default_seconds),
            full,
        }))
    }
}
