//! The engine as its tests use it: as a cached function does, with numbers as keys.

use std::sync::Arc;

use super::counters::Elapsed;
use super::pin::{Position, SharedPin};
use super::shared::Shared;
use super::thread::Leader;
use super::types::{
    Compared, Complete, Config, Ended, Engine as _, Eviction, Fingerprint, Garbage, InFlightId,
    OnExisting, Pin as _, Snapshot, Start, Started, Times,
};

pub(super) const UNBOUNDED: Config =
    Config { capacity: None, max_weight: None, is_timed: false, eviction: Eviction::Lru };

/// A key or a value, with the counts of all of them.
pub(super) trait Item: Sized + 'static {
    type Items: Default;

    fn new(number: u32, items: &Arc<Self::Items>) -> Self;

    fn read(&self) -> u32;
}

/// A wait list. No two are equal.
pub(super) type WaitList = Arc<()>;

/// The engine, and the keys and values it was given. The value of a key is ten times the key.
pub(super) struct Cache<I: Item> {
    pub(super) engine: Shared<I, I, WaitList>,
    pub(super) items: Arc<I::Items>,
}

/// Keys of one hundred share a fingerprint.
pub(super) fn fingerprint(key: u32) -> Fingerprint {
    Fingerprint(key / 100)
}

impl<I: Item> Cache<I> {
    pub(super) fn new(config: &Config) -> Self {
        Cache { engine: Shared::new(config), items: Arc::default() }
    }

    pub(super) fn pin(&self) -> SharedPin<'_, I, I> {
        self.engine.pin().unwrap_or_else(|| self.engine.pin_slow().expect("not within a pin"))
    }

    pub(super) fn find(pin: &SharedPin<'_, I, I>, key: u32) -> Option<Position<I, I>> {
        let is_it = |other: &I| other.read() == key;
        pin.find(fingerprint(key), is_it).or_else(|| pin.find_slow(fingerprint(key), is_it))
    }

    pub(super) fn leave(&self, pin: SharedPin<'_, I, I>, needs_epoch: bool) {
        if pin.leave() || needs_epoch {
            self.engine.maintain(&mut Garbage::new());
        }
    }

    /// Promotes the entry of a key, and has `clone` clone its value; or counts a miss.
    pub(super) fn get_with<R>(&self, key: u32, clone: impl FnOnce(&I) -> R) -> Option<R> {
        let mut pin = self.pin();
        let position = Self::find(&pin, key);
        let needs_epoch = position.map(|position| pin.hit(position));
        let value = position.map(|position| clone(pin.value(position)));
        if value.is_none() {
            pin.count_miss();
        }
        self.leave(pin, needs_epoch.unwrap_or(false));
        value
    }

    pub(super) fn get(&self, key: u32) -> Option<u32> {
        self.get_with(key, I::read)
    }

    pub(super) fn compare(pin: &SharedPin<'_, I, I>, key: u32) -> Compared {
        let mut compared = Compared::default();
        pin.compare(fingerprint(key), &mut compared, |other| other.read() == key);
        compared
    }

    /// Starts a computation, or finds out why not.
    pub(super) fn try_start(
        &self,
        key: u32,
        on_existing: OnExisting,
        waits: bool,
    ) -> Started<WaitList> {
        let pin = self.pin();
        let start = Start {
            fingerprint: fingerprint(key),
            compared: &Self::compare(&pin, key),
            key: &mut Some(I::new(key, &self.items)),
            leader: Leader::this_thread(),
            on_existing,
            may_wait: waits,
            counts_miss: true,
            times: None,
            new_wait_list: WaitList::default,
        };
        self.engine.start(Some(pin), start, &mut Garbage::new()).expect("not within a pin")
    }

    pub(super) fn start_with(
        &self,
        key: u32,
        on_existing: OnExisting,
        waits: bool,
    ) -> Started<WaitList> {
        loop {
            let started = self.try_start(key, on_existing, waits);
            if !matches!(started, Started::NotCompared) {
                return started;
            }
        }
    }

    pub(super) fn start(&self, key: u32, waits: bool) -> Started<WaitList> {
        self.start_with(key, OnExisting::Keep, waits)
    }

    /// Starts a computation in the short way, or in the other one.
    pub(super) fn compute(&self, key: u32) -> Option<InFlightId> {
        let (item, leader) = (I::new(key, &self.items), Leader::this_thread());
        match self.engine.start_first(self.pin(), fingerprint(key), item, leader) {
            Ok(id) => return Some(id),
            Err(key) => drop(key),
        }
        match self.start(key, false) {
            Started::Compute(id) => Some(id),
            _ => None,
        }
    }

    /// Ends a computation in the short way, or in the other one.
    pub(super) fn complete(&self, id: InFlightId, value: u32) -> Ended<WaitList> {
        let value = I::new(value, &self.items);
        let (elapsed, mut garbage) = (Elapsed::NotRun, Garbage::new());
        match self.engine.complete_sole(id, value, elapsed, &mut garbage) {
            Ok(sampling_mask) => Ended { wait_list: None, others: Vec::new(), sampling_mask },
            Err(value) => self.complete_with(id, Complete { value, ..self.result(0) }),
        }
    }

    pub(super) fn complete_with(&self, id: InFlightId, complete: Complete<I>) -> Ended<WaitList> {
        self.engine.complete(id, complete, &mut Garbage::new()).expect("not within a pin")
    }

    pub(super) fn result(&self, value: u32) -> Complete<I> {
        let (value, elapsed) = (I::new(value, &self.items), Elapsed::NotRun);
        Complete { value, elapsed, weight: 0, deadline: u64::MAX, times: None }
    }

    /// Stores the value of a key, unless there is an entry.
    pub(super) fn store(&self, key: u32) {
        if let Some(id) = self.compute(key) {
            self.complete(id, key * 10);
        }
    }

    pub(super) fn remove(&self, key: u32) -> bool {
        loop {
            let pin = self.pin();
            let compared = Self::compare(&pin, key);
            self.leave(pin, false);
            let mut garbage = Garbage::new();
            let removed = self.engine.remove(fingerprint(key), &compared, None, &mut garbage);
            if let Some(has_entry) = removed.expect("not within a pin") {
                return has_entry;
            }
        }
    }

    pub(super) fn clear(&self) {
        self.engine.clear(false, None, &mut |_| ()).expect("not within a pin");
    }

    pub(super) fn snapshot_at(&self, times: Option<Times>) -> Snapshot {
        let (mut shown, mut garbage) = (None, Garbage::new());
        let show = &mut |snapshot: &Snapshot| shown = Some(*snapshot);
        self.engine.snapshot(times, show, &mut garbage).expect("not within a pin");
        shown.expect("it is shown")
    }

    pub(super) fn snapshot(&self) -> Snapshot {
        self.snapshot_at(None)
    }
}
