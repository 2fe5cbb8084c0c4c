//! All figures of a run: the types that processes exchange, and the queries of the report.

use serde::{Deserialize, Serialize};

use crate::beside::{self, Beside};
use crate::peer::Peer;
use crate::ratio::{Ratio, Source};
use crate::redis_hits::{Load, Scheduler};
use crate::scale::{self, Scale};
use crate::summary::Summary;
use crate::waiters::Callers;
use crate::weight::Weight;

/// The figures of one process.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Process {
    pub(crate) costs: Vec<Cost>,
    pub(crate) waits: Vec<Wait>,
    pub(crate) redis_hits: Vec<RedisHits>,
    pub(crate) beside: Vec<Beside>,
    pub(crate) ratios: Vec<Ratio>,
}

/// The cost of calls in one process: medians over its rounds.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Cost {
    pub(crate) case: String,
    pub(crate) peer: Peer,
    pub(crate) threads: u32,
    /// Nanoseconds of a call in its thread.
    pub(crate) ns: f64,
    /// Calls per microsecond of all threads together.
    pub(crate) rate: f64,
    /// The share of the time in which all threads were calling.
    pub(crate) overlap: f64,
    /// The share of calls that were hits.
    pub(crate) hits: f64,
}

/// The cost of waiting for another call's computation, in one process: medians over its rounds.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Wait {
    pub(crate) callers: Callers,
    pub(crate) peer: Peer,
    /// Microseconds from the end of the body until the last caller has its result.
    pub(crate) us: f64,
    /// The largest number of runs of the body for one key.
    pub(crate) most_runs: usize,
}

/// The cost of hits in Redis, in one process: medians over its rounds.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct RedisHits {
    pub(crate) load: Load,
    pub(crate) scheduler: Scheduler,
    pub(crate) peer: Peer,
    /// Microseconds of a call in its task: the median of a round, and the 99th percentile.
    pub(crate) us: f64,
    pub(crate) p99_us: f64,
    /// Calls per second of all tasks together.
    pub(crate) rate: f64,
    /// The share of calls that Redis did not answer: the body ran, or the value was in memory.
    pub(crate) unanswered: f64,
}

/// Counts, which do not depend on time.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct Counts {
    pub(crate) allocations: Vec<Allocations>,
    /// Bytes per entry of a cache of a million.
    pub(crate) bytes: Vec<(Peer, f64)>,
}

/// Allocations per call, after a call with every key.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Allocations {
    pub(crate) case: String,
    pub(crate) peer: Peer,
    pub(crate) per_call: f64,
}

/// The cost of a dependency.
#[derive(Debug)]
pub(crate) struct Build {
    pub(crate) name: &'static str,
    /// The number of crates that an empty crate with this dependency builds.
    pub(crate) crates: usize,
    /// Seconds of each round.
    pub(crate) debug: Vec<f64>,
    /// Seconds of one build.
    pub(crate) release: f64,
}

/// All figures. What was not planned is empty.
#[derive(Debug)]
pub(crate) struct Results {
    pub(crate) processes: Vec<Process>,
    pub(crate) counts: Counts,
    pub(crate) builds: Vec<Build>,
    /// In order of the processes, the same number for each size and peer.
    pub(crate) scales: Vec<Scale>,
    /// One for each size and peer: allocations do not vary.
    pub(crate) weights: Vec<Weight>,
}

/// A case, a peer, and a number of threads.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Cell<'a> {
    pub(crate) case: &'a str,
    pub(crate) peer: Peer,
    pub(crate) threads: u32,
}

impl Results {
    /// Returns one figure of a cell, over the processes.
    pub(crate) fn summary(&self, cell: Cell<'_>, figure: fn(&Cost) -> f64) -> Option<Summary> {
        Summary::of(self.costs(cell).map(figure))
    }

    /// Returns the comparison of two cells within each process, over the processes.
    pub(crate) fn compare(
        &self,
        ours: Cell<'_>,
        theirs: Cell<'_>,
        compare: fn(&Cost, &Cost) -> f64,
    ) -> Option<Summary> {
        let pairs = self.costs(ours).zip(self.costs(theirs));
        Summary::of(pairs.map(|(ours, theirs)| compare(ours, theirs)))
    }

    /// Returns the share of the time in which all of `threads` threads were calling, for all cells.
    pub(crate) fn overlap(&self, threads: u32) -> Option<Summary> {
        let costs = self.all_costs().filter(|cost| cost.threads == threads);
        Summary::of(costs.map(|cost| cost.overlap))
    }

    /// Returns the waits of a peer's callers, in order of the processes.
    pub(crate) fn waits(&self, callers: Callers, peer: Peer) -> impl Iterator<Item = &Wait> {
        let waits = self.processes.iter().flat_map(|process| &process.waits);
        waits.filter(move |wait| wait.callers == callers && wait.peer == peer)
    }

