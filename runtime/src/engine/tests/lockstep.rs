//! The same random program, by [`Shared`] and by [`Local`], which has a model of its own: the same
//! order, counts, waiters and deadlines, for one thread and for threads that take turns.

use super::super::counters::Elapsed;
use super::super::local::Local;
use super::super::shared::Shared;
use super::super::thread::Leader;
use super::super::types::{Compared, Complete, Ended, InFlightId, OnExisting, Start};
use super::harness::WaitList;
use super::*;

trait Both: super::super::types::Engine<u32, u32, WaitList> {}

impl<E: super::super::types::Engine<u32, u32, WaitList>> Both for E {}

const KEYS: u32 = 10;

/// Some keys have the same fingerprint.
fn fingerprint(key: u32) -> super::super::types::Fingerprint {
    super::super::types::Fingerprint(key / 3)
}

fn pin<E: Both>(engine: &E) -> E::Pin<'_> {
    engine.pin().or_else(|| engine.pin_slow().ok()).expect("not within a pin")
}

fn leave<E: Both>(engine: &E, pin: E::Pin<'_>, needs_epoch: bool) {
    if pin.leave() || needs_epoch {
        engine.maintain(&mut Garbage::new());
    }
}

/// Returns the state of a key without promoting it: value, deadline, whether it is recomputed.
fn peek<E: Both>(engine: &E, key: u32) -> Option<(u32, u64, bool)> {
    let pin = pin(engine);
    let found = pin.find_slow(fingerprint(key), |other| *other == key);
    let known =
        found.map(|found| (*pin.value(found), pin.deadline(found), pin.is_being_recomputed(found)));
    leave(engine, pin, false);
    known
}

fn hit<E: Both>(engine: &E, key: u32) -> Option<u32> {
    let mut pin = pin(engine);
    let found = pin.find_slow(fingerprint(key), |other| *other == key);
    let value = found.map(|found| *pin.value(found));
    let needs_epoch = found.map(|found| pin.hit(found));
    if found.is_none() {
        pin.count_miss();
    }
    leave(engine, pin, needs_epoch.unwrap_or(false));
    value
}

fn extend<E: Both>(engine: &E, key: u32, deadline: u64) {
    let pin = pin(engine);
    if let Some(found) = pin.find_slow(fingerprint(key), |other| *other == key) {
        pin.extend_deadline(found, deadline);
    }
    leave(engine, pin, false);
}

fn compare<E: Both>(pin: &E::Pin<'_>, key: u32) -> Compared {
    let mut compared = Compared::default();
    pin.compare(fingerprint(key), &mut compared, |other| *other == key);
    compared
}

fn start<E: Both>(
    engine: &E,
    key: u32,
    on_existing: OnExisting,
    may_wait: bool,
    times: Option<Times>,
) -> Started<WaitList> {
    if on_existing == OnExisting::Keep
        && let Ok(id) = engine.start_first(pin(engine), fingerprint(key), key, Leader::TASK)
    {
        return Started::Compute(id);
    }
    let pin = pin(engine);
    let start = Start {
        fingerprint: fingerprint(key),
        compared: &compare::<E>(&pin, key),
        key: &mut Some(key),
        leader: Leader::TASK,
        on_existing,
        may_wait,
        counts_miss: true,
        times,
        new_wait_list: WaitList::default,
    };
    engine.start(Some(pin), start, &mut Garbage::new()).expect("not within a pin")
}

fn complete<E: Both>(engine: &E, id: InFlightId, complete: Complete<u32>) -> Ended<WaitList> {
    let mut garbage = Garbage::new();
    let Complete { value, elapsed, .. } = complete;
    if complete.times.is_none()
        && let Ok(sampling_mask) = engine.complete_sole(id, value, elapsed, &mut garbage)
    {
        return Ended { wait_list: None, others: Vec::new(), sampling_mask };
    }
    engine.complete(id, complete, &mut garbage).expect("not within a pin")
}

