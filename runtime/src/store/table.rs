//! What is kept, and what is being computed: items in slots, found by hash, in the order of their use. Users'
//! code runs only in [`Table::find`]. What readers compare beforehand is in [`super::compared`], and what time does
//! to entries in [`super::expired`].
//!
//! Items with equal keys are of one *group*. Which group a new item belongs to is found out by comparing its
//! key with all that have its tag; afterwards groups are compared, and no keys.

use std::collections::BTreeMap;
use std::sync::atomic::AtomicU64;

use super::counts::Counts;
use super::index::{Index, Tag, Vacancy};
use super::order::Order;
use super::slot::{Begun, Existing, Manner, NONE, Number, Slot, SlotId};
use crate::flight::Leader;

/// What readers read. Each computation may have an `F`, for those who wait for it.
pub(crate) struct Table<K, V, O, F> {
    index: Index,
    pub(super) slots: Vec<Slot<K, V>>,
    vacant: SlotId,
    kept: usize,
    last: u64,
    /// The last number when the table was emptied.
    emptied: u64,
    /// Also of computations whose result is not wanted any more. A tree gives the memory of those
    /// that have ended back.
    flights: BTreeMap<Number, F>,
    /// How many slots readers have room for.
    reserved: usize,
    /// When the entry of each slot expires, if entries do. A hit may put it off, and so they are atomic.
    pub(super) deadlines: Vec<AtomicU64>,
    /// Where the next sweep goes on.
    pub(super) swept: usize,
    pub(crate) counts: Counts,
    pub(crate) order: O,
}

#[inline]
fn tag_of<K, V>(slots: &[Slot<K, V>], slot: SlotId) -> Tag {
    match slots.get(slot as usize) {
        Some(Slot::Running { tag, .. } | Slot::Kept { tag, .. }) => *tag,
        _ => 0,
    }
}

impl<K, V, O: Order, F> Table<K, V, O, F> {
    pub(crate) fn new() -> Self {
        Table {
            index: Index::new(),
            slots: Vec::new(),
            vacant: NONE,
            kept: 0,
            last: 0,
            emptied: 0,
            flights: BTreeMap::new(),
            reserved: 0,
            deadlines: Vec::new(),
            swept: 0,
            counts: Counts::default(),
            order: O::new(),
        }
    }

    /// How many results there are.
    pub(crate) fn kept(&self) -> usize {
        self.kept
    }

    /// How many slots there are.
    #[inline]
    pub(crate) fn slots(&self) -> usize {
        self.slots.len()
    }

    /// The result whose key is the one; else where an item with this tag can be put, if there is none yet.
    #[inline(always)]
    pub(crate) fn find(
        &self,
        tag: Tag,
        mut is_it: impl FnMut(&K) -> bool,
    ) -> Result<(SlotId, &V), Option<Vacancy>> {
        self.index.find(tag, |slot| match self.slots.get(slot as usize) {
            Some(Slot::Kept { key, value, .. }) if is_it(key) => Some((slot, value)),
            _ => None,
        })
    }

    /// The group and the key of every item with this tag.
    #[inline]
    pub(super) fn with_tag(&self, tag: Tag) -> impl Iterator<Item = (Number, &K)> {
        self.index.all(tag).filter_map(move |slot| match self.slots.get(slot as usize) {
            Some(
                Slot::Running { tag: its, group, key, .. }
                | Slot::Kept { tag: its, group, key, .. },
            ) if *its == tag => Some((*group, key)),
            _ => None,
        })
    }

    /// Begins the first computation of a group where there was found to be a vacancy, if it is simple.
    #[inline(always)]
    pub(crate) fn begin_at(
        &mut self,
        vacancy: Vacancy,
        tag: Tag,
        key: K,
        by: Leader,
    ) -> Option<Begun> {
        let slot = self.vacant;
        if slot == NONE || !self.index.insert_at(vacancy, tag, slot) {
            return None;
        }
        self.run(tag, None, key, Existing::Stays, by).ok()
    }

