//! No read is older than its bound, and no confirmed removal is undone.

use std::collections::HashMap;

use super::{
    AFTER, Bounds, CHECKER, Content, Disturbance, History, LAG, Life, MILLISECONDS, Moment,
    Process, Read, Removal, Span, Stage, is_about, name, span,
};
use crate::chaos::{KEYS, TTL};

/// A removal, as it concerns a key.
struct Past<'a> {
    removal: &'a Removal,
    /// What is older must not be read.
    version: u64,
    done_at: Option<Moment>,
}

pub(super) fn judge(history: &History, bounds: Bounds, begun: Moment) -> Vec<String> {
    let done_at = |removal| (removal, history.done_at(removal));
    let removals: Vec<_> = history.removals.iter().map(done_at).collect();
    let past: HashMap<u32, Vec<Past<'_>>> =
        (0..KEYS).map(|key| (key, past_of(history, &removals, key))).collect();
    let mut wrong = Vec::new();
    for read in history.reads.iter().filter(|read| read.from >= begun) {
        wrong.extend(judge_age(history, read));
        let mut past = past[&read.key].iter().filter(|past| past.version > read.value.version);
        wrong.extend(past.find_map(|past| judge_read(history, bounds, past, read)));
    }
    for content in history.contents.iter().filter(|content| content.at >= begun) {
        let mut past =
            past[&content.key].iter().filter(|past| past.version > content.value.version);
        wrong.extend(past.find_map(|past| judge_content(history, past, content)));
    }
    wrong
}

fn past_of<'a>(
    history: &History,
    removals: &[(&'a Removal, Option<Moment>)],
    key: u32,
) -> Vec<Past<'a>> {
    let mut writes: Vec<_> = history.writes.iter().filter(|write| write.key == key).collect();
    writes.sort_by_key(|write| write.at);
    // The latest version that was written before a removal began.
    let version = |removal: &Removal| {
        let before = writes.partition_point(|write| write.at <= removal.from);
        before.checked_sub(1).map_or(1, |last| writes[last].version)
    };
    let removals = removals.iter().filter(|(removal, _)| is_about(removal, key));
    let past =
        removals.map(|&(removal, done_at)| Past { removal, version: version(removal), done_at });
    past.collect()
}

/// A value lives for its `ttl`.
fn judge_age(history: &History, read: &Read) -> Option<String> {
    let age = read.from.saturating_sub(read.value.ended);
    let granted = || history.stalled(&[read.process], read.value.ended, read.from);
    (age > span(TTL) + MILLISECONDS && age > span(TTL) + MILLISECONDS + granted())
        .then(|| format!("{} is {age} us old: {read:?}", name(read.key)))
}

fn judge_read(history: &History, bounds: Bounds, past: &Past<'_>, read: &Read) -> Option<String> {
    let removal = past.removal;
    if removal.process == read.process {
        return (removal.to <= read.from).then(|| {
            format!("{} is older than this process's {removal:?}: {read:?}", name(read.key))
        });
    }
    let done_at = past.done_at?;
    let granted = history.stalled(&[removal.process, read.process], done_at, read.from);
    let bound = match history.is_disturbed(done_at) || history.is_starting(read.process, done_at) {
        true => bounds.disturbed,
        false => MILLISECONDS,
    };
    let is_late = read.from > done_at + bound + granted;
    (is_late && !history.is_undone(removal, done_at, read.process, read.from)).then(|| {
        format!(
            "{} is older than a removal of {} us ago, and {bound} + {granted} us are allowed: \
             {removal:?}, {read:?}",
            name(read.key),
            read.from - done_at
        )
    })
}

fn judge_content(history: &History, past: &Past<'_>, content: &Content) -> Option<String> {
    let done_at = past.done_at.filter(|done_at| *done_at < content.at)?;
    (!history.is_undone(past.removal, done_at, CHECKER, content.at)).then(|| {
        format!(
            "Redis has an older {} again after {:?}: {content:?}",
            name(content.key),
            past.removal
        )
    })
}

impl History {
    /// Whether a fault, or what follows from it, could keep back the push of what was done then.
    fn is_disturbed(&self, done_at: Moment) -> bool {
        self.disturbances.iter().any(|disturbance| {
            disturbance.from <= done_at + MILLISECONDS && done_at <= disturbance.to + AFTER
        })
    }

    /// Whether a process had just started, so that its link need not have been up.
    fn is_starting(&self, process: Process, done_at: Moment) -> bool {
        let is_start = |life: &&Life| life.process == process && life.stage != Stage::Ended;
        let mut starts = self.lives.iter().filter(is_start);
        starts.any(|life| done_at <= life.at + AFTER)
    }

    /// Whether a removal may be undone at this moment: by a fault since it was done, until its
    /// process has repeated it; if that has ended, until what was removed has expired.
    fn is_undone(&self, removal: &Removal, done_at: Moment, reader: Process, now: Moment) -> bool {
        let death = self.death(removal.process);
        let may_undo = |fault: &Disturbance| {
            let is_affected = fault.undoes
                && fault.from <= done_at + LAG
                && done_at <= fault.to
                && fault.from <= now;
            let granted = self.stalled(&[removal.process, reader], fault.to, now);
            let repeated_at = fault.to + AFTER + MILLISECONDS + granted;
            let is_repeated = death.is_none_or(|death| death > repeated_at);
            let until: Span = match is_repeated {
                true => repeated_at,
                false => fault.to.max(done_at) + span(TTL) + MILLISECONDS + granted,
            };
            is_affected && now <= until
        };
        self.disturbances.iter().any(may_undo)
    }
}
