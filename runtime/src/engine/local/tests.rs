//! Each rule of [`Local`] by itself, and all together against a model.

use std::rc::Rc;

use super::Local;
use crate::engine::counters::Elapsed;
use crate::engine::thread::Leader;
use crate::engine::types::{
    Compared, Complete, Config, Ended, Engine as _, Eviction, Fingerprint, Garbage, InFlightId,
    OnExisting::{self, Keep, Replace},
    Pin as _, Snapshot, Start, Started, Times,
};

mod expiry;
mod garbage;
mod model;

/// Each is another one, and all of its clones are the same.
type WaitList = Rc<()>;

const UNBOUNDED: Config =
    Config { capacity: None, max_weight: None, is_timed: false, eviction: Eviction::Lru };
const TIMED: Config = Config { is_timed: true, ..UNBOUNDED };

/// Three keys have the same fingerprint each.
fn fingerprint(key: u32) -> Fingerprint {
    Fingerprint(key / 3)
}

/// An entry may be returned until 5 after its deadline, and is of use until 10 after it.
// It is passed where times are optional.
#[allow(clippy::unnecessary_wraps)]
fn at(now: u64) -> Option<Times> {
    Some(Times { now, stale: 5, purge_cutoff: now.saturating_sub(10) })
}

struct Cache(Local<u32, u32, WaitList>);

impl Cache {
    fn new(config: Config) -> Self {
        Cache(Local::new(&config))
    }

    fn compared(&self, key: u32) -> Compared {
        let mut compared = Compared::default();
        let pin = self.0.pin().unwrap();
        pin.compare(fingerprint(key), &mut compared, |other| *other == key);
        compared
    }

    fn start_with(
        &self,
        key: u32,
        on_existing: OnExisting,
        may_wait: bool,
        times: Option<Times>,
    ) -> Started<WaitList> {
        self.start_compared(key, &self.compared(key), on_existing, may_wait, times)
    }

    fn start_compared(
        &self,
        key: u32,
        compared: &Compared,
        on_existing: OnExisting,
        may_wait: bool,
        times: Option<Times>,
    ) -> Started<WaitList> {
        let start = Start {
            fingerprint: fingerprint(key),
            compared,
            key: &mut Some(key),
            leader: Leader::TASK,
            on_existing,
            may_wait,
            counts_miss: true,
            times,
            new_wait_list: WaitList::default,
        };
        self.0.start(self.0.pin(), start, &mut Garbage::new()).unwrap()
    }

    fn compute(&self, key: u32, on_existing: OnExisting) -> InFlightId {
        match self.start_with(key, on_existing, false, None) {
            Started::Compute(id) => id,
            _ => panic!("{key} is stored"),
        }
    }

    fn wait(&self, key: u32) -> WaitList {
        match self.start_with(key, Keep, true, None) {
            Started::Wait(waiting) => waiting.wait_list,
            _ => panic!("{key} is not computed"),
        }
    }

    fn complete_with(&self, id: InFlightId, complete: Complete<u32>) -> Ended<WaitList> {
        self.0.complete(id, complete, &mut Garbage::new()).unwrap()
    }

    fn complete(&self, id: InFlightId, value: u32) -> Ended<WaitList> {
        self.complete_with(id, result(value))
    }

    fn store(&self, key: u32, value: u32) {
        self.complete(self.compute(key, Replace), value);
    }

    fn store_until(&self, key: u32, deadline: u64, now: u64) {
        let complete = Complete { deadline, times: at(now), ..result(key) };
        self.complete_with(self.compute(key, Replace), complete);
    }

    fn store_weighing(&self, key: u32, weight: u64) -> Ended<WaitList> {
        let complete = Complete { weight, ..result(key) };
        self.complete_with(self.compute(key, Replace), complete)
    }

    fn peek(&self, key: u32) -> Option<u32> {
        let pin = self.0.pin().unwrap();
        let position = pin.find(fingerprint(key), |other| *other == key)?;
        Some(*pin.value(position))
    }

    fn hit(&self, key: u32) -> bool {
        let mut pin = self.0.pin().unwrap();
        let position = pin.find(fingerprint(key), |other| *other == key);
        let needs_maintenance = position.is_some_and(|position| pin.hit(position));
        assert!(!needs_maintenance && !pin.leave());
        position.is_some()
    }

    fn keys(&self) -> Vec<u32> {
        (0..20).filter(|&key| self.peek(key).is_some()).collect()
    }

    fn remove(&self, key: u32, times: Option<Times>) -> bool {
        let compared = self.compared(key);
        let removed = self.0.remove(fingerprint(key), &compared, times, &mut Garbage::new());
        removed.unwrap().unwrap()
    }

