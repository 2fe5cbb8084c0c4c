//! Users' `Drop` and `Eq` run only when the state is not borrowed.

use std::cell::Cell;
use std::rc::Weak;

use super::*;
use crate::engine::thread::ReadScope;

type Probed = Local<Probe, Probe, ()>;

/// Sees, when it is dropped, whether its engine is in use.
struct Probe {
    key: u32,
    engine: Weak<Probed>,
    dropped: Rc<Cell<u32>>,
}

impl Drop for Probe {
    fn drop(&mut self) {
        let engine = self.engine.upgrade();
        assert!(engine.is_none_or(|engine| engine.pin().is_some()), "dropped within the engine");
        self.dropped.set(self.dropped.get() + 1);
    }
}

struct Probes {
    engine: Rc<Probed>,
    dropped: Rc<Cell<u32>>,
}

impl Probes {
    fn new(config: Config) -> Self {
        Probes { engine: Rc::new(Local::new(&config)), dropped: Rc::default() }
    }

    fn probe(&self, key: u32) -> Probe {
        let (engine, dropped) = (Rc::downgrade(&self.engine), Rc::clone(&self.dropped));
        Probe { key, engine, dropped }
    }

    fn compute(&self, key: u32, on_existing: OnExisting) -> InFlightId {
        let mut compared = Compared::default();
        let pin = self.engine.pin().unwrap();
        pin.compare(Fingerprint(0), &mut compared, |other| other.key == key);
        let mut garbage = Garbage::new();
        let start = Start {
            fingerprint: Fingerprint(0),
            compared: &compared,
            key: &mut Some(self.probe(key)),
            leader: Leader::UNKNOWN,
            on_existing,
            may_wait: false,
            counts_miss: false,
            times: at(5),
            new_wait_list: || (),
        };
        match self.engine.start(Some(pin), start, &mut garbage) {
            Ok(Started::Compute(id)) => id,
            _ => panic!("nothing starts"),
        }
    }

    fn complete(&self, id: InFlightId, deadline: u64, now: u64) -> u32 {
        self.dropped_by(|engine, garbage| {
            let (value, times) = (self.probe(0), at(now));
            let complete = Complete { value, elapsed: Elapsed::NotRun, weight: 1, deadline, times };
            engine.complete(id, complete, garbage).unwrap();
        })
    }

    /// Returns how many keys and values are in the garbage.
    fn dropped_by(&self, act: impl FnOnce(&Probed, &mut Garbage<Probe, Probe>)) -> u32 {
        let before = self.dropped.get();
        let mut garbage = Garbage::new();
        act(&self.engine, &mut garbage);
        assert_eq!(self.dropped.get(), before);
        drop(garbage);
        self.dropped.get() - before
    }
}

#[test]
fn what_leaves_is_dropped_by_the_caller() {
    let config = Config { capacity: Some(2), ..TIMED };
    let probes = Probes::new(config);
    let [kept, lost, discarded] = [0; 3].map(|key| probes.compute(key, Keep));
    assert_eq!(probes.complete(kept, 100, 5), 0);
    assert_eq!(probes.complete(lost, 100, 5), 2);
    let ended = |engine: &Probed, garbage: &mut _| {
        engine.discard(discarded, Elapsed::NotRun.into(), None, garbage).unwrap();
    };
    assert_eq!((probes.dropped_by(ended), probes.dropped_by(ended)), (1, 0));
    assert_eq!(probes.complete(discarded, 100, 5), 1);
    // Replaced, evicted, swept.
    assert_eq!(probes.complete(probes.compute(0, Replace), 100, 5), 2);
    assert_eq!(probes.complete(probes.compute(1, Keep), 20, 5), 0);
    assert_eq!(probes.complete(probes.compute(2, Keep), 30, 5), 2);
    assert_eq!(probes.complete(probes.compute(3, Keep), 40, 35), 2);
    let snapshot = |engine: &Probed, garbage: &mut _| {
        engine.snapshot(at(50), &mut |snapshot| assert_eq!(snapshot.len, 0), garbage).unwrap();
    };
    assert_eq!(probes.dropped_by(snapshot), 4);
    // Removed, with a computation.
    probes.complete(probes.compute(0, Replace), 100, 50);
    let running = probes.compute(0, Replace);
    let mut compared = Compared::default();
    let pin = probes.engine.pin().unwrap();
    pin.compare(Fingerprint(0), &mut compared, |other| other.key == 0);
    drop(pin);
    let removed = probes.dropped_by(|engine, garbage| {
        assert_eq!(engine.remove(Fingerprint(0), &compared, None, garbage).unwrap(), Some(true));
    });
    assert_eq!((removed, probes.complete(running, 100, 50)), (3, 1));
}

#[test]
fn a_clear_drops_what_it_removed_afterwards() {
    let probes = Probes::new(TIMED);
    (0..5).for_each(|key| _ = probes.complete(probes.compute(key, Keep), 100, 5));
    let running = probes.compute(9, Keep);
    let before = probes.dropped.get();
    let is_unchanged = &mut |_: &Snapshot| assert_eq!(probes.dropped.get(), before);
    probes.engine.clear(true, None, is_unchanged).unwrap();
    assert_eq!(probes.dropped.get() - before, 11);
    assert_eq!(probes.complete(running, 100, 5), 1);
}

#[test]
fn within_a_pin_every_operation_is_reentrant() {
    let cache = Cache::new(UNBOUNDED);
    cache.store(0, 0);
    let id = cache.compute(1, Keep);
    assert!(cache.hit(0) && !ReadScope::is_active());
    let pin = cache.0.pin_slow().unwrap();
    assert!(ReadScope::is_active());
    let (engine, garbage) = (&cache.0, &mut Garbage::new());
    let compared = Compared::default();
    assert!(engine.pin().is_none() && engine.pin_slow().is_err());
    assert!(engine.complete(id, result(0), garbage).is_err());
    assert!(engine.discard(id, Elapsed::Nanos(1).into(), None, garbage).is_err());
    assert!(engine.remove(fingerprint(0), &compared, None, garbage).is_err());
    assert!(engine.uncount_join(0).is_err());
    assert!(engine.clear(true, None, &mut |_| unreachable!()).is_err());
    assert!(engine.snapshot(None, &mut |_| unreachable!(), garbage).is_err());
    let start = Start {
        fingerprint: fingerprint(2),
        compared: &compared,
        key: &mut Some(2),
        leader: Leader::TASK,
        on_existing: Replace,
        may_wait: false,
        counts_miss: true,
        times: None,
        new_wait_list: WaitList::default,
    };
    assert!(engine.start(None, start, garbage).is_err());
    engine.maintain(garbage);
    let rough = engine.rough_snapshot();
    assert_eq!((rough.len, rough.hits, rough.counters.misses), (1, 1, 0));
    // One engine within another.
    let other = Cache::new(UNBOUNDED);
    assert!(!other.hit(0) && ReadScope::is_active());
    drop(pin);
    assert!(!ReadScope::is_active() && cache.is_wanted(id));
    let rough = engine.rough_snapshot();
    assert_eq!((rough.len, rough.hits, rough.counters.misses), (1, 1, 2));
}
