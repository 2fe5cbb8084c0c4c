//! The engine of one thread, for `scope = "thread"`: a `RefCell` in place of stripes and locks.
//!
//! A pin borrows the cell, and so does each operation. An operation that finds the cell borrowed is
//! re-entrant. Users' `Eq` and `Clone` run within a pin, and only there; removed items are dropped
//! when the borrow has ended. The least recently used entry is evicted, also with
//! [`Eviction::Adaptive`](super::types::Eviction::Adaptive).

use std::cell::{Cell, RefCell, RefMut};

use self::state::{LocalEntry, LocalState};
use super::counters::{Counters, Discarded};
use super::thread::ReadScope;
use super::types::{
    Compared, Complete, Config, Ended, Engine, Fingerprint, Garbage, Generation, InFlightId, Pin,
    Reentrant, Snapshot, Start, Started, Times,
};

mod computations;
mod index;
mod state;
#[cfg(test)]
mod tests;

/// A table of entries and in-flight computations that one thread uses.
pub struct Local<K, V, F> {
    state: RefCell<LocalState<K, V, F>>,
    gauges: Gauges,
}

/// The figures that can be read while the state is borrowed.
#[derive(Default)]
struct Gauges {
    hits: Cell<u64>,
    misses: Cell<u64>,
    /// As of the last operation.
    len: Cell<usize>,
    /// As of the last operation.
    weight: Cell<u64>,
}

/// This thread, with the state borrowed.
pub struct LocalPin<'a, K, V, F> {
    state: RefMut<'a, LocalState<K, V, F>>,
    gauges: &'a Gauges,
    _scope: ReadScope,
}

fn increment(counter: &Cell<u64>) {
    counter.set(counter.get() + 1);
}

impl<K, V, F> Local<K, V, F> {
    /// Runs an operation, which must run no user code.
    fn write<R>(&self, act: impl FnOnce(&mut LocalState<K, V, F>) -> R) -> Result<R, Reentrant> {
        let mut state = self.state.try_borrow_mut().map_err(|_| Reentrant)?;
        let done = act(&mut state);
        self.gauges.publish(state.entries.len(), state.weight);
        Ok(done)
    }
}

impl Gauges {
    fn publish(&self, len: usize, weight: u64) {
        self.len.set(len);
        self.weight.set(weight);
    }

    fn snapshot(&self, counters: Counters, expired: usize) -> Snapshot {
        Snapshot {
            counters,
            hits: self.hits.get(),
            misses: self.misses.get(),
            len: self.len.get(),
            expired,
            weight: self.weight.get(),
        }
    }
}

impl<K: 'static, V: 'static, F: Clone + 'static> Engine<K, V, F> for Local<K, V, F> {
    /// The entry's generation.
    type Position = Generation;
    type Pin<'a> = LocalPin<'a, K, V, F>;
    /// An entry's generation, and how many entries are evicted before it.
    type Place = (u64, Generation);
    type Places = std::vec::IntoIter<(u64, Generation)>;
    type CompactPin<'a> = LocalPin<'a, K, V, F>;

    fn new(config: &Config) -> Self {
        Local { state: RefCell::new(LocalState::new(*config)), gauges: Gauges::default() }
    }

    #[inline(always)]
    fn pin(&self) -> Option<LocalPin<'_, K, V, F>> {
        let state = self.state.try_borrow_mut().ok()?;
        let scope = ReadScope::begin(ReadScope::is_active());
        Some(LocalPin { state, gauges: &self.gauges, _scope: scope })
    }

    #[inline(always)]
    fn pack<'a>(&'a self, pin: LocalPin<'a, K, V, F>) -> LocalPin<'a, K, V, F> {
        pin
    }

    #[inline(always)]
    fn unpack<'a>(&'a self, pin: LocalPin<'a, K, V, F>) -> LocalPin<'a, K, V, F> {
        pin
    }

    fn pin_slow(&self) -> Result<LocalPin<'_, K, V, F>, Reentrant> {
        self.pin().ok_or(Reentrant)
    }

    fn start(
        &self,
        pin: Option<LocalPin<'_, K, V, F>>,
        mut start: Start<'_, K, F>,
        garbage: &mut Garbage<K, V>,
    ) -> Result<Started<F>, Reentrant> {
        drop(pin);
        self.write(|state| state.start(&mut start, garbage))
    }

    fn complete(
        &self,
        id: InFlightId,
        complete: Complete<V>,
        garbage: &mut Garbage<K, V>,
    ) -> Result<Ended<F>, Reentrant> {
        self.write(|state| state.complete(id, complete, garbage))
    }

    fn discard(
        &self,
        id: InFlightId,
        discarded: Discarded,
        superseded: Option<u64>,
        garbage: &mut Garbage<K, V>,
    ) -> Result<Ended<F>, Reentrant> {
        self.write(|state| state.discard(id, discarded, superseded, garbage))
    }

    fn remove(
        &self,
        fingerprint: Fingerprint,
        compared: &Compared,
        times: Option<Times>,
        garbage: &mut Garbage<K, V>,
    ) -> Result<Option<bool>, Reentrant> {
        self.write(|state| state.remove(fingerprint, compared, times, garbage))
    }

    fn places(&self) -> Result<Self::Places, Reentrant> {
        let state = self.state.try_borrow().map_err(|_| Reentrant)?;
        let entries = state.entries.iter().rev().map(|(&entry, _)| entry);
        Ok((0..).zip(entries).collect::<Vec<_>>().into_iter())
    }

    fn remove_found(
        &self,
        pin: LocalPin<'_, K, V, F>,
        position: Generation,
        times: Option<Times>,
        garbage: &mut Garbage<K, V>,
    ) -> Result<bool, Reentrant> {
        drop(pin);
        self.write(|state| state.remove_found(position, times, garbage))
    }

    fn uncount_join(&self, cleared_at: u64) -> Result<bool, Reentrant> {
        self.write(|state| {
            let is_counted = state.cleared_at == cleared_at;
            state.counters.joined -= u64::from(is_counted);
            is_counted
        })
    }

    fn clear(
        &self,
        resets: bool,
        now: Option<u64>,
        before: &mut dyn FnMut(&Snapshot),
    ) -> Result<(), Reentrant> {
        let items = self.write(|state| {
            let expired = state.count_expired(now);
            before(&self.gauges.snapshot(state.counters, expired));
            if resets {
                state.reset_counters();
                self.gauges.hits.set(0);
                self.gauges.misses.set(0);
            } else {
                state.counters.expirations += expired as u64;
            }
            state.take_items()
        })?;
        // Not within `write`: this may run user code.
        drop(items);
        Ok(())
    }

    fn snapshot(
        &self,
        times: Option<Times>,
        show: &mut dyn FnMut(&Snapshot),
        garbage: &mut Garbage<K, V>,
    ) -> Result<(), Reentrant> {
        self.write(|state| {
            if let Some(times) = times {
                state.purge_all(times.purge_cutoff, garbage);
            }
            self.gauges.publish(state.entries.len(), state.weight);
            let expired = state.count_expired(times.map(|times| times.now));
            show(&self.gauges.snapshot(state.counters, expired));
        })
    }

    fn find_settled(
        &self,
        pin: &LocalPin<'_, K, V, F>,
        fingerprint: Fingerprint,
        key_eq: impl FnMut(&K) -> bool,
    ) -> Option<Self::Position> {
        pin.find_slow(fingerprint, key_eq)
    }

    fn rough_snapshot(&self) -> Snapshot {
        let state = self.state.try_borrow();
        self.gauges.snapshot(state.map_or_else(|_| Counters::default(), |it| it.counters), 0)
    }

    fn maintain(&self, _garbage: &mut Garbage<K, V>) {}
}

