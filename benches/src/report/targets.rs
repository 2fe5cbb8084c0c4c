//! The targets of this crate: figures beside those of other crates, with a limit each.

use super::ratios::grouped;
use super::tables::{plural, rounded, table};
use crate::beside::Figure;
use crate::builds::{self, YARDSTICK};
use crate::cases::{DRAWN, OFF, REDIS_DOWN, REDIS_HITS, THREADS, WORK};
use crate::peer::Peer;
use crate::ratio::{mean, worst_loss};
use crate::redis_hits::{Load, Scheduler};
use crate::results::{Cell, Results};
use crate::scale::{EIGHT_MILLION, MILLION};
use crate::summary::Summary;

/// functools with either policy.
const OURS: Peer = Peer::Functools;
const ADAPTIVE: Peer = Peer::FunctoolsAdaptive;

/// A target and the measured figure; `None` if its bench was not run.
pub(crate) struct Target {
    pub(crate) what: String,
    pub(crate) limit: Limit,
    pub(crate) measured: Option<Summary>,
}

/// The limit of a target.
#[derive(Clone, Copy)]
pub(crate) enum Limit {
    AtMost(f64),
    AtLeast(f64),
}

/// The limits of a call's cost as a ratio of two peers: the case, the threads, the peers and the
/// limit.
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

/// Returns the section of the targets whose benches were run.
pub(crate) fn section(results: &Results) -> String {
    format!("## Targets\n\n{}", table_of(all(results)))
}

/// Returns the table of these targets, without those that were not measured.
pub(crate) fn table_of(targets: impl IntoIterator<Item = Target>) -> String {
    let header = ["", "measured", "limit", "reached"].map(str::to_owned).to_vec();
    table(header, targets.into_iter().filter_map(Target::row))
}

fn all(results: &Results) -> Vec<Target> {
    let mut targets: Vec<Target> = RATIOS
        .map(|(case, threads, ours, theirs, limit)| {
            ratio(results, case, threads, [ours, theirs], limit)
        })
        .into();
    targets.extend(["hit-128", DRAWN].map(|case| throughput(results, case)));
    let extra = ["hit-method", "hit-generic"].map(|case| {
        let free = Cell { peer: Peer::FunctoolsFree, ..ours(case) };
        Target {
            what: format!("{case}, 1 thread: ns beyond a free function"),
            ..slower_by(results, ours(case), free, 3.0)
        }
    });
    targets.extend(extra);
    let bare = Cell { peer: Peer::Bare, ..ours(OFF) };
    targets.push(Target {
        what: "`maxsize = 0`, 1 thread: ns beyond the bare function".to_owned(),
        ..slower_by(results, ours(OFF), bare, 8.0)
    });
    targets.extend(beside(results));
    targets.extend(hit_ratios(results));
    targets.extend(scale(results));
    targets.extend(with_redis(results));
    targets.extend(["hit-str", "hit-async"].map(|case| allocations(results, case)));
    targets.push(bytes(results));
    targets.push(Target {
        what: "cold debug build / cached".to_owned(),
        limit: Limit::AtMost(0.55),
        measured: results.build_ratio(builds::OURS, YARDSTICK),
    });
    targets
}

/// A hit beside a thread that misses, as a ratio to `quick_cache`.
fn beside(results: &Results) -> Vec<Target> {
    let figures: [(&str, Figure, f64); 2] = [
        ("99.9th percentile", |times| times.with_writer.p999, 1.0),
        ("mean", |times| times.with_writer.mean, 0.75),
    ];
    let of = |peer| {
        figures.map(|(figure, of, limit)| Target {
            what: format!("hit beside a writer, {figure}: {}", names([peer, Peer::QuickCache])),
            limit: Limit::AtMost(limit),
            measured: results.beside_ratio([peer, Peer::QuickCache], of),
        })
    };
    [OURS, ADAPTIVE].into_iter().flat_map(of).collect()
}

/// The hit ratio of the adaptive policy, in percentage points.
fn hit_ratios(results: &Results) -> Vec<Target> {
    let mut targets = vec![Target {
        what: "hit ratio, adaptive: most points below LRU on any trace and size".to_owned(),
        limit: Limit::AtMost(1.2),
        measured: results.ratios(|all| worst_loss(all, ADAPTIVE).map(|loss| loss * 100.0)),
    }];
    targets.extend([Peer::QuickCache, Peer::Moka].map(|theirs| Target {
        what: format!("hit ratio, adaptive: mean, points above {}", theirs.name()),
        limit: Limit::AtLeast(2.0),
        measured: results.ratios(|all| Some((mean(all, ADAPTIVE)? - mean(all, theirs)?) * 100.0)),
    }));
    targets
}

/// Caches with many entries. No call of a fill of four million may take longer than 5 ms, so this
/// holds for one of eight million, too.
fn scale(results: &Results) -> Vec<Target> {
    let hit = |(peer, limit)| Target {
        what: format!("hit among a million: {}", names([peer, Peer::QuickCache])),
        limit: Limit::AtMost(limit),
        measured: results
            .scale_ratio(MILLION, [peer, Peer::QuickCache], |scale| scale.means.hit_ns),
    };
    let mut targets: Vec<_> = [(OURS, 1.3), (ADAPTIVE, 1.05)].map(hit).into();
    for entries in [MILLION, EIGHT_MILLION] {
        targets.extend([OURS, ADAPTIVE].map(|peer| Target {
            what: format!("{}, fill of {}: ms of the slowest call", peer.name(), grouped(entries)),
            limit: Limit::AtMost(5.0),
            measured: results.scale(entries, peer, |scale| scale.slowest_call / 1e3),
        }));
    }
    targets
}

