//! What is kept, and what is being computed: items in slots, found by hash, in the order of their use. Users'
//! code runs only in [`Table::find`] and [`Compared::compare`].
//!
//! Items with equal keys are of one *group*. Which group a new item belongs to is found out by comparing its
//! key with all that have its tag; afterwards groups are compared, and no keys.

use super::index::{Index, Tag};
use super::order::Order;

/// Where an item is.
pub(crate) type SlotId = u32;

/// No slot.
const NONE: SlotId = SlotId::MAX;

/// The number of a group, or of a computation: no two are the same.
type Number = u64;

/// A place for an item.
pub(crate) enum Slot<K, V> {
    /// And the next one that is.
    Vacant(SlotId),
    /// A computation that runs.
    Running { tag: Tag, existing: Existing, group: Number, begun: Number, key: K },
    /// A result.
    Kept { tag: Tag, group: Number, key: K, value: V },
}

impl<K, V> Slot<K, V> {
    pub(crate) fn is_kept(&self) -> bool {
        matches!(self, Slot::Kept { .. })
    }
}

/// Where a computation runs. If it is not there any more, nobody wants its result.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Begun {
    slot: SlotId,
    number: Number,
}

/// What a computation does to an entry that has its key already.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Existing {
    /// The first to finish is kept.
    Stays,
    /// A newer value takes its place, and keeps out what began to be computed earlier.
    Yields,
}

/// What readers read.
pub(crate) struct Table<K, V, O> {
    index: Index,
    slots: Vec<Slot<K, V>>,
    vacant: SlotId,
    kept: usize,
    last: Number,
    /// How many slots readers have room for.
    reserved: usize,
    pub(crate) order: O,
}

/// What had to go, to be dropped when nothing is held any more.
pub(crate) struct Displaced<K, V> {
    one: Option<Slot<K, V>>,
    more: Vec<Slot<K, V>>,
}

impl<K, V> Displaced<K, V> {
    #[inline]
    fn extend(&mut self, item: Option<Slot<K, V>>) {
        if self.one.is_none() {
            self.one = item;
        } else {
            self.more.extend(item);
        }
    }
}

