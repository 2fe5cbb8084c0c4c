//! Several threads at once, for some time. `FUNCTOOLS_STRESS` makes it longer.

use super::*;
use crate::engine::harness::WaitList;
use crate::engine::types::OnExisting;

fn steps() -> u32 {
    let factor = std::env::var("FUNCTOOLS_STRESS").ok().and_then(|it| it.parse().ok());
    let steps = if cfg!(miri) { 60 } else { 8_000 };
    steps * factor.unwrap_or(1)
}

const THREADS: u64 = 6;

/// The counts of one thread.
#[derive(Default)]
struct Seen {
    hits: u64,
    misses: u64,
    joined: u64,
}

/// Does a random operation with a random key.
fn step(cache: &Cache, random: &mut Random, keys: u32, seen: &mut Seen) {
    let key = random.below(keys);
    match random.below(100) {
        0..70 => match cache.get_with(key, Item::read) {
            Some(value) => {
                assert_eq!(value, key * 10);
                seen.hits += 1;
            }
            None => seen.misses += 1,
        },
        70..90 => {
            if let Some(id) = cache.compute(key) {
                seen.misses += 1;
                if random.is_one_in(20) {
                    let discarded = super::super::Elapsed::NotRun.into();
                    let mut garbage = Garbage::new();
                    drop(cache.engine.discard(id, discarded, None, &mut garbage).expect("no pin"));
                } else {
                    cache.complete(id, key * 10);
                }
            }
        }
        90..94 => {
            if let Started::Compute(id) = cache.start_with(key, OnExisting::Replace, false) {
                seen.misses += 1;
                cache.complete(id, key * 10);
            }
        }
        94..96 => match cache.start(key, true) {
            Started::Compute(id) => {
                seen.misses += 1;
                cache.complete(id, key * 10);
            }
            Started::Wait(_) => seen.joined += 1,
            _ => (),
        },
        96..99 => drop(cache.remove(key)),
        _ if random.is_one_in(50) => cache.clear(),
        _ => drop(cache.snapshot()),
    }
}

fn stress(config: &Config, keys: u32) {
    let cache = Arc::new(Cache::new(config));
    let capacity = config.capacity.unwrap_or(usize::MAX);
    let threads: Vec<_> = (1..=THREADS)
        .map(|seed| {
            let cache = Arc::clone(&cache);
            thread::spawn(move || {
                let (mut random, mut seen) = (Random(seed * 0x9e37_79b9), Seen::default());
                for _ in 0..steps() {
                    step(&cache, &mut random, keys, &mut seen);
                    assert!(cache.engine.rough_snapshot().len <= capacity);
                }
                seen
            })
        })
        .collect();
    let mut all = Seen::default();
    for thread in threads {
        let seen = thread.join().expect("it does not panic");
        all.hits += seen.hits;
        all.misses += seen.misses;
        all.joined += seen.joined;
    }
    let Snapshot { hits, misses, counters, len, .. } = cache.snapshot();
    assert_eq!((hits, counters.joined), (all.hits, all.joined));
    assert_eq!(misses + counters.misses, all.misses);
    assert_eq!(cache.keys(0..keys).len(), len);
    assert_eq!(cache.alive(), 2 * len, "something is neither stored nor dropped");
    let items = Arc::clone(&cache.items);
    drop(cache);
    assert_eq!(items.dropped.load(Relaxed), items.made.load(Relaxed));
}

#[test]
fn few_entries() {
    stress(&bounded(1), 3);
    stress(&bounded(8), 16);
}

#[test]
fn many_entries_with_one_fingerprint_each_hundred() {
    stress(&bounded(500), 1_000);
}

#[test]
fn adaptive_policy() {
    stress(&Config { eviction: Eviction::Adaptive, ..bounded(8) }, 24);
    stress(&Config { eviction: Eviction::Adaptive, ..bounded(300) }, 900);
}

#[test]
fn without_a_bound() {
    stress(&UNBOUNDED, 700);
}

#[test]
fn with_deadlines_and_weights() {
    stress(&Config { max_weight: Some(50), ..TIMED }, 30);
    stress(&Config { max_weight: Some(50), ..bounded(9) }, 30);
}

/// Each thread stores keys of its own, and finds them all while the index grows.
#[test]
fn index_grows_under_load() {
    let keys_of_each = steps() / 2;
    for config in [UNBOUNDED, bounded(1 << 20)] {
        let cache = Arc::new(Cache::new(&config));
        let threads: Vec<_> = (0..4)
            .map(|number| {
                let cache = Arc::clone(&cache);
                thread::spawn(move || {
                    let key = |index: u32| (index * 4 + number) * 100;
                    let mut random = Random(u64::from(number) + 1);
                    for index in 0..keys_of_each {
                        let id = cache.compute(key(index)).expect("it is not stored");
                        cache.complete(id, key(index));
                        let earlier = key(random.below(index + 1));
                        assert_eq!(cache.get(earlier), Some(earlier));
                    }
                })
            })
            .collect();
        for thread in threads {
            thread.join().expect("it does not panic");
        }
        assert_eq!(cache.snapshot().len, keys_of_each as usize * 4);
        let all = (0..keys_of_each * 4).map(|key| key * 100);
        assert!(all.into_iter().all(|key| cache.get(key) == Some(key)));
    }
}

/// A leader gets the wait list of each waiter once.
#[test]
fn no_waiter_is_lost() {
    let cache = Arc::new(Cache::new(&bounded(2)));
    let waiters: Arc<Mutex<Vec<WaitList>>> = Arc::default();
    let threads: Vec<_> = (1..=THREADS)
        .map(|seed| {
            let (cache, waiters) = (Arc::clone(&cache), Arc::clone(&waiters));
            thread::spawn(move || {
                let (mut random, mut ended) = (Random(seed), Vec::new());
                for _ in 0..steps() / 4 {
                    let key = random.below(3);
                    match cache.start(key, true) {
                        Started::Compute(id) => {
                            thread::yield_now();
                            let done = cache.complete(id, key * 10);
                            ended.extend(done.wait_list.into_iter().chain(done.others));
                        }
                        Started::Wait(waiting) => {
                            waiters.lock().push(waiting.wait_list);
                        }
                        _ if random.is_one_in(30) => cache.clear(),
                        _ => drop(cache.remove(key)),
                    }
                }
                ended
            })
        })
        .collect();
    let ended = threads.into_iter().flat_map(|thread| thread.join().expect("it does not panic"));
    let address = |list: &WaitList| Arc::as_ptr(list) as usize;
    let ended: Vec<WaitList> = ended.collect();
    let mut all: Vec<_> = ended.iter().map(address).collect();
    all.sort_unstable();
    assert!(all.windows(2).all(|pair| pair[0] != pair[1]), "a list ends twice");
    let waiters = waiters.lock();
    assert!(waiters.iter().all(|list| all.binary_search(&address(list)).is_ok()));
}
