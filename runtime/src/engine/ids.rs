//! The numbers of the engine: a key's fingerprint, the generation of an item, its group, and an
//! in-flight computation.

use std::num::NonZeroU64;

/// The part of a key's hash that the engine keeps: 29 bits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Fingerprint(pub(super) u32);

/// An odd number without a pattern: two to the power of 64, divided by the golden ratio.
const FIBONACCI_MULTIPLIER: u64 = 0x9e37_79b9_7f4a_7c15;

impl Fingerprint {
    pub(super) const BITS: u32 = 29;

    /// The least and the greatest one.
    pub(crate) const RANGE: (Self, Self) = (Fingerprint(0), Fingerprint((1 << Self::BITS) - 1));

    /// Returns the fingerprint of a key with this hash. Hashes that follow each other are spread.
    #[inline(always)]
    #[allow(clippy::cast_possible_truncation)]
    pub(crate) fn of_hash(hash: u64) -> Self {
        Fingerprint((hash.wrapping_mul(FIBONACCI_MULTIPLIER) >> (u64::BITS - Self::BITS)) as u32)
    }
}

/// A number given once per item, never reused.
pub(crate) type Generation = NonZeroU64;

/// All items with equal keys, by the generation of the first of them. A group that is gone does not
/// come back.
pub(crate) type Group = Generation;

/// An in-flight computation. Two words, so that it is passed in registers.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct InFlightId {
    pub(crate) generation: Generation,
    /// The slot, and in the high half the fingerprint.
    place: u64,
}

impl InFlightId {
    #[inline]
    pub(super) fn new(generation: Generation, slot: u32, fingerprint: Fingerprint) -> Self {
        InFlightId { generation, place: u64::from(fingerprint.0) << u32::BITS | u64::from(slot) }
    }

    #[inline]
    #[allow(clippy::cast_possible_truncation)]
    pub(super) fn slot(self) -> u32 {
        self.place as u32
    }

    #[inline]
    #[allow(clippy::cast_possible_truncation)]
    pub(crate) fn fingerprint(self) -> Fingerprint {
        Fingerprint((self.place >> u32::BITS) as u32)
    }
}
