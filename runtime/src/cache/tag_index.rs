//! [`TagIndex`], which leads from a tag to the items of one cache that carry it.
//!
//! A computation is added before its body starts. Groups whose items have left the cache (evicted,
//! expired, cleared, not stored) are forgotten when the index has doubled, so it never holds more
//! than twice as many as there were then, and 64. Hits and stores never look at it.

use std::collections::BTreeSet;
use std::ops::RangeInclusive;

use parking_lot::Mutex;

use super::tiers::{Group, MemoryTier};
use crate::engine::{Fingerprint, Generation};
use crate::types::tag::Tag;

/// The groups of a cache by the hashes of their tags.
#[derive(Default)]
pub(crate) struct TagIndex(Mutex<Rows>);

#[derive(Default)]
struct Rows {
    rows: BTreeSet<(u64, Group)>,
    /// How many were left when it was last pruned.
    pruned: usize,
}

/// The caches that have an index.
static TAGGED: Mutex<Vec<&'static dyn MemoryTier>> = Mutex::new(Vec::new());

/// Returns the caches with tagged entries, of all functions.
fn tagged() -> Vec<&'static dyn MemoryTier> {
    TAGGED.lock().clone()
}

/// Removes the entries with this tag from the memory of all functions, and discards their in-flight
/// computations. Returns how many entries there were.
pub(crate) fn invalidate_tag(tag: &Tag) -> usize {
    tagged().into_iter().map(|cache| cache.invalidate_tag(tag)).sum()
}

/// Returns the range of all groups with a tag.
fn range_of(hash: u64) -> RangeInclusive<(u64, Group)> {
    let (first, last) = Fingerprint::RANGE;
    (hash, (first, Generation::MIN))..=(hash, (last, Generation::MAX))
}

impl TagIndex {
    /// Adds a group of the cache.
    pub(super) fn add(&self, cache: &dyn MemoryTier, tags: &[Tag], group: Group) {
        let mut index = self.0.lock();
        index.rows.extend(tags.iter().map(|tag| (tag.hash(), group)));
        let is_full = index.rows.len() > 2 * index.pruned + 64;
        let rows = is_full.then(|| index.rows.clone());
        drop(index);
        if let Some(rows) = rows {
            self.prune(cache, &rows);
        }
    }

    /// Forgets the groups that the cache has no item of. They do not come back.
    fn prune(&self, cache: &dyn MemoryTier, rows: &BTreeSet<(u64, Group)>) {
        let mut left = rows.clone();
        // Without the index locked: the cache may wait for another writer.
        cache.retain(&mut left);
        let mut index = self.0.lock();
        for gone in rows.difference(&left) {
            index.rows.remove(gone);
        }
        index.pruned = index.rows.len();
    }

    /// Removes what carries a tag from the cache. Returns how many entries there were.
    pub(super) fn invalidate(&self, cache: &dyn MemoryTier, tag: &Tag) -> usize {
        let rows: Vec<_> = self.0.lock().rows.range(range_of(tag.hash())).copied().collect();
        let removed = rows.iter().filter(|(_, group)| cache.invalidate_group(*group, true)).count();
        // Only now: until an entry is removed, another invalidation must find it. A group without
        // items does not come back, so no later computation is in these rows.
        let mut index = self.0.lock();
        for row in &rows {
            index.rows.remove(row);
        }
        removed
    }

    #[cfg(test)]
    fn len(&self) -> usize {
        self.0.lock().rows.len()
    }
}

/// Makes the index of a cache.
pub(super) fn register(cache: &'static dyn MemoryTier) -> TagIndex {
    TAGGED.lock().push(cache);
    TagIndex::default()
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
    use std::time::Duration;

    use super::*;
    use crate::cache::TierStats;

    /// A cache whose items are the latest groups, so many.
    struct Memory(AtomicUsize);

    impl MemoryTier for Memory {
        fn has_reserve(&self) -> bool {
            false
        }

        fn ttl(&self) -> Option<Duration> {
            None
        }

        fn invalidate_group(&self, _: Group, _: bool) -> bool {
            true
        }

        fn invalidate_tag(&self, _: &Tag) -> usize {
            0
        }

        fn expire_group(&self, _: Group) {}

        fn drop_reserve(&self, _: Group) {}

        fn drop_entries(&self) {}

        fn cap_deadlines(&self, _: u64) {}

        fn retain(&self, rows: &mut BTreeSet<(u64, Group)>) {
            let oldest = self.0.load(Relaxed) as u64;
            rows.retain(|(_, (_, group))| group.get() > oldest);
        }

        fn set_tier(&self, _: &'static dyn TierStats) {}

        fn name(&self) -> &'static str {
            "function"
        }
    }

    fn group(number: usize) -> Group {
        let generation = Generation::new(number as u64).expect("not 0");
        (Fingerprint::of_hash(number as u64), generation)
    }

    #[test]
    fn groups_that_have_left_the_cache_leave_the_index() {
        const LIVE: usize = 100;
        let (memory, index) = (Memory(AtomicUsize::new(0)), TagIndex::default());
        let tags = [Tag::new("a"), Tag::new("b")];
        for number in 1..10_000_usize {
            memory.0.store(number.saturating_sub(LIVE), Relaxed);
            index.add(&memory, &tags, group(number));
            assert!(index.len() <= 2 * (tags.len() * LIVE) + 64, "{}", index.len());
        }
        assert!(index.invalidate(&memory, &tags[0]) >= LIVE);
        assert_eq!(index.invalidate(&memory, &tags[0]), 0);
        assert!(index.invalidate(&memory, &tags[1]) >= LIVE, "the other tag still leads to them");
        assert_eq!(index.len(), 0);
    }
}
