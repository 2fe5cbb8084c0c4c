//! [`SharedPin`], a reader of `Shared`. The protocol is in `shared.rs`.

#![allow(unsafe_code)]

use std::marker::PhantomData;
use std::ptr::NonNull;

use super::adaptive::MAX_HITS;
use super::in_flight::low_bits;
use super::shim::Ordering::{Acquire, Relaxed, SeqCst};
use super::slot::{Address, Slot, State};
use super::stripes::StripePin;
use super::table::{OnHit, Table};
use super::thread::ReadScope;
use super::types::{Compared, Fingerprint, Group, InFlightId, Pin};

/// The position of an entry, for a reader.
pub struct Position<K, V> {
    pub(super) slot: u32,
    pub(super) item: NonNull<Slot<K, V>>,
}

impl<K, V> Clone for Position<K, V> {
    #[inline]
    fn clone(&self) -> Self {
        *self
    }
}

impl<K, V> Copy for Position<K, V> {}

/// A reader of [`Shared`](super::shared::Shared). What is declared first is dropped first.
pub struct SharedPin<'a, K, V> {
    pub(super) table: &'a Table,
    scope: ReadScope,
    pub(super) stripe: StripePin<'a>,
    types: PhantomData<(K, V)>,
}

/// A [`SharedPin`] without what is known anyway: its engine, and that it is not within another pin.
/// It is passed in a register. A pin that is passed in memory is read before it has been written
/// there.
pub struct CompactPin<'a>(StripePin<'a>);

impl<'a, K, V> SharedPin<'a, K, V> {
    /// Begins to read with a stripe, within another pin or not.
    #[inline(always)]
    pub(super) fn new(table: &'a Table, stripe: StripePin<'a>, is_nested: bool) -> Self {
        SharedPin { table, scope: ReadScope::begin(is_nested), stripe, types: PhantomData }
    }

    /// Packs a pin that is not within another one.
    #[inline(always)]
    pub(super) fn pack(self) -> CompactPin<'a> {
        let SharedPin { scope, stripe, .. } = self;
        scope.suspend();
        CompactPin(stripe)
    }

    /// Unpacks a pin of this table.
    #[inline(always)]
    pub(super) fn unpack(table: &'a Table, CompactPin(stripe): CompactPin<'a>) -> Self {
        SharedPin { table, scope: ReadScope::resume(), stripe, types: PhantomData }
    }
}

