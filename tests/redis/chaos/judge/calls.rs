//! No call takes longer than its limits and the body, and none hangs.

use std::collections::HashMap;

use super::{Bounds, Calm, History, Life, Moment, Process, Read, Removal, Span, Stage, name, span};
use crate::chaos::{CALLERS, LEASE, TIMEOUT};

/// What a call may take besides what it waits for, and what the machine is granted.
const OVERHEAD: Span = 50_000;

/// How many queries a call has: it waits for the first connection, reads, takes the lease, stores.
const QUERIES: Span = 4;

/// For how many holders of a lease a call waits.
const HOLDERS: Span = 3;

pub(super) fn judge(history: &History, bounds: Bounds, begun: Moment, calm: Calm) -> Vec<String> {
    let mut computed: HashMap<u32, Vec<&Read>> = HashMap::new();
    for read in history.reads.iter().filter(|read| read.is_computed) {
        computed.entry(read.key).or_default().push(read);
    }
    let others = |read: &Read| computed.get(&read.key).map_or(&[][..], Vec::as_slice);
    let reads = history.reads.iter().filter(|read| read.from >= begun);
    let mut wrong: Vec<_> =
        reads.filter_map(|read| judge_read(history, read, others(read))).collect();
    let removals = history.removals.iter().filter(|removal| removal.from >= begun);
    wrong.extend(removals.filter_map(|removal| judge_removal(history, bounds, removal)));
    for life in &history.lives {
        wrong.extend(judge_life(history, life, calm));
    }
    wrong
}

/// Judges a call, beside those that have computed the same key.
fn judge_read(history: &History, read: &Read, computed: &[&Read]) -> Option<String> {
    let took = read.to - read.from;
    if took <= OVERHEAD {
        return None;
    }
    let body = match read.value.ended >= read.from {
        true => read.value.ended - read.value.began,
        false => 0,
    };
    let waits = if may_wait(history, read, computed) { HOLDERS * span(LEASE) } else { 0 };
    let limit = QUERIES * span(TIMEOUT) + OVERHEAD + body + waits;
    let granted = history.stalled(&[read.process], read.from, read.to);
    (took > limit + granted).then(|| {
        let name = name(read.key);
        format!("a call of {name} took {took} us, and {limit} + {granted} are allowed: {read:?}")
    })
}

/// Whether another process may have had the lease of the key: it computed, or it was killed.
fn may_wait(history: &History, read: &Read, computed: &[&Read]) -> bool {
    let since = read.from.saturating_sub(HOLDERS * span(LEASE));
    let is_near = |from: Moment, to: Moment| from <= read.to && to >= since;
    computed.iter().any(|other| other.process != read.process && is_near(other.from, other.to))
        || history.lives.iter().any(|life| life.stage == Stage::Ended && is_near(life.at, life.at))
}

fn judge_removal(history: &History, bounds: Bounds, removal: &Removal) -> Option<String> {
    let limit = OVERHEAD + if removal.key.is_some() { 2 * span(TIMEOUT) } else { bounds.clear };
    let granted = history.stalled(&[removal.process], removal.from, removal.to);
    let took = removal.to - removal.from;
    (took > limit + granted)
        .then(|| format!("{took} us, and {limit} + {granted} are allowed: {removal:?}"))
}

/// A process that lives through a calm goes on with all of its callers; one that was forked has
/// ended by then.
fn judge_life(history: &History, life: &Life, calm: Calm) -> Vec<String> {
    let death = history.death(life.process);
    let hangs = |what: &str| format!("process {}: {what} hangs", life.process);
    match life.stage {
        Stage::Forked if life.at < calm.from && death.is_none() => vec![hangs("a forked process")],
        Stage::Started if life.at < calm.from && death.is_none() => {
            let is_silent = |caller: &u32| !has_read(history, life.process, *caller, calm);
            (0..CALLERS)
                .filter(is_silent)
                .map(|caller| hangs(&format!("caller {caller}")))
                .collect()
        }
        _ => Vec::new(),
    }
}

fn has_read(history: &History, process: Process, caller: u32, calm: Calm) -> bool {
    history.reads.iter().any(|read| {
        (read.process, read.caller) == (process, caller) && (calm.from..=calm.to).contains(&read.to)
    })
}
