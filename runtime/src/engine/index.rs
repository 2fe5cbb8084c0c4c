//! Slots by fingerprint: an array of buckets, each the first of a chain of slots. Readers follow
//! the chains beside the writer.
//!
//! A reader finds each slot that is in the index from the beginning of the search to its end. It
//! may also find one that is removed or added meanwhile, so it checks what it finds.

use super::buckets::{Array, Buckets, RetiredBuckets};
use super::shim::{
    AtomicU32,
    Ordering::{Relaxed, Release, SeqCst},
};
use super::types::Fingerprint;

/// The access to slots that the index needs.
pub(super) trait Links {
    /// Returns the two links of a slot, if it exists: each is the next slot of a chain plus one, or
    /// 0 at its end. So a slot that was never in a chain ends those of a reader that comes to it,
    /// as one does whose array a clear takes out.
    fn links(&self, slot: u32) -> Option<&[AtomicU32; 2]>;

    /// Returns the fingerprint of a slot that is in the index.
    fn fingerprint(&self, slot: u32) -> Fingerprint;
}

/// A bucket: 0 if it is empty; else [`OCCUPIED`], [`MORE`] if the chain has more than one slot, and
/// of the first one's fingerprint all but the low bits, in whose place is its number. The number
/// has no more bits than these.
type Bucket = u32;

const EMPTY: Bucket = 0;
const OCCUPIED: Bucket = 1 << 31;
const MORE: Bucket = 1 << 30;

const FIRST_LEN: usize = if cfg!(functools_loom) { 4 } else { 16 };

/// How many buckets each insertion copies while the index grows. All have been copied after a
/// quarter of the insertions for which the larger array has room.
const COPIED_PER_INSERTION: usize = if cfg!(functools_loom) { 2 } else { 8 };

impl Array<'_> {
    /// Which of the two links of a slot is that of this array. Arrays double in length, so that
    /// those of two in a row differ.
    #[inline]
    fn side(self) -> usize {
        (self.mask.trailing_ones() & 1) as usize
    }

    /// Returns the slot behind one in its chain of this array.
    #[inline]
    fn next(self, links: &impl Links, slot: u32) -> Option<u32> {
        links.links(slot)?.get(self.side())?.load(SeqCst).checked_sub(1)
    }

    /// Sets the slot behind one in its chain of this array.
    #[inline]
    fn set_next(self, links: &impl Links, slot: u32, next: Option<u32>) {
        if let Some(link) = links.links(slot).and_then(|links| links.get(self.side())) {
            link.store(next.map_or(0, |next| next + 1), Release);
        }
    }

    /// Calls `visit` with the slots that may have this fingerprint and some others, until it has a
    /// result.
    #[inline(always)]
    fn search<R>(
        self,
        links: &impl Links,
        fingerprint: Fingerprint,
        visit: &mut impl FnMut(u32) -> Option<R>,
    ) -> Option<R> {
        let bucket = self.bucket(fingerprint.0).load(SeqCst);
        let mut slot = bucket & self.mask;
        // All but the low bits are equal.
        let mut may_match = (bucket ^ (fingerprint.0 | OCCUPIED)) & !MORE <= self.mask;
        loop {
            if may_match && let Some(result) = visit(slot) {
                return Some(result);
            }
            if bucket & MORE == 0 {
                return None;
            }
            slot = self.next(links, slot)?;
            may_match = true;
        }
    }

    /// Returns the bucket of a chain that begins with this slot.
    fn chain(self, fingerprint: Fingerprint, slot: u32, has_more: bool) -> Bucket {
        OCCUPIED | if has_more { MORE } else { 0 } | fingerprint.0 & !self.mask | slot
    }

    /// Returns the first slot of a bucket.
    fn first(self, bucket: Bucket) -> Option<u32> {
        (bucket != EMPTY).then_some(bucket & self.mask)
    }

    /// Adds a slot as the first of its chain.
    #[inline]
    fn push(self, links: &impl Links, fingerprint: Fingerprint, slot: u32) {
        let bucket = self.bucket(fingerprint.0);
        let next = self.first(bucket.load(Relaxed));
        self.set_next(links, slot, next);
        bucket.store(self.chain(fingerprint, slot, next.is_some()), Release);
    }

    /// Removes a slot from its chain. Readers that are at it still reach those behind it. Returns
    /// whether it was there.
    #[inline]
    fn unlink(self, links: &impl Links, fingerprint: Fingerprint, slot: u32) -> bool {
        let bucket = self.bucket(fingerprint.0);
        let before = bucket.load(Relaxed);
        match self.first(before) {
            None => false,
            Some(first) if first == slot => {
                let chain = self.next(links, slot).map_or(EMPTY, |next| {
                    let has_more = self.next(links, next).is_some();
                    self.chain(links.fingerprint(next), next, has_more)
                });
                bucket.store(chain, Release);
                true
            }
            Some(first) => {
                let is_removed = self.unlink_behind(links, first, slot);
                if is_removed && self.next(links, first).is_none() {
                    bucket.store(before & !MORE, Release);
                }
                is_removed
            }
        }
    }

    /// Removes a slot that is behind another in a chain. Returns whether it was there.
    fn unlink_behind(self, links: &impl Links, first: u32, slot: u32) -> bool {
        let mut before = first;
        while let Some(next) = self.next(links, before) {
            if next == slot {
                self.set_next(links, before, self.next(links, slot));
                return true;
            }
            before = next;
        }
        false
    }
}

