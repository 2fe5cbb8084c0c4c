//! The tables of those who ask Redis.

use super::tables::{figure, rounded, table};
use crate::peer::Peer;
use crate::plan::Plan;
use crate::results::Results;
use crate::trips::{Load, Place};

/// Who asks.
const PEERS: [Peer; 4] = [Peer::Get, Peer::FunctoolsNearby, Peer::Functools, Peer::Cached];

/// A share of calls that changes no figure.
const NEGLIGIBLE: f64 = 0.0005;

/// What it costs, if that was measured; what is missing, if it was to be.
pub(crate) fn sections(plan: &Plan, results: &Results) -> Vec<String> {
    let mut sections: Vec<_> =
        Load::ALL.into_iter().filter_map(|load| section(load, results)).collect();
    if plan.lacks_redis() {
        sections.push(
            "## Redis\n\nNot measured: there was no `redis-server` in the path. On Debian, the \
             package `redis-server` has it."
                .to_owned(),
        );
    }
    sections
}

fn section(load: Load, results: &Results) -> Option<String> {
    results.trip(load, Place::OneThread, Peer::Functools, |trip| trip.us)?;
    let header = Place::ALL.iter().flat_map(|place| {
        ["µs", "99 % within µs", "calls/s", "calls/s / bare `GET`"]
            .map(|what| format!("{what}, {}", place.title()))
    });
    let header = [String::new()].into_iter().chain(header).collect();
    let row = |peer: Peer| {
        let cells = Place::ALL.into_iter().flat_map(|place| cells(load, place, peer, results));
        [peer.name().to_owned()].into_iter().chain(cells).collect()
    };
    let table = table(header, PEERS.map(row));
    let (title, text) = match load {
        Load::One => (
            "Hit in Redis that is not in memory, one call at a time",
            "4,096 keys in turn, values of a hundred bytes, decoded: from JSON, with `cached` from \
             its MessagePack; one server on this machine for all. The bare `GET` is the crate \
             `redis`'s on a `MultiplexedConnection`; `cached` is its `AsyncRedisCache`. With \
             `on_tokio` ours reads by a connection that the tasks' runtime drives, as those do; without, \
             by one of a thread of its own. Tasks are tokio's, on 2 workers or on 1 thread. Microseconds are those until a call has its \
             value, of each round the median of all calls.",
        ),
        Load::Many => (
            "Hits in Redis that are not in memory, 64 tasks at a time",
            "The same calls; each task has keys that no other asks for.",
        ),
    };
    let exceptions: String = PEERS
        .into_iter()
        .flat_map(|peer| Place::ALL.map(|place| exception(load, place, peer, results)))
        .flatten()
        .collect();
    Some(format!("## {title}\n\n{text}\n\n{table}{exceptions}"))
}

fn cells(load: Load, place: Place, peer: Peer, results: &Results) -> [String; 4] {
    let peers = [peer, Peer::Get];
    let us = results.trip(load, place, peer, |trip| trip.us);
    let slow = results.trip(load, place, peer, |trip| trip.us_of_slow);
    let rate = results.trip(load, place, peer, |trip| trip.rate);
    let ratio = results.compare_trips(load, place, peers, |trip, get| trip.rate / get.rate);
    [
        us.map(figure),
        slow.map(|slow| format!("{:.0}", slow.median)),
        rate.map(|rate| rounded(rate, 0)),
        ratio.map(|ratio| rounded(ratio, 2)),
    ]
    .map(Option::unwrap_or_default)
}

/// Whose calls were not answered by Redis.
fn exception(load: Load, place: Place, peer: Peer, results: &Results) -> Option<String> {
    let others = results.trip(load, place, peer, |trip| trip.others)?.high;
    (others > NEGLIGIBLE).then(|| {
        let (name, place, percent) = (peer.name(), place.title(), others * 100.0);
        format!("\n\n{name}, {place}: of some rounds {percent:.2} % were not answered by Redis.")
    })
}