impl<K, V> SharedPin<'_, K, V> {
    /// Returns the item of a slot whose state is this one, or `None`.
    #[inline(always)]
    pub(super) fn item(
        &self,
        slot: u32,
        is_it: impl FnOnce(State) -> bool,
    ) -> Option<NonNull<Slot<K, V>>> {
        let item = self.table.arena.slot::<K, V>(slot)?;
        // SAFETY: the engine is pinned, so the block of the slot is there, and initialized but for
        // keys and values.
        let state = unsafe { item.as_ref() }.header.state.load(SeqCst);
        is_it(State(state)).then_some(item)
    }

    /// Returns the entry in a slot, if it has this fingerprint and its key is the one.
    #[inline(always)]
    fn entry_at(
        &self,
        slot: u32,
        fingerprint: Fingerprint,
        key_eq: &mut impl FnMut(&K) -> bool,
    ) -> Option<Position<K, V>> {
        let item = self.item(slot, |state| state == State::entry(fingerprint))?;
        key_eq(self.key_in(item)).then_some(Position { slot, item })
    }

    /// Same as [`Pin::find_slow`]. Without an entry, returns a number made of what else has this
    /// fingerprint, computations in flight and slots just removed: 0 without any. The number
    /// changes when one of them comes or goes.
    pub(super) fn find_or_changes(
        &self,
        fingerprint: Fingerprint,
        mut key_eq: impl FnMut(&K) -> bool,
    ) -> Result<Position<K, V>, u64> {
        let mut changes = 0_u64;
        let found = self.table.arena.search(fingerprint, |slot| {
            // Read once: an item that is published between two reads would be neither.
            let mut state = State::FREE;
            let item = self.item(slot, |found| {
                state = found;
                true
            })?;
            if state == State::entry(fingerprint) {
                return key_eq(self.key_in(item)).then_some(Position { slot, item });
            }
            let is_other = state.is_item() && state.fingerprint() != fingerprint;
            if !is_other {
                // In flight, or removed.
                // SAFETY: as in `item`.
                let generation = unsafe { item.as_ref() }.header.touched.load(Relaxed);
                let change = (u64::from(slot) + 1) << 32 | u64::from(generation);
                changes = changes.wrapping_add(change);
            }
            None
        });
        found.ok_or(changes)
    }

    /// Returns the key of an item that this reader has found.
    // `self` gives the lifetime.
    #[allow(clippy::unused_self)]
    #[inline(always)]
    fn key_in<'a>(&'a self, item: NonNull<Slot<K, V>>) -> &'a K {
        // SAFETY: as in `item`.
        let item: &'a Slot<K, V> = unsafe { item.as_ref() };
        // SAFETY: the state said that a reader may read the key, since this pin began. It is not
        // reclaimed before the pin ends, or clones another slot.
        item.key.with(|key| unsafe { (*key).assume_init_ref() })
    }

    /// Returns the group of an item that this reader has found, unless a clear has taken it out.
    pub(super) fn group(&self, slot: u32, item: NonNull<Slot<K, V>>) -> Option<Group> {
        let group = self.table.arena.node(slot)?.group.load(Acquire);
        self.is_in_arena(slot, item).then(|| Group::new(group)).flatten()
    }

    /// Whether no clear had taken out an item, so that all that was read of its slot was its own. A
    /// clear takes the slots out first.
    #[inline]
    pub(super) fn is_in_arena(&self, slot: u32, item: NonNull<Slot<K, V>>) -> bool {
        self.table.arena.slot(slot) == Some(item)
    }

    /// Says that from now on only one slot is used.
    #[inline(always)]
    fn narrow_to(&self, item: NonNull<Slot<K, V>>) {
        self.stripe.narrow(Address(item.addr().get()));
    }

    /// Returns the slot of a computation that has not been discarded.
    fn computation(&self, id: InFlightId) -> Option<NonNull<Slot<K, V>>> {
        let in_flight = State::in_flight(id.fingerprint());
        let item = self.item(id.slot(), |state| state == in_flight)?;
        // SAFETY: as in `item`.
        let touched = unsafe { item.as_ref() }.header.touched.load(Relaxed);
        (touched == low_bits(id.generation)).then_some(item)
    }

    /// Visits the items of a fingerprint until there is a result.
    fn search_items<R>(
        &self,
        fingerprint: Fingerprint,
        mut visit: impl FnMut(u32, NonNull<Slot<K, V>>, State) -> Option<R>,
    ) -> Option<R> {
        self.table.arena.search(fingerprint, |slot| {
            let mut found = State::FREE;
            let item = self.item(slot, |state| {
                found = state;
                state.is_item() && state.fingerprint() == fingerprint
            })?;
            visit(slot, item, found)
        })
    }
}

