//! The table of hit ratios.

use super::tables::table;
use crate::functions::ratio::SIZES;
use crate::peer::Peer;
use crate::ratio::{self, PEERS, Source};
use crate::results::Results;

/// Returns the section, if the bench was run.
pub(crate) fn section(results: &Results) -> Option<String> {
    let mut rows = Vec::new();
    for source in Source::ALL {
        for (entries, _) in SIZES {
            let title = format!("{}, {} entries", source.name(), grouped(entries as u64));
            rows.push(row(&title, |peer| results.hit_ratio(source, entries, peer))?);
        }
    }
    let of = |figure: fn(&[ratio::Ratio], Peer) -> Option<f64>| {
        move |peer| results.ratios(|ratios| figure(ratios, peer)).map(|summary| summary.median)
    };
    rows.push(row("**mean**", of(ratio::mean))?);
    rows.push(row("**most points below LRU**", of(ratio::worst_loss))?);
    let header = PEERS.map(|peer| match peer {
        Peer::Functools => "functools, LRU".to_owned(),
        peer => peer.name().to_owned(),
    });
    let header = [String::new()].into_iter().chain(header).collect();
    let table = table(header, rows);
    Some(format!(
        "## Hit ratio, in per cent\n\n\
         One thread, from an empty cache. The traces are real ones, see `data/traces/README.md`; \
         the last is a million draws among 20,000 keys. LRU has the same figure in each process. \
         The others depend on a seeded hash: these are means over the processes. \
         `quick_cache` is called by `get` and `insert`, which gives it more hits than \
         `get_or_insert_with`.\n\n{table}"
    ))
}

fn row(title: &str, hits: impl Fn(Peer) -> Option<f64>) -> Option<Vec<String>> {
    let cells: Option<Vec<_>> =
        PEERS.into_iter().map(|peer| Some(format!("{:.1}", hits(peer)? * 100.0))).collect();
    Some([title.to_owned()].into_iter().chain(cells?).collect())
}

/// A number with commas between groups of three digits.
pub(crate) fn grouped(number: u64) -> String {
    match number {
        0..1_000 => number.to_string(),
        _ => format!("{},{:03}", grouped(number / 1_000), number % 1_000),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_are_in_groups_of_three() {
        assert_eq!(
            [128, 1_024, 1_000_000].map(grouped),
            ["128", "1,024", "1,000,000"].map(str::to_owned)
        );
    }
}
