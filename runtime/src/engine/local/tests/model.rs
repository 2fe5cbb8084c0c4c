//! Random operations, and the same on lists.

use super::*;

/// Xorshift.
struct Random(u32);

impl Random {
    fn below(&mut self, end: u32) -> u32 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 17;
        self.0 ^= self.0 << 5;
        (self.0 >> 4) % end
    }

    fn is_one_in(&mut self, times: u32) -> bool {
        self.below(times) == 0
    }
}

#[derive(Clone, Copy)]
struct Entry {
    key: u32,
    value: u32,
    weight: u64,
    deadline: u64,
}

struct Computation {
    id: InFlightId,
    key: u32,
    on_existing: OnExisting,
    is_wanted: bool,
    wait_list: Option<WaitList>,
}

#[derive(PartialEq, Eq, Default, Debug)]
struct Totals {
    hits: u64,
    misses: u64,
    joined: u64,
    evictions: u64,
    expirations: u64,
}

/// Without groups, fingerprints, generations or sweeps.
struct Model {
    config: Config,
    /// The least recent first.
    entries: Vec<Entry>,
    /// In the order of their start, until they end.
    computations: Vec<Computation>,
    totals: Totals,
}

enum Expected {
    AlreadyStored,
    /// The index of a computation.
    Wait(usize),
    Compute,
}

impl Model {
    fn position(&self, key: u32) -> Option<usize> {
        self.entries.iter().position(|entry| entry.key == key)
    }

    /// Removes the entries that have expired by then.
    fn purge(&mut self, is_meant: impl Fn(&Entry) -> bool, cutoff: u64) {
        let before = self.entries.len();
        self.entries.retain(|entry| !is_meant(entry) || entry.deadline > cutoff);
        self.totals.expirations += (before - self.entries.len()) as u64;
    }

    fn start(&mut self, key: u32, on_existing: OnExisting, may_wait: bool, now: u64) -> Expected {
        if on_existing == Keep {
            self.purge(|entry| entry.key == key, now.saturating_sub(10));
            let running = |other: &Computation| other.key == key && other.is_wanted;
            let running = self.computations.iter().rposition(running);
            let deadline = self.position(key).map(|at| self.entries[at].deadline);
            let is_stale = |deadline| running.is_some() && now < deadline + 5;
            if deadline.is_some_and(|deadline| now < deadline || is_stale(deadline)) {
                return Expected::AlreadyStored;
            }
            if let Some(running) = running.filter(|_| may_wait) {
                self.totals.joined += 1;
                return Expected::Wait(running);
            }
        }
        self.totals.misses += 1;
        Expected::Compute
    }

    /// Returns the indices of the others whose waiters look again.
    fn complete(&mut self, at: usize, result: Entry, now: u64) -> Vec<usize> {
        let Computation { key, on_existing, is_wanted, .. } = self.computations[at];
        if !is_wanted {
            return Vec::new();
        }
        self.computations[at].is_wanted = false;
        let others = self.computations.iter().enumerate().filter(|(_, other)| {
            other.key == key && other.is_wanted && on_existing == Keep && other.on_existing == Keep
        });
        let others = others.map(|(other, _)| other).collect::<Vec<_>>();
        self.purge(|entry| entry.key == key, now);
        if on_existing == Keep && self.position(key).is_some() {
            return others;
        }
        self.entries.retain(|entry| entry.key != key);
        for other in &mut self.computations[..at] {
            let replaces = on_existing == Replace || other.on_existing == Replace;
            other.is_wanted &= other.key != key || !replaces;
        }
        let max_weight = self.config.max_weight.unwrap_or(u64::MAX);
        if result.weight > max_weight {
            return others;
        }
        let capacity = self.config.capacity.unwrap_or(usize::MAX);
        while self.entries.len() >= capacity || self.weight() + result.weight > max_weight {
            let evicted = self.entries.remove(0);
            let has_expired = evicted.deadline <= now;
            self.totals.expirations += u64::from(has_expired);
            self.totals.evictions += u64::from(!has_expired);
        }
        self.entries.push(result);
        others
    }

