//! What is to be measured, and how thoroughly.

use std::ffi::OsString;

use anyhow::Context;
use lexopt::Arg::{Long, Value};
use lexopt::{Parser, ValueExt};
use serde::{Deserialize, Serialize};

use crate::cases::{REDIS_DOWN, REDIS_HITS};
use crate::scale::Job;
use crate::trips::Load;

/// How to ask.
pub(crate) const USAGE: &str = "\
cargo bench --manifest-path benches/Cargo.toml -- [OPTION]... [FILTER]...

  --quick        one process, short rounds, one build: for a first look, not for conclusions
  --large        `scale` with 8 million entries, too: 5 minutes a process, and 3 GB of memory
  --processes N  processes over which medians are taken (5)
  --rounds N     interleaved rounds in each of them (15)
  FILTER         only what has this in its name: hit-128, hit-1024, hit-str, hit-pair, hit-hot,
                 hit-method, hit-generic, hit-ttl, hit-async, miss, zipf, work, off; beside;
                 ratio; scale; waiters; redis-hit-memory, redis-hit-memory-async, redis-shared-hit,
                 redis-throughput-64, redis-down, redis-down-async; bytes, allocations, build

What begins with `redis-` wants a redis-server in the path, and starts its own.

A full run writes RESULTS.md, hit-cost.svg and hit-ratio.svg; any other writes them beside the
build's own files.";

/// What to measure.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Plan {
    filters: Vec<String>,
    pub(crate) processes: u32,
    pub(crate) rounds: usize,
    /// How long the calls between two looks at the clock take, about.
    pub(crate) stretch_ns: f64,
    pub(crate) build_rounds: usize,
    /// Whether `scale` has its largest size, too.
    pub(crate) large: bool,
    /// How often Redis is asked between two looks at the figures.
    pub(crate) trips: usize,
    /// Where Redis is, as long as there is one.
    pub(crate) redis: Option<String>,
    /// Whether the results are those of a full run, which are kept.
    pub(crate) full: bool,
}

/// What this process is for.
#[derive(Debug)]
pub(crate) enum Task {
    /// Print how to ask.
    Help,
    /// Have all of it measured, and report.
    Report(Plan),
    /// Measure once, in the process that this is, and print the figures.
    Measure(Plan, u32),
    /// Measure one part of `scale` in this process and print it.
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
            trips: 512,
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
            trips: 256,
            full: false,
            ..Plan::full()
        }
    }

    /// Whether what has this name is asked for.
    pub(crate) fn includes(&self, name: &str) -> bool {
        self.filters.is_empty() || self.filters.iter().any(|filter| name.contains(filter))
    }

    /// Whether Redis is needed for what is asked for.
    pub(crate) fn wants_redis(&self) -> bool {
        let names = REDIS_HITS.into_iter().chain(REDIS_DOWN).chain(Load::ALL.map(Load::name));
        names.into_iter().any(|name| self.includes(name))
    }

    /// The same, with the Redis that there is.
    pub(crate) fn with_redis(self, redis: Option<String>) -> Self {
        Plan { redis, ..self }
    }

    /// Whether Redis is needed, and there is none.
    pub(crate) fn lacks_redis(&self) -> bool {
        self.wants_redis() && self.redis.is_none()
    }

    /// The arguments by which another process is told to measure this.
    pub(crate) fn for_process(&self, process: u32) -> serde_json::Result<[String; 2]> {
        Ok([format!("--measure={}", serde_json::to_string(self)?), format!("--process={process}")])
    }
}

impl Task {
    /// From the command line, without the program's name.
    pub(crate) fn parse(args: impl Iterator<Item = OsString>) -> anyhow::Result<Task> {
        let (mut quick, mut processes, mut rounds, mut filters) = (false, None, None, Vec::new());
        let (mut measured, mut process, mut large) = (None, 0, false);
        // `cargo bench` says so; `cargo test --all-targets` does not, and is in a hurry.
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
