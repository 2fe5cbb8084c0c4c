//! The policy, against the algorithm on lists of keys.

use std::collections::VecDeque;

use super::*;
use crate::engine::slot::State;

/// Xorshift.
pub(in crate::engine) struct Random(pub(in crate::engine) u64);

impl Random {
    pub(in crate::engine) fn below(&mut self, end: u32) -> u32 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        u32::try_from((self.0 >> 16) % u64::from(end)).expect("less than `end`")
    }

    /// Returns a random key below a limit. A few keys are frequent.
    pub(in crate::engine) fn key(&mut self, keys: u32) -> u32 {
        let below = if self.below(3) == 0 { keys } else { keys / 8 + 1 };
        self.below(below)
    }
}

/// The last keys that left a queue, with holes where one came back.
struct GhostModel(VecDeque<Option<u32>>);

impl GhostModel {
    #[allow(clippy::cast_precision_loss)]
    fn len(&self) -> f64 {
        self.0.iter().flatten().count() as f64
    }

    fn take(&mut self, key: u32) -> bool {
        let found = self.0.iter_mut().find(|ghost| **ghost == Some(key));
        found.is_some_and(|ghost| ghost.take().is_some())
    }

    fn insert(&mut self, key: u32, capacity: usize) {
        self.take(key);
        self.0.push_back(Some(key));
        if self.0.len() > capacity {
            self.0.pop_front();
        }
    }
}

/// Keys with the counts of their hits, the oldest first.
type Queue = VecDeque<(u32, u32)>;

pub(in crate::engine) struct Model {
    capacity: usize,
    small: Queue,
    main: Queue,
    left_small: GhostModel,
    left_main: GhostModel,
    share: f64,
}

#[allow(clippy::cast_precision_loss)]
impl Model {
    pub(in crate::engine) fn new(capacity: usize) -> Self {
        Model {
            capacity,
            small: Queue::new(),
            main: Queue::new(),
            left_small: GhostModel(VecDeque::new()),
            left_main: GhostModel(VecDeque::new()),
            share: capacity as f64 / 10.0,
        }
    }

    pub(in crate::engine) fn contains(&self, key: u32) -> bool {
        self.small.iter().chain(&self.main).any(|(other, _)| *other == key)
    }

    pub(in crate::engine) fn hit(&mut self, key: u32) {
        for (other, hits) in self.small.iter_mut().chain(&mut self.main) {
            if *other == key {
                *hits = (*hits + 1).min(3);
            }
        }
    }

    pub(in crate::engine) fn remove(&mut self, key: u32) {
        self.small.retain(|(other, _)| *other != key);
        self.main.retain(|(other, _)| *other != key);
    }

    /// Stores a key that is not there. Returns the evicted key.
    pub(in crate::engine) fn store(&mut self, key: u32) -> Option<u32> {
        let n = self.capacity as f64;
        let (small, main) = (self.left_small.len(), self.left_main.len());
        let left_small = self.left_small.take(key);
        let left_main = self.left_main.take(key);
        assert!(!(left_small && left_main));
        if left_small {
            self.share = (self.share + (main / small).max(1.0)).min(n - 1.0);
        }
        if left_main {
            self.share = (self.share - (small / main).max(1.0)).max(1.0);
        }
        let is_full = self.small.len() + self.main.len() == self.capacity;
        let evicted = is_full.then(|| self.evict());
        let queue = if left_small || left_main { &mut self.main } else { &mut self.small };
        queue.push_back((key, 0));
        evicted
    }

    fn evict(&mut self) -> u32 {
        while self.small.len() as f64 >= self.share || self.main.is_empty() {
            let Some((key, hits)) = self.small.pop_front() else { break };
            if hits == 0 {
                self.left_small.insert(key, self.capacity);
                return key;
            }
            self.main.push_back((key, 0));
            if self.main.len() as f64 > (self.capacity as f64 - self.share).max(1.0) {
                break;
            }
        }
        loop {
            let (key, hits) = self.main.pop_front().expect("an entry is in one of them");
            if hits == 0 {
                self.left_main.insert(key, self.capacity);
                return key;
            }
            self.main.push_back((key, hits - 1));
        }
    }
}

/// The policy with slots, one for each key.
struct Policy {
    adaptive: Adaptive,
    arena: Arena,
    capacity: usize,
}

impl Policy {
    fn new(capacity: usize, keys: u32) -> Self {
        let arena = Arena::new::<u32, u32>(4, false, false);
        for key in 0..keys {
            arena.reserve(key);
            let header = arena.header(key).expect("it was reserved");
            header.state.store(State::entry(Fingerprint(key)).0, Relaxed);
        }
        let adaptive = Adaptive::new(Some(u32::try_from(capacity).expect("small")));
        Policy { adaptive, arena, capacity }
    }

    fn hit(&self, key: u32) {
        update_hits(&self.arena, key, |hits| (hits + 1).min(MAX_HITS));
    }

    fn store(&mut self, key: u32) -> Option<u32> {
        self.adaptive.admit(Fingerprint(key));
        let is_full = self.adaptive.small.len() + self.adaptive.main.len() == self.capacity;
        let evicted = is_full.then(|| self.adaptive.evict(&self.arena)).flatten();
        let evicted = evicted.map(|slot| slot.number);
        update_hits(&self.arena, key, |_| 0);
        let slot = self.arena.slot_ref(key).expect("it was reserved");
        self.adaptive.push_admitted(&self.arena, slot);
        evicted
    }
}

fn update_hits(arena: &Arena, slot: u32, update: impl FnOnce(u32) -> u32) {
    let header = arena.header(slot).expect("it was reserved");
    header.touched.store(update(header.touched.load(Relaxed)), Relaxed);
}

#[test]
fn does_as_the_algorithm_does() {
    let steps = if cfg!(miri) { 300 } else { 30_000 };
    for (seed, capacity) in (1..).zip([1, 2, 3, 5, 10, 37, 200]) {
        for spread in [2, 4] {
            let keys = u32::try_from(capacity).expect("small") * spread + 2;
            let mut random = Random(seed * 0x9e37_79b9 + u64::from(spread));
            let (mut policy, mut model) = (Policy::new(capacity, keys), Model::new(capacity));
            for step in 0..steps {
                let key = random.key(keys);
                if !model.contains(key) {
                    let (evicted, expected) = (policy.store(key), model.store(key));
                    assert_eq!(evicted, expected, "capacity {capacity}, step {step}");
                } else if random.below(20) == 0 {
                    let slot = policy.arena.slot_ref(key).expect("it was reserved");
                    policy.adaptive.remove(&policy.arena, slot);
                    model.remove(key);
                } else {
                    policy.hit(key);
                    model.hit(key);
                }
                let of_model = (model.small.len(), model.main.len(), model.share);
                let adaptive = &policy.adaptive;
                let of_policy = (adaptive.small.len(), adaptive.main.len(), adaptive.share);
                assert_eq!(of_policy, of_model, "capacity {capacity}, step {step}");
            }
        }
    }
}
