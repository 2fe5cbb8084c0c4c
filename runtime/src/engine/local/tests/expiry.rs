//! Deadlines, and the counters after they have passed.

use super::*;
use crate::engine::counters::Discarded;

fn deadlines(cache: &Cache, now: u64) -> (usize, usize, u64) {
    let Snapshot { len, expired, counters, .. } = cache.snapshot(at(now));
    (len, expired, counters.expirations)
}

#[test]
fn a_stale_entry_is_returned_only_while_it_is_recomputed() {
    let cache = Cache::new(TIMED);
    cache.store_until(0, 100, 0);
    let start = |now, may_wait| cache.start_with(0, Keep, may_wait, at(now));
    assert!(matches!(start(99, true), Started::AlreadyStored));
    let Started::Compute(id) = start(100, true) else { panic!("returns what has expired") };
    let pin = cache.0.pin().unwrap();
    let position = pin.find(fingerprint(0), |key| *key == 0).unwrap();
    assert!(pin.is_being_recomputed(position) && pin.entry_to_replace(id) == Some(position));
    assert_eq!(pin.key_of(id), Some(&0));
    drop(pin);
    assert!(matches!(start(104, true), Started::AlreadyStored));
    assert!(matches!(start(104, false), Started::AlreadyStored));
    assert!(matches!(start(105, true), Started::Wait(waiting) if waiting.id == id));
    assert_eq!(deadlines(&cache, 109), (1, 1, 0));
    // It is purged, and its group stays.
    let group = cache.compared(0).equal;
    assert!(matches!(start(110, false), Started::Compute(_)));
    assert_eq!(cache.compared(0).equal, group);
    assert_eq!(deadlines(&cache, 110), (0, 0, 1));
    assert!(cache.0.pin().unwrap().entry_to_replace(id).is_none());
}

#[test]
fn a_result_takes_the_place_of_an_expired_one() {
    let cache = Cache::new(TIMED);
    let ids = [cache.compute(0, Keep), cache.compute(0, Keep), cache.compute(0, Keep)];
    let complete = |id, value, now| {
        cache.complete_with(id, Complete { deadline: now + 4, times: at(now), ..result(value) });
    };
    complete(ids[0], 1, 1);
    complete(ids[1], 4, 4);
    assert_eq!((cache.peek(0), deadlines(&cache, 4)), (Some(1), (1, 0, 0)));
    complete(ids[2], 5, 5);
    assert_eq!((cache.peek(0), deadlines(&cache, 5)), (Some(5), (1, 0, 1)));
}

#[test]
fn without_times_nothing_expires() {
    let cache = Cache::new(UNBOUNDED);
    for id in [cache.compute(0, Keep), cache.compute(0, Keep)] {
        cache.complete_with(id, Complete { deadline: 0, ..result(0) });
    }
    let pin = cache.0.pin().unwrap();
    let position = pin.find(fingerprint(0), |key| *key == 0).unwrap();
    assert_eq!(pin.deadline(position), u64::MAX);
    drop(pin);
    assert!(cache.remove(0, None));
    assert_eq!(cache.snapshot(None).counters.expirations, 0);
}

#[test]
fn removing_what_has_expired_removes_nothing_of_use() {
    let cache = Cache::new(TIMED);
    cache.store_until(0, 100, 0);
    let id = cache.compute(0, Replace);
    assert!(cache.remove(0, at(99)) && !cache.is_wanted(id));
    assert!(!cache.remove(0, at(99)));
    cache.store_until(0, 100, 0);
    let id = cache.compute(0, Replace);
    assert!(!cache.remove(0, at(100)) && !cache.is_wanted(id));
    assert_eq!(deadlines(&cache, 0), (0, 0, 1));
    // Only a computation.
    let id = cache.compute(0, Keep);
    assert!(!cache.remove(0, None) && !cache.is_wanted(id));
}

