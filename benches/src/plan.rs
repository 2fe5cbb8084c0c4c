//! The command line: what is measured, and how thoroughly.

use std::ffi::OsString;

use anyhow::Context;
use lexopt::Arg::{Long, Value};
use lexopt::{Parser, ValueExt};
use serde::{Deserialize, Serialize};

use crate::cases::{REDIS_DOWN, REDIS_HITS};
use crate::redis_hits::Load;
use crate::scale::Job;

/// The usage.
pub(crate) const USAGE: &str = "\
cargo bench --manifest-path benches/Cargo.toml -- [OPTION]... [FILTER]...

  --quick        one process, short rounds, one build: for a first look, not for conclusions
  --large        `scale` with 8 million entries, too: 5 minutes a process, and 3 GB of memory
  --processes N  processes over which medians are taken (5)
  --rounds N     interleaved rounds in each of them (15)
  FILTER         only benches with this in their name: hit-128, hit-1024, hit-str, hit-pair,
                 hit-hot, hit-method, hit-generic, hit-ttl, hit-async, miss, zipf, work, off;
                 beside; ratio; scale; waiters; redis-hit-memory, redis-hit-memory-async,
                 redis-shared-hit, redis-throughput-64, redis-down, redis-down-async; bytes,
                 allocations, build

Benches whose names begin with `redis-` need redis-server in the path, and start their own.

A full run writes RESULTS.md, hit-cost.svg and hit-ratio.svg; any other run writes them below the
target directory.";

/// What to measure.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Plan {
    filters: Vec<String>,
    pub(crate) processes: u32,
    pub(crate) rounds: usize,
    /// About how long the calls between two readings of the clock take.
    pub(crate) stretch_ns: f64,
    pub(crate) build_rounds: usize,
    /// Whether `scale` has its largest size, too.
    pub(crate) large: bool,
    /// The calls of a round of hits in Redis.
    pub(crate) redis_calls: usize,
    /// The address of Redis, if there is one.
    pub(crate) redis: Option<String>,
    /// Whether this is a full run, whose results are written to the repository.
    pub(crate) full: bool,
}

/// The task of this process.
#[derive(Debug)]
pub(crate) enum Task {
    /// Print the usage.
    Help,
    /// Measure in further processes, and print the report.
    Report(Plan),
    /// Measure in this process, which has this number, and print the figures.
    Measure(Plan, u32),
    /// Measure one part of `scale` in this process, and print its figures.
    Scale(Job),
}

impl Plan {
    fn full() -> Self {
        Plan {
            filters: Vec::new(),
            processes: 5,
            rounds: 15,
            stretch_ns: 2e6,
            build_rounds: 3,
            large: false,
            redis_calls: 512,
            redis: None,
            full: true,
        }
    }

    fn quick() -> Self {
        Plan {
            processes: 1,
            rounds: 5,
            stretch_ns: 1e6,
            build_rounds: 1,
            redis_calls: 256,
            full: false,
            ..Plan::full()
        }
    }

    /// Whether the filters include this name.
    pub(crate) fn includes(&self, name: &str) -> bool {
        self.filters.is_empty() || self.filters.iter().any(|filter| name.contains(filter))
    }

    /// Whether a planned bench needs Redis.
    pub(crate) fn needs_redis(&self) -> bool {
        let names = REDIS_HITS.into_iter().chain(REDIS_DOWN).chain(Load::ALL.map(Load::name));
        names.into_iter().any(|name| self.includes(name))
    }

    /// Returns the plan with this address of Redis.
    pub(crate) fn with_redis(self, redis: Option<String>) -> Self {
        Plan { redis, ..self }
    }

    /// Whether a planned bench needs Redis, and there is none.
    pub(crate) fn lacks_redis(&self) -> bool {
        self.needs_redis() && self.redis.is_none()
    }

    /// Returns the arguments of a process that measures this plan.
    pub(crate) fn for_process(&self, process: u32) -> serde_json::Result<[String; 2]> {
        Ok([format!("--measure={}", serde_json::to_string(self)?), format!("--process={process}")])
    }
}

impl Task {
    /// Parses the command line, without the program's name.
    pub(crate) fn parse(args: impl Iterator<Item = OsString>) -> anyhow::Result<Task> {
        let (mut quick, mut processes, mut rounds, mut filters) = (false, None, None, Vec::new());
        let (mut measured, mut process, mut large) = (None, 0, false);
        // `cargo bench` passes `--bench`. `cargo test --all-targets` does not: nothing is measured.
        let mut benchmarking = false;
        let mut parser = Parser::from_args(args);
        while let Some(arg) = parser.next()? {
            match arg {
                Long("bench") => benchmarking = true,
                Long("help") => return Ok(Task::Help),
                Long("quick") => quick = true,
                Long("processes") => processes = Some(parser.value()?.parse()?),
                Long("rounds") => rounds = Some(parser.value()?.parse()?),
                Long("measure") => {
                    measured = Some(serde_json::from_str(&parser.value()?.string()?)?);
                }
                Long("scale") => {
                    return Ok(Task::Scale(serde_json::from_str(&parser.value()?.string()?)?));
                }
                Long("large") => large = true,
                Long("process") => process = parser.value()?.parse()?,
                Value(filter) => filters.push(filter.string()?),
                other => return Err(other.unexpected()).context(USAGE),
            }
        }
        if let Some(plan) = measured {
            return Ok(Task::Measure(plan, process));
        }
        if !benchmarking {
            return Ok(Task::Help);
        }
        let plan = if quick { Plan::quick() } else { Plan::full() };
        Ok(Task::Report(Plan {
            processes: processes.unwrap_or(plan.processes),
            rounds: rounds.unwrap_or(plan.rounds),
            full: plan.full && filters.is_empty(),
            filters,
            large,
            ..plan
        }))
    }
}