fn remove<E: Both>(engine: &E, key: u32, times: Option<Times>) -> bool {
    let pin = pin(engine);
    let compared = compare::<E>(&pin, key);
    leave(engine, pin, false);
    let removed = engine.remove(fingerprint(key), &compared, times, &mut Garbage::new());
    removed.expect("not within a pin").expect("it was compared")
}

fn snapshot<E: Both>(engine: &E, times: Option<Times>) -> String {
    let mut shown = String::new();
    let show = &mut |snapshot: &Snapshot| shown = format!("{snapshot:?}");
    engine.snapshot(times, show, &mut Garbage::new()).expect("not within a pin");
    shown
}

/// Returns whether a computation is wanted, and whether it has an entry to replace.
fn examine<E: Both>(engine: &E, id: InFlightId) -> (bool, bool) {
    let pin = pin(engine);
    let known = (pin.key_of(id).is_some(), pin.entry_to_replace(id).is_some());
    leave(engine, pin, false);
    known
}

struct Computation {
    key: u32,
    ids: (InFlightId, InFlightId),
    wait_lists: Option<(WaitList, WaitList)>,
}

struct Run {
    config: Config,
    random: Random,
    local: Local<u32, u32, WaitList>,
    shared: Arc<Shared<u32, u32, WaitList>>,
    workers: Vec<Worker>,
    /// The one whose turn it is.
    worker: usize,
    computations: Vec<Computation>,
    now: u64,
}

/// Has both engines do the same, the shared one on the thread whose turn it is.
macro_rules! both {
    ($run:expr, $act:ident($($argument:expr),*)) => {{
        let shared = Arc::clone(&$run.shared);
        let there = $run.workers[$run.worker].run(move || $act(&*shared, $($argument),*));
        ($act(&$run.local, $($argument),*), there)
    }};
}

impl Run {
    fn new(seed: u64, config: &Config, threads: usize) -> Self {
        Run {
            config: *config,
            random: Random(seed),
            local: Local::new(config),
            shared: Arc::new(Shared::new(config)),
            workers: (0..threads).map(|_| Worker::start()).collect(),
            worker: 0,
            computations: Vec::new(),
            now: 1,
        }
    }

    fn times(&self) -> Option<Times> {
        // Without sweeps, which find what has expired at other moments.
        self.config.is_timed.then_some(Times { now: self.now, stale: 5, purge_cutoff: 0 })
    }

    fn step(&mut self) {
        let key = self.random.below(KEYS);
        let times = self.times();
        match self.random.below(24) {
            0..9 => {
                let (here, there) = both!(self, hit(key));
                assert_eq!(here, there);
            }
            9..14 => self.start(key),
            14..19 => self.complete(),
            19 => self.discard(),
            20 => {
                let (here, there) = both!(self, remove(key, times));
                assert_eq!(here, there);
            }
            21 if self.config.is_timed => {
                let deadline = self.now + u64::from(self.random.below(20));
                both!(self, extend(key, deadline));
            }
            22 if self.random.is_one_in(20) => {
                let (resets, now) = (self.random.is_one_in(2), times.map(|times| times.now));
                self.local.clear(resets, now, &mut |_| ()).expect("not within a pin");
                self.shared.clear(resets, now, &mut |_| ()).expect("not within a pin");
            }
            23 => self.change_turns(),
            _ => self.now += u64::from(self.random.below(6)),
        }
        self.check();
    }

