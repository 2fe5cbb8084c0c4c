//! The tables: one for each case, and those of allocations, bytes and builds.

use comfy_table::{CellAlignment, Table, presets};

use crate::builds::YARDSTICK;
use crate::case::{Case, Kind};
use crate::cases::{self, REDIS};
use crate::peer::Peer;
use crate::results::{Build, Cell, Cost, Results};
use crate::summary::Summary;

/// The cell of a crate that cannot do it.
pub(crate) const NO: &str = "no";

/// A share of calls that changes no figure.
const NEGLIGIBLE: f64 = 0.0005;

/// Returns a table in Markdown, with text to the left and figures to the right.
pub(crate) fn table(header: Vec<String>, rows: impl IntoIterator<Item = Vec<String>>) -> String {
    let mut table = Table::new();
    table.load_preset(presets::ASCII_MARKDOWN).set_header(header).add_rows(rows);
    for column in table.column_iter_mut().skip(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    table.to_string()
}

/// Returns a figure and its quartiles, with enough digits to compare.
pub(crate) fn figure(summary: Summary) -> String {
    rounded(summary, usize::from(summary.median < 100.0))
}

/// Returns a figure and its quartiles, with that many decimals.
pub(crate) fn rounded(Summary { low, median, high }: Summary, digits: usize) -> String {
    format!("{median:.digits$} ({low:.digits$}–{high:.digits$})")
}

/// Returns a table for each case that was timed.
pub(crate) fn costs(results: &Results) -> Vec<String> {
    let cases = cases::all(1).into_iter().chain(cases::with_redis(1));
    cases.filter_map(|case| cost(&case, results)).collect()
}

fn cost(case: &Case, results: &Results) -> Option<String> {
    let of =
        |peer, threads, figure| results.summary(Cell { case: case.name, peer, threads }, figure);
    of(Peer::Functools, 1, |cost: &Cost| cost.ns)?;
    let peers = match case.kind {
        Kind::Off => vec![Peer::Bare, Peer::Functools],
        _ if case.name.starts_with(REDIS) => case.peers().collect(),
        _ => {
            let is_measured = |peer| of(peer, 1, |cost: &Cost| cost.ns).is_some();
            // The tables of hits have a row for each crate, even if it cannot do that.
            let is_listed = |peer: Peer| case.kind == Kind::Hits && peer != Peer::FunctoolsAdaptive;
            let all = Peer::ALL.into_iter().filter(|&peer| is_measured(peer) || is_listed(peer));
            let free = Some(Peer::FunctoolsFree).filter(|&free| is_measured(free));
            all.chain(free).collect()
        }
    };

    let mut header = vec![String::new()];
    let each = || case.threads.iter().copied();
    header.extend(each().map(|threads| format!("ns, {}", plural(threads))));
    header.extend(each().map(|threads| format!("calls/µs, {}", plural(threads))));
    let mixed = case.kind == Kind::Mixed;
    if mixed {
        header.push("hits, 1 thread".to_owned());
    }
    let row = |&peer: &Peer| {
        let cell = |threads, of_cost: fn(&Cost) -> f64| {
            of(peer, threads, of_cost).map_or(NO.to_owned(), figure)
        };
        let mut row = vec![peer.name().to_owned()];
        row.extend(each().map(|threads| cell(threads, |cost| cost.ns)));
        row.extend(each().map(|threads| {
            of(peer, threads, |cost| cost.rate)
                .map_or(NO.to_owned(), |rate| format!("{:.1}", rate.median))
        }));
        if mixed {
            let hits = of(peer, 1, |cost| cost.hits);
            row.push(hits.map_or(NO.to_owned(), |hits| format!("{:.1} %", hits.median * 100.0)));
        }
        row
    };
    let table = table(header, peers.iter().map(row));
    Some(format!("## {}\n\n{table}{}", case.title, exceptions(case, results)))
}

/// Returns a note for each peer that had misses in a case of hits, or hits in one of misses.
fn exceptions(case: &Case, results: &Results) -> String {
    let note = |peer: Peer, threads| {
        let cell = Cell { case: case.name, peer, threads };
        let hits = results.summary(cell, |cost| cost.hits)?.median;
        let (others, what) = match case.kind {
            Kind::Hits => (1.0 - hits, "misses"),
            Kind::Misses => (hits, "hits"),
            Kind::Mixed | Kind::Off => return None,
        };
        (others > NEGLIGIBLE).then(|| {
            let (name, threads, percent) = (peer.name(), plural(threads), others * 100.0);
            format!("\n\n{name}, {threads}: {percent:.2} % were {what}.")
        })
    };
    Peer::ALL
        .iter()
        .flat_map(|&peer| case.threads.iter().map(move |&threads| note(peer, threads)))
        .flatten()
        .collect()
}

/// Returns the table of allocations per hit, with a column for each case.
pub(crate) fn allocations(results: &Results) -> Option<String> {
    let counts = &results.counts.allocations;
    let cases = cases::all(1);
    let hits: Vec<_> = cases.iter().filter(|case| case.kind == Kind::Hits).collect();
    let row = |peer: Peer| {
        let of = |case: &&Case| {
            let count = counts.iter().find(|count| count.case == case.name && count.peer == peer);
            count.map_or(NO.to_owned(), |count| format!("{:.2}", count.per_call))
        };
        [peer.name().to_owned()].into_iter().chain(hits.iter().map(of)).collect()
    };
    let header = [String::new()].into_iter().chain(hits.iter().map(|case| case.name.to_owned()));
    let table = table(header.collect(), Peer::ALL.map(row));
    (!counts.is_empty()).then(|| format!("## Allocations per hit\n\n{table}"))
}

/// Returns the table of bytes per entry.
pub(crate) fn bytes(results: &Results) -> Option<String> {
    let bytes = &results.counts.bytes;
    let row = |peer: Peer| {
        let (_, bytes) = bytes.iter().find(|(measured, _)| *measured == peer)?;
        Some(vec![peer.name().to_owned(), format!("{bytes:.1}")])
    };
    let header = ["", "bytes per entry"].map(str::to_owned).to_vec();
    let table = table(header, Peer::ALL.into_iter().filter_map(row));
    (!bytes.is_empty()).then(|| {
        format!(
            "## Memory at a million entries, `u64 -> u64`\n\n\
             Bytes of the allocator, divided by `maxsize`, after two threads have used all \
             entries. A cache per thread counts twice.\n\n{table}"
        )
    })
}

/// Returns the table of build times.
pub(crate) fn builds(results: &Results) -> Option<String> {
    let builds = &results.builds;
    let row = |build: &Build| {
        let debug = Summary::of(build.debug.iter().copied()).map(figure);
        let ratio = results.build_ratio(build.name, YARDSTICK).map(|ratio| rounded(ratio, 2));
        vec![
            build.name.to_owned(),
            build.crates.to_string(),
            debug.unwrap_or_default(),
            ratio.unwrap_or_default(),
            format!("{:.1}", build.release),
        ]
    };
    let header = ["", "crates", "debug, s", "debug / cached", "release, s"].map(str::to_owned);
    let table = table(header.to_vec(), builds.iter().map(row));
    (!builds.is_empty()).then(|| {
        format!(
            "## Cold build\n\n\
             An empty crate with this dependency and default features (`moka` with `sync`, which \
             it requires), `cargo build --offline` from scratch; in debug mode {} times, in \
             release mode once.\n\n{table}",
            builds[0].debug.len()
        )
    })
}

/// Returns "1 thread", or "2 threads" and so on.
pub(crate) fn plural(threads: u32) -> String {
    if threads == 1 { "1 thread".to_owned() } else { format!("{threads} threads") }
}
