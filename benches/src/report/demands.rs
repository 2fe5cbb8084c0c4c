//! What this crate has to reach beside the others, and whether it does.

use super::tables::{plural, rounded, table};
use crate::builds::{OURS, YARDSTICK};
use crate::cases::{DRAWN, OFF, REDIS_DOWN, REDIS_HITS, THREADS};
use crate::peer::Peer;
use crate::results::{Cell, Results};
use crate::summary::Summary;
use crate::trips::{Load, Place};

/// One demand and what was measured; `None` if it was not.
pub(crate) struct Demand {
    pub(crate) what: String,
    pub(crate) limit: Limit,
    pub(crate) measured: Option<Summary>,
}

/// What keeps a demand.
#[derive(Clone, Copy)]
pub(crate) enum Limit {
    AtMost(f64),
    AtLeast(f64),
}

/// What a call may cost, as a share of what it costs with another crate.
const RATIOS: [(&str, u32, Peer, f64); 15] = [
    ("hit-128", 1, Peer::Cached, 0.60),
    ("hit-128", 1, Peer::QuickCache, 0.90),
    ("hit-128", 1, Peer::MemoizeThread, 1.00),
    ("hit-128", 2, Peer::Cached, 0.25),
    ("hit-128", 2, Peer::QuickCache, 0.55),
    (DRAWN, 1, Peer::Cached, 0.60),
    (DRAWN, 1, Peer::QuickCache, 0.90),
    (DRAWN, 1, Peer::MemoizeThread, 1.00),
    (DRAWN, 2, Peer::Cached, 0.25),
    (DRAWN, 2, Peer::QuickCache, 0.55),
    ("hit-str", 1, Peer::Cached, 0.35),
    ("hit-ttl", 1, Peer::Cached, 0.50),
    ("hit-async", 1, Peer::Cached, 0.40),
    ("miss", 1, Peer::Cached, 1.00),
    ("zipf", 1, Peer::Cached, 0.90),
];

/// The table of those demands that were measured.
pub(crate) fn section(results: &Results) -> String {
    format!("## What functools has to reach\n\n{}", judged(all(results)))
}

/// The table of what was measured.
pub(crate) fn judged(demands: impl IntoIterator<Item = Demand>) -> String {
    let header = ["", "measured", "limit", "reached"].map(str::to_owned).to_vec();
    table(header, demands.into_iter().filter_map(Demand::row))
}

fn all(results: &Results) -> Vec<Demand> {
    let mut demands: Vec<Demand> = RATIOS
        .map(|(case, threads, theirs, limit)| ratio(results, case, threads, theirs, limit))
        .into();
    demands.extend(["hit-128", DRAWN].map(|case| throughput(results, case)));
    let extra = ["hit-method", "hit-generic"].map(|case| {
        let free = Cell { peer: Peer::FunctoolsFree, ..ours(case) };
        Demand {
            what: format!("{case}, 1 thread: ns beyond a free function"),
            ..slower_by(results, ours(case), free, 3.0)
        }
    });
    demands.extend(extra);
    let bare = Cell { peer: Peer::Bare, ..ours(OFF) };
    demands.push(Demand {
        what: "`maxsize = 0`, 1 thread: ns beyond the bare function".to_owned(),
        ..slower_by(results, ours(OFF), bare, 10.0)
    });
    demands.extend(with_redis(results));
    demands.extend(["hit-str", "hit-async"].map(|case| allocations(results, case)));
    demands.push(bytes(results));
    demands.push(Demand {
        what: "cold debug build / cached".to_owned(),
        limit: Limit::AtMost(0.45),
        measured: results.build_ratio(OURS, YARDSTICK),
    });
    demands
}