impl<K, V, F> LocalPin<'_, K, V, F> {
    #[inline(always)]
    fn entry(&self, position: Generation) -> &LocalEntry<K, V> {
        match self.state.entries.peek(&position) {
            Some(entry) => entry,
            None => unreachable!("a position is valid until its pin is released"),
        }
    }
}

impl<K, V, F> Pin<K, V> for LocalPin<'_, K, V, F> {
    type Position = Generation;
    type Place = (u64, Generation);

    #[inline(always)]
    fn find(
        &self,
        fingerprint: Fingerprint,
        mut key_eq: impl FnMut(&K) -> bool,
    ) -> Option<Generation> {
        let mut items = self.state.index.items(fingerprint);
        items.find(|item| self.state.entries.peek(item).is_some_and(|entry| key_eq(&entry.key)))
    }

    fn find_slow(
        &self,
        fingerprint: Fingerprint,
        key_eq: impl FnMut(&K) -> bool,
    ) -> Option<Generation> {
        self.find(fingerprint, key_eq)
    }

    fn entry_at(&self, (_, entry): Self::Place) -> Option<Generation> {
        self.state.entries.contains(&entry).then_some(entry)
    }

    fn rank(&self, (rank, _): Self::Place, _position: Generation) -> u64 {
        rank
    }

    fn is_growing(&self) -> bool {
        false
    }

    fn key(&self, position: Generation) -> &K {
        &self.entry(position).key
    }

    #[inline(always)]
    fn value(&self, position: Generation) -> &V {
        &self.entry(position).value
    }

    #[inline(always)]
    fn hit(&mut self, position: Generation) -> bool {
        increment(&self.gauges.hits);
        // Without a bound nothing is evicted, and the order is of no use.
        if self.state.is_bounded() {
            self.state.entries.promote(&position);
        }
        false
    }

    #[inline(always)]
    fn narrow(&mut self, _position: Generation) {}

    #[inline]
    fn count_miss(&mut self) {
        increment(&self.gauges.misses);
    }

    #[inline(always)]
    fn deadline(&self, position: Generation) -> u64 {
        self.entry(position).deadline.get()
    }

    #[inline]
    fn extend_deadline(&self, position: Generation, deadline: u64) {
        let of_entry = &self.entry(position).deadline;
        of_entry.set(of_entry.get().max(deadline));
    }

    fn is_being_recomputed(&self, position: Generation) -> bool {
        let LocalEntry { fingerprint, group, .. } = *self.entry(position);
        self.state.in_flight_of(fingerprint, group).next().is_some()
    }

    fn compare(
        &self,
        fingerprint: Fingerprint,
        compared: &mut Compared,
        key_eq: impl Fn(&K) -> bool,
    ) {
        for item in self.state.index.items(fingerprint) {
            if let Some((group, key)) = self.state.item(item)
                && !compared.covers(group)
            {
                compared.insert(group, key_eq(key));
            }
        }
    }

    fn key_of(&self, id: InFlightId) -> Option<&K> {
        self.state.in_flight.get(&id.generation).map(|item| &item.key)
    }

    fn narrow_to_key(&mut self, id: InFlightId) -> Option<&K> {
        self.key_of(id)
    }

    fn entry_to_replace(&self, id: InFlightId) -> Option<Generation> {
        let item = self.state.in_flight.get(&id.generation)?;
        self.state.entry_of(id.fingerprint(), item.group)
    }

    #[inline(always)]
    fn leave(self) -> bool {
        false
    }
}
