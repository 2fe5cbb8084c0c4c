//! The tables of hits in Redis.

use super::tables::{figure, rounded, table};
use crate::peer::Peer;
use crate::plan::Plan;
use crate::redis_hits::{Load, Scheduler};
use crate::results::Results;

/// The rows.
const PEERS: [Peer; 4] = [Peer::Get, Peer::FunctoolsOnTokio, Peer::Functools, Peer::Cached];

/// A share of calls that changes no figure.
const NEGLIGIBLE: f64 = 0.0005;

/// Returns the tables of the benches that were run. If one was planned and there is no Redis,
/// returns what to install.
pub(crate) fn sections(plan: &Plan, results: &Results) -> Vec<String> {
    let mut sections: Vec<_> =
        Load::ALL.into_iter().filter_map(|load| section(load, results)).collect();
    if plan.lacks_redis() {
        sections.push(
            "## Redis\n\nNot measured: there was no `redis-server` in the path. On Debian: \
             `apt-get install redis-server`."
                .to_owned(),
        );
    }
    sections
}

fn section(load: Load, results: &Results) -> Option<String> {
    results.redis_hits(load, Scheduler::OneThread, Peer::Functools, |hits| hits.us)?;
    let header = Scheduler::ALL.iter().flat_map(|scheduler| {
        ["µs", "99 % within µs", "calls/s", "calls/s / bare `GET`"]
            .map(|what| format!("{what}, {}", scheduler.title()))
    });
    let header = [String::new()].into_iter().chain(header).collect();
    let row = |peer: Peer| {
        let cells =
            Scheduler::ALL.into_iter().flat_map(|scheduler| cells(load, scheduler, peer, results));
        [peer.name().to_owned()].into_iter().chain(cells).collect()
    };
    let table = table(header, PEERS.map(row));
    let (title, text) = match load {
        Load::One => (
            "Hit in Redis that is not in memory, one call at a time",
            "4,096 keys in turn, values of a hundred bytes, decoded: from JSON, with `cached` from \
             its MessagePack; one server on this machine. The bare `GET` is that of the crate \
             `redis` on a `MultiplexedConnection`; `cached` uses its `AsyncRedisCache`. With \
             `on_tokio` functools reads by a connection that the tasks' runtime drives, as the \
             others do; without, by the connection of a thread of its own. Tasks are tokio's, on 2 \
             workers or on 1 thread. Microseconds are those until a call has its value: the median \
             of a round.",
        ),
        Load::Many => (
            "Hits in Redis that are not in memory, 64 tasks at a time",
            "The same calls. No two tasks use the same keys.",
        ),
    };
    let exceptions: String = PEERS
        .into_iter()
        .flat_map(|peer| Scheduler::ALL.map(|scheduler| exception(load, scheduler, peer, results)))
        .flatten()
        .collect();
    Some(format!("## {title}\n\n{text}\n\n{table}{exceptions}"))
}

fn cells(load: Load, scheduler: Scheduler, peer: Peer, results: &Results) -> [String; 4] {
    let peers = [peer, Peer::Get];
    let us = results.redis_hits(load, scheduler, peer, |hits| hits.us);
    let p99 = results.redis_hits(load, scheduler, peer, |hits| hits.p99_us);
    let rate = results.redis_hits(load, scheduler, peer, |hits| hits.rate);
    let ratio =
        results.compare_redis_hits(load, scheduler, peers, |hits, get| hits.rate / get.rate);
    [
        us.map(figure),
        p99.map(|p99| format!("{:.0}", p99.median)),
        rate.map(|rate| rounded(rate, 0)),
        ratio.map(|ratio| rounded(ratio, 2)),
    ]
    .map(Option::unwrap_or_default)
}

/// Returns a note if Redis did not answer all calls of a peer.
fn exception(load: Load, scheduler: Scheduler, peer: Peer, results: &Results) -> Option<String> {
    let share = results.redis_hits(load, scheduler, peer, |hits| hits.unanswered)?.high;
    (share > NEGLIGIBLE).then(|| {
        let (name, scheduler, percent) = (peer.name(), scheduler.title(), share * 100.0);
        format!(
            "\n\n{name}, {scheduler}: in some rounds Redis did not answer {percent:.2} % of the \
             calls."
        )
    })
}