/// What sharing through Redis may cost.
fn with_redis(results: &Results) -> Vec<Demand> {
    let alone = Peer::FunctoolsAlone;
    let peers = [Peer::FunctoolsNearby, Peer::Get];
    let hits = |threads| move |case| ratio(results, case, threads, alone, 1.3);
    let mut demands: Vec<_> = THREADS[..2].iter().flat_map(|&n| REDIS_HITS.map(hits(n))).collect();
    demands.extend(Place::ALL.map(|place| Demand {
        what: format!("{}, `on_tokio`, {}: µs / bare `GET`", Load::One.name(), place.title()),
        limit: Limit::AtMost(1.15),
        measured: results.compare_trips(Load::One, place, peers, |ours, get| ours.us / get.us),
    }));
    demands.extend(Place::ALL.map(|place| Demand {
        what: format!("{}, `on_tokio`, {}: calls/s / bare `GET`", Load::Many.name(), place.title()),
        limit: Limit::AtLeast(0.9),
        measured: results.compare_trips(Load::Many, place, peers, |ours, get| ours.rate / get.rate),
    }));
    demands.extend(REDIS_DOWN.map(|case| Demand {
        what: format!("{case}, 1 thread: ns beyond the body"),
        ..slower_by(results, ours(case), Cell { peer: Peer::Bare, ..ours(case) }, 1000.0)
    }));
    demands.extend(REDIS_DOWN.map(|case| Demand {
        what: format!("{case}, 1 thread: ns beyond a miss without `redis`"),
        ..slower_by(results, ours(case), Cell { peer: alone, ..ours(case) }, 1000.0)
    }));
    demands
}

/// Our function on one thread.
fn ours(case: &str) -> Cell<'_> {
    Cell { case, peer: Peer::Functools, threads: 1 }
}

fn ratio(results: &Results, case: &str, threads: u32, theirs: Peer, limit: f64) -> Demand {
    let ours = Cell { threads, ..ours(case) };
    let theirs = Cell { peer: theirs, ..ours };
    Demand {
        what: format!("{case}, {}: ns / {}", plural(threads), theirs.peer.name()),
        limit: Limit::AtMost(limit),
        measured: results.compare(ours, theirs, |ours, theirs| ours.ns / theirs.ns),
    }
}

fn throughput(results: &Results, case: &str) -> Demand {
    let one = ours(case);
    let two = Cell { threads: THREADS[1], ..one };
    Demand {
        what: format!("{case}: calls/µs by 2 threads / by 1"),
        limit: Limit::AtLeast(1.6),
        measured: results.compare(two, one, |two, one| two.rate / one.rate),
    }
}

fn slower_by(results: &Results, slow: Cell<'_>, fast: Cell<'_>, ns: f64) -> Demand {
    Demand {
        what: String::new(),
        limit: Limit::AtMost(ns),
        measured: results.compare(slow, fast, |slow, fast| slow.ns - fast.ns),
    }
}

fn allocations(results: &Results, case: &str) -> Demand {
    let mut counts = results.counts.allocations.iter();
    let ours = counts.find(|count| count.case == case && count.peer == Peer::Functools);
    Demand {
        what: format!("{case}: allocations"),
        limit: Limit::AtMost(0.0),
        measured: Summary::of(ours.map(|count| count.per_call)),
    }
}

fn bytes(results: &Results) -> Demand {
    let of = |wanted| results.counts.bytes.iter().find(|(peer, _)| *peer == wanted);
    let beyond = of(Peer::Functools).zip(of(Peer::MutexLru)).map(|(ours, lru)| ours.1 - lru.1);
    Demand {
        what: "a million entries: bytes per entry beyond `LruCache<u64, u64>`".to_owned(),
        limit: Limit::AtMost(16.0),
        measured: Summary::of(beyond),
    }
}

impl Demand {
    fn row(self) -> Option<Vec<String>> {
        let measured = self.measured?;
        let (limit, reached) = match self.limit {
            Limit::AtMost(limit) => (format!("≤ {limit:.2}"), measured.median <= limit),
            Limit::AtLeast(limit) => (format!("≥ {limit:.2}"), measured.median >= limit),
        };
        let reached = if reached { "reached" } else { "**not reached**" };
        Some(vec![self.what, rounded(measured, 2), limit, reached.to_owned()])
    }
}
