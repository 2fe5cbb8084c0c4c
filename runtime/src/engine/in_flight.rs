//! In-flight computations: the state of each in the table, and the effect on others with its
//! key when one starts or ends.

use std::cell::RefCell;

use super::arena::SlotRef;
use super::shim::Ordering::{Relaxed, Release};
use super::slot::State;
use super::table::{Table, Writer};
use super::thread::Leader;
use super::types::{Fingerprint, Generation, Group, InFlightId, OnExisting};

/// The value of `Node::newer` for an in-flight computation.
#[derive(Clone, Copy)]
struct InFlightFlags(u32);

impl InFlightFlags {
    const REPLACES: u32 = 1 << 16;
    /// It has been the only item of its group so far, and no call waits for it.
    const SOLE: u32 = 1 << 17;

    fn new(leader: Leader, on_existing: OnExisting, is_sole: bool) -> Self {
        let replaces = if on_existing == OnExisting::Replace { Self::REPLACES } else { 0 };
        let sole = if is_sole { Self::SOLE } else { 0 };
        InFlightFlags(u32::from(leader.0) | replaces | sole)
    }

    #[allow(clippy::cast_possible_truncation)]
    fn leader(self) -> Leader {
        Leader(self.0 as u16)
    }

    fn replaces(self) -> bool {
        self.0 & Self::REPLACES != 0
    }

    fn is_sole(self) -> bool {
        self.0 & Self::SOLE != 0
    }
}

/// The low bits of a computation's generation, which a reader has.
#[allow(clippy::cast_possible_truncation)]
pub(super) fn low_bits(generation: Generation) -> u32 {
    generation.get() as u32
}

impl SlotRef<'_> {
    /// Whether the item in this slot is a computation that has not been discarded, has been the
    /// only item of its group so far, and for which no call waits.
    #[inline]
    pub(super) fn is_sole(self, id: InFlightId) -> bool {
        self.state().is_in_flight()
            && self.node.born.load(Relaxed) == id.generation.get()
            && InFlightFlags(self.node.newer.load(Relaxed)).is_sole()
    }
}

impl Table {
    /// Returns the flags of a computation that has not been discarded.
    fn flags(&self, id: InFlightId) -> Option<InFlightFlags> {
        let slot = self.arena.slot_ref(id.slot())?;
        let is_it =
            slot.state().is_in_flight() && slot.node.born.load(Relaxed) == id.generation.get();
        is_it.then(|| InFlightFlags(slot.node.newer.load(Relaxed)))
    }

    /// Returns the group of a computation that has not been discarded.
    pub(super) fn group_of(&self, id: InFlightId) -> Option<Group> {
        self.flags(id)?;
        Group::new(self.arena.group(id.slot()))
    }

    /// Says that a computation is not the only item of its group any more, or that a call waits.
    pub(super) fn set_not_sole(&self, slot: u32) {
        if let Some(node) = self.arena.node(slot) {
            node.newer.store(node.newer.load(Relaxed) & !InFlightFlags::SOLE, Relaxed);
        }
    }

    /// Makes an in-flight computation of a slot whose key has been written.
    #[inline]
    pub(super) fn publish_in_flight(
        &self,
        writer: &mut Writer,
        slot: SlotRef<'_>,
        fingerprint: Fingerprint,
        group: Option<Group>,
        (leader, on_existing): (Leader, OnExisting),
    ) -> InFlightId {
        let generation = writer.next_generation();
        let flags = InFlightFlags::new(leader, on_existing, group.is_none());
        if let Some(group) = group {
            self.share_group(fingerprint, group);
        }
        let group = group.unwrap_or(generation);
        let SlotRef { number, header, node } = slot;
        node.newer.store(flags.0, Relaxed);
        node.born.store(generation.get(), Relaxed);
        node.group.store(group.get(), Relaxed);
        header.touched.store(low_bits(generation), Relaxed);
        header.state.store(State::in_flight(fingerprint).0, Release);
        if let Some(buckets) = self.arena.insert(&mut writer.growth, slot) {
            writer.limbo.retire_buckets(buckets);
        }
        InFlightId::new(generation, number, fingerprint)
    }

