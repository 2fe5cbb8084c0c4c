//! The rows of the README and of the guide's page on cost: medians, without their spread.

use super::tables::{plural, table};
use crate::cases::{DRAWN, WORK};
use crate::peer::Peer;
use crate::results::{Cell, Results};
use crate::summary::Summary;

/// The columns.
const PEERS: [Peer; 6] = [
    Peer::Functools,
    Peer::FunctoolsAdaptive,
    Peer::Cached,
    Peer::QuickCache,
    Peer::Moka,
    Peer::MutexLru,
];

/// The rows: a case, its title, and the numbers of threads.
const CASES: [(&str, &str, &[u32]); 7] = [
    (DRAWN, "a hit", &[1, 2, 4]),
    ("hit-str", "a hit by `&str` of 25 bytes", &[1]),
    ("hit-ttl", "a hit with a `ttl`", &[1]),
    ("hit-async", "a hit of an `async fn`", &[1, 2]),
    ("miss", "a miss that evicts", &[1, 2, 4, 8]),
    ("zipf", "Zipf, a trivial body", &[1, 2, 4, 8]),
    (WORK, "Zipf, a body of 1 µs", &[1, 2, 4, 8]),
];

/// Returns the section, with the rows whose benches were run.
pub(crate) fn section(results: &Results) -> Option<String> {
    let mut rows: Vec<Vec<String>> = Vec::new();
    for (case, title, threads) in CASES {
        for &threads in threads {
            let ns = |peer| results.summary(Cell { case, peer, threads }, |cost| cost.ns);
            rows.extend(row(format!("{title}, {}", plural(threads)), ns));
        }
    }
    let beside = "a hit beside a thread that misses";
    rows.extend(row(format!("{beside}, mean"), |peer| {
        results.beside(peer, |b| b.with_writer.mean)
    }));
    rows.extend(row(format!("{beside}, 99.9th percentile"), |peer| {
        results.beside(peer, |b| b.with_writer.p999)
    }));
    let header = PEERS.map(|peer| peer.name().to_owned());
    let header = ["ns per call and thread".to_owned()].into_iter().chain(header).collect();
    (!rows.is_empty()).then(|| format!("## Overview\n\n{}", table(header, rows)))
}

/// Returns a row, if functools was measured. A peer that was not has an empty cell.
fn row(title: String, ns: impl Fn(Peer) -> Option<Summary>) -> Option<Vec<String>> {
    ns(Peer::Functools)?;
    let cell = |peer| ns(peer).map_or_else(String::new, |ns| format!("{:.0}", ns.median));
    Some([title].into_iter().chain(PEERS.map(cell)).collect())
}
