//! What this crate has to reach beside the others, and whether it does.

use super::ratios::grouped;
use super::tables::{plural, rounded, table};
use crate::beside::Figure;
use crate::builds::{self, YARDSTICK};
use crate::cases::{DRAWN, OFF, REDIS_DOWN, REDIS_HITS, THREADS, WORK};
use crate::peer::Peer;
use crate::ratio::{mean, worst_loss};
use crate::results::{Cell, Results};
use crate::scale::{EIGHT_MILLION, MILLION};
use crate::summary::Summary;
use crate::trips::{Load, Place};

/// Our function with either policy.
const OURS: Peer = Peer::Functools;
const ADAPTIVE: Peer = Peer::FunctoolsAdaptive;

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

/// The most that a call may cost as a share of what it costs with another peer: the case, the
/// threads, the two peers and the limit.
const RATIOS: [(&str, u32, Peer, Peer, f64); 24] = [
    ("hit-128", 1, OURS, Peer::Cached, 0.60),
    ("hit-128", 1, OURS, Peer::QuickCache, 0.90),
    ("hit-128", 1, OURS, Peer::MemoizeThread, 1.00),
    ("hit-128", 2, OURS, Peer::Cached, 0.25),
    ("hit-128", 2, OURS, Peer::QuickCache, 0.55),
    (DRAWN, 1, OURS, Peer::Cached, 0.50),
    (DRAWN, 1, OURS, Peer::QuickCache, 0.90),
    (DRAWN, 1, OURS, Peer::MemoizeThread, 1.00),
    (DRAWN, 2, OURS, Peer::Cached, 0.20),
    (DRAWN, 2, OURS, Peer::QuickCache, 0.35),
    (DRAWN, 1, ADAPTIVE, OURS, 1.00),
    (DRAWN, 2, ADAPTIVE, OURS, 1.00),
    ("hit-str", 1, OURS, Peer::Cached, 0.35),
    ("hit-ttl", 1, OURS, Peer::Cached, 0.48),
    ("hit-async", 1, OURS, Peer::Cached, 0.20),
    ("miss", 1, OURS, Peer::Cached, 0.90),
    ("miss", 2, OURS, Peer::Cached, 1.30),
    ("miss", 8, OURS, Peer::Cached, 1.20),
    ("zipf", 1, OURS, Peer::Cached, 0.90),
    ("zipf", 2, OURS, Peer::Cached, 1.00),
    (WORK, 1, OURS, Peer::Cached, 1.02),
    (WORK, 2, OURS, Peer::Cached, 1.05),
    (WORK, 1, ADAPTIVE, Peer::QuickCache, 1.00),
    (WORK, 2, ADAPTIVE, Peer::QuickCache, 1.10),
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
        .map(|(case, threads, ours, theirs, limit)| {
            ratio(results, case, threads, [ours, theirs], limit)
        })
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
        ..slower_by(results, ours(OFF), bare, 8.0)
    });
    demands.extend(beside(results));
    demands.extend(hit_ratios(results));
    demands.extend(scale(results));
    demands.extend(with_redis(results));
    demands.extend(["hit-str", "hit-async"].map(|case| allocations(results, case)));
    demands.push(bytes(results));
    demands.push(Demand {
        what: "cold debug build / cached".to_owned(),
        limit: Limit::AtMost(0.55),
        measured: results.build_ratio(builds::OURS, YARDSTICK),
    });
    demands
}

/// What a hit may cost beside a thread that misses, as a share of `quick_cache`'s.
fn beside(results: &Results) -> Vec<Demand> {
    let figures: [(&str, Figure, f64); 2] = [
        ("99.9th percentile", |times| times.with_writer.p999, 1.0),
        ("mean", |times| times.with_writer.mean, 0.75),
    ];
    let of = |peer| {
        figures.map(|(figure, of, limit)| Demand {
            what: format!("hit beside a writer, {figure}: {}", names([peer, Peer::QuickCache])),
            limit: Limit::AtMost(limit),
            measured: results.beside_ratio([peer, Peer::QuickCache], of),
        })
    };
    [OURS, ADAPTIVE].into_iter().flat_map(of).collect()
}

