//! The start and the end of computations.

use std::cell::Cell;

use super::super::counters::Discarded;
use super::super::types::{
    Complete, Config, Ended, Fingerprint, Garbage, Generation, Group, InFlightId, OnExisting,
    Start, Started, Times, Waiting,
};
use super::state::{InFlight, LocalEntry, LocalState};

fn in_flight_id(fingerprint: Fingerprint, generation: Generation) -> InFlightId {
    InFlightId::new(generation, 0, fingerprint)
}

/// A computation that has not been discarded.
#[derive(Clone, Copy)]
struct Wanted {
    fingerprint: Fingerprint,
    generation: Generation,
    group: Group,
    on_existing: OnExisting,
}

/// Whether an entry may be returned that expires at `deadline`.
fn may_return(deadline: u64, times: Option<Times>, is_being_recomputed: bool) -> bool {
    times.is_none_or(|Times { now, stale, .. }| {
        now < deadline || is_being_recomputed && now < deadline.saturating_add(stale)
    })
}

impl<K, V, F: Clone> LocalState<K, V, F> {
    pub(super) fn start(
        &mut self,
        start: &mut Start<'_, K, F>,
        garbage: &mut Garbage<K, V>,
    ) -> Started<F> {
        let Start { fingerprint, compared, leader, on_existing, .. } = *start;
        if !self.is_covered(fingerprint, compared) {
            return Started::NotCompared;
        }
        if on_existing == OnExisting::Keep
            && let Some(group) = compared.equal
            && let Some(started) = self.find_existing(group, start, garbage)
        {
            return started;
        }
        // Without room for any entry there is none for its computation either.
        let Some(key) = start.key.take_if(|_| self.config.capacity != Some(0)) else {
            return Started::Full;
        };
        self.counters.misses += u64::from(start.counts_miss);
        let generation = self.take_generation();
        // A group that is gone does not come back: a `Compared` may list it as another key's.
        let group = compared.equal.filter(|&group| self.has_group(fingerprint, group));
        let group = group.unwrap_or(generation);
        self.index.insert(fingerprint, generation);
        self.in_flight.insert(generation, InFlight { group, leader, on_existing, key });
        Started::Compute(in_flight_id(fingerprint, generation))
    }

    /// Returns the item that a call uses instead of a computation of its own, if there is one.
    fn find_existing(
        &mut self,
        group: Group,
        start: &Start<'_, K, F>,
        garbage: &mut Garbage<K, V>,
    ) -> Option<Started<F>> {
        let Start { fingerprint, times, .. } = *start;
        if let Some(times) = times {
            self.purge_group(fingerprint, group, times.purge_cutoff, garbage);
        }
        let last = self.in_flight_of(fingerprint, group).max_by_key(|(generation, _)| *generation);
        let last = last.map(|(generation, item)| (generation, item.leader));
        let entry = self.entry_of(fingerprint, group).and_then(|entry| self.entries.peek(&entry));
        if entry.is_some_and(|entry| may_return(entry.deadline.get(), times, last.is_some())) {
            return Some(Started::AlreadyStored);
        }
        let (generation, leader) = last.filter(|_| start.may_wait)?;
        self.counters.joined += 1;
        let wait_list = self.wait_lists.entry(generation).or_insert_with(start.new_wait_list);
        Some(Started::Wait(Waiting {
            id: in_flight_id(fingerprint, generation),
            leader,
            wait_list: wait_list.clone(),
            cleared_at: self.cleared_at,
        }))
    }