/// The part that readers use.
///
/// The index grows a few buckets with each insertion. While it does, there are two arrays: the
/// slots of the shorter one are copied to the larger one, and stay in both until all have been
/// copied. A slot has two links, one for each array, so that its chain in the shorter one stays as
/// it is.
pub(super) struct Index {
    current: Buckets,
    /// While the index grows: the shorter array.
    old: Buckets,
}

/// The part that belongs to the writer.
pub(super) struct Growth {
    /// The number of slots in the current array.
    used: usize,
    /// The number of copied buckets of the old array; `None` if there is none.
    copied: Option<u32>,
}

impl Growth {
    pub(super) const fn new() -> Self {
        Growth { used: 0, copied: None }
    }
}

impl Index {
    pub(super) fn new() -> Self {
        Index { current: Buckets::with_len(FIRST_LEN), old: Buckets::none() }
    }

    /// Calls `visit` with the slots that may have this fingerprint and some others, until it has a
    /// result. For a reader that has pinned the engine, and for the writer.
    #[inline]
    pub(super) fn search<R>(
        &self,
        links: &impl Links,
        fingerprint: Fingerprint,
        mut visit: impl FnMut(u32) -> Option<R>,
    ) -> Option<R> {
        let mut version = self.version();
        loop {
            let mut found = self.search_current(links, fingerprint, &mut visit);
            if found.is_none()
                && let Some(old) = self.old.array()
            {
                found = old.search(links, fingerprint, &mut visit);
            }
            let now = self.version();
            if found.is_some() || now == version {
                return found;
            }
            // It has begun to grow, or ended: what was searched may not have been all.
            version = now;
        }
    }

    /// Updates the state that changes when the index begins or ends to grow.
    #[inline]
    fn version(&self) -> (u32, bool) {
        (self.current.mask(), self.is_growing())
    }

    /// Same as [`Index::search`], unless the index grows.
    #[inline(always)]
    pub(super) fn search_current<R>(
        &self,
        links: &impl Links,
        fingerprint: Fingerprint,
        mut visit: impl FnMut(u32) -> Option<R>,
    ) -> Option<R> {
        self.current.array()?.search(links, fingerprint, &mut visit)
    }

    /// Whether a search of the current array alone may miss a slot.
    #[inline(always)]
    pub(super) fn is_growing(&self) -> bool {
        !self.old.is_none()
    }

    /// Adds a slot. Returns an array that is not used any more.
    #[inline]
    pub(super) fn insert(
        &self,
        links: &impl Links,
        growth: &mut Growth,
        fingerprint: Fingerprint,
        slot: u32,
    ) -> Option<RetiredBuckets> {
        let mask = self.current.mask();
        // Retired slots take up numbers, but no room: there may be more slots than that.
        let is_full = growth.used > mask as usize / 2 || slot > mask;
        let retired = if is_full || growth.copied.is_some() {
            self.make_room(links, growth, slot)
        } else {
            None
        };
        self.current.array()?.push(links, fingerprint, slot);
        growth.used += 1;
        retired
    }

    /// Makes the index grow, or continues its growth.
    #[cold]
    #[inline(never)]
    fn make_room(
        &self,
        links: &impl Links,
        growth: &mut Growth,
        slot: u32,
    ) -> Option<RetiredBuckets> {
        let is_too_short = || slot > self.current.mask();
        let mut retired = None;
        if growth.copied.is_some() {
            let buckets = if is_too_short() { usize::MAX } else { COPIED_PER_INSERTION };
            retired = self.copy_some(links, growth, buckets);
        } else {
            self.grow(growth);
        }
        // Numbers are given one by one, so once is enough.
        if is_too_short() {
            self.grow(growth);
        }
        retired
    }

    fn grow(&self, growth: &mut Growth) {
        self.current.grow(&self.old);
        *growth = Growth { used: 0, copied: Some(0) };
    }

    /// Copies some chains of the old array. Returns that when it is done.
    fn copy_some(
        &self,
        links: &impl Links,
        growth: &mut Growth,
        buckets: usize,
    ) -> Option<RetiredBuckets> {
        let (copied, old, current) = (growth.copied?, self.old.array()?, self.current.array()?);
        let end = (copied as usize).saturating_add(buckets).min(old.mask as usize + 1);
        let end = u32::try_from(end).unwrap_or(u32::MAX);
        for place in copied..end {
            let mut next = old.first(old.bucket(place).load(Relaxed));
            while let Some(slot) = next {
                next = old.next(links, slot);
                current.push(links, links.fingerprint(slot), slot);
                growth.used += 1;
            }
        }
        growth.copied = (end <= old.mask).then_some(end);
        if growth.copied.is_some() { None } else { self.old.replace(None) }
    }

    /// Removes a slot.
    #[inline]
    pub(super) fn remove(
        &self,
        links: &impl Links,
        growth: &mut Growth,
        fingerprint: Fingerprint,
        slot: u32,
    ) {
        if growth.copied.is_some()
            && let Some(old) = self.old.array()
        {
            old.unlink(links, fingerprint, slot);
        }
        if let Some(current) = self.current.array()
            && current.unlink(links, fingerprint, slot)
        {
            growth.used -= 1;
        }
    }

    /// Removes all slots. Returns the arrays that held them.
    pub(super) fn clear(&self, growth: &mut Growth) -> [Option<RetiredBuckets>; 2] {
        // Of the same length as before, since the mask must not decrease.
        let len = self.current.mask() as usize + 1;
        let current = self.current.replace(Some(len));
        *growth = Growth::new();
        [current, self.old.replace(None)]
    }
}