/// What the adaptive policy has to gain, in percentage points.
fn hit_ratios(results: &Results) -> Vec<Demand> {
    let mut demands = vec![Demand {
        what: "hit ratio, adaptive: most points below LRU on any trace and size".to_owned(),
        limit: Limit::AtMost(1.2),
        measured: results.ratios(|all| worst_loss(all, ADAPTIVE).map(|loss| loss * 100.0)),
    }];
    demands.extend([Peer::QuickCache, Peer::Moka].map(|theirs| Demand {
        what: format!("hit ratio, adaptive: mean, points above {}", theirs.name()),
        limit: Limit::AtLeast(2.0),
        measured: results.ratios(|all| Some((mean(all, ADAPTIVE)? - mean(all, theirs)?) * 100.0)),
    }));
    demands
}

/// What many entries may cost. A fill of four million may not take longer than 5 ms in any call, so
/// one of eight million may not either.
fn scale(results: &Results) -> Vec<Demand> {
    let hit = |(peer, limit)| Demand {
        what: format!("hit among a million: {}", names([peer, Peer::QuickCache])),
        limit: Limit::AtMost(limit),
        measured: results
            .scale_ratio(MILLION, [peer, Peer::QuickCache], |scale| scale.means.hit_ns),
    };
    let mut demands: Vec<_> = [(OURS, 1.3), (ADAPTIVE, 1.05)].map(hit).into();
    for entries in [MILLION, EIGHT_MILLION] {
        demands.extend([OURS, ADAPTIVE].map(|peer| Demand {
            what: format!("{}, fill of {}: ms of the slowest call", peer.name(), grouped(entries)),
            limit: Limit::AtMost(5.0),
            measured: results.scale(entries, peer, |scale| scale.slowest_call / 1e3),
        }));
    }
    demands
}

/// What sharing through Redis may cost.
fn with_redis(results: &Results) -> Vec<Demand> {
    let alone = Peer::FunctoolsAlone;
    let peers = [Peer::FunctoolsNearby, Peer::Get];
    let hits = |threads| move |case| ratio(results, case, threads, [OURS, alone], 1.3);
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

fn ratio(
    results: &Results,
    case: &str,
    threads: u32,
    [ours, theirs]: [Peer; 2],
    limit: f64,
) -> Demand {
    let cell = |peer| Cell { case, peer, threads };
    let threads = plural(threads);
    Demand {
        what: format!("{case}, {threads}: {}", names([ours, theirs])),
        limit: Limit::AtMost(limit),
        measured: results.compare(cell(ours), cell(theirs), |ours, theirs| ours.ns / theirs.ns),
    }
}

/// "ns / cached"; a policy of ours that is not the default is named.
fn names([ours, theirs]: [Peer; 2]) -> String {
    match ours {
        ADAPTIVE => format!("adaptive, ns / {}", theirs.name()),
        _ => format!("ns / {}", theirs.name()),
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
        limit: Limit::AtMost(24.0),
        measured: Summary::of(beyond),
    }
}

impl Demand {
    fn row(self) -> Option<Vec<String>> {
        let measured = self.measured?;
        // As it is printed: a figure of 1.00 is not above a limit of 1.00.
        let median = (measured.median * 100.0).round() / 100.0;
        let (limit, reached) = match self.limit {
            Limit::AtMost(limit) => (format!("≤ {limit:.2}"), median <= limit),
            Limit::AtLeast(limit) => (format!("≥ {limit:.2}"), median >= limit),
        };
        let reached = if reached { "reached" } else { "**not reached**" };
        Some(vec![self.what, rounded(measured, 2), limit, reached.to_owned()])
    }
}
