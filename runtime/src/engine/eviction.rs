//! Which entry is evicted, and making room: by the LRU order or the adaptive policy, until the
//! entries fit both bounds.

use super::arena::SlotRef;
use super::order::Order;
use super::shim::Ordering::Relaxed;
use super::stripes::Stripe;
use super::table::{Table, Writer};
use super::types::InFlightId;

impl Table {
    /// Adds an entry to the order.
    #[inline]
    pub(super) fn push_to_order(&self, writer: &mut Writer, slot: SlotRef<'_>) {
        match &mut writer.order {
            Order::Unbounded => (),
            Order::Lru(lru) => lru.push(&self.arena, slot, self.raise_epoch()),
            Order::Adaptive(adaptive) => adaptive.push_admitted(&self.arena, slot),
        }
    }

    /// Removes an entry from the order.
    #[inline]
    pub(super) fn remove_from_order(&self, writer: &mut Writer, slot: SlotRef<'_>) {
        match &mut writer.order {
            Order::Unbounded => (),
            Order::Lru(lru) => lru.remove(&self.arena, slot),
            Order::Adaptive(adaptive) => adaptive.remove(&self.arena, slot),
        }
    }

    /// Evicts entries until there is room for the result of a computation.
    #[inline]
    pub(super) fn make_room(&self, writer: &mut Writer, id: InFlightId, weight: u64, now: u64) {
        if let Order::Adaptive(adaptive) = &mut writer.order {
            adaptive.admit(id.fingerprint());
        }
        let (capacity, max_weight) = (self.capacity(), self.max_weight);
        while writer.len >= capacity
            || writer.weight.checked_add(weight).is_none_or(|sum| sum > max_weight)
        {
            if !self.evict(writer, now) {
                return;
            }
        }
    }

    /// Evicts the entry that the policy chooses. Returns whether there was one.
    #[inline]
    pub(super) fn evict(&self, writer: &mut Writer, now: u64) -> bool {
        let Some(slot) = self.choose_victim(writer) else { return false };
        if self.has_expired(slot.number, now) {
            writer.counters.expirations += 1;
        } else {
            writer.counters.evictions += 1;
        }
        self.retire(writer, slot);
        true
    }

    /// Chooses the entry to evict, and removes it from the order.
    #[inline]
    fn choose_victim(&self, writer: &mut Writer) -> Option<SlotRef<'_>> {
        if let Order::Adaptive(adaptive) = &mut writer.order {
            return adaptive.evict(&self.arena);
        }
        let mut slot = self.least_recent(writer)?;
        if self.was_hit_since(writer, slot) {
            slot = self.replay_all(writer)?;
        }
        self.remove_from_order(writer, slot);
        Some(slot)
    }

    #[inline]
    fn least_recent(&self, writer: &Writer) -> Option<SlotRef<'_>> {
        let Order::Lru(lru) = &writer.order else { return None };
        self.arena.slot_ref(lru.least_recent()?)
    }

    /// Whether an entry was hit later than the order knows. If not, and it is the least recent one,
    /// its place is exact: all others were used later, whether the order knows of their hits or
    /// not.
    #[inline]
    fn was_hit_since(&self, writer: &Writer, slot: SlotRef<'_>) -> bool {
        let known = slot.node.born.load(Relaxed);
        self.stripes.of_set(writer.stripes).any(|(bit, stripe)| {
            (stripe.log.has_hits() || writer.unlogged & bit != 0)
                && stripe.log.was_hit_since(slot.number, known)
        })
    }

    /// Brings the LRU order up to date with the hits of all stripes, which continue. Returns
    /// the least recent entry.
    #[cold]
    #[inline(never)]
    fn replay_all(&self, writer: &mut Writer) -> Option<SlotRef<'_>> {
        for (_, stripe) in self.stripes.of_set(writer.stripes) {
            take_hits(writer, stripe);
        }
        self.sort_and_replay(writer);
        let slot = self.least_recent(writer)?;
        if writer.unlogged == 0 || !self.was_hit_since(writer, slot) {
            return Some(slot);
        }
        let unlogged = std::mem::take(&mut writer.unlogged);
        for (_, stripe) in self.stripes.of_set(unlogged) {
            let known = |slot| self.arena.node(slot).map_or(0, |node| node.born.load(Relaxed));
            let hits = stripe.log.all_hits().filter(|&(stamp, slot)| stamp.0 > known(slot));
            writer.hits.extend(hits);
        }
        self.sort_and_replay(writer);
        self.least_recent(writer)
    }

    /// Brings the LRU order up to date with the hits of a stripe that this thread holds. They are
    /// mostly few, and later than all else, so each is replayed in one step.
    #[inline(never)]
    pub(super) fn replay_own(&self, writer: &mut Writer, stripe: &Stripe) {
        take_hits(writer, stripe);
        self.replay(writer);
    }

    /// Brings the LRU order up to date with `Writer::hits`, which come latest first.
    #[inline]
    fn replay(&self, writer: &mut Writer) {
        if let Writer { order: Order::Lru(lru), hits, .. } = writer {
            lru.replay(&self.arena, hits);
            hits.clear();
        }
    }

    /// Same as [`Table::replay`] of hits in any order.
    fn sort_and_replay(&self, writer: &mut Writer) {
        /// The capacity that is kept between replays, in hits.
        const KEPT: usize = 8192;
        writer.hits.sort_unstable_by_key(|&(stamp, _)| std::cmp::Reverse(stamp));
        self.replay(writer);
        writer.hits.shrink_to(KEPT);
    }
}

/// Takes the logged hits of a stripe, and notes if there were others.
#[inline(always)]
fn take_hits(writer: &mut Writer, stripe: &Stripe) {
    if stripe.log.take(&mut writer.hits) {
        writer.unlogged |= stripe.bit;
    }
}
