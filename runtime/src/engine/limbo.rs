//! Limbo: the retired items that wait to be reclaimed, since readers may still use them.
//!
//! A retired slot is reclaimed when each stripe has been seen without a reader that searches since
//! it was retired, and no reader clones its value. A reader that comes later does not find it.

use super::arena::{RetiredArena, SlotRef};
use super::buckets::RetiredBuckets;
use super::slot::Address;
use super::stripes::{Reader, StripeSet, Stripes};

/// When to reclaim retired items.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Reclaim {
    /// When a batch waits: other threads use the engine.
    Later,
    Now,
    /// Now, or when the readers that are in the way leave.
    Urgently,
}

#[derive(Default)]
pub(super) struct Limbo {
    /// Slots and arrays that were retired lately.
    fresh: Batch,
    /// Slots that were retired before, and the stripes that may still search them.
    waiting: Batch,
    searching: StripeSet,
    /// Slots whose value is being cloned, and by the readers of which stripes.
    cloned: Vec<(RetiredSlot, StripeSet)>,
    /// Slots that no reader uses any more.
    pub(super) ready: Vec<u32>,
    /// Likewise arrays.
    pub(super) ready_buckets: Vec<RetiredBuckets>,
    /// The storage that clears took out.
    arenas: Vec<ClearedArena>,
}

/// The storage that a clear took out.
pub(super) struct ClearedArena {
    arena: RetiredArena,
    /// The stripes whose readers may be searching it.
    searching: StripeSet,
    /// Its slots whose value is being cloned, and by the readers of which stripe.
    cloned: Vec<(Address, StripeSet)>,
    /// Whether the other slots have been dropped.
    is_dropped: bool,
}

impl ClearedArena {
    /// Looks at its readers. Returns whether there is something to drop.
    fn look(&mut self, stripes: &Stripes) -> bool {
        for (bit, stripe) in stripes.of_set(self.searching) {
            match stripe.reader() {
                Reader::Searching => continue,
                Reader::Cloning(slot) if self.arena.has_slot(slot) => {
                    self.cloned.push((slot, bit));
                }
                Reader::None | Reader::Cloning(_) => (),
            }
            self.searching &= !bit;
        }
        let before = self.cloned.len();
        self.cloned.retain(|&(slot, bit)| is_cloned(stripes, slot, bit));
        self.searching == 0 && (!self.is_dropped || self.cloned.len() < before)
    }

    /// Drops the items that no reader uses any more, with no lock held: all, even if a drop panics.
    pub(super) fn drop_unused<K, V>(&mut self) {
        self.is_dropped = true;
        let cloned: Vec<_> = self.cloned.iter().map(|(slot, _)| *slot).collect();
        self.arena.drop_items::<K, V>(&cloned);
    }

    /// Whether readers clone some of its values.
    pub(super) fn is_cloned(&self) -> bool {
        !self.cloned.is_empty()
    }
}

/// Whether a reader of these stripes clones the value of a slot.
fn is_cloned(stripes: &Stripes, slot: Address, set: StripeSet) -> bool {
    stripes.of_set(set).any(|(_, stripe)| stripe.reader() == Reader::Cloning(slot))
}

/// A slot that was retired.
#[derive(Clone, Copy)]
struct RetiredSlot {
    number: u32,
    address: Address,
}

#[derive(Default)]
struct Batch {
    slots: Vec<RetiredSlot>,
    buckets: Vec<RetiredBuckets>,
}

impl Batch {
    fn is_empty(&self) -> bool {
        self.slots.is_empty() && self.buckets.is_empty()
    }
}

impl Limbo {
    #[inline]
    pub(super) fn retire(&mut self, slot: SlotRef<'_>) {
        let (number, address) = (slot.number, slot.header.address());
        self.fresh.slots.push(RetiredSlot { number, address });
    }

    #[cold]
    pub(super) fn retire_buckets(&mut self, buckets: RetiredBuckets) {
        self.fresh.buckets.push(buckets);
    }

    /// Returns from how many clears something waits that they took out.
    pub(super) fn arenas(&self) -> usize {
        self.arenas.len()
    }

    /// Returns how many slots wait.
    pub(super) fn len(&self) -> usize {
        self.fresh.slots.len() + self.waiting.slots.len()
    }

    /// Whether there is nothing to do for a writer that has retired nothing.
    #[inline]
    pub(super) fn is_idle(&self) -> bool {
        self.fresh.is_empty() && self.waiting.is_empty() && self.cloned.is_empty()
    }

