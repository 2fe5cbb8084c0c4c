//! Locking the writer's mutex, and the work when it is unlocked: items that no reader uses any more
//! are reclaimed, and dropped with no lock held.

#![allow(unsafe_code)]

use super::limbo::{ClearedArena, Reclaim};
use super::pin::SharedPin;
use super::shared::Shared;
use super::shim::MutexGuard;
use super::slot::Slot;
use super::table::Writer;
use super::thread::ReadScope;
use super::types::{Garbage, Pin, Times};
use super::wait_lists::WaitLists;

pub(super) type Guard<'a, F> = MutexGuard<'a, (Writer, WaitLists<F>)>;

impl<K, V, F: Clone> Shared<K, V, F> {
    /// Locks the writer's mutex. Also returns whether it had to wait for another writer: then to
    /// look at all stripes takes long, as the other one does so, too, and may be left to a later
    /// writer.
    #[inline]
    pub(super) fn lock_contended(&self) -> (Guard<'_, F>, Reclaim) {
        match self.writer.try_lock() {
            Some(guard) => (guard, Reclaim::Now),
            None => (self.writer.lock(), Reclaim::Later),
        }
    }

    /// Locks the writer's mutex, after it is known which entries have expired at these times. Other
    /// writers continue meanwhile: an entry that is stored then has not expired by that time.
    pub(super) fn lock_noting_expired(
        &self,
        times: Option<Times>,
        garbage: &mut Garbage<K, V>,
    ) -> Guard<'_, F> {
        let mut next = times.filter(|_| self.table.arena.is_timed()).map(|times| (0, times));
        loop {
            let mut guard = self.writer.lock();
            let Some((slot, times)) = next else { return guard };
            next = self.table.note_expired(&mut guard.0, slot, times).map(|slot| (slot, times));
            if next.is_none() {
                return guard;
            }
            self.unlock(guard, Reclaim::Urgently, garbage);
        }
    }

    /// Locks the writer's mutex, with the hits of the pinned stripe in the order. Releases the pin;
    /// also returns whether something waited for that.
    #[inline]
    pub(super) fn lock_from(&self, pin: Option<SharedPin<'_, K, V>>) -> (Guard<'_, F>, bool) {
        let Some(pin) = pin else { return (self.writer.lock(), false) };
        if let Some(mut guard) = self.writer.try_lock() {
            let stripe = pin.stripe.0;
            if stripe.log.has_hits() {
                self.table.replay_own(&mut guard.0, stripe);
            }
            let was_waited_for = pin.leave();
            return (guard, was_waited_for);
        }
        let was_waited_for = pin.leave();
        (self.writer.lock(), was_waited_for)
    }

    /// Unlocks the mutex. Items that no reader uses any more become garbage.
    #[inline]
    pub(super) fn unlock(
        &self,
        mut guard: Guard<'_, F>,
        when: Reclaim,
        garbage: &mut Garbage<K, V>,
    ) {
        let writer = &mut guard.0;
        if when == Reclaim::Later && writer.limbo.len() < self.table.batch {
            return;
        }
        if let Some(slot) = writer.limbo.reclaim_one(&self.table.stripes, writer.stripes) {
            self.reclaim(writer, slot, garbage);
        } else if !writer.limbo.is_idle() {
            self.unlock_slow(guard, when, garbage);
        }
    }

    /// Same as [`Shared::unlock`] if there is more to reclaim, or readers to wait for.
    #[cold]
    #[inline(never)]
    fn unlock_slow(&self, mut guard: Guard<'_, F>, when: Reclaim, garbage: &mut Garbage<K, V>) {
        let writer = &mut guard.0;
        self.table.find_reclaimable(writer, when == Reclaim::Urgently);
        while let Some(slot) = writer.limbo.ready.pop() {
            self.reclaim(writer, slot, garbage);
        }
        let buckets = std::mem::take(&mut writer.limbo.ready_buckets);
        drop(guard);
        drop(buckets);
    }

    /// Makes a retired slot free that no reader uses.
    #[inline]
    fn reclaim(&self, writer: &mut Writer, slot: u32, garbage: &mut Garbage<K, V>) {
        let Some((item, slot)) = self.slot(slot) else { return };
        // SAFETY: retired, and no reader uses it, see the protocol.
        let (key, value) = unsafe { Slot::take_item(item) };
        if std::mem::needs_drop::<(K, V)>() {
            garbage.push(key, value);
        }
        writer.free(slot);
    }

    /// Drops the storage that clears took out and that no reader uses, with no lock held.
    pub(super) fn drop_cleared(&self) {
        let mut is_requested = false;
        while !ReadScope::is_active() {
            let mut guard = self.writer.lock();
            let writer = &mut guard.0;
            let Some(arena) = writer.limbo.take_arena(&self.table.stripes) else {
                if is_requested || writer.limbo.arenas() == 0 {
                    return;
                }
                // Once more: a reader may have left before the request to call.
                self.table.request_attention(writer);
                is_requested = true;
                continue;
            };
            drop(guard);
            let mut taken = TakenArena { engine: self, arena: Some(arena) };
            if let Some(arena) = &mut taken.arena {
                arena.drop_unused::<K, V>();
            }
        }
    }
}

/// The storage that a clear took out, while it is dropped. It returns to limbo, also if a `Drop`
/// panics, if readers still use it.
struct TakenArena<'a, K, V, F: Clone> {
    engine: &'a Shared<K, V, F>,
    arena: Option<ClearedArena>,
}

impl<K, V, F: Clone> Drop for TakenArena<'_, K, V, F> {
    fn drop(&mut self) {
        if let Some(arena) = self.arena.take_if(|arena| arena.is_cloned()) {
            self.engine.writer.lock().0.limbo.keep_arena(arena);
        }
    }
}
