//! The hash tag by which the probe of a node is in one of its slots.

use std::ops::RangeInclusive;

use crate::redis::hash_slot::{self, HashSlot};

/// A hash tag of one of a node's slots.
pub(super) struct ProbeTag {
    slots: Vec<RangeInclusive<HashSlot>>,
    pub(super) tag: u32,
}

impl ProbeTag {
    /// Returns a tag of one of these slots; `None` if there are none.
    pub(super) fn new(slots: Vec<RangeInclusive<HashSlot>>) -> Option<Self> {
        let tag = hash_slot::tag_in(&slots, 0)?;
        Some(ProbeTag { slots, tag })
    }

    /// Takes another tag, of another slot if there are several.
    pub(super) fn advance(&mut self) {
        let next = hash_slot::tag_in(&self.slots, self.tag + 1);
        self.tag = next.or_else(|| hash_slot::tag_in(&self.slots, 0)).unwrap_or(self.tag);
    }
}
