//! The moment at which a removed item is dropped.

use super::*;

fn at(now: u64) -> Times {
    Times { now, stale: 0, purge_cutoff: now }
}

fn is_all_dropped(cache: &Cache) -> bool {
    cache.alive() == 2 * cache.engine.rough_snapshot().len
}

#[test]
fn without_a_reader_all_is_dropped_at_once() {
    let cache = Arc::new(Cache::new(&bounded(4)));
    let others: Vec<_> = (0..6).map(|_| Worker::start()).collect();
    for key in 0..200 {
        cache.store(key * 50);
        assert!(is_all_dropped(&cache));
        let (other, its) = (&others[key as usize % others.len()], Arc::clone(&cache));
        other.run(move || its.get(key * 50));
    }
    assert!(cache.remove(199 * 50) && is_all_dropped(&cache));
    cache.clear();
    assert_eq!(cache.alive(), 0);
}

/// With this many stripes, a writer does not look at all of them at once.
#[test]
fn what_was_read_by_many_threads_is_dropped_soon() {
    let bounds = [(1, 1), (16, 1), (64, 4), (1024, 64)];
    for (capacity, limit) in bounds.into_iter().take(if cfg!(miri) { 1 } else { 4 }) {
        let cache = Arc::new(Cache::new(&bounded(capacity)));
        let others: Vec<_> = (0..40).map(|_| Worker::start()).collect();
        let keys = u32::try_from(capacity).expect("small") + if cfg!(miri) { 50 } else { 300 };
        for key in 0..keys {
            cache.store(key);
            let its = Arc::clone(&cache);
            others[key as usize % others.len()].run(move || its.get(key));
            let len = cache.engine.rough_snapshot().len;
            assert!(cache.alive() - 2 * len <= 2 * limit, "more than {limit} of {capacity} wait");
        }
    }
}

#[test]
fn beside_a_clone_only_its_own_entry_is_kept() {
    let cache = Arc::new(Cache::new(&bounded(2)));
    cache.store(0);
    let stuck = Stuck::in_clone(&cache, 0);
    for key in 1..100 {
        cache.store(key);
        let kept = usize::from(Cache::find(&cache.pin(), 0).is_none());
        assert_eq!(cache.alive(), 2 * (cache.snapshot().len + kept));
    }
    assert_eq!(cache.keys(0..100), [98, 99]);
    stuck.release();
    cache.store(100);
    assert!(is_all_dropped(&cache));
}

/// A reader that runs `Eq` may find any entry next.
#[test]
fn beside_a_search_nothing_is_dropped_that_it_may_find() {
    let cache = Arc::new(Cache::new(&UNBOUNDED));
    (0..3).for_each(|key| cache.store(key));
    let its = Arc::clone(&cache);
    let stuck = Stuck::start(move |wait| {
        let pin = its.pin();
        let found = pin.find(fingerprint(1), |key| {
            wait();
            key.read() == 1
        });
        assert!(found.is_none_or(|position| pin.value(position).read() == 10));
        its.leave(pin, false);
    });
    assert!(cache.remove(0) && cache.remove(2));
    cache.clear();
    assert_eq!(cache.alive(), 6);
    // It searches only once more.
    drop(stuck.release);
    assert!(stuck.thread.join().is_err());
    cache.clear();
    assert_eq!(cache.alive(), 0);
}

#[test]
fn a_removed_value_is_dropped_when_its_reader_leaves() {
    let cache = Arc::new(Cache::new(&bounded(10)));
    (0..3).for_each(|key| cache.store(key));
    let stuck = Stuck::in_clone(&cache, 0);
    assert!(cache.remove(0) && cache.remove(1));
    assert_eq!(cache.alive(), 4);
    stuck.release();
    assert_eq!(cache.alive(), 2);
}