    /// Begins a computation of this group, or of a new one. The key comes back if there are no more slots.
    pub(crate) fn begin(
        &mut self,
        tag: Tag,
        group: Option<Number>,
        key: K,
        existing: Existing,
        by: Leader,
    ) -> Result<Begun, K> {
        // A group that is gone does not come back, lest somebody remember it as another's.
        let group = group.filter(|&group| self.of_group(tag, group, |_, _| true).is_some());
        let begun = self.run(tag, group, key, existing, by)?;
        if let Some(group) = group {
            let is_alone = |_: SlotId, item: &_| matches!(item, Slot::Running { manner, .. } if manner.is_alone());
            while let Some(other) = self.of_group(tag, group, is_alone) {
                if let Some(Slot::Running { manner, .. }) = self.slots.get_mut(other as usize) {
                    manner.set_alone(false);
                }
            }
        }
        let slots = &self.slots;
        self.index.insert(tag, begun.slot, |slot| tag_of(slots, slot));
        Ok(begun)
    }

    /// Puts a computation into a slot, which is not in the index yet.
    #[inline(always)]
    fn run(
        &mut self,
        tag: Tag,
        group: Option<Number>,
        key: K,
        existing: Existing,
        by: Leader,
    ) -> Result<Begun, K> {
        let slot = self.vacant;
        if slot == NONE && !self.add_slot() {
            return Err(key);
        }
        let slot = self.vacant;
        self.last += 1;
        let (Some(begun), Some(item)) = (Number::new(self.last), self.slots.get_mut(slot as usize))
        else {
            return Err(key);
        };
        if let Slot::Vacant(next) = *item {
            self.vacant = next;
        }
        let manner = Manner::new(existing, group.is_none());
        *item = Slot::Running { tag, manner, by, group: group.unwrap_or(begun), begun, key };
        Ok(Begun { slot, number: begun })
    }

    /// Makes another slot the vacant one, if there can be one more.
    #[cold]
    #[inline(never)]
    fn add_slot(&mut self) -> bool {
        match SlotId::try_from(self.slots.len()) {
            Ok(slot) if self.slots.len() < Index::most() => {
                self.slots.push(Slot::Vacant(NONE));
                self.vacant = slot;
                true
            }
            _ => false,
        }
    }

    /// Takes an item out of everything but the order.
    #[inline(always)]
    fn take(&mut self, slot: SlotId) -> Slot<K, V> {
        let Some(item) = self.slots.get_mut(slot as usize) else { return Slot::Vacant(NONE) };
        let item = std::mem::replace(item, Slot::Vacant(self.vacant));
        self.vacant = slot;
        if let Slot::Running { tag, .. } | Slot::Kept { tag, .. } = item {
            let slots = &self.slots;
            self.index.remove(tag, slot, |slot| tag_of(slots, slot));
        }
        self.kept -= usize::from(item.is_kept());
        item
    }

    /// Whether the result of a computation is still wanted.
    #[inline]
    pub(crate) fn runs(&self, computation: Begun) -> bool {
        matches!(
            self.slots.get(computation.slot as usize),
            Some(Slot::Running { begun, .. }) if *begun == computation.number
        )
    }

    /// The entry of a group.
    pub(crate) fn kept_of(&self, tag: Tag, group: Number) -> Option<SlotId> {
        self.of_group(tag, group, |_, item| item.is_kept())
    }

    /// The last computation of a group that has begun, and who runs it.
    pub(crate) fn running_of(&self, tag: Tag, group: Number) -> Option<(Begun, Leader)> {
        let of_group = self.index.all(tag).filter_map(|slot| match self.slots.get(slot as usize) {
            Some(&Slot::Running { group: of, begun: number, by, .. }) if of == group => {
                Some((Begun { slot, number }, by))
            }
            _ => None,
        });
        of_group.max_by_key(|(begun, _)| begun.number)
    }

    /// Whether the entry in a slot is being computed anew.
    pub(crate) fn is_renewed(&self, slot: SlotId) -> bool {
        match self.slots.get(slot as usize) {
            Some(&Slot::Kept { tag, group, .. }) => {
                self.of_group(tag, group, |_, item| matches!(item, Slot::Running { .. })).is_some()
            }
            _ => false,
        }
    }

