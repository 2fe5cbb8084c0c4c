//! The table without the types of keys and values: the items in its slots, and the changes when an
//! item comes or goes. Its code is compiled once.
//!
//! `Table` is shared; data that only a writer uses is in [`Writer`], behind the mutex of `Shared`.

use super::arena::{Arena, SlotRef};
use super::counters::Counters;
use super::expired_slots::ExpiredSlots;
use super::index::Growth;
use super::limbo::Limbo;
use super::order::{OnHit, Order};
use super::recency::Hit;
use super::shim::{
    AtomicU32, AtomicU64, AtomicUsize,
    Ordering::{Relaxed, Release},
};
use super::slot::{MAX_SLOTS, NONE, State};
use super::stripes::{StripeSet, Stripes};
use super::types::{Compared, Config, Eviction, Fingerprint, Generation, Group, Snapshot, Times};

/// The data that hits read and each stored result writes, on cache lines of its own.
#[repr(align(128))]
pub(super) struct Hot {
    /// Raised by each entry that is stored or removed, and each result that is discarded.
    pub(super) epoch: AtomicU64,
    /// The number of entries, for a reader.
    pub(super) len: AtomicUsize,
}

pub(super) struct Table {
    pub(super) hot: Hot,
    pub(super) arena: Arena,
    pub(super) stripes: Stripes,
    /// The maximum number of entries, and their maximum weight.
    pub(super) capacity: AtomicUsize,
    pub(super) max_weight: u64,
    pub(super) on_hit: AtomicU32,
    /// Whether entries neither expire nor weigh.
    pub(super) is_plain: bool,
    pub(super) slot_bits: u32,
    /// If more slots wait, their readers are requested to call `Engine::maintain`.
    pub(super) batch: usize,
    /// The counts of the stripes at the last reset. A reset cannot zero them: only the holder of a
    /// stripe writes its counters.
    hits_before: AtomicU64,
    misses_before: AtomicU64,
    pub(super) config: Config,
}

pub(super) struct Writer {
    pub(super) growth: Growth,
    /// The first free slot, and how many slots there are.
    free: u32,
    pub(super) slots: u32,
    pub(super) len: usize,
    pub(super) weight: u64,
    /// The last generation that was given.
    last_generation: Generation,
    /// The last generation when the table was cleared.
    pub(super) cleared_at: u64,
    pub(super) order: Order,
    pub(super) limbo: Limbo,
    /// The stripes that exist.
    pub(super) stripes: StripeSet,
    /// The stripes with hits that were not logged, and may not be in the order.
    pub(super) unlogged: StripeSet,
    /// For how many slots recency logs have room.
    logged_slots: u32,
    pub(super) expired: ExpiredSlots,
    /// The slot at which the next sweep continues.
    pub(super) sweep_cursor: u32,
    pub(super) counters: Counters,
    /// Room for a replay.
    pub(super) hits: Vec<Hit>,
}

impl Table {
    /// Creates a table for keys `K` and values `V`.
    pub(super) fn new<K, V>(config: &Config) -> (Self, Writer) {
        let capacity = config.capacity.unwrap_or(usize::MAX);
        let slot_bits = slot_bits(config.capacity);
        let is_weighed = config.max_weight.is_some();
        let table = Table {
            hot: Hot { epoch: AtomicU64::new(1), len: AtomicUsize::new(0) },
            arena: Arena::new::<K, V>(slot_bits, config.is_timed, is_weighed),
            stripes: Stripes::new(),
            capacity: AtomicUsize::new(capacity),
            max_weight: config.max_weight.unwrap_or(u64::MAX),
            on_hit: AtomicU32::new(OnHit::of(config) as u32),
            is_plain: !config.is_timed && !is_weighed,
            slot_bits,
            batch: (capacity / 16).clamp(1, 64),
            hits_before: AtomicU64::new(0),
            misses_before: AtomicU64::new(0),
            config: *config,
        };
        (table, Writer::new(Order::new(config), Generation::MIN))
    }

    /// Returns a free slot, which is the caller's. `None` if there are as many as there can be.
    #[inline]
    pub(super) fn allocate(&self, writer: &mut Writer) -> Option<u32> {
        let slot = writer.free;
        if slot == NONE {
            return self.add_slot(writer);
        }
        writer.free = self.arena.node(slot)?.older.load(Relaxed);
        Some(slot)
    }

    #[inline(never)]
    fn add_slot(&self, writer: &mut Writer) -> Option<u32> {
        let slot = writer.slots;
        if slot >= MAX_SLOTS {
            return None;
        }
        if self.arena.header(slot).is_none() {
            self.arena.reserve(slot);
        }
        if slot >= writer.logged_slots {
            self.reserve_logs(writer, slot);
        }
        writer.slots += 1;
        Some(slot)
    }

    /// Makes room in all recency logs for as many slots as the block of this one makes.
    #[cold]
    fn reserve_logs(&self, writer: &mut Writer, slot: u32) {
        writer.logged_slots = (slot + 1).next_power_of_two().max(1 << self.slot_bits);
        if self.on_hit() == OnHit::Log {
            for (_, stripe) in self.stripes.of_set(writer.stripes) {
                stripe.log.reserve(writer.logged_slots - 1);
            }
        }
    }

