//! The recency of a stripe's entries: when its threads hit each slot last, and a log of the hits
//! that no writer has read.
//!
//! Only the holder of the stripe logs, while a writer reads. The stamps alone tell the order. The
//! log lists the new stamps, so that a writer need not read all of them.

use super::segments::Segments;
use super::shim::{
    AtomicU32, AtomicU64,
    Ordering::{Acquire, Relaxed, Release},
};

/// The low bits of a stamp number the hits of one stripe in one epoch, the others are the epoch:
/// that of 2^48 stored results, years of nothing but misses.
const CLOCK_BITS: u32 = 16;
const CLOCK_MASK: u64 = (1 << CLOCK_BITS) - 1;

const LOG_BITS: u32 = if cfg!(functools_loom) { 1 } else { 10 };

/// The maximum number of logged hits. After more hits, a writer reads all stamps.
const LOG_LEN: u32 = 1 << LOG_BITS;

/// When a slot was used last: in which epoch of the writer, and by a clock of the stripe.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Stamp(pub(super) u64);

impl Stamp {
    /// Returns that of an entry that is stored in a new epoch: less than that of each later hit.
    #[inline]
    pub(super) fn of_epoch(epoch: u64) -> Self {
        Stamp(epoch << CLOCK_BITS)
    }
}

/// A hit: its stamp and its slot.
pub(super) type Hit = (Stamp, u32);

#[repr(C)]
pub(super) struct RecencyLog {
    /// The last stamp. For the holder alone.
    last: AtomicU64,
    /// The number of logged hits, and the limit that the holder knows.
    head: AtomicU32,
    end: AtomicU32,
    /// The number of logged hits that a writer has read.
    tail: AtomicU32,
    /// When each slot was hit last, by threads of this stripe.
    stamps: Segments<AtomicU64>,
    /// The slots of the last hits, in a ring.
    ring: Segments<AtomicU32>,
}

impl RecencyLog {
    pub(super) fn new(slot_bits: u32) -> Self {
        RecencyLog {
            last: AtomicU64::new(0),
            head: AtomicU32::new(0),
            end: AtomicU32::new(LOG_LEN),
            tail: AtomicU32::new(0),
            stamps: Segments::new(slot_bits),
            ring: Segments::new(LOG_BITS),
        }
    }

    /// Makes room for the hits of the slots up to this one, so that a hit allocates nothing. By the
    /// writer.
    pub(super) fn reserve(&self, slot: u32) {
        self.stamps.reserve_to(slot);
        self.ring.reserve(0);
    }

    /// Logs a hit. By the holder of the stripe. Returns whether the writer's epoch is to be raised,
    /// as there is no number in it for another hit.
    #[inline(always)]
    pub(super) fn log(&self, slot: u32, epoch: u64) -> bool {
        let stamp = self.last.load(Relaxed).max(epoch << CLOCK_BITS) + 1;
        self.last.store(stamp, Relaxed);
        // There are stamps for every slot, see `reserve`.
        if let Some(of_slot) = self.stamps.get(slot) {
            of_slot.store(stamp, Relaxed);
        }
        let head = self.head.load(Relaxed);
        if head != self.end.load(Relaxed) || self.has_room(head) {
            if let Some(place) = self.ring.get(head % LOG_LEN) {
                place.store(slot, Relaxed);
            }
            self.head.store(head.wrapping_add(1), Release);
        }
        stamp & CLOCK_MASK == CLOCK_MASK
    }

    /// Whether a writer has made room for another hit.
    #[inline(always)]
    fn has_room(&self, head: u32) -> bool {
        let end = self.tail.load(Acquire).wrapping_add(LOG_LEN);
        if head != end {
            self.end.store(end, Relaxed);
        }
        head != end
    }

    /// Whether there are hits that no writer has read.
    #[inline(always)]
    pub(super) fn has_hits(&self) -> bool {
        self.head.load(Acquire) != self.tail.load(Relaxed)
    }

    /// Whether a slot was hit after it was used at `stamp`.
    #[inline]
    pub(super) fn was_hit_since(&self, slot: u32, stamp: u64) -> bool {
        self.stamp(slot).0 > stamp
    }

    /// Returns the stamp of the last hit of a slot; 0 if there was none.
    pub(super) fn last_hit(&self, slot: u32) -> u64 {
        self.stamp(slot).0
    }

    fn stamp(&self, slot: u32) -> Stamp {
        Stamp(self.stamps.get(slot).map_or(0, |stamp| stamp.load(Relaxed)))
    }

    /// Takes the logged hits, the latest first, each slot once. Returns whether there may have been
    /// others. By a writer.
    #[inline(always)]
    pub(super) fn take(&self, hits: &mut Vec<Hit>) -> bool {
        let (head, tail) = (self.head.load(Acquire), self.tail.load(Relaxed));
        let mut place = head;
        let mut last = Stamp(u64::MAX);
        while place != tail {
            place = place.wrapping_sub(1);
            let slot = self.ring.get(place % LOG_LEN).map_or(0, |slot| slot.load(Relaxed));
            let stamp = self.stamp(slot);
            // Otherwise it is that of a later hit, which comes earlier here, or next time.
            if stamp < last {
                last = stamp;
                hits.push((stamp, slot));
            }
        }
        self.tail.store(head, Release);
        head.wrapping_sub(tail) == LOG_LEN
    }

    /// Visits the last hits of all slots. By a writer.
    pub(super) fn all_hits(&self) -> impl Iterator<Item = Hit> {
        self.stamps.iter().map(|(slot, stamp)| (Stamp(stamp.load(Relaxed)), slot))
    }
}