    /// Same as [`Limbo::reclaim`] when one slot was retired, and nothing else waits: returns the
    /// slot, if no reader uses it.
    #[inline]
    pub(super) fn reclaim_one(&mut self, stripes: &Stripes, used: StripeSet) -> Option<u32> {
        let &[slot] = self.fresh.slots.as_slice() else { return None };
        let is_alone = self.waiting.is_empty() && self.fresh.buckets.is_empty();
        if !is_alone || !self.cloned.is_empty() {
            return None;
        }
        let mut readers = stripes.of_set(used).map(|(_, stripe)| stripe.reader());
        let is_used =
            |reader| reader == Reader::Searching || reader == Reader::Cloning(slot.address);
        if readers.any(is_used) {
            return None;
        }
        self.fresh.slots.clear();
        Some(slot.number)
    }

    /// Finds the items that no reader uses any more.
    #[inline(never)]
    pub(super) fn reclaim(&mut self, stripes: &Stripes, used: StripeSet) {
        // First the waiting slots, then the fresh ones.
        for _ in 0..2 {
            if self.waiting.is_empty() && !self.fresh.is_empty() {
                std::mem::swap(&mut self.waiting, &mut self.fresh);
                self.searching = used;
            }
            self.look_for_searches(stripes);
            if self.searching != 0 {
                return;
            }
            // Only now, as a reader that was searching may have found a slot that another cloned.
            if !self.cloned.is_empty() {
                self.reclaim_cloned(stripes);
            }
            self.ready.extend(self.waiting.slots.drain(..).map(|slot| slot.number));
            self.ready_buckets.append(&mut self.waiting.buckets);
        }
    }

    fn look_for_searches(&mut self, stripes: &Stripes) {
        for (bit, stripe) in stripes.of_set(self.searching) {
            match stripe.reader() {
                Reader::Searching => continue,
                Reader::None => (),
                Reader::Cloning(slot) => self.keep_cloned(slot, bit),
            }
            self.searching &= !bit;
        }
    }

    /// Keeps a slot that waits until the reader of a stripe has cloned its value.
    #[cold]
    fn keep_cloned(&mut self, slot: Address, bit: StripeSet) {
        if let Some((_, bits)) = self.cloned.iter_mut().find(|(other, _)| other.address == slot) {
            *bits |= bit;
        } else if let Some(place) =
            self.waiting.slots.iter().position(|other| other.address == slot)
        {
            self.cloned.push((self.waiting.slots.swap_remove(place), bit));
        }
    }

    #[cold]
    fn reclaim_cloned(&mut self, stripes: &Stripes) {
        let Limbo { cloned, ready, .. } = self;
        cloned.retain(|&(slot, bits)| {
            // The slot is not given to another item meanwhile.
            let is_cloned = is_cloned(stripes, slot.address, bits);
            if !is_cloned {
                ready.push(slot.number);
            }
            is_cloned
        });
    }

    /// Adds the storage that a clear took out, and removes the slots that were part of it.
    pub(super) fn retire_arena(&mut self, arena: RetiredArena, used: StripeSet) {
        self.fresh.slots.clear();
        self.waiting.slots.clear();
        self.cloned.clear();
        self.ready.clear();
        let (cloned, is_dropped) = (Vec::new(), false);
        self.arenas.push(ClearedArena { arena, searching: used, cloned, is_dropped });
    }

    /// Returns the rest of it to limbo.
    pub(super) fn keep_arena(&mut self, arena: ClearedArena) {
        self.arenas.push(arena);
    }

    /// Drops all that clears took out. There is no reader any more.
    pub(super) fn drop_arenas<K, V>(&mut self) {
        for mut cleared in self.arenas.drain(..) {
            cleared.arena.drop_items::<K, V>(&[]);
        }
    }

    /// Takes one of which something can be dropped.
    pub(super) fn take_arena(&mut self, stripes: &Stripes) -> Option<ClearedArena> {
        let place = self.arenas.iter_mut().position(|arena| arena.look(stripes))?;
        Some(self.arenas.swap_remove(place))
    }

    /// The stripes whose readers have to leave before all of it can be reclaimed.
    pub(super) fn blockers(&self) -> StripeSet {
        let cloning = self.cloned.iter().fold(0, |all, (_, bit)| all | bit);
        let arenas = self.arenas.iter().fold(0, |all, arena| {
            arena.cloned.iter().fold(all | arena.searching, |all, (_, bit)| all | bit)
        });
        cloning | arenas | self.searching
    }
}