    /// Whether there is no item with this fingerprint.
    #[inline]
    pub(super) fn is_absent(&self, fingerprint: Fingerprint) -> bool {
        self.search_items(fingerprint, |_, _| Some(())).is_none()
    }

    /// Whether the key was compared with those of all items with its fingerprint.
    #[inline]
    pub(super) fn is_covered(&self, fingerprint: Fingerprint, compared: &Compared) -> bool {
        self.search_items(fingerprint, |slot, _| {
            let group = Group::new(self.arena.group(slot))?;
            (!compared.covers(group)).then_some(())
        })
        .is_none()
    }

    /// Calls `visit` with the items of a fingerprint, until it has a result.
    #[inline]
    pub(super) fn search_items<R>(
        &self,
        fingerprint: Fingerprint,
        visit: impl Fn(u32, State) -> Option<R>,
    ) -> Option<R> {
        self.arena.search(fingerprint, |slot| {
            let state = self.arena.state(slot);
            let is_it = state.is_item() && state.fingerprint() == fingerprint;
            if is_it { visit(slot, state) } else { None }
        })
    }

    /// Returns an item of a group for which `is_wanted` holds.
    pub(super) fn find_in_group(
        &self,
        fingerprint: Fingerprint,
        group: Group,
        is_wanted: impl Fn(u32, State) -> bool,
    ) -> Option<u32> {
        self.search_items(fingerprint, |slot, state| {
            (self.arena.group(slot) == group.get() && is_wanted(slot, state)).then_some(slot)
        })
    }

    /// Returns the entry of a group.
    pub(super) fn entry_of(&self, fingerprint: Fingerprint, group: Group) -> Option<u32> {
        self.find_in_group(fingerprint, group, |_, state| state.is_entry())
    }

    /// Makes an entry of a computation whose value has been written. There is room for it.
    #[inline]
    pub(super) fn publish_entry(&self, writer: &mut Writer, slot: SlotRef<'_>) {
        self.push_to_order(writer, slot);
        slot.header.state.store(State::entry(slot.fingerprint()).0, Release);
        writer.len += 1;
        self.hot.len.store(writer.len, Relaxed);
    }

    /// Sets the deadline and the weight of the entry in a slot, before it is published.
    pub(super) fn set_bounds(&self, writer: &mut Writer, slot: u32, deadline: u64, weight: u64) {
        if let Some(of_slot) = self.arena.deadline_of(slot) {
            of_slot.store(deadline, Relaxed);
        }
        if let Some(of_slot) = self.arena.weight_of(slot) {
            of_slot.store(weight, Relaxed);
            writer.weight += weight;
        }
    }

    /// Removes an item. Its key and value are reclaimed when no reader uses them any more.
    pub(super) fn remove(&self, writer: &mut Writer, slot: u32) {
        let Some(slot) = self.arena.slot_ref(slot) else { return };
        if slot.state().is_entry() {
            self.remove_from_order(writer, slot);
        }
        self.retire(writer, slot);
    }

    /// Same as [`Table::remove`] of an entry that is not in the order any more.
    #[inline]
    pub(super) fn retire(&self, writer: &mut Writer, slot: SlotRef<'_>) {
        self.arena.remove(&mut writer.growth, slot);
        if slot.state().is_entry() {
            writer.len -= 1;
            self.hot.len.store(writer.len, Relaxed);
            if let Some(weight) = self.arena.weight_of(slot.number) {
                writer.weight -= weight.load(Relaxed);
            }
            if writer.expired.len() > 0 {
                writer.expired.set(slot.number, false);
            }
        }
        slot.retire();
        writer.limbo.retire(slot);
    }

    /// Removes all items of a group. Returns whether one was an entry.
    pub(super) fn remove_group(
        &self,
        writer: &mut Writer,
        fingerprint: Fingerprint,
        group: Group,
    ) -> bool {
        let mut has_entry = false;
        while let Some(slot) = self.find_in_group(fingerprint, group, |_, _| true) {
            has_entry |= self.arena.state(slot).is_entry();
            self.remove(writer, slot);
        }
        has_entry
    }

    /// Removes everything. Its content, and the readers of it, are kept in limbo.
    pub(super) fn clear(&self, writer: &mut Writer) {
        // No two times are the same.
        writer.next_generation();
        let retired = self.arena.take(&mut writer.growth);
        writer.limbo.retire_arena(retired, writer.stripes);
        let order = match self.on_hit() {
            OnHit::Nothing => Order::Unbounded,
            _ => Order::of(self.config.eviction, self.bound()),
        };
        let mut cleared = Writer::new(order, writer.last_generation);
        std::mem::swap(&mut cleared.growth, &mut writer.growth);
        cleared.limbo = std::mem::take(&mut writer.limbo);
        cleared.counters = writer.counters;
        cleared.cleared_at = writer.cleared_at;
        cleared.stripes = writer.stripes;
        cleared.logged_slots = writer.logged_slots;
        *writer = cleared;
        self.hot.len.store(0, Relaxed);
    }

