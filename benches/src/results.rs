//! All figures of a run, as the processes hand them over and as the report asks for them.

use serde::{Deserialize, Serialize};

use crate::beside::{self, Beside};
use crate::peer::Peer;
use crate::ratio::{Ratio, Source};
use crate::scale::{self, Scale};
use crate::summary::Summary;
use crate::trips::{Load, Place};
use crate::waiters::Callers;
use crate::weight::Weight;

/// What one process measured.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Process {
    pub(crate) costs: Vec<Cost>,
    pub(crate) waits: Vec<Wait>,
    pub(crate) trips: Vec<Trip>,
    pub(crate) beside: Vec<Beside>,
    pub(crate) ratios: Vec<Ratio>,
}

/// What calls cost in one process: medians over its rounds.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Cost {
    pub(crate) case: String,
    pub(crate) peer: Peer,
    pub(crate) threads: u32,
    /// Nanoseconds that a call takes its thread.
    pub(crate) ns: f64,
    /// Calls per microsecond, by all threads together.
    pub(crate) rate: f64,
    /// The share of the time in which all threads were calling.
    pub(crate) overlap: f64,
    /// The share of calls that were hits.
    pub(crate) hits: f64,
}

/// What waiting for another's computation costs in one process: medians over its rounds.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Wait {
    pub(crate) callers: Callers,
    pub(crate) peer: Peer,
    /// Microseconds from the end of the body until the last caller has its result.
    pub(crate) us: f64,
    /// How often the body has run for one key, at most.
    pub(crate) most_runs: usize,
}

/// What it costs to ask Redis, in one process: medians over its rounds.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Trip {
    pub(crate) load: Load,
    pub(crate) place: Place,
    pub(crate) peer: Peer,
    /// Microseconds that a call takes its task: the median of a round, and what one in a hundred exceeds.
    pub(crate) us: f64,
    pub(crate) us_of_slow: f64,
    /// Calls per second, by all tasks together.
    pub(crate) rate: f64,
    /// The share of calls that Redis did not answer: the body was run, or the value was in memory.
    pub(crate) others: f64,
}

/// What was counted where time does not matter.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct Counts {
    pub(crate) allocations: Vec<Allocations>,
    /// Bytes per entry of a cache of a million.
    pub(crate) bytes: Vec<(Peer, f64)>,
}

/// Allocations per call, once every key was seen.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Allocations {
    pub(crate) case: String,
    pub(crate) peer: Peer,
    pub(crate) per_call: f64,
}

/// What it costs to depend on a crate.
#[derive(Debug)]
pub(crate) struct Build {
    pub(crate) name: &'static str,
    /// What an empty crate that depends on it depends on, all in all.
    pub(crate) crates: usize,
    /// Seconds, round by round.
    pub(crate) debug: Vec<f64>,
    /// Seconds, once.
    pub(crate) release: f64,
}

/// Everything that was measured; what was not asked for is empty.
#[derive(Debug)]
pub(crate) struct Results {
    pub(crate) processes: Vec<Process>,
    pub(crate) counts: Counts,
    pub(crate) builds: Vec<Build>,
    /// In order of the processes, as many for each size and peer.
    pub(crate) scales: Vec<Scale>,
    /// One for each size and peer: allocations do not vary.
    pub(crate) weights: Vec<Weight>,
}

/// Whose calls, of what, on how many threads.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Cell<'a> {
    pub(crate) case: &'a str,
    pub(crate) peer: Peer,
    pub(crate) threads: u32,
}

impl Results {
    /// One figure of a cell, over the processes.
    pub(crate) fn summary(&self, cell: Cell<'_>, figure: fn(&Cost) -> f64) -> Option<Summary> {
        Summary::of(self.costs(cell).map(figure))
    }

    /// Two cells compared within each process, over the processes.
    pub(crate) fn compare(
        &self,
        ours: Cell<'_>,
        theirs: Cell<'_>,
        compare: fn(&Cost, &Cost) -> f64,
    ) -> Option<Summary> {
        let pairs = self.costs(ours).zip(self.costs(theirs));
        Summary::of(pairs.map(|(ours, theirs)| compare(ours, theirs)))
    }

    /// For how much of the time so many threads were calling at once, over all cells.
    pub(crate) fn overlap(&self, threads: u32) -> Option<Summary> {
        let costs = self.all_costs().filter(|cost| cost.threads == threads);
        Summary::of(costs.map(|cost| cost.overlap))
    }

