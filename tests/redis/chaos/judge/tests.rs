//! The judge finds what is wrong in histories made by hand, and nothing in those that are right.

use super::*;
use crate::chaos::CALLERS;

const SECONDS: Moment = 1_000_000;

const CALM: Calm = Calm { from: 10 * SECONDS, to: 14 * SECONDS };

const BOUNDS: Bounds = Bounds { disturbed: 5 * SECONDS / 2, clear: 2 * SECONDS };

/// When process 1 has written version 2 of the key 0, and when its invalidation was confirmed.
const WRITTEN: Moment = 5 * SECONDS;
const CONFIRMED: Moment = WRITTEN + 1000;

fn value(version: u64, ended: Moment) -> Value {
    Value { version, began: ended - 10_000, ended }
}

fn read(process: Process, from: Moment, version: u64) -> Read {
    let (key, to, value) = (0, from + 100, value(version, from - 1000));
    Read { process, caller: 0, key, from, to, value, is_computed: false }
}

/// Two processes, whose reads of one key are right.
fn healthy() -> History {
    let mut history = History::default();
    history.writes.push(Write { key: 0, version: 2, at: WRITTEN });
    history.removals.push(removal(1, 0, true));
    for process in [1, 2] {
        history.lives.push(Life { process, at: 1, stage: Stage::Started });
        for at in (SECONDS..CALM.to).step_by(50_000) {
            history.states.push(State { process, at, is_connected: true, queued: 0 });
        }
        for (caller, at) in (0..CALLERS).cycle().zip((SECONDS..CALM.to).step_by(30_000)) {
            let version = if at < WRITTEN { 1 } else { 2 };
            let is_soon = (WRITTEN..WRITTEN + SECONDS / 4).contains(&at);
            history.reads.extend((!is_soon).then(|| Read { caller, ..read(process, at, version) }));
        }
    }
    history
}

fn removal(process: Process, key: u32, is_confirmed: bool) -> Removal {
    let (from, to) = (WRITTEN + 100, CONFIRMED);
    Removal { process, key: Some(key), from, to, is_confirmed }
}

/// A removal of the key 1 by process 1 is queued until then.
fn queue(history: &mut History, until: Moment) {
    history.writes.push(Write { key: 1, version: 2, at: WRITTEN });
    history.removals.push(removal(1, 1, false));
    let states = history.states.iter_mut().filter(|state| state.process == 1);
    let waits = states.filter(|state| (WRITTEN..until).contains(&state.at));
    waits.for_each(|state| state.queued = 1);
}

fn other_key(read: Read) -> Read {
    Read { key: 1, ..read }
}

fn disturb(history: &mut History, from: Moment, to: Moment, undoes: bool) {
    history.disturbances.push(Disturbance { from, to, undoes });
}

fn end(history: &mut History, process: Process, at: Moment) {
    history.lives.push(Life { process, at, stage: Stage::Ended });
}

/// Redis has version 1 of the key 0 at this moment.
fn find(history: &mut History, at: Moment) {
    history.contents.push(Content { at, key: 0, value: value(1, WRITTEN - 1000) });
}

/// A call that takes so long.
fn slow(took: Span) -> Read {
    let read = read(2, 8 * SECONDS, 2);
    Read { to: read.from + took, ..read }
}

type Change = fn(&mut History);

