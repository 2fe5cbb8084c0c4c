//! What a stripe notes of the entries that its hits used, until a writer reads it.

use super::order::Order;
use super::slot::SlotId;

/// How many entries may be noted before the order must be brought up to date: so a writer never has to
/// sort more than these for each stripe.
const TOUCHED_MAX: usize = 8192;

/// The private data of a stripe.
#[derive(Default)]
pub(crate) struct Notes {
    /// The last stamp.
    clock: u32,
    /// When each slot was used last, 0 if not since the last write.
    stamps: Vec<u32>,
    /// The slots whose stamp is not 0.
    touched: Vec<SlotId>,
}

impl Notes {
    /// Notes that a slot was used, of so many. Whether it is time to bring the order up to date.
    #[inline]
    pub(crate) fn touch(&mut self, slot: SlotId, slots: usize) -> bool {
        let Some(stamp) = self.stamps.get_mut(slot as usize) else {
            return self.touch_first(slot, slots);
        };
        if self.clock == u32::MAX {
            return true;
        }
        self.clock += 1;
        let last = std::mem::replace(stamp, self.clock);
        last == 0 && self.note(slot)
    }

    #[inline]
    fn note(&mut self, slot: SlotId) -> bool {
        self.touched.push(slot);
        self.touched.len() >= TOUCHED_MAX
    }

    /// As a stripe that is younger than the slot.
    #[cold]
    #[inline(never)]
    fn touch_first(&mut self, slot: SlotId, slots: usize) -> bool {
        self.reserve(slots.max(slot as usize + 1));
        self.touch(slot, slots)
    }

    /// Makes room for the notes about so many slots, so that a hit need not.
    pub(crate) fn reserve(&mut self, slots: usize) {
        if self.stamps.len() < slots {
            let slots = slots.next_power_of_two().max(8);
            self.stamps.reserve_exact(slots - self.stamps.len());
            self.stamps.resize(slots, 0);
            let touched = slots.min(TOUCHED_MAX);
            self.touched.reserve_exact(touched.saturating_sub(self.touched.len()));
        }
    }

    /// Brings the order up to date with what was noted, and forgets that.
    #[inline]
    pub(crate) fn merge_into(&mut self, order: &mut impl Order) {
        if !self.touched.is_empty() {
            self.merge(order);
        }
        self.clock = 0;
    }

    fn merge(&mut self, order: &mut impl Order) {
        self.sort();
        let Notes { touched, stamps, .. } = self;
        for &slot in &*touched {
            stamps[slot as usize] = 0;
            order.promote(slot);
        }
        touched.clear();
    }

    // Apart from what is generic, so that it is compiled once.
    #[inline(never)]
    fn sort(&mut self) {
        let Notes { touched, stamps, .. } = self;
        // Mostly they are few, and each was used once.
        let stamp = |slot: &SlotId| stamps[*slot as usize];
        if !touched.is_sorted_by_key(stamp) {
            touched.sort_unstable_by_key(stamp);
        }
    }
}