impl<K, V> Pin<K, V> for SharedPin<'_, K, V> {
    type Position = Position<K, V>;
    type Place = u32;

    #[inline(always)]
    fn find(
        &self,
        fingerprint: Fingerprint,
        mut key_eq: impl FnMut(&K) -> bool,
    ) -> Option<Position<K, V>> {
        self.table
            .arena
            .search_current(fingerprint, |slot| self.entry_at(slot, fingerprint, &mut key_eq))
    }

    fn find_slow(
        &self,
        fingerprint: Fingerprint,
        mut key_eq: impl FnMut(&K) -> bool,
    ) -> Option<Position<K, V>> {
        self.table.arena.search(fingerprint, |slot| self.entry_at(slot, fingerprint, &mut key_eq))
    }

    fn entry_at(&self, slot: u32) -> Option<Position<K, V>> {
        self.entry_in(slot)
    }

    fn rank(&self, _slot: u32, position: Position<K, V>) -> u64 {
        self.rank_of(position)
    }

    #[inline]
    fn is_growing(&self) -> bool {
        self.table.arena.index.is_growing()
    }

    fn key(&self, position: Position<K, V>) -> &K {
        self.key_in(position.item)
    }

    #[inline(always)]
    fn value(&self, position: Position<K, V>) -> &V {
        // SAFETY: as in `item`.
        let item: &Slot<K, V> = unsafe { position.item.as_ref() };
        // SAFETY: as in `key`; its state was that of an entry.
        item.value.with(|value| unsafe { (*value).assume_init_ref() })
    }

    #[inline(always)]
    fn hit(&mut self, position: Position<K, V>) -> bool {
        let stripe = self.stripe.0;
        stripe.count_hit();
        let mut needs_epoch = false;
        match self.table.on_hit {
            OnHit::Log => {
                let epoch = self.table.hot.epoch.load(Acquire);
                needs_epoch = stripe.log.log(position.slot, epoch);
            }
            OnHit::Count => {
                // SAFETY: as in `item`.
                let touched = &unsafe { position.item.as_ref() }.header.touched;
                let before = touched.load(Relaxed);
                if before < MAX_HITS {
                    touched.store(before + 1, Relaxed);
                }
            }
            OnHit::Nothing => (),
        }
        self.narrow_to(position.item);
        needs_epoch
    }

    fn narrow(&mut self, position: Position<K, V>) {
        self.narrow_to(position.item);
    }

    #[inline]
    fn count_miss(&mut self) {
        self.stripe.0.count_miss();
    }

    #[inline]
    fn deadline(&self, position: Position<K, V>) -> u64 {
        if !self.table.arena.is_timed() {
            return u64::MAX;
        }
        let deadline = self.table.arena.deadline_of(position.slot);
        let deadline = deadline.map_or(0, |deadline| deadline.load(Acquire));
        if self.is_in_arena(position.slot, position.item) { deadline } else { 0 }
    }

    fn extend_deadline(&self, position: Position<K, V>, deadline: u64) {
        let of_slot = self.table.arena.deadline_of(position.slot);
        if self.is_in_arena(position.slot, position.item)
            && let Some(of_slot) = of_slot
        {
            // Another hit may have a later one by now.
            of_slot.fetch_max(deadline, Relaxed);
        }
    }

    fn is_being_recomputed(&self, position: Position<K, V>) -> bool {
        // SAFETY: as in `item`.
        let header = &unsafe { position.item.as_ref() }.header;
        let Some(group) = self.group(position.slot, position.item) else { return false };
        self.search_items(header.state().fingerprint(), |slot, item, state| {
            (state.is_in_flight() && self.group(slot, item) == Some(group)).then_some(())
        })
        .is_some()
    }

    fn compare(
        &self,
        fingerprint: Fingerprint,
        compared: &mut Compared,
        key_eq: impl Fn(&K) -> bool,
    ) {
        self.search_items(fingerprint, |slot, item, _| {
            let group = self.group(slot, item)?;
            if !compared.covers(group) {
                compared.insert(group, key_eq(self.key_in(item)));
            }
            None::<()>
        });
    }

    fn key_of(&self, id: InFlightId) -> Option<&K> {
        Some(self.key_in(self.computation(id)?))
    }

    fn narrow_to_key(&mut self, id: InFlightId) -> Option<&K> {
        let item = self.computation(id)?;
        self.narrow_to(item);
        Some(self.key_in(item))
    }

    fn entry_to_replace(&self, id: InFlightId) -> Option<Position<K, V>> {
        let group = self.group(id.slot(), self.computation(id)?)?;
        let entry = State::entry(id.fingerprint());
        self.search_items(id.fingerprint(), |slot, item, state| {
            let is_it = state == entry && self.group(slot, item) == Some(group);
            is_it.then_some(Position { slot, item })
        })
    }

    // Field by field: their drops are inlined. That of a struct without a `Drop` of its own is
    // compiled once, in another codegen unit than most hits.
    #[inline(always)]
    fn leave(self) -> bool {
        let SharedPin { scope, stripe, .. } = self;
        drop(scope);
        stripe.leave()
    }
}
