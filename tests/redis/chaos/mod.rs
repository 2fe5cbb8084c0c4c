//! Processes that share results while everything fails that can, at random from a printed seed, and
//! a judge of what they see. Section 8 of the contract, "Fail open", and the guide's bounds.
//!
//! `FUNCTOOLS_SEED=7` replays the faults of a run; `FUNCTOOLS_CHAOS_SECONDS=3600` is a longer one.

mod clustered;
mod event;
mod heartbeat;
mod judge;
mod line;
mod place;
mod plan;
mod register;
mod worker;
mod workers;

use std::env;
use std::io::{self, Write as _};
use std::ops::Range;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use redis::cmd;

use clustered::Clustered;
use event::{CHECKER, Event, Moment, Stall, now, span};
use judge::{Bounds, Calm, Content, Disturbance, History, judge, judge_usages};
use place::{Alone, Place, client};
use plan::{Plan, Planned};
use workers::Workers;

use crate::common::SECOND;

/// How many processes there are: a reader, a writer, one that invalidates, and one that clears.
const PROCESSES: u32 = 4;

/// How many callers a process has.
const CALLERS: u32 = 8;

/// The keys of the synchronous function, and those of the asynchronous one.
const PAGES: Range<u32> = 0..32;
const ITEMS: Range<u32> = 32..64;
const KEYS: u32 = 64;

const TTL: Duration = Duration::from_secs(8);
const L1_TTL: Duration = Duration::from_millis(500);
const LEASE: Duration = Duration::from_millis(500);

/// The default time limit of a query.
const TIMEOUT: Duration = Duration::from_millis(50);

/// How long nothing fails at the end of a round. All bounds after a fault are shorter.
const CALM: Duration = Duration::from_millis(3600);

/// How long reports are on their way to the checker.
const REPORTS: Duration = Duration::from_millis(100);

/// How long what has happened may matter.
const MEMORY: Duration = Duration::from_secs(30);

/// Without a variable.
const SECONDS: u64 = 40;

#[test]
fn promises_hold_while_a_server_fails() {
    let disturbed = span(2 * SECOND + L1_TTL);
    run(&mut Alone::start(), Bounds { disturbed, clear: span(2 * SECOND) });
}

#[test]
fn promises_hold_while_a_cluster_fails() {
    // Until the nodes know that one of them is cut off.
    let node_timeout = Duration::from_millis(1500);
    let disturbed = span(node_timeout + SECOND + L1_TTL);
    run(&mut Clustered::start(), Bounds { disturbed, clear: span(5 * SECOND) });
}

fn number(variable: &str) -> Option<u64> {
    env::var(variable).ok().map(|number| number.parse().expect("a number"))
}

fn report(what: std::fmt::Arguments<'_>) {
    // Not `eprintln!`, which the test harness hides when a test passes.
    let _ = writeln!(io::stderr(), "{what}");
}

fn run(place: &mut dyn Place, bounds: Bounds) {
    let seed = number("FUNCTOOLS_SEED").unwrap_or_else(|| fastrand::u64(..1 << 32));
    let length = Duration::from_secs(number("FUNCTOOLS_CHAOS_SECONDS").unwrap_or(SECONDS));
    report(format_args!("chaos: FUNCTOOLS_SEED={seed} gives the same faults again"));
    let mut plan = Plan::new(seed, &place.kinds());
    let mut run = Run::start(place, bounds, seed);
    let begun = Instant::now();
    let mut rounds = Vec::new();
    while begun.elapsed() < length {
        let round = plan.next_round();
        rounds.push(format!("{round:?}"));
        let wrong = run.round(&round);
        assert!(
            wrong.is_empty(),
            "{} promises are broken in round {} of seed {seed}: {}\nIts faults: {}",
            wrong.len(),
            rounds.len(),
            wrong.iter().take(12).map(|one| format!("\n- {one}")).collect::<String>(),
            rounds[rounds.len().saturating_sub(2)..].join("\nthen "),
        );
    }
    let wrong = judge_usages(&run.history.usages);
    assert!(wrong.is_empty(), "seed {seed}, {} rounds: {wrong:?}", rounds.len());
    report(format_args!(
        "chaos: {} rounds, {} calls, {} of them computed; stalls of {:?}",
        rounds.len(),
        run.calls,
        run.bodies,
        Duration::from_micros(run.stalled)
    ));
}

/// A run, and what is known of it.
struct Run<'a> {
    place: &'a mut dyn Place,
    bounds: Bounds,
    workers: Workers,
    heart: Arc<Heart>,
    history: History,
    /// Until when calls have been judged.
    judged: Moment,
    calls: usize,
    bodies: usize,
    stalled: u64,
}

/// What the thread needs to know that measures the stalls of servers.
#[derive(Default)]
struct Heart {
    is_calm: AtomicBool,
    has_ended: AtomicBool,
    ports: Mutex<Vec<u16>>,
}