    /// The entry whose place the result of a computation is to take.
    pub(crate) fn replaced_by(&self, computation: Begun) -> Option<(SlotId, &V)> {
        let slot = match self.slots.get(computation.slot as usize) {
            Some(&Slot::Running { begun, tag, group, .. }) if begun == computation.number => {
                self.kept_of(tag, group)?
            }
            _ => return None,
        };
        match self.slots.get(slot as usize) {
            Some(Slot::Kept { value, .. }) => Some((slot, value)),
            _ => None,
        }
    }

    /// What those who wait for a computation share with it.
    pub(crate) fn flight(&mut self, computation: Begun, make: impl FnOnce() -> F) -> &F {
        if let Some(Slot::Running { manner, .. }) = self.slots.get_mut(computation.slot as usize) {
            manner.set_alone(false);
        }
        self.flights.entry(computation.number).or_insert_with(make)
    }

    /// Takes that, at the end of the computation.
    pub(crate) fn take_flight(&mut self, computation: Begun) -> Option<F> {
        self.flights.remove(&computation.number)
    }

    /// Takes what those share who wait for other calls of the group of this one, if it is a call.
    /// They look again, and find its result. A refresh is newer: its waiters, and those that called
    /// before it, wait for other results.
    pub(crate) fn take_flights_of_others(&mut self, computation: Begun) -> Vec<F> {
        if self.flights.is_empty() {
            return Vec::new();
        }
        let (tag, group) = match self.slots.get(computation.slot as usize) {
            Some(&Slot::Running { tag, group, begun, manner, .. })
                if begun == computation.number && !manner.yields() =>
            {
                (tag, group)
            }
            _ => return Vec::new(),
        };
        let others = self.index.all(tag).filter_map(|slot| match self.slots.get(slot as usize) {
            Some(&Slot::Running { group: of, begun, manner, .. })
                if of == group && !manner.yields() =>
            {
                Some(begun)
            }
            _ => None,
        });
        let others: Vec<_> = others.filter(|begun| *begun != computation.number).collect();
        others.iter().filter_map(|begun| self.flights.remove(begun)).collect()
    }

    /// How often the table was emptied, more or less: another number each time.
    pub(crate) fn emptied(&self) -> u64 {
        self.emptied
    }

    /// Ends a computation that gave nothing to keep.
    pub(crate) fn abandon(&mut self, computation: Begun) -> Option<Slot<K, V>> {
        self.runs(computation).then(|| self.take(computation.slot))
    }

    /// Whether a computation is still wanted, nobody waits for it, and there has been nothing else of its group.
    #[inline(always)]
    pub(crate) fn runs_alone(&self, computation: Begun) -> bool {
        matches!(
            self.slots.get(computation.slot as usize),
            Some(Slot::Running { begun, manner, .. })
                if *begun == computation.number && manner.is_alone()
        )
    }

    /// Ends a computation that [`runs_alone`](Table::runs_alone), and keeps its value; a full table drops the
    /// least recent, which counts as expired if it has by `now`. What was displaced is returned.
    #[inline(always)]
    pub(crate) fn keep(
        &mut self,
        computation: Begun,
        value: V,
        limit: usize,
        ordered: bool,
        now: Option<u64>,
    ) -> Slot<K, V> {
        let Begun { slot, .. } = computation;
        let item = &mut self.slots[slot as usize];
        match std::mem::replace(item, Slot::Vacant(NONE)) {
            Slot::Running { tag, group, key, .. } => {
                *item = Slot::Kept { tag, group, key, value };
            }
            // Never; but what was there is not lost.
            other => return std::mem::replace(item, other),
        }
        let is_full = self.kept >= limit;
        self.kept += 1;
        let displaced = match is_full.then(|| self.order.pop()) {
            Some(Some(least_recent)) => {
                if now.is_some_and(|now| self.has_expired(least_recent, now)) {
                    self.counts.expirations += 1;
                } else {
                    self.counts.evictions += 1;
                }
                self.take(least_recent)
            }
            _ => Slot::Vacant(NONE),
        };
        if ordered {
            self.order.push(slot);
        }
        displaced
    }

