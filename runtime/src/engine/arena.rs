//! The storage of a table: slots, the data of each, and the index. A clear takes all of it out
//! at once, as [`RetiredArena`].

#![allow(unsafe_code)]

use std::ptr::NonNull;

use super::buckets::RetiredBuckets;
use super::index::{Growth, Index, Links};
use super::segments::{RawSegments, Segments};
use super::shim::{
    AtomicU32, AtomicU64,
    Ordering::{Relaxed, SeqCst},
    sequentially_consistent,
};
use super::slot::{Address, Header, Node, Slot, State};
use super::types::Fingerprint;

pub(super) struct Arena {
    pub(super) index: Index,
    slots: RawSegments,
    nodes: Segments<Node>,
    /// When the entry of each slot expires, if entries do.
    deadlines: Option<Segments<AtomicU64>>,
    /// The weight of each entry, if weights are bounded.
    weights: Option<Segments<AtomicU64>>,
}

/// A slot, with its header and node, which are found once.
#[derive(Clone, Copy)]
pub(super) struct SlotRef<'a> {
    pub(super) number: u32,
    pub(super) header: &'a Header,
    pub(super) node: &'a Node,
}

impl SlotRef<'_> {
    #[inline]
    pub(super) fn state(self) -> State {
        self.header.state()
    }

    #[inline]
    pub(super) fn fingerprint(self) -> Fingerprint {
        self.state().fingerprint()
    }

    /// Sets the state, before a writer looks which readers may have seen another.
    #[inline]
    pub(super) fn retire(self) {
        self.header.state.store(self.state().retired().0, SeqCst);
        sequentially_consistent();
    }
}

/// The storage that a clear took out of an arena. Readers may still use it.
pub(super) struct RetiredArena {
    slots: RawSegments,
    _nodes: Segments<Node>,
    _deadlines: Option<Segments<AtomicU64>>,
    _buckets: [Option<RetiredBuckets>; 2],
}

impl Arena {
    /// Creates an arena for keys `K` and values `V`. The first block has two to the power of
    /// `slot_bits` slots.
    pub(super) fn new<K, V>(slot_bits: u32, is_timed: bool, is_weighed: bool) -> Self {
        Arena {
            index: Index::new(),
            slots: RawSegments::new::<Slot<K, V>>(slot_bits),
            nodes: Segments::new(slot_bits),
            deadlines: is_timed.then(|| Segments::new(slot_bits)),
            weights: is_weighed.then(|| Segments::new(slot_bits)),
        }
    }

    /// Makes the slot of this number exist. By the writer.
    pub(super) fn reserve(&self, slot: u32) {
        if let Some(deadlines) = &self.deadlines {
            deadlines.reserve(slot);
        }
        if let Some(weights) = &self.weights {
            weights.reserve(slot);
        }
        self.nodes.reserve(slot);
        self.slots.reserve(slot);
    }

    /// Returns a slot. `K` and `V` are those of the arena.
    #[inline(always)]
    pub(super) fn slot<K, V>(&self, number: u32) -> Option<NonNull<Slot<K, V>>> {
        Some(self.slots.get(number, size_of::<Slot<K, V>>())?.cast())
    }

    #[inline(always)]
    pub(super) fn header(&self, slot: u32) -> Option<&Header> {
        let header = self.slots.get_erased(slot)?.cast::<Header>();
        // SAFETY: a slot begins with its header, which is initialized and made of atomics. The
        // block lives as long as a reader or the writer may have the number, see `RetiredArena`.
        Some(unsafe { header.as_ref() })
    }

    /// Returns the state of a slot; that of a free one if it does not exist.
    #[inline]
    pub(super) fn state(&self, slot: u32) -> State {
        self.header(slot).map_or(State::FREE, Header::state)
    }

    #[inline]
    pub(super) fn node(&self, slot: u32) -> Option<&Node> {
        self.nodes.get(slot)
    }

