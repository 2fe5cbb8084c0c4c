//! Lists of slots, and the LRU order. Kept by the writer alone.

use super::arena::{Arena, SlotRef};
use super::recency::{Hit, Stamp};
use super::shim::Ordering::Relaxed;
use super::slot::NONE;

/// A list of slots by the links in their nodes.
pub(super) struct List {
    newest: u32,
    oldest: u32,
    len: usize,
}

impl List {
    pub(super) const fn new() -> Self {
        List { newest: NONE, oldest: NONE, len: 0 }
    }

    /// Takes the list out.
    pub(super) fn take(&mut self) -> Self {
        std::mem::replace(self, List::new())
    }

    pub(super) fn len(&self) -> usize {
        self.len
    }

    /// Returns the oldest slot.
    #[inline]
    pub(super) fn oldest(&self) -> Option<u32> {
        (self.oldest != NONE).then_some(self.oldest)
    }

    /// Adds a slot as the newest.
    #[inline]
    pub(super) fn push(&mut self, arena: &Arena, slot: SlotRef<'_>) {
        self.insert(arena, slot, NONE, self.newest);
    }

    /// Adds a slot between two neighbours, or at an end.
    #[inline]
    fn insert(&mut self, arena: &Arena, slot: SlotRef<'_>, newer: u32, older: u32) {
        slot.node.newer.store(newer, Relaxed);
        slot.node.older.store(older, Relaxed);
        self.set_older(arena, newer, slot.number);
        self.set_newer(arena, older, slot.number);
        self.len += 1;
    }

    /// Sets the next older slot of one, or with `NONE`, the newest of all.
    #[inline]
    fn set_older(&mut self, arena: &Arena, slot: u32, older: u32) {
        if slot == NONE {
            self.newest = older;
        } else if let Some(node) = arena.node(slot) {
            node.older.store(older, Relaxed);
        }
    }

    /// Sets the next newer slot of one, or with `NONE`, the oldest of all.
    #[inline]
    fn set_newer(&mut self, arena: &Arena, slot: u32, newer: u32) {
        if slot == NONE {
            self.oldest = newer;
        } else if let Some(node) = arena.node(slot) {
            node.newer.store(newer, Relaxed);
        }
    }

    /// Removes a slot of the list.
    #[inline]
    pub(super) fn remove(&mut self, arena: &Arena, slot: SlotRef<'_>) {
        let newer = slot.node.newer.load(Relaxed);
        let older = slot.node.older.load(Relaxed);
        self.set_older(arena, newer, older);
        self.set_newer(arena, older, newer);
        self.len -= 1;
    }
}

/// Entries by their last use, as far as it is known: but for the hits that [`LruOrder::replay`] has
/// not got yet, which are later than the last use of their entries here.
pub(super) struct LruOrder {
    list: List,
}

impl LruOrder {
    pub(super) const fn new() -> Self {
        LruOrder { list: List::new() }
    }

    /// Adds an entry that is stored in a new epoch, as the most recent.
    #[inline]
    pub(super) fn push(&mut self, arena: &Arena, slot: SlotRef<'_>, epoch: u64) {
        self.list.push(arena, slot);
        slot.node.born.store(Stamp::of_epoch(epoch).0, Relaxed);
    }

    #[inline]
    pub(super) fn remove(&mut self, arena: &Arena, slot: SlotRef<'_>) {
        self.list.remove(arena, slot);
    }

    /// Returns the least recent entry.
    #[inline]
    pub(super) fn least_recent(&self) -> Option<u32> {
        self.list.oldest()
    }

    /// Promotes the entries of some hits, which come latest first, each to behind what was used
    /// later. Hits of one epoch and of different stripes may have come in any order.
    #[inline(always)]
    pub(super) fn replay(&mut self, arena: &Arena, hits: &[Hit]) {
        // The oldest entry so far that is newer than all hits to come, and the one behind it.
        let (mut newer, mut next) = (NONE, self.list.newest);
        for &(Stamp(stamp), number) in hits {
            let Some(slot) = arena.slot_ref(number) else { continue };
            // The hit may have been of an earlier item in this slot, or have been replayed.
            if !slot.state().is_entry() || slot.node.born.load(Relaxed) >= stamp {
                continue;
            }
            while let Some(node) = arena.node(next).filter(|_| next != NONE)
                && node.born.load(Relaxed) > stamp
            {
                newer = next;
                next = node.older.load(Relaxed);
            }
            if next != number {
                self.list.remove(arena, slot);
                self.list.insert(arena, slot, newer, next);
            }
            slot.node.born.store(stamp, Relaxed);
            newer = number;
            next = slot.node.older.load(Relaxed);
        }
    }
}
