//! The content of the cell of a [`Local`](super::Local), and the removal of items. No user code
//! runs here: removed keys and values are [`Garbage`].

use std::cell::Cell;
use std::collections::{BTreeMap, VecDeque};
use std::mem;

use foldhash::fast::FixedState;
use lru::LruCache;

use super::super::counters::Counters;
use super::super::thread::Leader;
use super::super::types::{
    Compared, Config, Fingerprint, Garbage, Generation, Group, OnExisting, Times,
};
use super::index::LocalIndex;

/// The number of entries that each stored result checks for expired ones. So expired entries are
/// found before a quarter as many results have been stored as there are entries.
const SWEEP_PER_STORE: usize = 4;

pub(super) struct LocalState<K, V, F> {
    /// In the order of their use. The generation is that of the computation an entry came from.
    pub(super) entries: LruCache<Generation, LocalEntry<K, V>, FixedState>,
    /// The computations that have not been discarded.
    pub(super) in_flight: BTreeMap<Generation, InFlight<K>>,
    /// Also of computations that have been discarded, until they end.
    pub(super) wait_lists: BTreeMap<Generation, F>,
    pub(super) index: LocalIndex,
    pub(super) config: Config,
    pub(super) counters: Counters,
    /// The sum of the entries' weights.
    pub(super) weight: u64,
    pub(super) next_generation: Generation,
    /// A generation; 0 before the first clear.
    pub(super) cleared_at: u64,
    /// The entries, if they expire, in the order in which they are swept. Removed ones may be left.
    pub(super) sweep_queue: VecDeque<Generation>,
}

pub(super) struct LocalEntry<K, V> {
    pub(super) fingerprint: Fingerprint,
    pub(super) group: Group,
    /// 0 without a bound for the weight.
    pub(super) weight: u64,
    /// A pin, which only reads the entries, may extend it.
    pub(super) deadline: Cell<u64>,
    pub(super) key: K,
    pub(super) value: V,
}

pub(super) struct InFlight<K> {
    pub(super) group: Group,
    pub(super) leader: Leader,
    pub(super) on_existing: OnExisting,
    pub(super) key: K,
}

fn new_entries<K, V>() -> LruCache<Generation, LocalEntry<K, V>, FixedState> {
    LruCache::unbounded_with_hasher(FixedState::default())
}

impl<K, V, F> LocalState<K, V, F> {
    pub(super) fn new(config: Config) -> Self {
        LocalState {
            entries: new_entries(),
            in_flight: BTreeMap::new(),
            wait_lists: BTreeMap::new(),
            index: LocalIndex::default(),
            config,
            counters: Counters::default(),
            weight: 0,
            next_generation: Generation::MIN,
            cleared_at: 0,
            sweep_queue: VecDeque::new(),
        }
    }

    #[inline]
    pub(super) fn is_bounded(&self) -> bool {
        self.config.capacity.is_some() || self.config.max_weight.is_some()
    }

    pub(super) fn take_generation(&mut self) -> Generation {
        let generation = self.next_generation;
        self.next_generation = generation.saturating_add(1);
        generation
    }

    /// Returns the group and the key of an item.
    pub(super) fn item(&self, generation: Generation) -> Option<(Group, &K)> {
        let entry = self.entries.peek(&generation).map(|entry| (entry.group, &entry.key));
        entry.or_else(|| self.in_flight.get(&generation).map(|item| (item.group, &item.key)))
    }

    /// Whether a key has been compared with all items that have its fingerprint.
    pub(super) fn is_covered(&self, fingerprint: Fingerprint, compared: &Compared) -> bool {
        let mut items = self.index.items(fingerprint).filter_map(|item| self.item(item));
        items.all(|(group, _)| compared.covers(group))
    }

    pub(super) fn has_group(&self, fingerprint: Fingerprint, group: Group) -> bool {
        let mut items = self.index.items(fingerprint).filter_map(|item| self.item(item));
        items.any(|(its, _)| its == group)
    }

    pub(super) fn entry_of(&self, fingerprint: Fingerprint, group: Group) -> Option<Generation> {
        let mut items = self.index.items(fingerprint);
        items.find(|item| self.entries.peek(item).is_some_and(|entry| entry.group == group))
    }

    pub(super) fn in_flight_of(
        &self,
        fingerprint: Fingerprint,
        group: Group,
    ) -> impl Iterator<Item = (Generation, &InFlight<K>)> {
        let items = self.index.items(fingerprint);
        let in_flight = items.filter_map(|item| Some((item, self.in_flight.get(&item)?)));
        in_flight.filter(move |(_, item)| item.group == group)
    }

    pub(super) fn remove_entry(&mut self, generation: Generation, garbage: &mut Garbage<K, V>) {
        if let Some(entry) = self.entries.pop(&generation) {
            self.unlink(generation, entry, garbage);
        }
    }

    /// Finishes the removal of an entry.
    fn unlink(
        &mut self,
        generation: Generation,
        entry: LocalEntry<K, V>,
        garbage: &mut Garbage<K, V>,
    ) {
        self.index.remove(entry.fingerprint, generation);
        self.weight -= entry.weight;
        garbage.push(Some(entry.key), Some(entry.value));
    }

    pub(super) fn remove_in_flight(
        &mut self,
        fingerprint: Fingerprint,
        generation: Generation,
        garbage: &mut Garbage<K, V>,
    ) {
        if let Some(item) = self.in_flight.remove(&generation) {
            self.index.remove(fingerprint, generation);
            garbage.push(Some(item.key), None);
        }
    }