    #[inline]
    pub(super) fn slot_ref(&self, number: u32) -> Option<SlotRef<'_>> {
        Some(SlotRef { number, header: self.header(number)?, node: self.nodes.get(number)? })
    }

    /// Returns the group of the item in a slot; 0 if there is none.
    pub(super) fn group(&self, slot: u32) -> u64 {
        self.node(slot).map_or(0, |node| node.group.load(Relaxed))
    }

    /// Calls `visit` with the slots that may have this fingerprint and some others, until it has a
    /// result. For a reader that has pinned the engine, and for the writer.
    #[inline]
    pub(super) fn search<R>(
        &self,
        fingerprint: Fingerprint,
        visit: impl FnMut(u32) -> Option<R>,
    ) -> Option<R> {
        self.index.search(self, fingerprint, visit)
    }

    /// Same as [`Arena::search`], unless the index grows.
    #[inline(always)]
    pub(super) fn search_current<R>(
        &self,
        fingerprint: Fingerprint,
        visit: impl FnMut(u32) -> Option<R>,
    ) -> Option<R> {
        self.index.search_current(self, fingerprint, visit)
    }

    /// Adds a slot to the index. Returns an array that is not used any more.
    #[inline]
    pub(super) fn insert(&self, growth: &mut Growth, slot: SlotRef<'_>) -> Option<RetiredBuckets> {
        self.index.insert(self, growth, slot.fingerprint(), slot.number)
    }

    /// Removes a slot from the index.
    #[inline]
    pub(super) fn remove(&self, growth: &mut Growth, slot: SlotRef<'_>) {
        self.index.remove(self, growth, slot.fingerprint(), slot.number);
    }

    #[inline]
    pub(super) fn deadline_of(&self, slot: u32) -> Option<&AtomicU64> {
        self.deadlines.as_ref()?.get(slot)
    }

    /// Returns when the entry of a slot expires.
    #[inline]
    pub(super) fn deadline(&self, slot: u32) -> u64 {
        self.deadline_of(slot).map_or(u64::MAX, |deadline| deadline.load(Relaxed))
    }

    pub(super) fn is_timed(&self) -> bool {
        self.deadlines.is_some()
    }

    pub(super) fn weight_of(&self, slot: u32) -> Option<&AtomicU64> {
        self.weights.as_ref()?.get(slot)
    }

    /// Takes everything out. Slots go first: a reader that finds its slot unchanged has read its
    /// own deadline and group.
    pub(super) fn take(&self, growth: &mut Growth) -> RetiredArena {
        let slots = self.slots.take();
        drop(self.weights.as_ref().map(Segments::take));
        let nodes = self.nodes.take();
        let deadlines = self.deadlines.as_ref().map(Segments::take);
        let buckets = self.index.clear(growth);
        sequentially_consistent();
        RetiredArena { slots, _nodes: nodes, _deadlines: deadlines, _buckets: buckets }
    }

    /// Drops the keys and values in the slots. No other thread uses them.
    pub(super) fn drop_items<K, V>(&mut self) {
        drop_items::<K, V>(&self.slots, &[]);
    }
}

impl Links for Arena {
    #[inline]
    fn links(&self, slot: u32) -> Option<&[AtomicU32; 2]> {
        Some(&self.header(slot)?.links)
    }

    #[inline]
    fn fingerprint(&self, slot: u32) -> Fingerprint {
        self.state(slot).fingerprint()
    }
}

impl RetiredArena {
    /// Drops the items in the slots, except those that readers still clone. No other reader is
    /// left. Each item is dropped once, however often this is called.
    pub(super) fn drop_items<K, V>(&mut self, cloned: &[Address]) {
        drop_items::<K, V>(&self.slots, cloned);
    }

    /// Whether a slot is one of these.
    pub(super) fn has_slot(&self, slot: Address) -> bool {
        self.slots.contains(slot.0)
    }
}

fn drop_items<K, V>(slots: &RawSegments, except: &[Address]) {
    if !std::mem::needs_drop::<(K, V)>() {
        return;
    }
    let blocks = slots.blocks().map(|(block, len)| DropBlock {
        block: block.cast::<Slot<K, V>>(),
        places: 0..len,
        except,
    });
    // A vector drops the other blocks, too, if an item of one panics.
    drop(blocks.collect::<Vec<_>>());
}

/// Drops the items of a block when it is dropped.
struct DropBlock<'a, K, V> {
    block: NonNull<Slot<K, V>>,
    places: std::ops::Range<usize>,
    except: &'a [Address],
}

impl<K, V> Drop for DropBlock<'_, K, V> {
    fn drop(&mut self) {
        /// Drops the others, too, if an item panics.
        struct Rest<'b, 'a, K, V>(&'b mut DropBlock<'a, K, V>);

        impl<K, V> Rest<'_, '_, K, V> {
            fn run(&mut self) {
                let DropBlock { block, places, except } = &mut *self.0;
                for place in places {
                    // SAFETY: the block has this many slots.
                    let slot = unsafe { block.add(place) };
                    if !except.contains(&Address(slot.addr().get())) {
                        // SAFETY: `slots` was made for `K` and `V`, and nobody else uses this slot,
                        // see the callers.
                        unsafe { Slot::drop_item(slot) };
                    }
                }
            }
        }

        impl<K, V> Drop for Rest<'_, '_, K, V> {
            fn drop(&mut self) {
                self.run();
            }
        }

        Rest(self).run();
    }
}

impl<K, V> Slot<K, V> {
    /// Moves the key and the value out, if the slot holds them, and frees the slot.
    ///
    /// # Safety
    ///
    /// `slot` is one of this type, and no other thread uses it.
    #[inline]
    pub(super) unsafe fn take_item(slot: NonNull<Self>) -> (Option<K>, Option<V>) {
        // SAFETY: a slot that exists is initialized, but for its key and value.
        let slot = unsafe { slot.as_ref() };
        let state = slot.header.state();
        slot.header.state.store(State::FREE.0, Relaxed);
        // SAFETY: the state says that there is a key, and nobody else uses it. It is read once, as
        // the slot is free from now on.
        let key = || slot.key.with(|key| unsafe { (*key).assume_init_read() });
        // SAFETY: likewise.
        let value = || slot.value.with(|value| unsafe { (*value).assume_init_read() });
        (state.holds_key().then(key), state.holds_value().then(value))
    }

    /// Drops the key and the value, if the slot holds them, and frees the slot.
    ///
    /// # Safety
    ///
    /// The requirements of [`Slot::take_item`].
    unsafe fn drop_item(slot: NonNull<Self>) {
        // SAFETY: the caller's.
        drop(unsafe { Self::take_item(slot) });
    }
}