    /// Ends a computation and keeps its value, if it is still wanted; a full table drops the least recent.
    /// What was displaced is returned, and the value if it was not kept. What has expired by now is in nobody's way.
    pub(crate) fn fill(
        &mut self,
        computation: Begun,
        value: V,
        limit: usize,
        ordered: bool,
        now: u64,
    ) -> (Vec<Slot<K, V>>, Option<V>) {
        let mut displaced = Vec::new();
        let Begun { slot, number } = computation;
        let (tag, group, mine) = match self.slots.get(slot as usize) {
            Some(&Slot::Running { tag, manner, group, begun, .. }) if begun == number => {
                (tag, group, manner)
            }
            _ => return (displaced, Some(value)),
        };
        let in_the_way = |item: &Slot<K, V>| match *item {
            Slot::Kept { .. } => true,
            // What began earlier may neither come in place of this one, nor after it if this is final.
            Slot::Running { begun, manner, .. } => {
                begun < number && (mine.yields() || manner.yields())
            }
            Slot::Vacant(_) => false,
        };
        while let Some(other) = self.of_group(tag, group, |at, item| at != slot && in_the_way(item))
        {
            let is_kept = self.slots[other as usize].is_kept();
            let has_expired = self.has_expired(other, now);
            let loses = !mine.yields() && is_kept && !has_expired;
            self.counts.expirations += u64::from(has_expired);
            displaced.push(self.remove(if loses { slot } else { other }, ordered));
            if loses {
                return (displaced, Some(value));
            }
        }
        displaced.push(self.keep(computation, value, limit, ordered, Some(now)));
        (displaced, None)
    }

    /// An item of this group.
    #[inline]
    pub(crate) fn of_group(
        &self,
        tag: Tag,
        group: Number,
        wanted: impl Fn(SlotId, &Slot<K, V>) -> bool,
    ) -> Option<SlotId> {
        let is_it = |slot: SlotId| match self.slots.get(slot as usize) {
            Some(item @ (Slot::Running { group: of, .. } | Slot::Kept { group: of, .. })) => {
                (*of == group && wanted(slot, item)).then_some(slot)
            }
            _ => None,
        };
        self.index.find(tag, is_it).ok()
    }

    /// Takes an item out of everything.
    pub(crate) fn remove(&mut self, slot: SlotId, ordered: bool) -> Slot<K, V> {
        let item = self.take(slot);
        if ordered && item.is_kept() {
            self.order.remove(slot);
        }
        item
    }

    /// Takes out all items of a group: results, and computations of which nobody wants the result any more.
    pub(crate) fn remove_group(
        &mut self,
        tag: Tag,
        group: Number,
        ordered: bool,
    ) -> Vec<Slot<K, V>> {
        let mut removed = Vec::new();
        while let Some(slot) = self.of_group(tag, group, |_, _| true) {
            removed.push(self.remove(slot, ordered));
        }
        removed
    }

    /// What is where a computation runs or ran.
    #[cfg(feature = "redis")]
    pub(crate) fn item(&self, computation: Begun) -> Option<&Slot<K, V>> {
        self.slots.get(computation.slot as usize)
    }

    /// For how many slots readers should have room, if that has become more.
    #[inline]
    pub(crate) fn outgrown(&mut self) -> Option<usize> {
        (self.slots.len() > self.reserved).then(|| {
            self.reserved = self.slots.len().next_power_of_two();
            self.reserved
        })
    }

    /// Empties the table; what it held is returned.
    pub(crate) fn clear(&mut self) -> Self {
        // No two times are the same.
        self.last += 1;
        self.emptied = self.last;
        let cleared = self.take_all();
        self.counts = Counts::default();
        cleared
    }

    /// Takes out everything; who waits for a computation still does.
    pub(crate) fn take_all(&mut self) -> Self {
        let flights = std::mem::take(&mut self.flights);
        let Table { last, emptied, counts, .. } = *self;
        let empty = Table { last, emptied, flights, counts, ..Table::new() };
        std::mem::replace(self, empty)
    }
}
