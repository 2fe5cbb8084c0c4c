//! Links are up soon after the last fault, queues are empty then, and nothing leaks.

use std::collections::HashMap;

use super::{Calm, History, MILLISECONDS, Process, RECOVERY, Removal, State, Usage, span};
use crate::common::SECOND;

/// How long after the recovery a removal may wait that was refused: it is sent again each second.
const REFUSED: u64 = span(SECOND);

/// What a process may use more than after its first round.
const KILOBYTES: u64 = 16 << 10;
const DESCRIPTORS: usize = 4;

pub(super) fn judge(history: &History, calm: Calm) -> Vec<String> {
    let mut last_wrong: HashMap<Process, &State> = HashMap::new();
    for state in history.states.iter().filter(|state| (calm.from..calm.to).contains(&state.at)) {
        let granted = history.stalled(&[state.process], calm.from, state.at);
        if !state.is_connected && state.at > calm.from + RECOVERY + granted {
            last_wrong.insert(state.process, state);
        }
    }
    let not_connected = last_wrong.into_values().map(|state| {
        format!("not connected {} us after the last fault: {state:?}", state.at - calm.from)
    });
    let removals = history.removals.iter().filter(|removal| removal.to < calm.from);
    let waiting = removals.filter(|removal| waits(history, removal, calm));
    not_connected.chain(waiting.map(|removal| format!("queued still: {removal:?}"))).collect()
}

/// Whether a removal has not been done in time.
fn waits(history: &History, removal: &Removal, calm: Calm) -> bool {
    if removal.is_confirmed || history.death(removal.process).is_some() {
        return false;
    }
    let granted = history.stalled(&[removal.process], calm.from, calm.to);
    let limit = calm.from + RECOVERY + REFUSED + MILLISECONDS + granted;
    limit < calm.to && history.done_at(removal).is_none_or(|done_at| done_at > limit)
}

/// What processes use more than after their first rounds.
pub(in crate::chaos) fn judge_usages(usages: &[Usage]) -> Vec<String> {
    let mut first: HashMap<Process, &Usage> = HashMap::new();
    let mut last: HashMap<Process, &Usage> = HashMap::new();
    for usage in usages {
        first.entry(usage.process).or_insert(usage);
        last.insert(usage.process, usage);
    }
    let grows = |(process, last): (&Process, &&Usage)| {
        let first = first[process];
        let is_more = last.kilobytes > first.kilobytes + KILOBYTES
            || last.descriptors > first.descriptors + DESCRIPTORS;
        is_more.then(|| format!("a process uses more and more: {first:?}, then {last:?}"))
    };
    last.iter().filter_map(grows).collect()
}