    /// Finds out which retired slots can be reclaimed: they are in `Limbo::ready` then.
    pub(super) fn find_reclaimable(&self, writer: &mut Writer, is_urgent: bool) {
        writer.limbo.reclaim(&self.stripes, writer.stripes);
        let is_late = writer.limbo.len() > self.batch;
        if (is_urgent || is_late) && !writer.limbo.is_idle() {
            self.request_attention(writer);
            // Again: a reader may have left before the request.
            writer.limbo.reclaim(&self.stripes, writer.stripes);
        }
    }

    /// Requests that readers in the way call `Engine::maintain`. The caller looks again afterwards.
    #[cold]
    pub(super) fn request_attention(&self, writer: &Writer) {
        /// A reader that frees its word may have looked at its flag before: its store takes effect
        /// within less time than this.
        const SPINS: u32 = if cfg!(functools_loom) { 0 } else { 64 };
        let mut is_new = false;
        for (_, stripe) in self.stripes.of_set(writer.limbo.blockers()) {
            is_new |= stripe.request_attention();
        }
        // A reader that is not scheduled may stay for long: it has the request already.
        for _ in 0..if is_new { SPINS } else { 0 } {
            super::shim::hint::spin_loop();
        }
    }

    /// Returns the counters; with `times`, after [`Table::note_expired`] by these.
    pub(super) fn snapshot(&self, writer: &Writer, times: Option<Times>) -> Snapshot {
        let Writer { counters, len, weight, .. } = *writer;
        let expired = times.map_or(0, |_| writer.expired.len());
        Snapshot { counters, len, expired, weight, ..self.rough_snapshot() }
    }

    /// Returns hits, the misses that readers count, and the length.
    pub(super) fn rough_snapshot(&self) -> Snapshot {
        let (hits, misses) = self.counted();
        let hits = hits.wrapping_sub(self.hits_before.load(Relaxed));
        let misses = misses.wrapping_sub(self.misses_before.load(Relaxed));
        let len = self.hot.len.load(Relaxed);
        let (counters, capacity) = (Counters::default(), self.bound());
        Snapshot { counters, hits, misses, len, expired: 0, weight: 0, capacity }
    }

    /// Returns the counts of the stripes since they were created.
    fn counted(&self) -> (u64, u64) {
        let counts = self.stripes.iter().map(super::stripes::Stripe::counts);
        counts.fold((0, 0), |all, one| (all.0 + one.0, all.1 + one.1))
    }

    pub(super) fn reset_counters(&self, writer: &mut Writer) {
        let (hits, misses) = self.counted();
        self.hits_before.store(hits, Relaxed);
        self.misses_before.store(misses, Relaxed);
        writer.counters = Counters::default();
        writer.cleared_at = writer.last_generation.get();
    }

    /// Makes a stripe exist.
    pub(super) fn make_stripe(&self, writer: &mut Writer, index: usize) {
        // Its log has room before another thread can see it.
        let slots = (self.on_hit() == OnHit::Log).then_some(writer.logged_slots);
        self.stripes.make(index, self.slot_bits, slots);
        writer.stripes |= 1 << index;
    }

    /// Begins a new epoch.
    #[inline]
    pub(super) fn raise_epoch(&self) -> u64 {
        let epoch = self.hot.epoch.load(Relaxed) + 1;
        self.hot.epoch.store(epoch, Release);
        epoch
    }
}

impl Writer {
    /// Makes a slot free that holds nothing any more.
    #[inline]
    pub(super) fn free(&mut self, slot: SlotRef<'_>) {
        slot.node.older.store(self.free, Relaxed);
        self.free = slot.number;
    }

    /// Returns a new generation. There are enough for centuries.
    #[inline]
    pub(super) fn next_generation(&mut self) -> Generation {
        self.last_generation = self.last_generation.saturating_add(1);
        self.last_generation
    }

    fn new(order: Order, last_generation: Generation) -> Self {
        Writer {
            growth: Growth::new(),
            free: NONE,
            slots: 0,
            len: 0,
            weight: 0,
            last_generation,
            cleared_at: 0,
            order,
            limbo: Limbo::default(),
            stripes: 0,
            unlogged: 0,
            logged_slots: 0,
            expired: ExpiredSlots::default(),
            sweep_cursor: 0,
            counters: Counters::default(),
            hits: Vec::new(),
        }
    }
}

/// How large the first block of slots is: for all entries and what waits to be reclaimed, if they
/// are few.
fn slot_bits(capacity: Option<usize>) -> u32 {
    const MAX_BITS: u32 = if cfg!(functools_loom) { 2 } else { 11 };
    const UNBOUNDED_BITS: u32 = if cfg!(functools_loom) { 2 } else { 8 };
    capacity.map_or(UNBOUNDED_BITS, |capacity| {
        let slots = capacity.saturating_add(capacity / 16).saturating_add(4);
        slots.checked_next_power_of_two().map_or(MAX_BITS, usize::ilog2).clamp(2, MAX_BITS)
    })
}