    fn weight(&self) -> u64 {
        self.entries.iter().map(|entry| entry.weight).sum()
    }

    fn discard(&mut self, is_meant: impl Fn(u32) -> bool) {
        for computation in &mut self.computations {
            computation.is_wanted &= !is_meant(computation.key);
        }
    }
}

struct Run {
    random: Random,
    cache: Cache,
    model: Model,
    now: u64,
}

impl Run {
    fn new(seed: u32, config: Config) -> Self {
        let model = Model {
            config,
            entries: Vec::new(),
            computations: Vec::new(),
            totals: Totals::default(),
        };
        Run { random: Random(seed), cache: Cache::new(config), model, now: 0 }
    }

    fn step(&mut self) {
        let key = self.random.below(8);
        match self.random.below(20) {
            0..6 => self.look_up(key),
            6..11 => self.start(key),
            11..16 => self.complete(),
            16 => self.discard(),
            17 if self.random.is_one_in(2) => self.remove(key),
            18 if self.random.is_one_in(10) => self.clear(),
            _ => self.now += u64::from(self.random.below(6)),
        }
        self.check();
    }

    fn look_up(&mut self, key: u32) {
        let at = self.model.position(key);
        assert_eq!(self.cache.peek(key), at.map(|at| self.model.entries[at].value));
        assert_eq!(self.cache.hit(key), at.is_some());
        if let Some(at) = at {
            self.model.totals.hits += 1;
            let entry = self.model.entries.remove(at);
            self.model.entries.push(entry);
        }
    }

    fn start(&mut self, key: u32) {
        let on_existing = if self.random.is_one_in(3) { Replace } else { Keep };
        let may_wait = self.random.is_one_in(2);
        let started = self.cache.start_with(key, on_existing, may_wait, at(self.now));
        match (self.model.start(key, on_existing, may_wait, self.now), started) {
            (Expected::AlreadyStored, Started::AlreadyStored) => (),
            (Expected::Wait(running), Started::Wait(waiting)) => {
                let computation = &mut self.model.computations[running];
                assert!(waiting.id == computation.id);
                let wait_list = computation.wait_list.get_or_insert(waiting.wait_list.clone());
                assert!(Rc::ptr_eq(wait_list, &waiting.wait_list));
                if self.random.is_one_in(4) {
                    assert!(self.cache.0.uncount_join(waiting.cleared_at).unwrap());
                    self.model.totals.joined -= 1;
                }
            }
            (Expected::Compute, Started::Compute(id)) => {
                let computation =
                    Computation { id, key, on_existing, is_wanted: true, wait_list: None };
                self.model.computations.push(computation);
            }
            _ => panic!("another start than the model's"),
        }
    }

    fn pick(&mut self) -> Option<usize> {
        // One of the last, so that some take long.
        let last = self.random.below(8) as usize;
        self.model.computations.len().checked_sub(last + 1)
    }

    /// Takes a computation that has ended from the model.
    fn end(&mut self, at: usize, ended: &Ended<WaitList>) {
        let computation = self.model.computations.remove(at);
        assert_eq!(ended.wait_list.is_some(), computation.wait_list.is_some());
        assert!(computation.wait_list.is_none_or(|it| is_same(ended.wait_list.as_ref(), &it)));
    }

