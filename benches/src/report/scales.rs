//! The tables of caches with many entries.

use super::ratios::grouped;
use super::tables::{figure, table};
use crate::functions::scale::SIZES;
use crate::peer::Peer;
use crate::results::Results;
use crate::scale::Figure;

/// A share of calls that changes no figure.
const NEGLIGIBLE: f64 = 0.0005;

/// The columns: a title and a figure each.
const COLUMNS: [(&str, Figure); 4] = [
    ("fill, ns", |scale| scale.means.fill_ns),
    ("slowest call of it, µs", |scale| scale.slowest_call),
    ("slowest hit beside it, µs", |scale| scale.slowest_hit),
    ("a hit at random, ns", |scale| scale.means.hit_ns),
];

const WEIGHTS: [&str; 2] = ["bytes per entry", "once two more threads have used it"];

/// Returns the section, if the bench was run.
pub(crate) fn section(results: &Results) -> Option<String> {
    let tables: Vec<_> =
        SIZES.into_iter().filter_map(|(entries, _)| of_size(entries, results)).collect();
    (!tables.is_empty()).then(|| {
        format!(
            "## Many entries, `u64 -> u64`\n\n\
             Each figure is from a process of its own. One thread fills the cache, without a \
             clock. The slowest call, and the slowest hit of a second thread with 64 hot keys, are \
             from fills with a clock. Each cache has room for an eighth more. Bytes are those \
             that the allocator has handed out.\n\n{}",
            tables.join("\n\n")
        )
    })
}

fn of_size(entries: u64, results: &Results) -> Option<String> {
    results.scale(entries, Peer::Functools, COLUMNS[0].1)?;
    let row = |peer: Peer| {
        let cells: Option<Vec<_>> =
            COLUMNS.iter().map(|&(_, of)| results.scale(entries, peer, of).map(figure)).collect();
        let cells = cells?.into_iter().chain(weights(entries, peer, results));
        Some([peer.name().to_owned()].into_iter().chain(cells).collect())
    };
    let header = COLUMNS.iter().map(|&(title, _)| title).chain(WEIGHTS).map(str::to_owned);
    let header = [String::new()].into_iter().chain(header).collect();
    let table = table(header, Peer::ALL.into_iter().filter_map(row));
    let notes: String =
        Peer::ALL.into_iter().filter_map(|peer| misses(entries, peer, results)).collect();
    Some(format!("### {} entries\n\n{table}{notes}", grouped(entries)))
}

fn weights(entries: u64, peer: Peer, results: &Results) -> [String; 2] {
    let weights = &mut results.weights.iter();
    let weight = weights.find(|weight| weight.entries == entries && weight.peer == peer);
    weight.map_or_else(Default::default, |weight| {
        [weight.filled, weight.used].map(|bytes| format!("{bytes:.1}"))
    })
}

/// Returns a note if not all calls after the fill were hits.
fn misses(entries: u64, peer: Peer, results: &Results) -> Option<String> {
    let misses = results.scale(entries, peer, |scale| 1.0 - scale.means.hits)?.median;
    (misses > NEGLIGIBLE)
        .then(|| format!("\n\n{}: {:.2} % of the hits were misses.", peer.name(), misses * 100.0))
}
