//! A walk through all entries: a reader looks at one slot after another, and holds no lock.
//!
//! An entry stays in its slot, so one that is there throughout is found once. A writer reclaims
//! meanwhile all but the slot that the reader looks at.

#![allow(unsafe_code)]

use std::ops::Range;

use super::limbo::Reclaim;
use super::pin::{Position, SharedPin};
use super::shared::Shared;
use super::shim::Ordering::Relaxed;
use super::slot::State;
use super::table::OnHit;
use super::types::{Engine as _, Garbage, Pin as _, Times};

impl<K: 'static, V: 'static, F: Clone + 'static> Shared<K, V, F> {
    /// Returns the numbers of all slots.
    pub(super) fn slots(&self) -> Range<u32> {
        0..self.writer.lock().0.slots
    }

    /// See `Engine::remove_found`. The pin protects the slot from being used again until the mutex
    /// is locked, so an entry that is there then is the one that was found.
    pub(super) fn remove_pinned(
        &self,
        pin: SharedPin<'_, K, V>,
        position: Position<K, V>,
        times: Option<Times>,
        garbage: &mut Garbage<K, V>,
    ) -> bool {
        let mut guard = self.writer.lock();
        let writer = &mut guard.0;
        let (slot, mut is_removed) = (position.slot, false);
        if let Some(state) = pin.state_of(position).filter(|state| state.is_entry())
            && let Some(group) = pin.group(slot, position.item)
        {
            is_removed = times.is_none_or(|times| !self.table.has_expired(slot, times.now));
            if !is_removed {
                self.table.expire(writer, slot);
            }
            self.table.remove_group(writer, state.fingerprint(), group);
            self.table.raise_epoch();
        }
        let was_waited_for = pin.leave();
        self.unlock(guard, Reclaim::Urgently, garbage);
        if was_waited_for {
            self.maintain(garbage);
        }
        is_removed
    }
}

impl<K, V> SharedPin<'_, K, V> {
    /// Returns the entry in a slot.
    pub(super) fn entry_in(&self, slot: u32) -> Option<Position<K, V>> {
        Some(Position { slot, item: self.item(slot, State::is_entry)? })
    }

    /// Returns the state of an item that this reader has found, unless a clear has taken it out.
    fn state_of(&self, Position { slot, item }: Position<K, V>) -> Option<State> {
        // SAFETY: the engine is pinned, so the block of the slot is there.
        let state = unsafe { item.as_ref() }.header.state();
        self.is_in_arena(slot, item).then_some(state)
    }

    /// See `Pin::rank`.
    pub(super) fn rank_of(&self, Position { slot, item }: Position<K, V>) -> u64 {
        if self.table.on_hit != OnHit::Log {
            return self.group(slot, item).map_or(0, std::num::NonZero::get);
        }
        // What the order knows, and the hits that it does not know yet.
        let known = self.table.arena.node(slot).map_or(0, |node| node.born.load(Relaxed));
        self.table.stripes.iter().map(|stripe| stripe.log.last_hit(slot)).fold(known, u64::max)
    }
}
