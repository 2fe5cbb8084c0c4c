//! The table of hits beside a thread that misses.

use super::tables::{figure, table};
use crate::beside::Figure;
use crate::peer::Peer;
use crate::results::Results;

/// A share of calls that changes no figure.
const NEGLIGIBLE: f64 = 0.0005;

/// The columns: a title and a figure each.
const COLUMNS: [(&str, Figure); 6] = [
    ("ns alone", |times| times.alone.mean),
    ("99.9 % within ns, alone", |times| times.alone.p999),
    ("ns beside a writer", |times| times.with_writer.mean),
    ("99 % within ns", |times| times.with_writer.p99),
    ("99.9 % within ns", |times| times.with_writer.p999),
    ("beside / alone", |times| times.with_writer.mean / times.alone.mean),
];

/// Returns the section, if the bench was run.
pub(crate) fn section(results: &Results) -> Option<String> {
    results.beside(Peer::Functools, COLUMNS[0].1)?;
    let row = |peer: Peer| {
        let cells: Option<Vec<_>> =
            COLUMNS.iter().map(|&(_, of)| results.beside(peer, of).map(figure)).collect();
        Some([peer.name().to_owned()].into_iter().chain(cells?).collect())
    };
    let header = COLUMNS.iter().map(|&(title, _)| title.to_owned());
    let header = [String::new()].into_iter().chain(header).collect();
    let table = table(header, Peer::ALL.into_iter().filter_map(row));
    let notes: String =
        Peer::ALL.into_iter().filter_map(|peer| misses_of_reader(peer, results)).collect();
    Some(format!(
        "## Hits beside one thread that misses 64 times each 50 µs\n\n\
         `u64 -> u64`, maxsize 4,096, trivial body; 1,000 keys in random order. The mean is that \
         of a call. A percentile is that of 16 calls in a row, divided by 16.\n\n{table}{notes}"
    ))
}

/// Returns a note if not all calls of the reader were hits.
fn misses_of_reader(peer: Peer, results: &Results) -> Option<String> {
    let misses = results.beside(peer, |times| times.with_writer.misses)?.median;
    (misses > NEGLIGIBLE)
        .then(|| format!("\n\n{}: {:.2} % were misses.", peer.name(), misses * 100.0))
}
