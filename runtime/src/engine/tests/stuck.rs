//! A reader that stays in a user's `Clone` delays no other thread.

use super::*;
use crate::engine::thread::STRIPES;

/// Hits and misses of more threads than there are stripes. Some share the stripe of the one that is
/// stuck.
#[test]
fn others_hit_and_miss_meanwhile() {
    let cache = Arc::new(Cache::new(&bounded(8)));
    cache.store(0);
    let stuck = Stuck::in_clone(&cache, 0);
    let threads: Vec<_> = (1..)
        .take(2 * STRIPES + 4)
        .map(|key| {
            let cache = Arc::clone(&cache);
            thread::spawn(move || {
                for key in [key, key + 1_000] {
                    cache.store(key);
                    cache.get(key);
                    cache.get(0);
                    cache.remove(key);
                }
            })
        })
        .collect();
    for thread in threads {
        thread.join().expect("it does not panic");
    }
    cache.clear();
    assert_eq!(cache.alive(), 2);
    stuck.release();
    assert_eq!(cache.alive(), 0);
}

/// Each clear frees the items that the one before left, except the one that the reader clones.
#[test]
fn memory_is_bounded_by_what_is_cloned() {
    let cache = Arc::new(Cache::new(&bounded(8)));
    (0..3).for_each(|key| cache.store(key));
    let stuck = Stuck::in_clone(&cache, 0);
    for _ in 0..10 {
        cache.clear();
        assert_eq!(cache.engine.writer.lock().0.limbo.arenas(), 1);
        // The same slots, of other storage.
        (0..20).for_each(|key| cache.store(key));
        assert_eq!(cache.alive(), 2 * 8 + 2);
    }
    cache.clear();
    stuck.release();
    assert_eq!((cache.alive(), cache.engine.writer.lock().0.limbo.arenas()), (0, 0));
}

/// All but one of the stripes are held.
#[test]
fn many_are_stuck() {
    let cache = Arc::new(Cache::new(&bounded(64)));
    (0..64).for_each(|key| cache.store(key));
    let stuck: Vec<_> = (0..).take(STRIPES - 1).map(|key| Stuck::in_clone(&cache, key)).collect();
    let workers: Vec<_> = (0..STRIPES + 4).map(|_| Worker::start()).collect();
    for (key, worker) in (100..).zip(&workers) {
        let cache = Arc::clone(&cache);
        worker.run(move || {
            cache.store(key);
            assert_eq!(cache.get(key), Some(key * 10));
        });
    }
    cache.clear();
    assert_eq!(cache.alive(), 2 * stuck.len());
    stuck.into_iter().for_each(Stuck::release);
    assert_eq!(cache.alive(), 0);
}

/// The order stays that of the hits: the stuck reader has logged its own.
#[test]
fn order_is_exact_meanwhile() {
    let cache = Arc::new(Cache::new(&bounded(3)));
    (0..3).for_each(|key| cache.store(key));
    let stuck = Stuck::in_clone(&cache, 0);
    cache.store(3);
    assert_eq!(cache.keys(0..5), [0, 2, 3]);
    cache.get(2);
    cache.store(4);
    assert_eq!(cache.keys(0..5), [2, 3, 4]);
    stuck.release();
}

/// A thread within a pin waits for no other, so two that read each other's caches continue.
#[test]
fn within_a_pin_nothing_is_waited_for() {
    let cache = Arc::new(Cache::new(&bounded(3)));
    cache.store(0);
    let stuck = Stuck::in_clone(&cache, 0);
    let inner = cache.get_with(0, |value| {
        // Its own stripe is taken, and the mutex is not.
        assert!(cache.engine.pin().is_none() && cache.engine.pin_slow().is_err());
        assert!(cache.engine.clear(false, None, &mut |_| ()).is_ok());
        value.read()
    });
    assert_eq!((inner, cache.alive()), (Some(0), 2));
    stuck.release();
    assert_eq!((cache.alive(), cache.get(0)), (0, None));
}

/// While a reader searches, no slot is used again: there are more of them than buckets in the
/// index.
#[test]
fn all_is_found_when_there_are_more_slots_than_buckets() {
    let cache = Arc::new(Cache::new(&UNBOUNDED));
    cache.store(0);
    let its = Arc::clone(&cache);
    let stuck = Stuck::start(move |wait| {
        let pin = its.pin();
        let found = pin.find(fingerprint(0), |key| {
            wait();
            key.read() == 0
        });
        assert!(found.is_some_and(|position| pin.value(position).read() == 0));
        its.leave(pin, false);
    });
    for key in 1..500 {
        cache.store(key * 100);
        assert_eq!(cache.get(key * 100), Some(key * 1_000));
        assert!(cache.remove(key * 100));
    }
    (500..520).for_each(|key| cache.store(key * 100));
    assert!((500..520).all(|key| cache.get(key * 100) == Some(key * 1_000)));
    assert_eq!(cache.snapshot().len, 21);
    stuck.release();
    assert_eq!(cache.alive(), 42);
}