    /// Lets another thread continue. Between two results that are stored, hits of different threads
    /// may come in any order; so one is stored.
    fn change_turns(&mut self) {
        let next = self.random.below(u32::try_from(self.workers.len()).expect("few")) as usize;
        let is_next_to_store = self.random.is_one_in(2);
        if is_next_to_store {
            self.worker = next;
        }
        let started = both!(self, start(KEYS, OnExisting::Replace, false, None));
        let (Started::Compute(here), Started::Compute(there)) = started else {
            panic!("nothing is computed");
        };
        let (value, elapsed, deadline) = (self.random.below(1_000), Elapsed::NotRun, u64::MAX);
        let weight = u64::from(self.config.max_weight.is_some());
        let result = move || Complete { value, elapsed, weight, deadline, times: None };
        let shared = Arc::clone(&self.shared);
        self.workers[self.worker].run(move || drop(complete(&*shared, there, result())));
        drop(complete(&self.local, here, result()));
        self.worker = next;
    }

    fn start(&mut self, key: u32) {
        let is_newer = self.random.is_one_in(3);
        let on_existing = if is_newer { OnExisting::Replace } else { OnExisting::Keep };
        let (waits, times) = (self.random.is_one_in(2), self.times());
        match both!(self, start(key, on_existing, waits, times)) {
            (Started::AlreadyStored, Started::AlreadyStored) => (),
            (Started::Compute(here), Started::Compute(there)) => {
                let ids = (here, there);
                self.computations.push(Computation { key, ids, wait_lists: None });
            }
            (Started::Wait(here), Started::Wait(there)) => {
                let is_it = |it: &&mut Computation| it.ids.0 == here.id;
                let computation = self.computations.iter_mut().find(is_it).expect("it goes on");
                assert!(computation.ids.1 == there.id, "waits for another computation");
                let lists = (here.wait_list, there.wait_list);
                let known = computation.wait_lists.get_or_insert_with(|| lists.clone());
                assert!(is_same(known, &lists));
                if self.random.is_one_in(4) {
                    let here = self.local.uncount_join(here.cleared_at).expect("no pin");
                    let there = self.shared.uncount_join(there.cleared_at).expect("no pin");
                    assert!(here && there);
                }
            }
            _ => panic!("another start than the other one's"),
        }
    }

    /// Takes one of the last computations, so that some take long.
    fn take(&mut self) -> Option<Computation> {
        let last = self.random.below(8) as usize;
        let at = self.computations.len().checked_sub(last + 1)?;
        Some(self.computations.remove(at))
    }

    fn complete(&mut self) {
        let Some(computation) = self.take() else { return };
        let (here, there) = computation.ids;
        let is_weighed = self.config.max_weight.is_some();
        let complete_with = Complete {
            value: self.random.below(1_000),
            elapsed: Elapsed::NotRun,
            weight: if is_weighed { u64::from(self.random.below(12)) } else { 0 },
            deadline: self.now + u64::from(self.random.below(30)),
            times: self.times(),
        };
        let copy = || Complete { ..complete_with };
        let other = copy();
        let shared = Arc::clone(&self.shared);
        let there = self.workers[self.worker].run(move || complete(&*shared, there, other));
        let here = complete(&self.local, here, copy());
        Self::end(&computation, &here, &there);
        // The same others: each list is one that was given before.
        assert_eq!(here.others.len(), there.others.len());
        for list in &here.others {
            let is_it = |it: &&mut Computation| {
                it.wait_lists.as_ref().is_some_and(|(here, _)| Arc::ptr_eq(here, list))
            };
            let other = self.computations.iter_mut().find(is_it).expect("it goes on");
            assert_eq!(other.key, computation.key);
            let (_, known) = other.wait_lists.take().expect("it has waiters");
            assert!(there.others.iter().any(|other| Arc::ptr_eq(other, &known)));
        }
    }

    fn discard(&mut self) {
        let Some(computation) = self.take() else { return };
        let superseded = self.random.is_one_in(2).then_some(self.now);
        let (discarded, mut garbage) = (Elapsed::Nanos(1).into(), Garbage::new());
        let (here, there) = computation.ids;
        let here = self.local.discard(here, discarded, superseded, &mut garbage).expect("no pin");
        let there = self.shared.discard(there, discarded, superseded, &mut garbage);
        Self::end(&computation, &here, &there.expect("no pin"));
    }

