//! The engine with the adaptive policy, against the algorithm on lists of keys.

use super::super::adaptive::tests::{Model, Random};
use super::*;

fn run(seed: u64, capacity: usize, worker: &Worker, steps: u32) {
    let config = Config { eviction: Eviction::Adaptive, ..bounded(capacity) };
    let (cache, mut model) = (Arc::new(Cache::new(&config)), Model::new(capacity));
    let keys = u32::try_from(capacity).expect("small") * 3 + 2;
    let mut random = Random(seed);
    for step in 0..steps {
        // Each has another fingerprint, which is what ghosts know.
        let key = random.key(keys) * 100;
        let (its, is_there) = (Arc::clone(&cache), model.contains(key));
        match random.below(20) {
            0 => {
                assert_eq!(worker.run(move || its.remove(key)), is_there);
                model.remove(key);
            }
            _ if is_there => {
                assert_eq!(worker.run(move || its.get(key)), Some(key * 10));
                model.hit(key);
            }
            _ => {
                cache.store(key);
                if let Some(evicted) = model.store(key) {
                    let is_there = Cache::find(&cache.pin(), evicted).is_some();
                    assert!(!is_there, "another is evicted: {capacity} entries, step {step}");
                }
            }
        }
    }
    let all = (0..keys).map(|key| key * 100);
    assert!(
        all.into_iter().all(|key| Cache::find(&cache.pin(), key).is_some() == model.contains(key))
    );
}

/// Hits and removals are another thread's.
#[test]
fn evicts_as_the_algorithm_does() {
    let worker = Worker::start();
    let steps = if cfg!(miri) { 100 } else { 6_000 };
    for (seed, capacity) in (1..).zip([1, 2, 3, 10, 40, 150]) {
        run(seed * 0x9e37_79b9, capacity, &worker, steps);
    }
}

#[test]
fn a_replaced_entry_is_a_new_one() {
    let config = Config { eviction: Eviction::Adaptive, ..bounded(2) };
    let cache = Cache::new(&config);
    cache.store(0);
    let replaced = cache.start_with(0, super::super::types::OnExisting::Replace, false);
    let Started::Compute(id) = replaced else { panic!("it is computed again") };
    cache.complete(id, 7);
    assert_eq!((cache.get(0), cache.snapshot().len), (Some(7), 1));
}

/// Without a bound by number, it adapts to the number of entries.
#[test]
fn weights_bound_it_too() {
    let config = Config { eviction: Eviction::Adaptive, max_weight: Some(5_000), ..UNBOUNDED };
    let cache = Cache::new(&config);
    let mut random = Random(1);
    for _ in 0..if cfg!(miri) { 300 } else { 20_000 } {
        let key = random.key(20_000);
        if cache.get(key).is_none() {
            let id = cache.compute(key).expect("it is not stored");
            let result = super::super::types::Complete { weight: 1, ..cache.result(key * 10) };
            cache.complete_with(id, result);
        }
        let Snapshot { len, weight, .. } = cache.snapshot();
        assert!(weight <= 5_000 && weight == len as u64 && cache.alive() == 2 * len);
    }
    assert!(cfg!(miri) || cache.snapshot().weight == 5_000);
}