    fn complete(&mut self) {
        let Some(at) = self.pick() else { return };
        let Computation { id, key, .. } = self.model.computations[at];
        let (value, weight) = (self.random.below(1_000), u64::from(self.random.below(12)));
        let deadline = self.now + u64::from(self.random.below(30));
        let weight = if self.model.config.max_weight.is_some() { weight } else { 0 };
        let now = self.now;
        // The model does not sweep.
        let times = Some(Times { now, stale: 5, purge_cutoff: 0 });
        let complete = Complete { value, elapsed: Elapsed::NotRun, weight, deadline, times };
        let ended = self.cache.complete_with(id, complete);
        let entry = Entry { key, value, weight, deadline };
        let others = self.model.complete(at, entry, now);
        let others = others.into_iter();
        let others = others.filter_map(|other| self.model.computations[other].wait_list.take());
        let others: Vec<_> = others.collect();
        assert_eq!(ended.others.len(), others.len());
        assert!(others.iter().all(|one| ended.others.iter().any(|other| Rc::ptr_eq(one, other))));
        self.end(at, &ended);
    }

    fn discard(&mut self) {
        let Some(at) = self.pick() else { return };
        let Computation { id, key, is_wanted, .. } = self.model.computations[at];
        let superseded = self.random.is_one_in(2).then_some(self.now);
        let discarded = Elapsed::NotRun.into();
        let ended = self.cache.0.discard(id, discarded, superseded, &mut Garbage::new()).unwrap();
        if let Some(now) = superseded.filter(|_| is_wanted) {
            self.model.purge(|entry| entry.key == key, now);
        }
        self.end(at, &ended);
    }

    fn remove(&mut self, key: u32) {
        self.model.purge(|entry| entry.key == key, self.now);
        let is_stored = self.model.position(key).is_some();
        assert_eq!(self.cache.remove(key, at(self.now)), is_stored);
        self.model.entries.retain(|entry| entry.key != key);
        self.model.discard(|other| other == key);
    }

    fn clear(&mut self) {
        let resets = self.random.is_one_in(2);
        self.cache.0.clear(resets, Some(self.now), &mut |_| ()).unwrap();
        self.model.purge(|_| true, self.now);
        if resets {
            self.model.totals = Totals::default();
        }
        self.model.entries.clear();
        self.model.discard(|_| true);
    }

    fn check(&mut self) {
        // Now and then one that purges.
        let times = self.random.is_one_in(8).then(|| at(self.now)).flatten();
        if let Some(times) = times {
            self.model.purge(|_| true, times.purge_cutoff);
        }
        let Snapshot { counters, hits, len, expired, weight, .. } = self.cache.snapshot(times);
        let misses = counters.misses;
        let crate::engine::counters::Counters { joined, evictions, expirations, .. } = counters;
        let totals = Totals { hits, misses, joined, evictions, expirations };
        assert_eq!(totals, self.model.totals);
        let entries = &self.model.entries;
        assert_eq!((len, weight), (entries.len(), self.model.weight()));
        let has_expired = |now| entries.iter().filter(|entry| entry.deadline <= now).count();
        assert_eq!(expired, times.map_or(0, |times| has_expired(times.now)));
        let state = self.cache.0.state.borrow();
        if state.is_bounded() {
            let order = state.entries.iter().rev().map(|(_, entry)| (entry.key, entry.value));
            assert!(order.eq(entries.iter().map(|entry| (entry.key, entry.value))));
        }
        let wanted = self.model.computations.iter().filter(|it| it.is_wanted).count();
        assert_eq!(state.in_flight.len(), wanted);
        assert_eq!(state.index.len(), wanted + entries.len());
        let waited_for = self.model.computations.iter().filter(|it| it.wait_list.is_some());
        assert_eq!(state.wait_lists.len(), waited_for.count());
    }
}

#[test]
fn does_as_the_model_does() {
    let steps = if cfg!(miri) { 200 } else { 20_000 };
    let configs = [
        TIMED,
        Config { capacity: Some(1), ..TIMED },
        Config { capacity: Some(3), ..TIMED },
        Config { max_weight: Some(10), ..TIMED },
        Config { capacity: Some(4), max_weight: Some(20), ..TIMED },
    ];
    for (seed, config) in (1..).zip(configs) {
        let mut run = Run::new(seed * 0x9e37, config);
        (0..steps).for_each(|_| run.step());
    }
}