    /// How that peer's callers waited, in order of the processes.
    pub(crate) fn waits(&self, callers: Callers, peer: Peer) -> impl Iterator<Item = &Wait> {
        let waits = self.processes.iter().flat_map(|process| &process.waits);
        waits.filter(move |wait| wait.callers == callers && wait.peer == peer)
    }

    /// One figure of those who ask Redis, over the processes.
    pub(crate) fn trip(
        &self,
        load: Load,
        place: Place,
        peer: Peer,
        figure: fn(&Trip) -> f64,
    ) -> Option<Summary> {
        Summary::of(self.trips(load, place, peer).map(figure))
    }

    /// The same of two peers, compared within each process.
    pub(crate) fn compare_trips(
        &self,
        load: Load,
        place: Place,
        [this, that]: [Peer; 2],
        compare: fn(&Trip, &Trip) -> f64,
    ) -> Option<Summary> {
        let pairs = self.trips(load, place, this).zip(self.trips(load, place, that));
        Summary::of(pairs.map(|(this, that)| compare(this, that)))
    }

    /// In order of the processes.
    fn trips(&self, load: Load, place: Place, peer: Peer) -> impl Iterator<Item = &Trip> {
        let trips = self.processes.iter().flat_map(|process| &process.trips);
        trips.filter(move |trip| trip.load == load && trip.place == place && trip.peer == peer)
    }

    /// One figure of a peer's hits beside a thread that misses, over the processes.
    pub(crate) fn beside(&self, peer: Peer, figure: beside::Figure) -> Option<Summary> {
        Summary::of(self.all_beside(peer).map(figure))
    }

    /// The ratio of two peers' figures within each process, over the processes.
    pub(crate) fn beside_ratio(
        &self,
        [this, that]: [Peer; 2],
        figure: beside::Figure,
    ) -> Option<Summary> {
        let pairs = self.all_beside(this).zip(self.all_beside(that));
        Summary::of(pairs.map(|(this, that)| figure(this) / figure(that)))
    }

    /// In order of the processes.
    fn all_beside(&self, peer: Peer) -> impl Iterator<Item = &Beside> {
        let all = self.processes.iter().flat_map(|process| &process.beside);
        all.filter(move |beside| beside.peer == peer)
    }

    /// A figure of all hit ratios of a process, over the processes.
    pub(crate) fn ratios(&self, figure: impl Fn(&[Ratio]) -> Option<f64>) -> Option<Summary> {
        Summary::of(self.processes.iter().filter_map(|process| figure(&process.ratios)))
    }

    /// The mean over the processes of one hit ratio.
    #[expect(clippy::cast_precision_loss, reason = "a few processes")]
    pub(crate) fn hit_ratio(&self, source: Source, entries: usize, peer: Peer) -> Option<f64> {
        let is_wanted =
            |ratio: &&Ratio| (ratio.source, ratio.entries, ratio.peer) == (source, entries, peer);
        let ratios = self.processes.iter().flat_map(|process| &process.ratios);
        let hits: Vec<_> = ratios.filter(is_wanted).map(|ratio| ratio.hits).collect();
        (!hits.is_empty()).then(|| hits.iter().sum::<f64>() / hits.len() as f64)
    }

    /// One figure of a cache with that many entries, over the processes.
    pub(crate) fn scale(&self, entries: u64, peer: Peer, figure: scale::Figure) -> Option<Summary> {
        Summary::of(self.all_scales(entries, peer).map(figure))
    }

    /// The ratio of two peers' figures, process by process.
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

    /// How long this takes to build, as a share of what that takes, over the rounds.
    pub(crate) fn build_ratio(&self, this: &str, that: &str) -> Option<Summary> {
        let build = |name| self.builds.iter().find(|build| build.name == name);
        let (this, that) = (build(this)?, build(that)?);
        Summary::of(this.debug.iter().zip(&that.debug).map(|(this, that)| this / that))
    }

    /// In order of the processes; none if that peer has no such function.
    fn costs(&self, cell: Cell<'_>) -> impl Iterator<Item = &Cost> {
        self.all_costs().filter(move |cost| {
            cost.case == cell.case && cost.peer == cell.peer && cost.threads == cell.threads
        })
    }

    fn all_costs(&self) -> impl Iterator<Item = &Cost> {
        self.processes.iter().flat_map(|process| &process.costs)
    }
}
