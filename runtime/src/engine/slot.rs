//! A slot: a place of the table, which is free, or holds an in-flight computation, an entry, or an
//! item that was retired. Its header says which.

#![allow(unsafe_code)]

use std::mem::MaybeUninit;

use super::segments::Zeroed;
use super::shim::{AtomicU32, AtomicU64, Ordering::Relaxed, UnsafeCell};
use super::types::Fingerprint;

/// No slot.
pub(super) const NONE: u32 = u32::MAX;

/// The maximum number of slots.
pub(super) const MAX_SLOTS: u32 = 1 << 28;

/// The state of a slot: the fingerprint of its item, and flags.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct State(pub(super) u32);

impl State {
    pub(super) const FREE: State = State(0);

    /// A reader may read the key.
    const KEY: u32 = 1;
    /// There is a value. A reader may read it if it may read the key.
    const VALUE: u32 = 2;
    /// The item was removed, and no new reader finds it.
    const RETIRED: u32 = 4;
    const FLAGS: u32 = u32::BITS - Fingerprint::BITS;

    pub(super) fn in_flight(fingerprint: Fingerprint) -> Self {
        State(fingerprint.0 << Self::FLAGS | Self::KEY)
    }

    #[inline(always)]
    pub(super) fn entry(fingerprint: Fingerprint) -> Self {
        State(fingerprint.0 << Self::FLAGS | Self::KEY | Self::VALUE)
    }

    pub(super) fn retired(self) -> Self {
        State(self.0 & !Self::KEY | Self::RETIRED)
    }

    #[inline]
    pub(super) fn fingerprint(self) -> Fingerprint {
        Fingerprint(self.0 >> Self::FLAGS)
    }

    pub(super) fn is_in_flight(self) -> bool {
        self.0 & (Self::KEY | Self::VALUE) == Self::KEY
    }

    #[inline]
    pub(super) fn is_entry(self) -> bool {
        self.0 & (Self::KEY | Self::VALUE) == Self::KEY | Self::VALUE
    }

    /// Whether a reader may read the key.
    pub(super) fn is_item(self) -> bool {
        self.0 & Self::KEY != 0
    }

    /// Whether there is a key to be dropped.
    pub(super) fn holds_key(self) -> bool {
        self.0 & (Self::KEY | Self::RETIRED) != 0
    }

    /// Whether there is a value to be dropped.
    pub(super) fn holds_value(self) -> bool {
        self.0 & Self::VALUE != 0
    }
}

/// The data of a slot that readers use besides its key and value.
#[derive(Default)]
#[repr(C)]
pub(super) struct Header {
    /// For the index.
    pub(super) links: [AtomicU32; 2],
    /// A [`State`]. Next to the key, as a hit reads both.
    pub(super) state: AtomicU32,
    /// An entry, with LRU: the last period in which it was hit. With the adaptive policy: the count
    /// of its hits, at most 3. In flight: the low bits of its generation.
    pub(super) touched: AtomicU32,
}

/// The writer's data of a slot. It is apart from the slot, so that hits share no cache line with
/// data that they do not read.
///
/// Its fields are atomics so that no unsafe code is needed to reach them; the writer's mutex orders
/// them.
#[derive(Default)]
pub(super) struct Node {
    /// An entry: the epoch of its last use that the order knows. In flight: its generation.
    pub(super) born: AtomicU64,
    /// The group of the item. Readers read it, too.
    pub(super) group: AtomicU64,
    /// An entry: the next more recent one. In flight: the leader and the flags.
    pub(super) newer: AtomicU32,
    /// An entry: the next less recent one. Free: the next free slot.
    pub(super) older: AtomicU32,
}

// SAFETY: it is made of atomics, whose default is 0.
unsafe impl Zeroed for Node {
    #[cfg(functools_loom)]
    fn end(&mut self) {
        let Node { born, group, newer, older } = self;
        [born, group].into_iter().for_each(Zeroed::end);
        [newer, older].into_iter().for_each(Zeroed::end);
    }
}

/// The address of a slot. It names the slot that a reader clones, since the number of a slot in
/// storage that a clear has taken out is also that of another.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Address(pub(super) usize);

impl Header {
    /// Returns the address of the slot, which begins with its header.
    #[inline]
    pub(super) fn address(&self) -> Address {
        Address(std::ptr::from_ref(self).addr())
    }

    #[inline]
    pub(super) fn state(&self) -> State {
        State(self.state.load(Relaxed))
    }
}

/// A place for an item. The header comes first, so that a pointer to a slot is one to its header.
#[repr(C)]
pub(super) struct Slot<K, V> {
    pub(super) header: Header,
    pub(super) key: UnsafeCell<MaybeUninit<K>>,
    pub(super) value: UnsafeCell<MaybeUninit<V>>,
}

impl<K, V> Default for Slot<K, V> {
    fn default() -> Self {
        Slot {
            header: Header::default(),
            key: UnsafeCell::new(MaybeUninit::uninit()),
            value: UnsafeCell::new(MaybeUninit::uninit()),
        }
    }
}

// SAFETY: a header is made of atomics, the rest may be anything.
unsafe impl<K, V> Zeroed for Slot<K, V> {
    #[cfg(functools_loom)]
    fn end(&mut self) {
        let Header { links: [even, odd], state, touched } = &mut self.header;
        [even, odd, state, touched].into_iter().for_each(Zeroed::end);
        self.key.with_mut(|_| ());
        self.value.with_mut(|_| ());
    }
}