impl Heart {
    /// Nothing is wrong with these servers from now on.
    fn watch(&self, ports: Vec<u16>) {
        *self.ports.lock().expect("no panic") = ports;
        self.is_calm.store(true, SeqCst);
    }
}

impl<'a> Run<'a> {
    fn start(place: &'a mut dyn Place, bounds: Bounds, seed: u64) -> Self {
        let workers = Workers::start(place.urls(), seed);
        let heart = Arc::new(Heart::default());
        heart.watch(place.ports());
        let (of_checker, sender) = (heart.clone(), workers.sender());
        let should_go_on = move || !of_checker.has_ended.load(SeqCst);
        heartbeat::start(CHECKER, heartbeat::CHAOS, should_go_on, move |stall| {
            let _ = sender.send(Event::Stall(stall));
        });
        let (of_servers, sender) = (heart.clone(), workers.sender());
        thread::spawn(move || {
            watch_servers(&of_servers, |stall| {
                let _ = sender.send(Event::Stall(stall));
            });
        });
        let history = History::default();
        let judged = now();
        Run { place, bounds, workers, heart, history, judged, calls: 0, bodies: 0, stalled: 0 }
    }

    /// Runs a round, and returns what of it is not as promised.
    fn round(&mut self, faults: &[Planned]) -> Vec<String> {
        // What was called since the last calm is judged, too.
        let begun = self.judged;
        self.strike(faults);
        self.place.heal();
        let from = now();
        // Until everything is well again.
        for disturbance in self.history.disturbances.iter_mut().filter(|one| one.from >= begun) {
            disturbance.to = from;
        }
        self.heart.watch(self.place.ports());
        let calm = Instant::now();
        while calm.elapsed() < CALM {
            let at = now();
            let values = self.place.values();
            let contents = values.into_iter().map(|(key, value)| Content { at, key, value });
            self.history.contents.extend(contents);
            thread::sleep(Duration::from_millis(200));
        }
        let calm = Calm { from, to: now() };
        self.history.usages.extend(self.workers.usages());
        thread::sleep(REPORTS);
        for event in self.workers.events.try_iter() {
            self.history.add(event);
        }
        self.judged = calm.to;
        let wrong = judge(&mut self.history, self.bounds, begun, calm);
        self.count(begun);
        self.history.forget_before(now().saturating_sub(span(MEMORY)));
        wrong
    }

    /// Begins and ends the faults of a round.
    fn strike(&mut self, faults: &[Planned]) {
        let begun = Instant::now();
        let begins = faults.iter().map(|planned| (planned.at, planned, true));
        let ends = faults.iter().map(|planned| (planned.at + planned.lasts, planned, false));
        let mut steps: Vec<_> = begins.chain(ends).collect();
        steps.sort_by_key(|(at, ..)| *at);
        for (at, planned, begins) in steps {
            thread::sleep(at.saturating_sub(begun.elapsed()));
            let fault = planned.fault;
            match (fault, begins) {
                (plan::Fault::Kill(place), true) => self.workers.kill(place),
                (plan::Fault::Fork(place), true) => self.workers.fork(place),
                (plan::Fault::Kill(_) | plan::Fault::Fork(_), false) => (),
                (_, true) => {
                    self.heart.is_calm.store(false, SeqCst);
                    let from: Moment = now();
                    let undoes = fault.undoes();
                    let disturbance = Disturbance { from, to: Moment::MAX, undoes };
                    self.history.disturbances.push(disturbance);
                    self.place.begin(fault, planned.lasts);
                }
                (_, false) => self.place.end(fault),
            }
        }
    }

    fn count(&mut self, begun: Moment) {
        let reads = self.history.reads.iter().filter(|read| read.from >= begun);
        self.calls += reads.clone().count();
        self.bodies += reads.filter(|read| read.is_computed).count();
        let stalls = self.history.stalls.iter().filter(|stall| stall.from >= begun);
        self.stalled += stalls.map(|stall| stall.to - stall.from).sum::<u64>();
    }
}

impl Drop for Run<'_> {
    fn drop(&mut self) {
        self.heart.has_ended.store(true, SeqCst);
    }
}

/// Reports when a server answers late while nothing is wrong with it: it was not scheduled, or this
/// process was not.
fn watch_servers(heart: &Heart, report: impl Fn(Stall)) {
    let mut clients = Vec::new();
    while !heart.has_ended.load(SeqCst) {
        thread::sleep(Duration::from_millis(4));
        if !heart.is_calm.load(SeqCst) {
            clients.clear();
            continue;
        }
        if clients.is_empty() {
            let ports = heart.ports.lock().expect("no panic").clone();
            clients = ports.into_iter().filter_map(|port| client(port).ok()).collect();
        }
        for client in &mut clients {
            let from = now();
            let answer = cmd("PING").query::<String>(client);
            if answer.is_ok() && heart.is_calm.load(SeqCst) {
                heartbeat::stall(CHECKER, from).into_iter().for_each(&report);
            }
        }
    }
}