    fn snapshot(&self, times: Option<Times>) -> Snapshot {
        let mut shown = None;
        let show = &mut |snapshot: &Snapshot| shown = Some(*snapshot);
        self.0.snapshot(times, show, &mut Garbage::new()).unwrap();
        shown.unwrap()
    }

    fn is_wanted(&self, id: InFlightId) -> bool {
        self.0.pin().unwrap().key_of(id).is_some()
    }
}

fn result(value: u32) -> Complete<u32> {
    Complete { value, elapsed: Elapsed::NotRun, weight: 1, deadline: u64::MAX, times: None }
}

fn is_same(one: Option<&WaitList>, other: &WaitList) -> bool {
    one.is_some_and(|one| Rc::ptr_eq(one, other))
}

#[test]
fn finds_what_was_stored() {
    let cache = Cache::new(UNBOUNDED);
    (0..20).for_each(|key| cache.store(key, key + 100));
    assert!((0..20).all(|key| cache.peek(key) == Some(key + 100)));
    cache.store(4, 5);
    assert_eq!((cache.peek(3), cache.peek(4), cache.peek(20)), (Some(103), Some(5), None));
    assert!(matches!(cache.start_with(4, Keep, true, None), Started::AlreadyStored));
    assert!(cache.hit(4) && !cache.hit(20));
    cache.0.pin().unwrap().count_miss();
    let Snapshot { hits, misses, len, counters, .. } = cache.snapshot(None);
    assert_eq!((hits, misses, len, counters.misses, counters.evictions), (1, 1, 20, 21, 0));
}

#[test]
fn starts_nothing_for_a_key_that_was_not_compared() {
    let cache = Cache::new(UNBOUNDED);
    let id = cache.compute(0, Keep);
    let compared = Compared::default();
    let start = || cache.start_compared(1, &compared, Replace, false, None);
    assert!(matches!(start(), Started::NotCompared));
    cache.complete(id, 0);
    assert!(matches!(start(), Started::NotCompared));
    let removed = cache.0.remove(fingerprint(1), &compared, None, &mut Garbage::new());
    assert_eq!(removed.unwrap(), None);
    assert_eq!(cache.snapshot(None).counters.misses, 1);
}

#[test]
fn a_group_that_is_gone_does_not_come_back() {
    let cache = Cache::new(UNBOUNDED);
    cache.store(0, 0);
    let before = cache.compared(0);
    assert!(before.equal.is_some());
    assert!(cache.remove(0, None));
    let started = cache.start_compared(0, &before, Keep, true, None);
    assert!(matches!(started, Started::Compute(_)));
    assert_ne!(cache.compared(0).equal, before.equal);
    assert_eq!(cache.snapshot(None).counters.misses, 2);
}

#[test]
fn waits_for_the_last_computation() {
    let cache = Cache::new(UNBOUNDED);
    let (first, second) = (cache.compute(0, Keep), cache.compute(0, Keep));
    assert_eq!(cache.compared(0).equal, Some(first.generation));
    let Started::Wait(waiting) = cache.start_with(0, Keep, true, None) else { panic!("no wait") };
    assert!(waiting.id == second && waiting.leader == Leader::TASK);
    assert!(Rc::ptr_eq(&waiting.wait_list, &cache.wait(0)));
    assert_eq!(cache.snapshot(None).counters.joined, 2);
    assert!(cache.0.uncount_join(waiting.cleared_at).unwrap());
    cache.0.clear(true, None, &mut |_| ()).unwrap();
    assert!(!cache.0.uncount_join(waiting.cleared_at).unwrap());
    assert_eq!(cache.snapshot(None).counters.joined, 0);
    // The computation, discarded by the clear, still ends.
    assert!(is_same(cache.complete(second, 1).wait_list.as_ref(), &waiting.wait_list));
    assert!(cache.complete(first, 1).wait_list.is_none());
    assert!(cache.keys().is_empty());
}

#[test]
fn the_first_call_to_be_completed_stays() {
    let cache = Cache::new(UNBOUNDED);
    let first = cache.compute(0, Keep);
    let waits_for_first = cache.wait(0);
    let second = cache.compute(0, Keep);
    let waits_for_second = cache.wait(0);
    let ended = cache.complete(second, 2);
    assert!(is_same(ended.wait_list.as_ref(), &waits_for_second));
    assert!(is_same(ended.others.first(), &waits_for_first) && ended.others.len() == 1);
    assert!(cache.is_wanted(first));
    let ended = cache.complete(first, 1);
    assert!(ended.wait_list.is_none() && ended.others.is_empty() && !cache.is_wanted(first));
    assert_eq!(cache.peek(0), Some(2));
}