/// What happens, and the beginning of what the judge says, if it says anything.
const CASES: &[(&str, Change, Option<&str>)] = &[
    ("nothing", |_| (), None),
    (
        "the process that has removed reads an older value",
        |history| history.reads.push(read(1, CONFIRMED + 1, 1)),
        Some("page:0 is older than this process's"),
    ),
    (
        "its own queued removal binds it, too",
        |history| {
            queue(history, 7 * SECONDS);
            history.reads.push(other_key(read(1, CONFIRMED + 1, 1)));
        },
        Some("page:1 is older than this process's"),
    ),
    (
        "another process reads it a moment later",
        |history| history.reads.push(read(2, CONFIRMED + MILLISECONDS - 1, 1)),
        None,
    ),
    (
        "another process reads it later",
        |history| history.reads.push(read(2, CONFIRMED + MILLISECONDS + 1, 1)),
        Some("page:0 is older than a removal"),
    ),
    (
        "it was not scheduled meanwhile",
        |history| {
            let stall = Stall { process: 2, from: CONFIRMED, to: CONFIRMED + 5000 };
            history.stalls.push(stall);
            history.reads.push(read(2, CONFIRMED + MILLISECONDS + 4000, 1));
        },
        None,
    ),
    (
        "a process was not scheduled that has nothing to do with it",
        |history| {
            let stall = Stall { process: 7, from: CONFIRMED, to: CONFIRMED + 5000 };
            history.stalls.push(stall);
            history.reads.push(read(2, CONFIRMED + MILLISECONDS + 4000, 1));
        },
        Some("page:0 is older than a removal"),
    ),
    (
        "a fault keeps the push back",
        |history| {
            disturb(history, WRITTEN - SECONDS, WRITTEN, false);
            history.reads.push(read(2, CONFIRMED + BOUNDS.disturbed - 1, 1));
        },
        None,
    ),
    (
        "the process had just started",
        |history| {
            history.lives.push(Life { process: 3, at: WRITTEN - SECONDS, stage: Stage::Started });
            end(history, 3, 9 * SECONDS);
            history.reads.push(read(3, CONFIRMED + BOUNDS.disturbed - 1, 1));
        },
        None,
    ),
    (
        "no fault keeps it back for so long",
        |history| {
            disturb(history, WRITTEN - SECONDS, 9 * SECONDS, false);
            history.reads.push(read(2, CONFIRMED + BOUNDS.disturbed + 1, 1));
        },
        Some("page:0 is older than a removal"),
    ),
    (
        "others read it while the removal is queued",
        |history| {
            queue(history, 7 * SECONDS);
            history.reads.push(other_key(read(2, 7 * SECONDS, 1)));
        },
        None,
    ),
    (
        "others read it after it is done",
        |history| {
            queue(history, 7 * SECONDS);
            history.reads.push(other_key(read(2, 7 * SECONDS + MILLISECONDS + 60_000, 1)));
        },
        Some("page:1 is older than a removal"),
    ),
    ("it is never done", |history| queue(history, CALM.to), Some("queued still")),
    (
        "its process is killed before it is done",
        |history| {
            queue(history, CALM.to);
            end(history, 1, 6 * SECONDS);
            history.reads.push(other_key(read(2, 9 * SECONDS, 1)));
        },
        None,
    ),
    (
        "Redis has the value again",
        |history| find(history, 11 * SECONDS),
        Some("Redis has an older page:0"),
    ),
    (
        "a fault has undone the removal",
        |history| {
            disturb(history, 5 * SECONDS, 8 * SECONDS, true);
            find(history, 10 * SECONDS);
            history.reads.push(read(2, 10 * SECONDS, 1));
        },
        None,
    ),
    (
        "it is not repeated",
        |history| {
            disturb(history, 5 * SECONDS, 8 * SECONDS, true);
            find(history, 11 * SECONDS);
        },
        Some("Redis has an older page:0"),
    ),
    (
        "no fault can have undone it",
        |history| {
            disturb(history, 5 * SECONDS, 8 * SECONDS, false);
            find(history, 10 * SECONDS);
        },
        Some("Redis has an older page:0"),
    ),
    (
        "nobody is there to repeat it",
        |history| {
            disturb(history, 5 * SECONDS, 8 * SECONDS, true);
            end(history, 1, 6 * SECONDS);
            find(history, 13 * SECONDS);
        },
        None,
    ),
    (
        "a value outlives its ttl",
        |history| {
            let read = read(2, 12 * SECONDS, 2);
            history.reads.push(Read { value: value(2, 3 * SECONDS), ..read });
        },
        Some("page:0 is 9000000 us old"),
    ),
    ("a call takes its time limits", |history| history.reads.push(slow(200_000)), None),
    (
        "a call takes longer",
        |history| history.reads.push(slow(300_000)),
        Some("a call of page:0 took 300000 us"),
    ),
    (
        "another process computes the key meanwhile",
        |history| {
            history.reads.push(slow(300_000));
            history.reads.push(Read { is_computed: true, ..read(1, 8 * SECONDS, 2) });
        },
        None,
    ),
    (
        "for longer than a call waits",
        |history| {
            history.reads.push(slow(1_800_000));
            history.reads.push(Read { is_computed: true, ..read(1, 8 * SECONDS, 2) });
        },
        Some("a call of page:0 took 1800000 us"),
    ),
    (
        "an invalidation takes longer than its limit",
        |history| {
            let late = Removal { to: CONFIRMED + 200_000, ..removal(2, 0, false) };
            history.removals.push(late);
        },
        Some("200900 us"),
    ),
    (
        "a caller does not go on",
        |history| history.reads.retain(|read| (read.process, read.caller) != (2, 3)),
        Some("process 2: caller 3 hangs"),
    ),
    (
        "a forked process does not end",
        |history| {
            history.lives.push(Life { process: 3, at: 8 * SECONDS, stage: Stage::Forked });
        },
        Some("process 3: a forked process hangs"),
    ),
    (
        "a forked process ends",
        |history| {
            history.lives.push(Life { process: 3, at: 8 * SECONDS, stage: Stage::Forked });
            end(history, 3, 9 * SECONDS);
        },
        None,
    ),
    ("the link is up in time", |history| disconnect(history, CALM.from + RECOVERY), None),
    (
        "the link stays down",
        |history| disconnect(history, CALM.from + RECOVERY + 100_000),
        Some("not connected"),
    ),
    (
        "each call runs the body",
        |history| history.reads.iter_mut().for_each(|read| read.is_computed = true),
        Some("852 bodies have run, and 52 would have"),
    ),
];

/// Process 2 has no link until then.
fn disconnect(history: &mut History, until: Moment) {
    let states = history.states.iter_mut().filter(|state| state.process == 2);
    states.filter(|state| state.at <= until).for_each(|state| state.is_connected = false);
}

#[test]
fn each_broken_promise_is_found_and_no_other() {
    for (what, change, expected) in CASES {
        let mut history = healthy();
        change(&mut history);
        let wrong = judge(&mut history, BOUNDS, 0, CALM);
        let starts = |expected: &str| wrong.iter().any(|one| one.starts_with(expected));
        match expected {
            None => assert!(wrong.is_empty(), "{what}: {wrong:?}"),
            Some(expected) => assert!(starts(expected), "{what}: {wrong:?}"),
        }
    }
}

#[test]
fn a_process_that_uses_more_and_more_is_found() {
    let usage = |kilobytes, descriptors| Usage { process: 1, kilobytes, descriptors };
    let is_found = |last| !judge_usages(&[usage(20_000, 20), last]).is_empty();
    assert!(!is_found(usage(21_000, 21)));
    assert!(is_found(usage(60_000, 20)));
    assert!(is_found(usage(20_000, 30)));
}
