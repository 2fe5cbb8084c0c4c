//! A place of the table, and what can be in it.

use std::num::NonZeroU64;

use super::index::Tag;
use crate::flight::Leader;

/// Where an item is.
pub(crate) type SlotId = u32;

/// No slot.
pub(super) const NONE: SlotId = SlotId::MAX;

/// The number of a group, or of a computation: no two are the same.
pub(crate) type Number = NonZeroU64;

/// A place for an item.
pub(crate) enum Slot<K, V> {
    /// And the next one that is.
    Vacant(SlotId),
    /// A computation that runs.
    Running { tag: Tag, manner: Manner, by: Leader, group: Number, begun: Number, key: K },
    /// A result.
    Kept { tag: Tag, group: Number, key: K, value: V },
}

impl<K, V> Slot<K, V> {
    pub(crate) fn is_kept(&self) -> bool {
        matches!(self, Slot::Kept { .. })
    }
}

/// Where a computation runs. If it is not there any more, nobody wants its result.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct Begun {
    pub(super) slot: SlotId,
    pub(crate) number: Number,
}

/// What a computation does to an entry that has its key already.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Existing {
    /// The first to finish is kept.
    Stays,
    /// A newer value takes its place, and keeps out what began to be computed earlier.
    Yields,
}

/// How a computation runs, in one byte, lest every slot be larger.
#[derive(Clone, Copy)]
pub(crate) struct Manner(u8);

impl Manner {
    const YIELDS: u8 = 1;
    const ALONE: u8 = 2;

    #[inline(always)]
    pub(super) fn new(existing: Existing, is_alone: bool) -> Self {
        let yields = if existing == Existing::Yields { Manner::YIELDS } else { 0 };
        Manner(yields | if is_alone { Manner::ALONE } else { 0 })
    }

    /// Whether what exists yields to it.
    pub(super) fn yields(self) -> bool {
        self.0 & Manner::YIELDS != 0
    }

    /// Whether it has been the only item of its group so far, and nobody waits for it.
    #[inline(always)]
    pub(super) fn is_alone(self) -> bool {
        self.0 & Manner::ALONE != 0
    }

    pub(super) fn set_alone(&mut self, is_alone: bool) {
        *self = Manner(self.0 & Manner::YIELDS | if is_alone { Manner::ALONE } else { 0 });
    }
}
