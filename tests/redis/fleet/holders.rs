//! The process that computes may be killed, fail, panic, or take long.

use std::time::{Duration, Instant};

use super::process::Fleet;
use super::worker::{Answer, Answers};
use super::{BODY, CALLERS, LATE, report, same};
use crate::common::SECOND;
use crate::server::{eventually, eventually_within};
use crate::text;

#[test]
fn killed_holder_is_replaced_by_one_of_the_waiters() {
    const LEASE: Duration = SECOND;
    let mut fleet = Fleet::start(4, LEASE);
    fleet.hold(0, 1);
    assert_eq!(fleet.computing(1), 0);
    for number in 1..4 {
        fleet.say(number, 1, "compute");
        fleet.hold(number, 1);
    }
    (1..4).for_each(|number| fleet.waits(number));
    fleet.kill(0);
    let killed = Instant::now();
    let all: Vec<_> = (1..4).map(|number| fleet.answers(number)).collect();
    let took = killed.elapsed();
    let runs = fleet.runs("held", 1);
    report(format_args!(
        "killed while three wait, lease {LEASE:?}, body {BODY:?}: all answered after \
         {took:.1?}, {} of them computed",
        runs - 1
    ));
    assert!(took <= LEASE + BODY + LATE, "{took:?}");
    // A lease that is gone lets one in.
    assert_eq!(runs, 2, "{all:?}");
    let value = same(&all);
    assert_eq!(text(&mut fleet.control, "held:1"), Some(value.to_string()));
}

/// Where others can wait for long enough, one of them computes.
#[test]
fn holder_killed_before_others_come_is_replaced_by_one() {
    const LEASE: Duration = Duration::from_secs(4);
    let mut fleet = Fleet::start(4, LEASE);
    fleet.hold(0, 1);
    assert_eq!(fleet.computing(1), 0);
    fleet.kill(0);
    let killed = Instant::now();
    // Nobody lets the lease live on.
    let took = eventually_within(LEASE + LATE, "the lease ends", || fleet.lease(1) < 500);
    report(format_args!("killed: its lease of {LEASE:?} is almost at its end after {took:.1?}"));
    for number in 1..4 {
        fleet.say(number, 1, "compute");
        fleet.hold(number, 1);
    }
    let all: Vec<_> = (1..4).map(|number| fleet.answers(number)).collect();
    let took = killed.elapsed();
    report(format_args!("killed before three came: all answered after {took:.1?}"));
    assert!(took <= LEASE + BODY + LATE, "{took:?}");
    assert_eq!(fleet.runs("held", 1), 2, "{all:?}");
    let value = same(&all);
    assert_eq!(text(&mut fleet.control, "held:1"), Some(value.to_string()));
}

#[test]
fn waiters_get_the_result_of_a_body_longer_than_the_lease() {
    const LEASE: Duration = Duration::from_secs(4);
    let mut fleet = Fleet::start(4, LEASE);
    fleet.hold(0, 1);
    assert_eq!(fleet.computing(1), 0);
    let begun = Instant::now();
    let mut least = i64::MAX;
    eventually("it has taken longer than a lease", || {
        least = least.min(fleet.lease(1));
        assert!(least > 0, "the lease is lost after {:?}", begun.elapsed());
        begun.elapsed() > LEASE * 5 / 2
    });
    report(format_args!("a lease of {LEASE:?} had never less than {least} ms to live"));
    (1..4).for_each(|number| fleet.hold(number, 1));
    (1..4).for_each(|number| fleet.waits(number));
    fleet.say(0, 1, "return");
    let all: Vec<_> = (0..4).map(|number| fleet.answers(number)).collect();
    assert_eq!(same(&all), 100);
    assert_eq!(fleet.runs("held", 1), 1);
    assert_eq!(text(&mut fleet.control, "held:1"), Some("100".to_owned()));
    eventually("the lease is given up", || fleet.lease(1) < 0);
}

/// For longer than a lease nobody waits.
#[test]
fn waiters_compute_after_the_length_of_a_lease() {
    const LEASE: Duration = Duration::from_millis(500);
    let mut fleet = Fleet::start(3, LEASE);
    fleet.hold(0, 1);
    assert_eq!(fleet.computing(1), 0);
    let begun = Instant::now();
    for number in 1..3 {
        fleet.say(number, 1, "return");
        fleet.hold(number, 1);
    }
    for number in 1..3 {
        let answers = fleet.answers(number);
        assert_eq!(answers.results.len(), CALLERS as usize);
        assert!(answers.values().all(|value| value > 200), "{answers:?}");
    }
    let took = begun.elapsed();
    report(format_args!("a lease of {LEASE:?}, a body without end: others after {took:.1?}"));
    assert!((LEASE..LEASE + LATE).contains(&took), "{took:?}");
    assert!(fleet.runs("held", 1) <= 3);
    assert_eq!(text(&mut fleet.control, "held:1"), None, "they have no lease");
    // The first has kept its lease.
    fleet.say(0, 1, "return");
    assert_eq!(same(&[fleet.answers(0)]), 100);
    assert_eq!(text(&mut fleet.control, "held:1"), Some("100".to_owned()));
}

/// Others need not wait until the lease has ended.
fn hands_over(word: &str, of_the_first: impl Fn(&Answers)) {
    const LEASE: Duration = Duration::from_secs(15);
    let mut fleet = Fleet::start(4, LEASE);
    fleet.hold(0, 1);
    assert_eq!(fleet.computing(1), 0);
    (1..4).for_each(|number| fleet.hold(number, 1));
    (1..4).for_each(|number| fleet.waits(number));
    fleet.say(0, 1, word);
    let said = Instant::now();
    let next = fleet.computing(1);
    let took = said.elapsed();
    report(format_args!("a holder whose result is \"{word}\": the next after {took:.1?}"));
    assert!(took <= LATE, "{took:?}");
    fleet.say(next, 1, "return");
    let first = fleet.answers(0);
    of_the_first(&first);
    let others: Vec<_> = (1..4).map(|number| fleet.answers(number)).collect();
    assert_eq!(same(&others), 200 + next);
    assert_eq!(fleet.runs("held", 1), 2);
    assert_eq!(text(&mut fleet.control, "held:1"), Some((200 + next).to_string()));
}

#[test]
fn failed_holder_lets_another_compute() {
    hands_over("fail", |answers| {
        assert_eq!(answers.results, vec![Answer::Error; CALLERS as usize]);
    });
}

#[test]
fn panicking_holder_lets_another_compute() {
    hands_over("panic", |answers| {
        let panics = answers.results.iter().filter(|result| **result == Answer::Panic);
        assert_eq!(panics.count(), 1, "{answers:?}");
    });
}