#[test]
fn discarding_removes_what_is_superseded() {
    let cache = Cache::new(TIMED);
    let discard = |id, superseded| {
        let discarded = Discarded {
            elapsed: Elapsed::Nanos(2),
            is_refused: true,
            is_failure: true,
            is_too_heavy: true,
        };
        cache.0.discard(id, discarded, superseded, &mut Garbage::new()).unwrap()
    };
    cache.store_until(0, 100, 0);
    assert_eq!(discard(cache.compute(0, Replace), None).sampling_mask, Some(0));
    discard(cache.compute(0, Replace), Some(99));
    cache.remove(0, None);
    let unwanted = cache.compute(0, Keep);
    let waits = cache.wait(0);
    cache.remove(0, None);
    cache.store_until(0, 100, 0);
    assert!(is_same(discard(unwanted, Some(100)).wait_list.as_ref(), &waits));
    assert_eq!(deadlines(&cache, 100), (1, 1, 0));
    let id = cache.compute(0, Replace);
    discard(id, Some(100));
    assert_eq!((deadlines(&cache, 100), cache.is_wanted(id)), ((0, 0, 1), false));
    let counters = cache.snapshot(None).counters;
    assert_eq!((counters.refused, counters.failures), (4, 4));
    assert_eq!((counters.computations(), counters.compute_nanos()), (4, 8));
}

#[test]
fn clearing_shows_what_was_there() {
    let cache = Cache::new(TIMED);
    let clear = |resets| {
        let mut before = None;
        cache.0.clear(resets, Some(6), &mut |snapshot| before = Some(*snapshot)).unwrap();
        before.unwrap()
    };
    let fill = || (0..6).for_each(|key| cache.store_until(key, u64::from(key) + 1, 0));
    let id = cache.compute(9, Keep);
    fill();
    assert!(cache.hit(5));
    cache.0.pin().unwrap().count_miss();
    let before = clear(false);
    assert_eq!((before.len, before.expired, before.counters.expirations), (6, 6, 0));
    assert_eq!((deadlines(&cache, 0), cache.is_wanted(id)), ((0, 0, 6), false));
    fill();
    let before = clear(true);
    assert_eq!((before.hits, before.misses, before.counters.misses), (1, 1, 13));
    let Snapshot { hits, misses, len, counters, .. } = cache.snapshot(None);
    assert_eq!((hits, misses, len, counters.misses, counters.expirations), (0, 0, 0, 0, 0));
    cache.complete(id, 0);
    assert!(cache.keys().is_empty());
    fill();
    assert_eq!(cache.keys(), [0, 1, 2, 3, 4, 5]);
}

/// Stores results until nothing is left that has expired; returns how many.
fn stores_until_swept(cache: &Cache, now: u64, expired: u64) -> u64 {
    let stores = 100_000..200_000;
    let mut stores = stores.take_while(|&key| {
        let is_left = cache.snapshot(None).counters.expirations < expired;
        if is_left {
            cache.store_until(key, u64::MAX, now);
        }
        is_left
    });
    stores.by_ref().count() as u64
}

#[test]
fn storing_finds_what_has_expired() {
    let cache = Cache::new(TIMED);
    (0..1_000).for_each(|key| cache.store_until(key, 100 + u64::from(key % 2), 0));
    // Removed ones do not put that off.
    (0..500).for_each(|key| assert!(cache.remove(key, None)));
    assert_eq!(stores_until_swept(&cache, 150, 500), 125);
}

#[test]
fn a_sweep_goes_around() {
    let cache = Cache::new(TIMED);
    for round in 1..20 {
        let deadline = round * 100;
        (0..400).for_each(|key| cache.store_until(key, deadline + 50, deadline));
        let expirations = cache.snapshot(None).counters.expirations;
        let stores = stores_until_swept(&cache, deadline + 60, expirations + 400);
        assert_eq!(stores, 100);
        cache.0.clear(round % 3 == 0, None, &mut |_| ()).unwrap();
    }
}

#[test]
fn the_queue_of_the_sweep_does_not_grow() {
    let cache = Cache::new(Config { capacity: Some(100), ..TIMED });
    let queued = || cache.0.state.borrow().sweep_queue.len();
    (0..10_000).for_each(|key| cache.store_until(key, u64::MAX, 0));
    assert!(queued() <= 200, "{}", queued());
    for _ in 0..1_000 {
        cache.store_until(0, u64::MAX, 0);
        cache.remove(0, None);
    }
    assert!(queued() <= 200, "{}", queued());
}