    /// Returns one figure of hits in Redis, over the processes.
    pub(crate) fn redis_hits(
        &self,
        load: Load,
        scheduler: Scheduler,
        peer: Peer,
        figure: fn(&RedisHits) -> f64,
    ) -> Option<Summary> {
        Summary::of(self.all_redis_hits(load, scheduler, peer).map(figure))
    }

    /// Returns the comparison of two peers within each process, over the processes.
    pub(crate) fn compare_redis_hits(
        &self,
        load: Load,
        scheduler: Scheduler,
        [this, that]: [Peer; 2],
        compare: fn(&RedisHits, &RedisHits) -> f64,
    ) -> Option<Summary> {
        let of = |peer| self.all_redis_hits(load, scheduler, peer);
        Summary::of(of(this).zip(of(that)).map(|(this, that)| compare(this, that)))
    }

    /// Returns them in order of the processes.
    fn all_redis_hits(
        &self,
        load: Load,
        scheduler: Scheduler,
        peer: Peer,
    ) -> impl Iterator<Item = &RedisHits> {
        let all = self.processes.iter().flat_map(|process| &process.redis_hits);
        all.filter(move |hits| (hits.load, hits.scheduler, hits.peer) == (load, scheduler, peer))
    }

    /// Returns one figure of a peer's hits beside a thread that misses, over the processes.
    pub(crate) fn beside(&self, peer: Peer, figure: beside::Figure) -> Option<Summary> {
        Summary::of(self.all_beside(peer).map(figure))
    }

    /// Returns the ratio of two peers' figures within each process, over the processes.
    pub(crate) fn beside_ratio(
        &self,
        [this, that]: [Peer; 2],
        figure: beside::Figure,
    ) -> Option<Summary> {
        let pairs = self.all_beside(this).zip(self.all_beside(that));
        Summary::of(pairs.map(|(this, that)| figure(this) / figure(that)))
    }

    /// Returns them in order of the processes.
    fn all_beside(&self, peer: Peer) -> impl Iterator<Item = &Beside> {
        let all = self.processes.iter().flat_map(|process| &process.beside);
        all.filter(move |beside| beside.peer == peer)
    }

    /// Returns a figure of all hit ratios of a process, over the processes.
    pub(crate) fn ratios(&self, figure: impl Fn(&[Ratio]) -> Option<f64>) -> Option<Summary> {
        Summary::of(self.processes.iter().filter_map(|process| figure(&process.ratios)))
    }

    /// Returns the mean of one hit ratio over the processes.
    #[expect(clippy::cast_precision_loss, reason = "a few processes")]
    pub(crate) fn hit_ratio(&self, source: Source, entries: usize, peer: Peer) -> Option<f64> {
        let is_wanted =
            |ratio: &&Ratio| (ratio.source, ratio.entries, ratio.peer) == (source, entries, peer);
        let ratios = self.processes.iter().flat_map(|process| &process.ratios);
        let hits: Vec<_> = ratios.filter(is_wanted).map(|ratio| ratio.hits).collect();
        (!hits.is_empty()).then(|| hits.iter().sum::<f64>() / hits.len() as f64)
    }

    /// Returns one figure of a cache with that many entries, over the processes.
    pub(crate) fn scale(&self, entries: u64, peer: Peer, figure: scale::Figure) -> Option<Summary> {
        Summary::of(self.all_scales(entries, peer).map(figure))
    }

    /// Returns the ratio of two peers' figures of each process, over the processes.
    pub(crate) fn scale_ratio(
        &self,
        entries: u64,
        [this, that]: [Peer; 2],
        figure: scale::Figure,
    ) -> Option<Summary> {
        let pairs = self.all_scales(entries, this).zip(self.all_scales(entries, that));
        Summary::of(pairs.map(|(this, that)| figure(this) / figure(that)))
    }

    fn all_scales(&self, entries: u64, peer: Peer) -> impl Iterator<Item = &Scale> {
        let scales = self.scales.iter();
        scales.filter(move |scale| scale.entries == entries && scale.peer == peer)
    }

    /// Returns the ratio of the debug builds of two crates, over the rounds.
    pub(crate) fn build_ratio(&self, this: &str, that: &str) -> Option<Summary> {
        let build = |name| self.builds.iter().find(|build| build.name == name);
        let (this, that) = (build(this)?, build(that)?);
        Summary::of(this.debug.iter().zip(&that.debug).map(|(this, that)| this / that))
    }

    /// Returns them in order of the processes; none if the peer has no such function.
    fn costs(&self, cell: Cell<'_>) -> impl Iterator<Item = &Cost> {
        self.all_costs().filter(move |cost| {
            cost.case == cell.case && cost.peer == cell.peer && cost.threads == cell.threads
        })
    }

    fn all_costs(&self) -> impl Iterator<Item = &Cost> {
        self.processes.iter().flat_map(|process| &process.costs)
    }
}
