//! Redis makes no more work than it saves: bodies run no oftener than by memory alone.

use std::collections::HashMap;

use super::{Calm, History, Moment, Process, span};
use crate::chaos::L1_TTL;

/// How long a body and its call take in the model of memory alone.
const BODY: u64 = 10_000;

/// Counts bodies of all processes, and those that would have run in a process whose Redis is down
/// all the time: an entry lives for `l1_ttl`, and a process learns of its own removals alone.
pub(super) fn judge(history: &History, begun: Moment, calm: Calm) -> Option<String> {
    let reads = history.reads.iter().filter(|read| read.from >= begun && read.to <= calm.to);
    let mut removed: HashMap<(Process, u32), Vec<Moment>> = HashMap::new();
    for removal in &history.removals {
        let keys = removal.key.map_or(crate::chaos::ITEMS, |key| key..key + 1);
        for key in keys {
            removed.entry((removal.process, key)).or_default().push(removal.to);
        }
    }
    let mut entries: HashMap<(Process, u32), (Moment, Moment)> = HashMap::new();
    let (mut bodies, mut alone) = (0_u64, 0_u64);
    for read in reads {
        bodies += u64::from(read.is_computed);
        let place = (read.process, read.key);
        let is_removed = |since: Moment| {
            let mut removed = removed.get(&place).into_iter().flatten();
            removed.any(|removed| (since..=read.from).contains(removed))
        };
        let is_there = entries
            .get(&place)
            .is_some_and(|(since, until)| read.from < *until && !is_removed(*since));
        if !is_there {
            alone += 1;
            entries.insert(place, (read.from, read.from + BODY + span(L1_TTL)));
        }
    }
    (bodies * 10 > alone * 11)
        .then(|| format!("{bodies} bodies have run, and {alone} would have by memory alone"))
}
