//! When entries expire, where they do, and taking out those that have.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use super::index::Tag;
use super::order::Order;
use super::slot::{Begun, NONE, Number, Slot, SlotId};
use super::table::Table;

impl<K, V, O: Order, F> Table<K, V, O, F> {
    /// When the entry of a slot expires.
    #[inline]
    pub(crate) fn deadline(&self, slot: SlotId) -> u64 {
        self.deadlines.get(slot as usize).map_or(u64::MAX, |deadline| deadline.load(Relaxed))
    }

    /// Puts that off.
    #[inline]
    pub(crate) fn renew(&self, slot: SlotId, to: u64) {
        if let Some(deadline) = self.deadlines.get(slot as usize) {
            deadline.store(to, Relaxed);
        }
    }

    /// Says when the result of a computation, which was kept just now, expires.
    pub(crate) fn expires(&mut self, computation: Begun, at: u64) {
        let slots = self.slots.len();
        if self.deadlines.len() < slots {
            self.deadlines.resize_with(slots, || AtomicU64::new(u64::MAX));
        }
        self.renew(computation.slot, at);
    }

    /// Lets no entry expire later than then.
    #[cfg(feature = "redis")]
    pub(crate) fn cap(&self, at: u64) {
        for deadline in &self.deadlines {
            deadline.fetch_min(at, Relaxed);
        }
    }

    pub(super) fn has_expired(&self, slot: SlotId, now: u64) -> bool {
        self.slots.get(slot as usize).is_some_and(Slot::is_kept) && self.deadline(slot) <= now
    }

    /// Takes out what has expired of a group by then.
    pub(crate) fn expire_group(
        &mut self,
        tag: Tag,
        group: Number,
        now: u64,
        ordered: bool,
    ) -> Vec<Slot<K, V>> {
        let mut expired = Vec::new();
        while let Some(slot) = self.of_group(tag, group, |slot, _| self.has_expired(slot, now)) {
            expired.push(self.expire(slot, ordered));
        }
        expired
    }

    /// Takes out an entry, which counts as expired if it has by now.
    #[cfg(feature = "redis")]
    pub(crate) fn remove_at(&mut self, slot: SlotId, now: u64, ordered: bool) -> Slot<K, V> {
        self.counts.expirations += u64::from(self.has_expired(slot, now));
        self.remove(slot, ordered)
    }

    /// Takes out an entry that has expired.
    fn expire(&mut self, slot: SlotId, ordered: bool) -> Slot<K, V> {
        self.counts.expirations += 1;
        self.remove(slot, ordered)
    }

    /// How many entries have expired.
    pub(crate) fn expired(&self, now: u64) -> usize {
        let slots = 0..SlotId::try_from(self.slots.len()).unwrap_or(NONE);
        slots.filter(|&slot| self.has_expired(slot, now)).count()
    }

    /// Takes out what has expired by then in the next so many slots, or in all.
    pub(crate) fn sweep(&mut self, slots: usize, now: u64, ordered: bool) -> Vec<Slot<K, V>> {
        let mut expired = Vec::new();
        for _ in 0..slots.min(self.slots.len()) {
            self.swept = if self.swept + 1 < self.slots.len() { self.swept + 1 } else { 0 };
            // No more slots than `SlotId` has numbers.
            let slot = SlotId::try_from(self.swept).unwrap_or(NONE);
            if self.has_expired(slot, now) {
                expired.push(self.expire(slot, ordered));
            }
        }
        expired
    }

    /// Takes out the entry whose place the result of a computation was to take, if it has expired.
    pub(crate) fn remove_replaced(
        &mut self,
        computation: Begun,
        now: u64,
        ordered: bool,
    ) -> Option<Slot<K, V>> {
        let (slot, _) = self.replaced_by(computation)?;
        self.has_expired(slot, now).then(|| self.expire(slot, ordered))
    }
}
