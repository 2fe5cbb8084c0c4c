//! The hit ratios of each policy, with recorded and random accesses, and caches of several sizes.
//!
//! Nothing is timed. LRU has the same figure in each process. The other policies depend on a hash
//! that is seeded at random, so their figures differ between processes.

use std::fs::File;
use std::io::{BufReader, Read};
use std::path::Path;

use anyhow::Context as _;
use lzma_rust2::XzReader;
use serde::{Deserialize, Serialize};

use crate::case::Calls;
use crate::functions::{self, ratio::SIZES};
use crate::inputs::zipf_calls;
use crate::peer::Peer;
use crate::plan::Plan;

/// The name for filters.
pub(crate) const NAME: &str = "ratio";

/// The peers whose policies are compared. `cached` is an LRU cache as well.
pub(crate) const PEERS: [Peer; 4] =
    [Peer::Functools, Peer::FunctoolsAdaptive, Peer::QuickCache, Peer::Moka];

/// Draws of the Zipf distribution: 50 for each key, so that the empty cache at their beginning does
/// not count.
const DRAWS: usize = 1_000_000;

/// A sequence of calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Source {
    Web07,
    Web12,
    OrmBusy,
    OrmNight,
    Zipf,
}

impl Source {
    pub(crate) const ALL: [Source; 5] =
        [Source::Web07, Source::Web12, Source::OrmBusy, Source::OrmNight, Source::Zipf];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Source::Web07 => "web07",
            Source::Web12 => "web12",
            Source::OrmBusy => "orm-busy",
            Source::OrmNight => "orm-night",
            Source::Zipf => "Zipf 0.99",
        }
    }

    fn keys(self) -> anyhow::Result<Vec<u64>> {
        match self {
            Source::Zipf => Ok(zipf_calls(20_000, DRAWS)),
            trace => read_trace(trace.name()),
        }
    }
}

/// The share of calls that were hits.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Ratio {
    pub(crate) source: Source,
    pub(crate) entries: usize,
    pub(crate) peer: Peer,
    pub(crate) hits: f64,
}

/// Counts the hits of all policies, if planned.
///
/// # Errors
/// If a trace cannot be read.
pub(crate) fn measure(plan: &Plan) -> anyhow::Result<Vec<Ratio>> {
    if !plan.includes(NAME) {
        return Ok(Vec::new());
    }
    let mut ratios = Vec::new();
    for source in Source::ALL {
        let keys = source.keys()?;
        for (entries, empty) in SIZES {
            for (peer, calls) in empty() {
                ratios.push(Ratio { source, entries, peer, hits: share_of_hits(&calls, &keys) });
            }
        }
    }
    Ok(ratios)
}

#[expect(clippy::cast_precision_loss, reason = "counts are far below 2^52")]
fn share_of_hits(calls: &Calls<u64>, keys: &[u64]) -> f64 {
    let runs = functions::runs();
    calls(keys);
    1.0 - (functions::runs() - runs) as f64 / keys.len() as f64
}

/// Returns the keys of a trace in `data/traces`: numbers of four bytes, the most significant first.
fn read_trace(name: &str) -> anyhow::Result<Vec<u64>> {
    let file = format!("data/traces/{name}.trace.xz");
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(file);
    let open = || File::open(&path).with_context(|| path.display().to_string());
    let mut bytes = Vec::new();
    XzReader::new(BufReader::new(open()?), false)
        .read_to_end(&mut bytes)
        .with_context(|| path.display().to_string())?;
    let (keys, rest) = bytes.as_chunks::<4>();
    anyhow::ensure!(rest.is_empty(), "{} ends within a key", path.display());
    Ok(keys.iter().map(|&key| u32::from_be_bytes(key).into()).collect())
}

/// Returns the mean of a peer's hit ratios over all sources and sizes of one process. `None` if
/// there are none.
#[expect(clippy::cast_precision_loss, reason = "a few ratios")]
pub(crate) fn mean(ratios: &[Ratio], peer: Peer) -> Option<f64> {
    let hits: Vec<_> = ratios.iter().filter(|ratio| ratio.peer == peer).map(|r| r.hits).collect();
    (!hits.is_empty()).then(|| hits.iter().sum::<f64>() / hits.len() as f64)
}

/// Returns the largest difference by which a peer's hit ratio is below LRU's, in one process. Zero
/// if it is never below; `None` if there are no ratios.
pub(crate) fn worst_loss(ratios: &[Ratio], peer: Peer) -> Option<f64> {
    let lru = ratios.iter().filter(|ratio| ratio.peer == Peer::Functools);
    let losses = lru.filter_map(|lru| {
        let is_same_case = |ratio: &&Ratio| {
            (ratio.source, ratio.entries, ratio.peer) == (lru.source, lru.entries, peer)
        };
        ratios.iter().find(is_same_case).map(|ratio| lru.hits - ratio.hits)
    });
    losses.reduce(f64::max).map(|loss| loss.max(0.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ratio(entries: usize, peer: Peer, hits: f64) -> Ratio {
        Ratio { source: Source::Web07, entries, peer, hits }
    }

    #[test]
    fn the_worst_loss_is_within_one_case() {
        let ratios = [
            ratio(128, Peer::Functools, 0.5),
            ratio(1024, Peer::Functools, 0.75),
            ratio(128, Peer::Moka, 0.75),
            ratio(1024, Peer::Moka, 0.625),
        ];
        assert_eq!(worst_loss(&ratios, Peer::Moka), Some(0.125));
        assert_eq!(worst_loss(&ratios, Peer::Functools), Some(0.0));
        assert_eq!(worst_loss(&[], Peer::Moka), None);
        assert_eq!(mean(&ratios, Peer::Functools), Some(0.625));
    }

    #[test]
    fn traces_have_the_lengths_that_their_readme_says() {
        assert_eq!(read_trace("web07").unwrap().len(), 76_118);
        assert_eq!(read_trace("web12").unwrap().len(), 95_607);
    }
}