/// Functions that share results through Redis.
fn with_redis(results: &Results) -> Vec<Target> {
    let alone = Peer::FunctoolsAlone;
    let peers = [Peer::FunctoolsOnTokio, Peer::Get];
    let compare =
        |load, scheduler, compare| results.compare_redis_hits(load, scheduler, peers, compare);
    let hits = |threads| move |case| ratio(results, case, threads, [OURS, alone], 1.3);
    let mut targets: Vec<_> = THREADS[..2].iter().flat_map(|&n| REDIS_HITS.map(hits(n))).collect();
    targets.extend(Scheduler::ALL.map(|scheduler| Target {
        what: format!("{}, `on_tokio`, {}: µs / bare `GET`", Load::One.name(), scheduler.title()),
        limit: Limit::AtMost(1.15),
        measured: compare(Load::One, scheduler, |ours, get| ours.us / get.us),
    }));
    targets.extend(Scheduler::ALL.map(|scheduler| Target {
        what: format!(
            "{}, `on_tokio`, {}: calls/s / bare `GET`",
            Load::Many.name(),
            scheduler.title()
        ),
        limit: Limit::AtLeast(0.9),
        measured: compare(Load::Many, scheduler, |ours, get| ours.rate / get.rate),
    }));
    targets.extend(REDIS_DOWN.map(|case| Target {
        what: format!("{case}, 1 thread: ns beyond the body"),
        ..slower_by(results, ours(case), Cell { peer: Peer::Bare, ..ours(case) }, 1000.0)
    }));
    targets.extend(REDIS_DOWN.map(|case| Target {
        what: format!("{case}, 1 thread: ns beyond a miss without `redis`"),
        ..slower_by(results, ours(case), Cell { peer: alone, ..ours(case) }, 1000.0)
    }));
    targets
}

/// functools on one thread.
fn ours(case: &str) -> Cell<'_> {
    Cell { case, peer: Peer::Functools, threads: 1 }
}

fn ratio(
    results: &Results,
    case: &str,
    threads: u32,
    [ours, theirs]: [Peer; 2],
    limit: f64,
) -> Target {
    let cell = |peer| Cell { case, peer, threads };
    let threads = plural(threads);
    Target {
        what: format!("{case}, {threads}: {}", names([ours, theirs])),
        limit: Limit::AtMost(limit),
        measured: results.compare(cell(ours), cell(theirs), |ours, theirs| ours.ns / theirs.ns),
    }
}

/// Returns a text such as "ns / cached", with our policy if it is not the default.
fn names([ours, theirs]: [Peer; 2]) -> String {
    match ours {
        ADAPTIVE => format!("adaptive, ns / {}", theirs.name()),
        _ => format!("ns / {}", theirs.name()),
    }
}

fn throughput(results: &Results, case: &str) -> Target {
    let one = ours(case);
    let two = Cell { threads: THREADS[1], ..one };
    Target {
        what: format!("{case}: calls/µs by 2 threads / by 1"),
        limit: Limit::AtLeast(1.6),
        measured: results.compare(two, one, |two, one| two.rate / one.rate),
    }
}

fn slower_by(results: &Results, slow: Cell<'_>, fast: Cell<'_>, ns: f64) -> Target {
    Target {
        what: String::new(),
        limit: Limit::AtMost(ns),
        measured: results.compare(slow, fast, |slow, fast| slow.ns - fast.ns),
    }
}

fn allocations(results: &Results, case: &str) -> Target {
    let mut counts = results.counts.allocations.iter();
    let ours = counts.find(|count| count.case == case && count.peer == Peer::Functools);
    Target {
        what: format!("{case}: allocations"),
        limit: Limit::AtMost(0.0),
        measured: Summary::of(ours.map(|count| count.per_call)),
    }
}

fn bytes(results: &Results) -> Target {
    let of = |wanted| results.counts.bytes.iter().find(|(peer, _)| *peer == wanted);
    let beyond = of(Peer::Functools).zip(of(Peer::MutexLru)).map(|(ours, lru)| ours.1 - lru.1);
    Target {
        what: "a million entries: bytes per entry beyond `LruCache<u64, u64>`".to_owned(),
        limit: Limit::AtMost(24.0),
        measured: Summary::of(beyond),
    }
}

impl Target {
    fn row(self) -> Option<Vec<String>> {
        let measured = self.measured?;
        // Rounded as it is printed: a printed 1.00 is not above a limit of 1.00.
        let median = (measured.median * 100.0).round() / 100.0;
        let (limit, reached) = match self.limit {
            Limit::AtMost(limit) => (format!("≤ {limit:.2}"), median <= limit),
            Limit::AtLeast(limit) => (format!("≥ {limit:.2}"), median >= limit),
        };
        let reached = if reached { "reached" } else { "**not reached**" };
        Some(vec![self.what, rounded(measured, 2), limit, reached.to_owned()])
    }
}