#[test]
fn a_cleared_value_is_dropped_when_its_reader_leaves() {
    let cache = Arc::new(Cache::new(&bounded(10)));
    (0..5).for_each(|key| cache.store(key));
    let stuck = [Stuck::in_clone(&cache, 0), Stuck::in_clone(&cache, 1)];
    cache.clear();
    assert_eq!(cache.alive(), 4);
    // The same slots, in other storage.
    (0..5).for_each(|key| cache.store(key));
    cache.clear();
    assert_eq!(cache.alive(), 4);
    for (left, stuck) in [2, 0].into_iter().zip(stuck) {
        stuck.release();
        assert_eq!(cache.alive(), left);
    }
}

#[test]
fn a_clear_drops_and_frees_everything_if_a_drop_panics() {
    let cache = Arc::new(Cache::new(&bounded(10)));
    let arenas = || cache.engine.writer.lock().0.limbo.arenas();
    for is_read in [false, true] {
        for key in [0, PANICS_ON_DROP / 10, 1] {
            cache.store(key);
        }
        let stuck = is_read.then(|| Stuck::in_clone(&cache, 0));
        let clear = std::panic::AssertUnwindSafe(|| cache.clear());
        assert!(std::panic::catch_unwind(clear).is_err());
        // The value that a reader clones, with its key, and the storage that they are in.
        assert_eq!((cache.alive(), arenas()), if is_read { (2, 1) } else { (0, 0) });
        stuck.into_iter().for_each(Stuck::release);
        assert_eq!((cache.alive(), arenas()), (0, 0));
    }
}

#[test]
fn an_expired_value_is_dropped_when_its_reader_leaves() {
    let cache = Arc::new(Cache::new(&TIMED));
    (0..4).for_each(|key| cache.store_until(key, 5));
    cache.store_until(4, 9);
    let stuck = Stuck::in_clone(&cache, 3);
    assert_eq!(cache.snapshot_at(Some(at(5))).len, 1);
    assert_eq!(cache.alive(), 4);
    stuck.release();
    assert_eq!(cache.alive(), 2);
}

/// A reader that misses releases its pin by starting a computation.
#[test]
fn a_cleared_value_is_dropped_when_its_reader_starts_a_computation() {
    for is_simple in [true, false] {
        let cache = Arc::new(Cache::new(&UNBOUNDED));
        (0..3).for_each(|key| cache.store(key * 100));
        let pin = cache.pin();
        let its = Arc::clone(&cache);
        Worker::start().run(move || its.clear());
        assert_eq!(cache.alive(), 6);
        let (item, leader) = (Item::new(0, &cache.items), super::super::Leader::TASK);
        if is_simple {
            assert!(cache.engine.start_first(pin, fingerprint(0), item, leader).is_ok());
        } else {
            let start = super::super::types::Start {
                fingerprint: fingerprint(0),
                compared: &super::super::types::Compared::default(),
                key: &mut Some(item),
                leader: super::super::Leader::TASK,
                on_existing: super::super::OnExisting::Keep,
                may_wait: false,
                counts_miss: true,
                times: None,
                new_wait_list: harness::WaitList::default,
            };
            let started = cache.engine.start(Some(pin), start, &mut Garbage::new());
            assert!(matches!(started, Ok(Started::Compute(_))));
        }
        assert_eq!(cache.alive(), 1, "the key of the computation is left");
    }
}

#[test]
fn a_discarded_result_is_dropped_at_once() {
    let cache = Cache::new(&bounded(4));
    for discard in [|cache: &Cache| assert!(!cache.remove(0)), Cache::clear] {
        let id = cache.compute(0).expect("it is not stored");
        discard(&cache);
        assert_eq!(cache.alive(), 0);
        cache.complete(id, 0);
        assert_eq!((cache.alive(), cache.get(0)), (0, None));
    }
}

#[test]
fn dropping_the_engine_drops_all() {
    let cache = Cache::new(&bounded(4));
    (0..9).for_each(|key| cache.store(key));
    let _ = cache.compute(9);
    let items = Arc::clone(&cache.items);
    drop(cache);
    assert_eq!(items.made.load(Relaxed), items.dropped.load(Relaxed));
}
