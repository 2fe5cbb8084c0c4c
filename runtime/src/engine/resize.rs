//! The bound by number, and another one while the engine is used: what is too much is evicted in
//! steps, so that writers go on between them. Hits go on meanwhile.

use super::order::{OnHit, Order};
use super::shim::Ordering::Relaxed;
use super::table::{Table, Writer};
use super::types::Config;

impl Table {
    /// Returns the maximum number of entries.
    #[inline]
    pub(super) fn capacity(&self) -> usize {
        self.capacity.load(Relaxed)
    }

    /// Returns the maximum number of entries; `None` without a bound.
    pub(super) fn bound(&self) -> Option<usize> {
        Some(self.capacity()).filter(|&capacity| capacity != usize::MAX)
    }

    /// Returns the effect of a hit on the order.
    #[inline(always)]
    pub(super) fn on_hit(&self) -> OnHit {
        match self.on_hit.load(Relaxed) {
            0 => OnHit::Log,
            1 => OnHit::Count,
            _ => OnHit::Nothing,
        }
    }

    /// Changes the maximum number of entries, and evicts some excess ones. Returns whether there are
    /// more of them. Until they are evicted the bound falls with each step, and is kept.
    pub(super) fn resize(&self, writer: &mut Writer, capacity: usize, now: u64) -> bool {
        /// So many at most, with the mutex held.
        const STEP: usize = if cfg!(functools_loom) { 1 } else { 64 };
        if self.on_hit() == OnHit::Nothing {
            if capacity == usize::MAX {
                return false;
            }
            self.begin_order(writer);
        }
        writer.order.resize(Some(capacity).filter(|&capacity| capacity != usize::MAX));
        let bound = capacity.max(writer.len.saturating_sub(STEP));
        while writer.len > bound && self.evict(writer, now) {}
        self.capacity.store(bound, Relaxed);
        self.raise_epoch();
        bound > capacity
    }

    /// Makes the order of an engine that has had no bound. Hits take part in it from now on.
    pub(super) fn begin_order(&self, writer: &mut Writer) {
        writer.order = Order::of(self.config.eviction, self.bound());
        let mut entries: Vec<u32> =
            (0..writer.slots).filter(|&slot| self.arena.state(slot).is_entry()).collect();
        entries.sort_by_key(|&slot| self.arena.group(slot));
        for slot in entries.into_iter().filter_map(|slot| self.arena.slot_ref(slot)) {
            self.push_to_order(writer, slot);
        }
        let on_hit = OnHit::of(&Config { capacity: Some(0), ..self.config });
        if on_hit == OnHit::Log {
            for (_, stripe) in self.stripes.of_set(writer.stripes) {
                stripe.log.reserve(writer.logged_slots.saturating_sub(1));
            }
        }
        self.on_hit.store(on_hit as u32, Relaxed);
    }
}
