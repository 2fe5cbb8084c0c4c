//! Several processes on one Redis: one computes, the others wait for its result. Section 8 of the
//! contract, "One computation per fleet".

mod holders;
mod process;
mod worker;

use std::io::{self, Write};
use std::time::Duration;

use crate::common::SECOND;
use crate::text;
use process::Fleet;
use worker::{Answer, Answers, Calls, Function};

/// How many callers a process has.
const CALLERS: u32 = 50;

/// How long a body takes that computes.
const BODY: Duration = Duration::from_millis(200);

/// How much longer something may take where others are busy.
const LATE: Duration = Duration::from_millis(1500);

/// Shown also where the test passes.
fn report(what: std::fmt::Arguments<'_>) {
    let _ = writeln!(io::stderr(), "measured: {what}");
}

fn same(all: &[Answers]) -> u32 {
    let mut values: Vec<_> = all.iter().flat_map(Answers::values).collect();
    let callers = values.len();
    values.dedup();
    assert_eq!(values.len(), 1, "{all:?}");
    assert_eq!(callers, all.len() * CALLERS as usize);
    values[0]
}

#[test]
fn one_process_computes_for_all() {
    let mut fleet = Fleet::start(4, 10 * SECOND);
    for round in 0..8 {
        let (function, name) = match round % 2 {
            0 => (Function::Cold, "cold"),
            _ => (Function::ColdInThreads, "cold_in_threads"),
        };
        for number in 0..4 {
            fleet.call(number, Calls { function, first: round, ids: 1, callers: CALLERS });
        }
        let all: Vec<_> = (0..4).map(|number| fleet.answers(number)).collect();
        assert_eq!(fleet.runs(name, round), 1, "round {round}: {all:?}");
        let value = same(&all);
        let stored = text(&mut fleet.control, &format!("{name}:{round}"));
        assert_eq!(stored, Some(value.to_string()));
        let results = all.iter().flat_map(|answers| &answers.results);
        assert_eq!(results.filter(|result| matches!(result, Answer::Value(_, true))).count(), 1);
        let longest = all.iter().map(|answers| answers.longest).max().expect("four");
        report(format_args!("4 processes of 50 callers, 200 ms: the longest took {longest:.1?}"));
        assert!(longest >= BODY);
    }
}

#[test]
fn each_key_is_computed_once() {
    let mut fleet = Fleet::start(4, 10 * SECOND);
    for number in 0..4 {
        let calls = Calls { function: Function::Cold, first: 0, ids: 10, callers: CALLERS };
        fleet.call(number, calls);
    }
    let all: Vec<_> = (0..4).map(|number| fleet.answers(number)).collect();
    for id in 0..10 {
        assert_eq!(fleet.runs("cold", id), 1, "key {id}: {all:?}");
    }
    for id in 0..10 {
        let of = |answers: &Answers| answers.values().skip(id).step_by(10).collect::<Vec<_>>();
        let mut values: Vec<_> = all.iter().flat_map(of).collect();
        assert_eq!(values.len(), 20);
        values.dedup();
        assert_eq!(values.len(), 1, "key {id}: {all:?}");
    }
}

/// Whatever 8,000 calls ask at once, the breaker stays closed, and no key is computed twice.
#[test]
fn a_cold_start_computes_each_key_once() {
    const PROCESSES: u32 = 8;
    const KEYS: u32 = 1000;
    let mut fleet = Fleet::start(PROCESSES, 10 * SECOND);
    for number in 0..PROCESSES {
        let calls = Calls { function: Function::Quick, first: 0, ids: KEYS, callers: KEYS };
        fleet.call(number, calls);
    }
    let all: Vec<_> = (0..PROCESSES).map(|number| fleet.answers(number)).collect();
    let results = all.iter().flat_map(|answers| &answers.results);
    let computed = results.filter(|result| matches!(result, Answer::Value(_, true))).count();
    let longest = all.iter().map(|answers| answers.longest).max().expect("eight");
    report(format_args!(
        "8 processes of 1,000 callers with a key each: {computed} bodies, the longest took \
         {longest:.1?}"
    ));
    assert!(computed <= 1010, "{computed}");
}
