//! The judge of a run: whether what processes report is what the guide promises.
//!
//! It knows histories alone, neither servers nor clocks. Where the machine was busy, it grants the
//! time for which processes were not scheduled, as they have measured it, and no more.

mod bodies;
mod calls;
mod links;
mod staleness;
mod tests;

use super::event::{
    CHECKER, Event, Life, Moment, Process, Read, Removal, Span, Stage, Stall, State, Value, Write,
    span,
};
use super::{ITEMS, L1_TTL, PAGES};
use crate::common::SECOND;

/// What "milliseconds" in the guide may be: two round trips, a push, and four changes of threads,
/// on a machine without a stall.
const MILLISECONDS: Span = 100_000;

/// How long a link may take to be up again.
const RECOVERY: Span = span(SECOND) * 2;

/// For how long after a fault its bounds hold: the link is up again, and what was computed while
/// it was away has expired.
const AFTER: Span = RECOVERY + span(L1_TTL);

/// How long before a fault a removal may have been confirmed that a replica has not learned of.
const LAG: Span = span(SECOND);

/// A fault that has ended.
#[derive(Debug, Clone)]
pub(super) struct Disturbance {
    pub(super) from: Moment,
    pub(super) to: Moment,
    /// Whether it can undo what has been confirmed.
    pub(super) undoes: bool,
}

/// A value that a server had.
#[derive(Debug, Clone)]
pub(super) struct Content {
    /// When the checker began to look.
    pub(super) at: Moment,
    pub(super) key: u32,
    pub(super) value: Value,
}

/// What a process used of the machine, at the end of a calm.
#[derive(Debug, Clone)]
pub(super) struct Usage {
    pub(super) process: Process,
    pub(super) kilobytes: u64,
    pub(super) descriptors: usize,
}

/// The end of a round: no fault, for long enough that all bounds are those of a healthy server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Calm {
    pub(super) from: Moment,
    pub(super) to: Moment,
}

/// The time that a function may be out of date for while something is wrong.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bounds {
    /// Without a push, because of a fault.
    pub(super) disturbed: Span,
    /// Of a clear, which queries each node.
    pub(super) clear: Span,
}

/// What happened up to the end of a round.
#[derive(Debug, Default)]
pub(super) struct History {
    pub(super) reads: Vec<Read>,
    pub(super) writes: Vec<Write>,
    pub(super) removals: Vec<Removal>,
    pub(super) states: Vec<State>,
    pub(super) stalls: Vec<Stall>,
    pub(super) lives: Vec<Life>,
    pub(super) disturbances: Vec<Disturbance>,
    pub(super) contents: Vec<Content>,
    /// In the order of calms.
    pub(super) usages: Vec<Usage>,
}

impl History {
    pub(super) fn add(&mut self, event: Event) {
        match event {
            Event::Read(read) => self.reads.push(read),
            Event::Write(write) => self.writes.push(write),
            Event::Removal(removal) => self.removals.push(removal),
            Event::State(state) => self.states.push(state),
            Event::Stall(stall) => self.stalls.push(stall),
            Event::Life(life) => self.lives.push(life),
        }
    }

    /// Drops what is older than anything that a later round depends on.
    pub(super) fn forget_before(&mut self, moment: Moment) {
        self.reads.retain(|read| read.to >= moment);
        self.removals.retain(|removal| removal.to >= moment);
        self.states.retain(|state| state.at >= moment);
        self.stalls.retain(|stall| stall.to >= moment);
        self.disturbances.retain(|disturbance| disturbance.to >= moment);
        self.contents.retain(|content| content.at >= moment);
        // Of each key its last version is known for ever.
        let mut last = std::collections::HashMap::new();
        for write in &self.writes {
            let version = last.entry(write.key).or_insert(write.version);
            *version = write.version.max(*version);
        }
        self.writes.retain(|write| write.at >= moment || last[&write.key] == write.version);
    }

    /// For how long these processes were not scheduled in this time, one after the other.
    fn stalled(&self, processes: &[Process], from: Moment, to: Moment) -> Span {
        let mut processes = processes.to_vec();
        processes.push(CHECKER);
        processes.dedup();
        let stalls = self.stalls.iter().filter(|stall| processes.contains(&stall.process));
        stalls.map(|stall| stall.to.min(to).saturating_sub(stall.from.max(from))).sum()
    }

    /// When a process has ended, if it has.
    fn death(&self, process: Process) -> Option<Moment> {
        let is_end = |life: &&Life| life.process == process && life.stage == Stage::Ended;
        self.lives.iter().find(is_end).map(|life| life.at)
    }

    /// When a removal had been done: at once if it was confirmed, or when its process had no
    /// removal queued any more. `None` if its process ended before, or has not said.
    fn done_at(&self, removal: &Removal) -> Option<Moment> {
        if removal.is_confirmed {
            return Some(removal.to);
        }
        let states = self.states.iter().filter(|state| state.process == removal.process);
        let mut drained = states.filter(|state| state.at >= removal.to && state.queued == 0);
        drained.next().map(|state| state.at)
    }
}

/// Whether a removal is about a key.
fn is_about(removal: &Removal, key: u32) -> bool {
    removal.key.map_or(ITEMS.contains(&key), |removed| removed == key)
}

/// The name of a key, as Redis has it.
fn name(key: u32) -> String {
    if PAGES.contains(&key) { format!("page:{key}") } else { format!("item:{key}") }
}

/// What of a round is not as promised. The round is from the first moment to the end of the calm.
pub(super) fn judge(
    history: &mut History,
    bounds: Bounds,
    begun: Moment,
    calm: Calm,
) -> Vec<String> {
    history.states.sort_by_key(|state| state.at);
    history.reads.sort_by_key(|read| read.from);
    let mut wrong = staleness::judge(history, bounds, begun);
    wrong.extend(calls::judge(history, bounds, begun, calm));
    wrong.extend(links::judge(history, calm));
    wrong.extend(bodies::judge(history, begun, calm));
    wrong
}

pub(super) use links::judge_usages;