    /// Discards the computations of a group that are to be, by generation and kind.
    pub(super) fn discard_in_flight_of(
        &mut self,
        fingerprint: Fingerprint,
        group: Group,
        is_to_be: impl Fn(Generation, OnExisting) -> bool,
        garbage: &mut Garbage<K, V>,
    ) {
        let in_flight = self.in_flight_of(fingerprint, group);
        let discarded = in_flight.filter(|(at, item)| is_to_be(*at, item.on_existing));
        let discarded: Vec<_> = discarded.map(|(generation, _)| generation).collect();
        for generation in discarded {
            self.remove_in_flight(fingerprint, generation, garbage);
        }
    }

    /// Removes an entry that has expired by `cutoff`. Returns whether it had.
    pub(super) fn purge(
        &mut self,
        entry: Generation,
        cutoff: u64,
        garbage: &mut Garbage<K, V>,
    ) -> bool {
        let is_due = self.entries.peek(&entry).is_some_and(|entry| entry.deadline.get() <= cutoff);
        if is_due {
            self.counters.expirations += 1;
            self.remove_entry(entry, garbage);
        }
        is_due
    }

    /// Same as [`LocalState::purge`] of the entry of a group, if there is one.
    pub(super) fn purge_group(
        &mut self,
        fingerprint: Fingerprint,
        group: Group,
        cutoff: u64,
        garbage: &mut Garbage<K, V>,
    ) {
        if let Some(entry) = self.entry_of(fingerprint, group) {
            self.purge(entry, cutoff, garbage);
        }
    }

    pub(super) fn purge_all(&mut self, cutoff: u64, garbage: &mut Garbage<K, V>) {
        let is_due = |entry: &LocalEntry<K, V>| entry.deadline.get() <= cutoff;
        let due = self.entries.iter().filter(|(_, entry)| is_due(entry));
        let due: Vec<_> = due.map(|(&generation, _)| generation).collect();
        for entry in due {
            self.purge(entry, cutoff, garbage);
        }
    }

    /// Purges some of the entries, the next ones in turn.
    pub(super) fn sweep(&mut self, cutoff: u64, garbage: &mut Garbage<K, V>) {
        for _ in 0..SWEEP_PER_STORE {
            // Removed ones do not count, however many there are.
            let mut queue = std::iter::from_fn(|| self.sweep_queue.pop_front());
            let Some(entry) = queue.find(|entry| self.entries.contains(entry)) else { return };
            if !self.purge(entry, cutoff, garbage) {
                self.sweep_queue.push_back(entry);
            }
        }
    }

    /// Evicts until there is room for an entry of this weight.
    pub(super) fn make_room(&mut self, weight: u64, now: Option<u64>, garbage: &mut Garbage<K, V>) {
        let Config { capacity, max_weight, .. } = self.config;
        while (capacity.is_some_and(|capacity| self.entries.len() >= capacity)
            || max_weight.is_some_and(|max| self.weight.saturating_add(weight) > max))
            && let Some((generation, entry)) = self.entries.pop_lru()
        {
            if now.is_some_and(|now| entry.deadline.get() <= now) {
                self.counters.expirations += 1;
            } else {
                self.counters.evictions += 1;
            }
            self.unlink(generation, entry, garbage);
        }
    }

    pub(super) fn remove(
        &mut self,
        fingerprint: Fingerprint,
        compared: &Compared,
        times: Option<Times>,
        garbage: &mut Garbage<K, V>,
    ) -> Option<bool> {
        if !self.is_covered(fingerprint, compared) {
            return None;
        }
        let Some(group) = compared.equal else { return Some(false) };
        if let Some(times) = times {
            self.purge_group(fingerprint, group, times.now, garbage);
        }
        let entry = self.entry_of(fingerprint, group);
        if let Some(entry) = entry {
            self.remove_entry(entry, garbage);
        }
        self.discard_in_flight_of(fingerprint, group, |_, _| true, garbage);
        Some(entry.is_some())
    }

    /// Removes an entry, if it is still there, and discards the computations of its key. Returns
    /// whether it was there and had not expired.
    pub(super) fn remove_found(
        &mut self,
        generation: Generation,
        times: Option<Times>,
        garbage: &mut Garbage<K, V>,
    ) -> bool {
        let Some(entry) = self.entries.peek(&generation) else { return false };
        let (fingerprint, group) = (entry.fingerprint, entry.group);
        let has_expired = times.is_some_and(|times| self.purge(generation, times.now, garbage));
        self.remove_entry(generation, garbage);
        self.discard_in_flight_of(fingerprint, group, |_, _| true, garbage);
        !has_expired
    }

    pub(super) fn count_expired(&self, now: Option<u64>) -> usize {
        let Some(now) = now else { return 0 };
        self.entries.iter().filter(|(_, entry)| entry.deadline.get() <= now).count()
    }

    /// Sets the counters to zero, and records when.
    pub(super) fn reset_counters(&mut self) {
        self.counters = Counters::default();
        self.cleared_at = self.take_generation().get();
    }

    /// Takes out all items. The wait lists stay, for computations that have not ended.
    pub(super) fn take_items(&mut self) -> impl Sized + use<K, V, F> {
        self.index = LocalIndex::default();
        self.sweep_queue = VecDeque::new();
        self.weight = 0;
        let mut entries = mem::replace(&mut self.entries, new_entries());
        // A vector drops the others if one panics, the cache of `lru` does not.
        let entries: Vec<_> = std::iter::from_fn(|| entries.pop_lru()).collect();
        (entries, mem::take(&mut self.in_flight))
    }
}