    pub(super) fn complete(
        &mut self,
        id: InFlightId,
        complete: Complete<V>,
        garbage: &mut Garbage<K, V>,
    ) -> Ended<F> {
        let Complete { value, elapsed, weight, deadline, times } = complete;
        let now = times.map(|times| times.now);
        if let Some(times) = times {
            self.sweep(times.purge_cutoff, garbage);
        }
        let mut ended = self.end(id, Discarded::from(elapsed));
        let Some(item) = self.in_flight.remove(&id.generation) else {
            garbage.push(None, Some(value));
            return ended;
        };
        let InFlight { group, on_existing, key, .. } = item;
        let (fingerprint, generation) = (id.fingerprint(), id.generation);
        let wanted = Wanted { fingerprint, generation, group, on_existing };
        ended.others = self.take_other_wait_lists(wanted);
        let may_store = self.remove_replaced(wanted, now, garbage);
        let is_too_heavy = self.config.max_weight.is_some_and(|max| weight > max);
        if !may_store || is_too_heavy || self.config.capacity == Some(0) {
            self.index.remove(fingerprint, generation);
            garbage.push(Some(key), Some(value));
            return ended;
        }
        self.make_room(weight, now, garbage);
        self.insert(wanted, (key, value), weight, deadline);
        ended
    }

    /// Makes an in-flight computation, which the index has already, the most recent entry.
    fn insert(&mut self, wanted: Wanted, (key, value): (K, V), weight: u64, deadline: u64) {
        let Wanted { fingerprint, generation, group, .. } = wanted;
        let Config { max_weight, is_timed, .. } = self.config;
        let weight = if max_weight.is_some() { weight } else { 0 };
        let deadline = Cell::new(if is_timed { deadline } else { u64::MAX });
        self.weight += weight;
        if is_timed {
            self.sweep_queue.push_back(generation);
        }
        let entry = LocalEntry { fingerprint, group, weight, deadline, key, value };
        self.entries.put(generation, entry);
    }

    /// Counts the end of a computation, and takes its wait list.
    fn end(&mut self, id: InFlightId, discarded: Discarded) -> Ended<F> {
        let sampling_mask = self.counters.count_discarded(discarded);
        let wait_list = self.wait_lists.remove(&id.generation);
        Ended { wait_list, others: Vec::new(), sampling_mask }
    }

    /// Takes the wait lists of the group's other calls, if this computation is a call, too. A
    /// replacement is newer than they are, and theirs are not what its waiters want.
    fn take_other_wait_lists(&mut self, wanted: Wanted) -> Vec<F> {
        if wanted.on_existing == OnExisting::Replace || self.wait_lists.is_empty() {
            return Vec::new();
        }
        let others = self.in_flight_of(wanted.fingerprint, wanted.group);
        let others = others.filter(|(_, item)| item.on_existing == OnExisting::Keep);
        let others: Vec<_> = others.map(|(generation, _)| generation).collect();
        others.iter().filter_map(|other| self.wait_lists.remove(other)).collect()
    }

    /// Removes the items that a result replaces: the entry of its group, and earlier computations,
    /// if either replaces the other. Returns false, with nothing removed, if the entry is to stay.
    fn remove_replaced(
        &mut self,
        wanted: Wanted,
        now: Option<u64>,
        garbage: &mut Garbage<K, V>,
    ) -> bool {
        let Wanted { fingerprint, generation, group, on_existing } = wanted;
        if let Some(entry) = self.entry_of(fingerprint, group) {
            let has_expired = now.is_some_and(|now| self.purge(entry, now, garbage));
            if !has_expired && on_existing == OnExisting::Keep {
                return false;
            }
            self.remove_entry(entry, garbage);
        }
        let is_replaced = |other, other_on_existing| {
            other < generation
                && (on_existing == OnExisting::Replace || other_on_existing == OnExisting::Replace)
        };
        self.discard_in_flight_of(fingerprint, group, is_replaced, garbage);
        true
    }

    pub(super) fn discard(
        &mut self,
        id: InFlightId,
        discarded: Discarded,
        superseded: Option<u64>,
        garbage: &mut Garbage<K, V>,
    ) -> Ended<F> {
        let (fingerprint, generation) = (id.fingerprint(), id.generation);
        let group = self.in_flight.get(&generation).map(|item| item.group);
        if let (Some(now), Some(group)) = (superseded, group) {
            self.purge_group(fingerprint, group, now, garbage);
        }
        self.remove_in_flight(fingerprint, generation, garbage);
        self.end(id, discarded)
    }
}
