//! Writing keys and values into slots, and the decisions whether a computation starts and whether
//! its result is stored.

#![allow(unsafe_code)]

use std::ptr::NonNull;

use super::arena::SlotRef;
use super::shared::Shared;
use super::slot::Slot;
use super::table::Writer;
use super::types::{Group, InFlightId, Start, Started, Times, Waiting};
use super::wait_lists::WaitLists;

impl<K, V, F: Clone> Shared<K, V, F> {
    /// Starts a computation in a free slot.
    #[inline]
    pub(super) fn start_in_flight(
        &self,
        writer: &mut Writer,
        start: &mut Start<'_, K, F>,
        group: Option<Group>,
    ) -> Option<InFlightId> {
        let number = self.table.allocate(writer)?;
        let (item, slot) = self.slot(number)?;
        let key = start.key.take()?;
        self.write_key(item, key);
        let manner = (start.leader, start.on_existing);
        Some(self.table.publish_in_flight(writer, slot, start.fingerprint, group, manner))
    }

    /// Returns a slot that exists.
    #[inline(always)]
    pub(super) fn slot(&self, number: u32) -> Option<(NonNull<Slot<K, V>>, SlotRef<'_>)> {
        let item = self.table.arena.slot::<K, V>(number)?;
        // SAFETY: a slot that exists is initialized, but for its key and value, and lives as long
        // as the writer may have the number.
        let header = &unsafe { item.as_ref() }.header;
        Some((item, SlotRef { number, header, node: self.table.arena.node(number)? }))
    }

    /// Writes the key of a slot that is free.
    // `self` says that it is one of this engine.
    #[allow(clippy::unused_self)]
    #[inline(always)]
    pub(super) fn write_key(&self, item: NonNull<Slot<K, V>>, key: K) {
        // SAFETY: the slot is free, so that no reader reads its key, and this is the writer.
        unsafe { item.as_ref() }.key.with_mut(|place| unsafe { (*place).write(key) });
    }

    /// Writes the value of a slot that holds a computation, and publishes the entry.
    #[inline(always)]
    pub(super) fn publish(
        &self,
        writer: &mut Writer,
        (item, slot): (NonNull<Slot<K, V>>, SlotRef<'_>),
        value: V,
    ) {
        // SAFETY: its state is that of a computation, so that no reader reads the value, and this
        // is the writer.
        unsafe { item.as_ref() }.value.with_mut(|place| unsafe { (*place).write(value) });
        self.table.publish_entry(writer, slot);
    }

    /// Finds that a call need not compute, if so, for the reason that is returned.
    #[cold]
    pub(super) fn find_started(
        &self,
        writer: &mut Writer,
        lists: &mut WaitLists<F>,
        start: &Start<'_, K, F>,
        group: Group,
    ) -> Option<Started<F>> {
        let fingerprint = start.fingerprint;
        if let Some(times) = start.times {
            self.table.expire_group(writer, fingerprint, group, times.purge_cutoff);
        }
        let in_flight = self.table.in_flight_of(fingerprint, group);
        if let Some(slot) = self.table.entry_of(fingerprint, group) {
            let deadline = self.table.arena.deadline(slot);
            let is_fresh = start.times.is_none_or(|times| times.now < deadline);
            let is_stale =
                start.times.is_some_and(|times| times.now < deadline.saturating_add(times.stale));
            if is_fresh || is_stale && in_flight.is_some() {
                return Some(Started::AlreadyStored);
            }
        }
        let (id, leader) = in_flight.filter(|_| start.may_wait)?;
        self.table.set_not_sole(id.slot());
        writer.counters.joined += 1;
        let wait_list = lists.get_or_insert(id.generation, start.new_wait_list);
        Some(Started::Wait(Waiting { id, leader, wait_list, cleared_at: writer.cleared_at }))
    }

    /// Ends a computation whose value is not stored.
    pub(super) fn reject(&self, writer: &mut Writer, id: InFlightId) {
        if self.table.group_of(id).is_some() {
            self.table.remove(writer, id.slot());
        }
    }

    /// Makes way and room for a value. Returns whether it is to be stored.
    #[cold]
    #[inline(never)]
    pub(super) fn admit(
        &self,
        writer: &mut Writer,
        id: InFlightId,
        weight: u64,
        times: Option<Times>,
    ) -> bool {
        if let Some(times) = times {
            self.table.sweep(writer, times);
        }
        let now = times.map_or(0, |times| times.now);
        let has_room = weight <= self.table.max_weight && self.table.capacity() > 0;
        let is_admitted = self.table.make_way(writer, id, now) && has_room;
        if !is_admitted {
            self.reject(writer, id);
        }
        is_admitted
    }
}