impl<K, V, O: Order> Table<K, V, O> {
    pub(crate) fn new() -> Self {
        Table {
            index: Index::new(),
            slots: Vec::new(),
            vacant: NONE,
            kept: 0,
            last: 0,
            reserved: 0,
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

    /// The result whose key is the one.
    #[inline]
    pub(crate) fn find(&self, tag: Tag, mut is_it: impl FnMut(&K) -> bool) -> Option<(SlotId, &V)> {
        self.index.find(tag, |slot| match self.slots.get(slot as usize) {
            Some(Slot::Kept { key, value, .. }) if is_it(key) => Some((slot, value)),
            _ => None,
        })
    }

    /// The group and the key of every item with this tag.
    #[inline]
    fn with_tag(&self, tag: Tag) -> impl Iterator<Item = (Number, &K)> {
        self.index.all(tag).filter_map(|slot| match self.slots.get(slot as usize) {
            Some(Slot::Running { group, key, .. } | Slot::Kept { group, key, .. }) => {
                Some((*group, key))
            }
            _ => None,
        })
    }

    /// Begins a computation. The key comes back if there are no more slots.
    #[inline]
    pub(crate) fn begin(
        &mut self,
        tag: Tag,
        group: Option<Number>,
        key: K,
        existing: Existing,
    ) -> Result<Begun, K> {
        self.last += 1;
        let begun = self.last;
        // A group that is gone does not come back, lest somebody remember it as another's.
        let group = group.filter(|&group| self.of_group(tag, group, |_, _| true).is_some());
        let slot = if self.vacant == NONE {
            match SlotId::try_from(self.slots.len()) {
                Ok(slot) if slot != NONE => self.slots.push(Slot::Vacant(NONE)),
                _ => return Err(key),
            }
            self.slots.len() as SlotId - 1
        } else {
            self.vacant
        };
        let item = &mut self.slots[slot as usize];
        if let Slot::Vacant(next) = *item {
            self.vacant = next;
        }
        *item = Slot::Running { tag, existing, group: group.unwrap_or(begun), begun, key };
        self.index.insert(tag, slot);
        Ok(Begun { slot, number: begun })
    }

    /// Takes an item out of everything but the order.
    #[inline]
    fn take(&mut self, slot: SlotId) -> Option<Slot<K, V>> {
        let item = self.slots.get_mut(slot as usize)?;
        let item = std::mem::replace(item, Slot::Vacant(self.vacant));
        self.vacant = slot;
        if let Slot::Running { tag, .. } | Slot::Kept { tag, .. } = item {
            self.index.remove(tag, slot);
        }
        self.kept -= usize::from(item.is_kept());
        Some(item)
    }

    #[inline]
    fn runs(&self, computation: Begun) -> bool {
        matches!(
            self.slots.get(computation.slot as usize),
            Some(Slot::Running { begun, .. }) if *begun == computation.number
        )
    }

    /// Ends a computation that gave nothing to keep.
    pub(crate) fn abandon(&mut self, computation: Begun) -> Option<Slot<K, V>> {
        if self.runs(computation) { self.take(computation.slot) } else { None }
    }

    /// Ends a computation and keeps its value, if it is still wanted; a full table drops the least recent.
    #[inline]
    pub(crate) fn fill(
        &mut self,
        computation: Begun,
        value: &mut Option<V>,
        maxsize: Option<usize>,
    ) -> Displaced<K, V> {
        let mut displaced = Displaced { one: None, more: Vec::new() };
        let Begun { slot, number } = computation;
        let (tag, group, mine) = match self.slots.get(slot as usize) {
            Some(&Slot::Running { tag, existing, group, begun, .. }) if begun == number => {
                (tag, group, existing)
            }
            _ => return displaced,
        };
        let yields = |existing| existing == Existing::Yields;
        let in_the_way = |item: &Slot<K, V>| match *item {
            Slot::Kept { .. } => true,
            // What began earlier may neither come in place of this one, nor after it if this is final.
            Slot::Running { begun, existing, .. } => {
                begun < number && (yields(mine) || yields(existing))
            }
            Slot::Vacant(_) => false,
        };
        while let Some(other) = self.of_group(tag, group, |at, item| at != slot && in_the_way(item))
        {
            let loses = !yields(mine) && self.slots[other as usize].is_kept();
            displaced.extend(self.remove(if loses { slot } else { other }, maxsize.is_some()));
            if loses {
                return displaced;
            }
        }
        if maxsize.is_some_and(|maxsize| self.kept >= maxsize)
            && let Some(evicted) = self.order.pop()
        {
            displaced.extend(self.take(evicted));
        }
        if let (Some(item), Some(value)) = (self.slots.get_mut(slot as usize), value.take())
            && let Slot::Running { key, .. } = std::mem::replace(item, Slot::Vacant(NONE))
        {
            *item = Slot::Kept { tag, group, key, value };
            self.kept += 1;
            if maxsize.is_some() {
                self.order.push(slot);
            }
        }
        displaced
    }

    /// An item of this group.
    #[inline]
    fn of_group(
        &self,
        tag: Tag,
        group: Number,
        is_it: impl Fn(SlotId, &Slot<K, V>) -> bool,
    ) -> Option<SlotId> {
        self.index.find(tag, |slot| match self.slots.get(slot as usize) {
            Some(item @ (Slot::Running { group: of, .. } | Slot::Kept { group: of, .. })) => {
                (*of == group && is_it(slot, item)).then_some(slot)
            }
            _ => None,
        })
    }

    /// Takes an item out of everything.
    fn remove(&mut self, slot: SlotId, ordered: bool) -> Option<Slot<K, V>> {
        let item = self.take(slot);
        if ordered && item.as_ref().is_some_and(Slot::is_kept) {
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
            removed.extend(self.remove(slot, ordered));
        }
        removed
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
        let empty = Table { last: self.last, ..Table::new() };
        std::mem::replace(self, empty)
    }
}

/// The groups a key has been compared with.
#[derive(Default)]
pub(crate) struct Compared {
    /// The one it belongs to.
    pub(crate) equal: Option<Number>,
    others: Vec<Number>,
}

impl Compared {
    fn knows(&self, group: Number) -> bool {
        self.equal == Some(group) || self.others.contains(&group)
    }

    /// Whether there is nothing with this tag that the key has not been compared with.
    #[inline]
    pub(crate) fn covers<K, V, O: Order>(&self, table: &Table<K, V, O>, tag: Tag) -> bool {
        table.with_tag(tag).all(|(group, _)| self.knows(group))
    }

    /// Compares the key with what it was not compared with yet. What user code asks for meanwhile is not
    /// done before all of that is.
    pub(crate) fn compare<K, V, O: Order>(
        &mut self,
        table: &Table<K, V, O>,
        tag: Tag,
        is_equal: impl Fn(&K) -> bool,
    ) {
        for (group, key) in table.with_tag(tag) {
            if !self.knows(group) {
                // The group that was equal before, if there was one, is gone: no two are.
                let other = if is_equal(key) { self.equal.replace(group) } else { Some(group) };
                self.others.extend(other);
            }
        }
    }
}
