//! The table of waiters.

use super::tables::{NO, figure, table};
use crate::peer::Peer;
use crate::results::Results;
use crate::summary::Summary;
use crate::waiters::Callers;

/// Returns the section, if the bench was run.
pub(crate) fn section(results: &Results) -> Option<String> {
    let of = |callers, peer| Summary::of(results.waits(callers, peer).map(|wait| wait.us));
    let measured =
        Callers::ALL.into_iter().filter(|&callers| of(callers, Peer::Functools).is_some());
    let measured: Vec<_> = measured.collect();
    if measured.is_empty() {
        return None;
    }
    let row = |peer: Peer| {
        let cell = |&callers: &Callers| of(callers, peer).map_or(NO.to_owned(), figure);
        [peer.name().to_owned()].into_iter().chain(measured.iter().map(cell)).collect()
    };
    let header = measured.iter().map(|callers| format!("µs, {}", callers.title()));
    let header = [String::new()].into_iter().chain(header).collect();
    let table = table(header, Peer::ALL.into_iter().filter(|peer| peer.is_shared()).map(row));
    let exceptions: String = measured.iter().map(|&callers| exceptions(callers, results)).collect();
    Some(format!(
        "## Waiters: one cold key, from the end of the body to the last caller's result\n\n\
         The body ends when all other callers wait for it. Tasks are tokio's; `cached` has \
         `sync_writes = \"by_key\"`. \"no\": each caller would run the body.\n\n{table}{exceptions}"
    ))
}

/// Returns a note for each peer that ran the body more than once for a key.
fn exceptions(callers: Callers, results: &Results) -> String {
    let note = |peer: Peer| {
        let runs = results.waits(callers, peer).map(|wait| wait.most_runs).max()?;
        (runs > 1).then(|| {
            let (name, callers) = (peer.name(), callers.title());
            format!("\n\n{name}, {callers}: ran the body up to {runs} times for one key.")
        })
    };
    Peer::ALL.into_iter().filter_map(note).collect()
}