    /// Says that the computations of a group are not alone any more.
    #[cold]
    fn share_group(&self, fingerprint: Fingerprint, group: Group) {
        let is_sole = |slot, state: State| {
            let flags = self.arena.node(slot).map_or(0, |node| node.newer.load(Relaxed));
            state.is_in_flight() && InFlightFlags(flags).is_sole()
        };
        while let Some(slot) = self.find_in_group(fingerprint, group, is_sole) {
            self.set_not_sole(slot);
        }
    }

    /// Returns the last started computation of a group, and its leader.
    pub(super) fn in_flight_of(
        &self,
        fingerprint: Fingerprint,
        group: Group,
    ) -> Option<(InFlightId, Leader)> {
        let mut last = None;
        self.for_each_in_flight(fingerprint, group, |id, flags| {
            if last.is_none_or(|(other, _): (InFlightId, _)| other.generation < id.generation) {
                last = Some((id, flags.leader()));
            }
        });
        last
    }

    fn for_each_in_flight(
        &self,
        fingerprint: Fingerprint,
        group: Group,
        mut visit: impl FnMut(InFlightId, InFlightFlags),
    ) {
        let visit = RefCell::new(&mut visit);
        self.search_items(fingerprint, |slot, state| {
            let node = self.arena.node(slot)?;
            if state.is_in_flight()
                && self.arena.group(slot) == group.get()
                && let Some(generation) = Generation::new(node.born.load(Relaxed))
            {
                let id = InFlightId::new(generation, slot, fingerprint);
                visit.borrow_mut()(id, InFlightFlags(node.newer.load(Relaxed)));
            }
            None::<()>
        });
    }

    /// Returns the other computations of calls for the key of this one, if it is one of a call. A
    /// refresh is newer: its waiters, and those that called before it, wait for other results.
    pub(super) fn other_calls(&self, id: InFlightId) -> Vec<Generation> {
        let mut others = Vec::new();
        let is_call = self.flags(id).is_some_and(|flags| !flags.replaces());
        if let Some(group) = self.group_of(id).filter(|_| is_call) {
            self.for_each_in_flight(id.fingerprint(), group, |other, flags| {
                if other.generation != id.generation && !flags.replaces() {
                    others.push(other.generation);
                }
            });
        }
        others
    }

    /// Removes the items that a computation replaces: the entry of its key, and computations that
    /// began earlier, if it or that one is a refresh. Returns whether its result is to be stored:
    /// else another call has stored one that has not expired by `now`.
    pub(super) fn make_way(&self, writer: &mut Writer, id: InFlightId, now: u64) -> bool {
        // A clear or an invalidation has removed the computation: its result is discarded.
        let (Some(mine), Some(group)) = (self.flags(id), self.group_of(id)) else { return false };
        let entry = self.entry_of(id.fingerprint(), group).filter(|_| !mine.replaces());
        // First: a result that is not stored replaces nothing.
        if entry.is_some_and(|entry| !self.has_expired(entry, now)) {
            return false;
        }
        let is_in_the_way = |slot: u32, state: State| {
            if state.is_entry() {
                return true;
            }
            let Some(node) = self.arena.node(slot) else { return false };
            let flags = InFlightFlags(node.newer.load(Relaxed));
            node.born.load(Relaxed) < id.generation.get() && (mine.replaces() || flags.replaces())
        };
        while let Some(slot) = self.find_in_group(id.fingerprint(), group, is_in_the_way) {
            if self.has_expired(slot, now) {
                self.expire(writer, slot);
            } else {
                self.remove(writer, slot);
            }
        }
        true
    }
}