#[test]
fn a_replacement_discards_what_began_earlier() {
    let cache = Cache::new(UNBOUNDED);
    let earlier = cache.compute(0, Keep);
    let waits_for_earlier = cache.wait(0);
    let refresh = cache.compute(0, Replace);
    let later = cache.compute(0, Keep);
    let ended = cache.complete(refresh, 2);
    assert!(ended.wait_list.is_none() && ended.others.is_empty());
    assert!(!cache.is_wanted(earlier) && cache.is_wanted(later));
    let ended = cache.complete(earlier, 1);
    assert!(is_same(ended.wait_list.as_ref(), &waits_for_earlier));
    cache.complete(later, 3);
    assert_eq!(cache.peek(0), Some(2));
    // A call that began after a refresh, and ends before it.
    cache.remove(0, None);
    let refresh = cache.compute(0, Replace);
    cache.complete(cache.compute(0, Keep), 4);
    cache.complete(refresh, 2);
    assert_eq!(cache.peek(0), Some(4));
}

#[test]
fn evicts_the_least_recently_used() {
    let cache = Cache::new(Config { capacity: Some(3), ..TIMED });
    (0..3).for_each(|key| cache.store_until(key, if key == 2 { 4 } else { 100 }, 0));
    assert!(cache.hit(0) && cache.peek(1).is_some());
    cache.store_until(3, 100, 0);
    assert_eq!(cache.keys(), [0, 2, 3]);
    let pin = cache.0.pin().unwrap();
    let position = pin.find(fingerprint(2), |key| *key == 2).unwrap();
    for deadline in [5, 3] {
        pin.extend_deadline(position, deadline);
    }
    assert_eq!(pin.deadline(position), 5);
    drop(pin);
    cache.store_until(4, 100, 5);
    assert_eq!(cache.keys(), [0, 3, 4]);
    let counters = cache.snapshot(None).counters;
    assert_eq!((counters.evictions, counters.expirations), (1, 1));
}

#[test]
fn without_room_for_an_entry_nothing_starts() {
    let cache = Cache::new(Config { capacity: Some(0), ..UNBOUNDED });
    assert!(matches!(cache.start_with(0, Replace, false, None), Started::Full));
    assert_eq!(cache.snapshot(None).counters.misses, 0);
}

#[test]
fn weights_are_bounded_together() {
    let cache = Cache::new(Config { max_weight: Some(10), ..UNBOUNDED });
    (1..=4).for_each(|key| drop(cache.store_weighing(key, key.into())));
    assert_eq!((cache.keys(), cache.snapshot(None).weight), (vec![1, 2, 3, 4], 10));
    assert!(cache.hit(1));
    cache.store_weighing(5, 5);
    assert_eq!((cache.keys(), cache.snapshot(None).weight), (vec![1, 4, 5], 10));
    cache.store_weighing(6, u64::from(u32::MAX));
    assert_eq!((cache.keys(), cache.snapshot(None).weight), (vec![1, 4, 5], 10));
    // The old value does not survive the new one, nor does what began before that.
    let (earlier, newer) = (cache.compute(4, Replace), cache.compute(4, Replace));
    cache.complete_with(newer, Complete { weight: u64::MAX, ..result(1) });
    assert!(!cache.is_wanted(earlier) && !cache.is_wanted(newer));
    let Snapshot { counters, weight, len, .. } = cache.snapshot(None);
    assert_eq!(counters.evictions, 2);
    assert_eq!((cache.keys(), weight, len), (vec![1, 5], 6, 2));
    cache.store_weighing(7, 10);
    assert_eq!(cache.keys(), [7]);
    assert_eq!((cache.0.rough_snapshot().weight, cache.0.rough_snapshot().len), (10, 1));
}

#[test]
fn a_call_that_is_too_heavy_leaves_a_fresh_entry() {
    let cache = Cache::new(Config { max_weight: Some(10), ..TIMED });
    let heavy = |now| Complete { weight: 11, times: at(now), ..result(1) };
    let calls = [cache.compute(0, Keep), cache.compute(0, Keep)];
    cache.complete_with(cache.compute(0, Keep), Complete { deadline: 5, ..result(0) });
    cache.complete_with(calls[0], heavy(4));
    assert_eq!(cache.keys(), [0]);
    cache.complete_with(calls[1], heavy(5));
    let Snapshot { counters, weight, .. } = cache.snapshot(None);
    assert_eq!((cache.keys(), weight), (vec![], 0));
    assert_eq!(counters.expirations, 1);
}