    /// Both have ended it with the list of its waiters.
    fn end(computation: &Computation, here: &Ended<WaitList>, there: &Ended<WaitList>) {
        assert_eq!(here.sampling_mask, there.sampling_mask);
        match (&computation.wait_lists, here.wait_list.clone(), there.wait_list.clone()) {
            (None, None, None) => (),
            (Some(known), Some(here), Some(there)) => assert!(is_same(known, &(here, there))),
            _ => panic!("a list of waiters is lost"),
        }
    }

    fn check(&mut self) {
        for key in 0..=KEYS {
            assert_eq!(peek(&self.local, key), peek(&*self.shared, key), "key {key}");
        }
        // Now and then one that purges.
        let purges = self.config.is_timed && self.random.is_one_in(8);
        let cutoff = self.now.saturating_sub(10);
        let times = purges.then_some(Times { now: self.now, stale: 5, purge_cutoff: cutoff });
        assert_eq!(snapshot(&self.local, times), snapshot(&*self.shared, times));
        for computation in &self.computations {
            let (here, there) = computation.ids;
            assert_eq!(examine(&self.local, here), examine(&*self.shared, there));
        }
    }
}

fn is_same(known: &(WaitList, WaitList), lists: &(WaitList, WaitList)) -> bool {
    Arc::ptr_eq(&known.0, &lists.0) && Arc::ptr_eq(&known.1, &lists.1)
}

fn run_all(threads: usize, steps: u32) {
    let configs = [
        UNBOUNDED,
        bounded(1),
        bounded(2),
        bounded(4),
        bounded(9),
        TIMED,
        Config { is_timed: true, ..bounded(3) },
        Config { max_weight: Some(20), ..UNBOUNDED },
        Config { max_weight: Some(30), is_timed: true, ..bounded(4) },
    ];
    let steps = if cfg!(miri) { 60 } else { steps };
    for (seed, config) in (1..).zip(configs) {
        let mut run = Run::new(seed * 0x9e37_79b9, &config, threads);
        (0..steps).for_each(|_| run.step());
    }
}

#[test]
fn one_thread() {
    run_all(1, 8_000);
}

#[test]
fn threads_that_take_turns() {
    run_all(3, 8_000);
}

#[test]
fn more_threads_than_stripes_that_take_turns() {
    run_all(super::super::thread::STRIPES + 5, 2_000);
}

/// More hits of different entries than the logs hold are in order.
#[test]
fn many_hits_between_two_misses() {
    let capacity = if cfg!(miri) { 100 } else { 20_000 };
    let cache = Arc::new(Cache::new(&bounded(capacity as usize)));
    let workers: Vec<_> = (0..3).map(|_| Worker::start()).collect();
    (0..capacity).for_each(|key| cache.store(key * 100));
    let mut order: Vec<u32> = (0..capacity).collect();
    let mut random = Random(1);
    for at in (1..order.len()).rev() {
        order.swap(at, random.below(u32::try_from(at).expect("small") + 1) as usize);
    }
    // Each third by another thread, with a miss between that says which came first.
    let third = order.len() / 3 + 1;
    for (worker, keys) in workers.iter().zip(order.chunks(third)) {
        let (cache, keys) = (Arc::clone(&cache), keys.to_vec());
        worker.run(move || {
            for key in keys {
                assert!(cache.get(key * 100).is_some());
            }
            let id = cache.compute(u32::MAX).expect("it is not stored");
            let discarded = Elapsed::NotRun.into();
            drop(cache.engine.discard(id, discarded, None, &mut Garbage::new()));
            cache.engine.maintain(&mut Garbage::new());
        });
    }
    for (key, evicted) in (capacity..).zip(&order) {
        cache.store(key * 100);
        let is_there = |key: u32| Cache::find(&cache.pin(), key * 100).is_some();
        assert!(!is_there(*evicted), "another one was evicted");
    }
}
