//! [`RegisteredFunction`], a function as its tier knows it.
//!
//! It applies what the tier reports about a key to the entries and the calls of the function. It
//! relies on the cache as the first tier, and runs no user code except `Drop` of entries.

use std::collections::BTreeSet;
use std::sync::atomic::{
    AtomicBool, AtomicU8, AtomicU64,
    Ordering::{Relaxed, SeqCst},
};
use std::time::Duration;

use once_cell::sync::OnceCell;
use parking_lot::Mutex;

use super::key_index::{KeyIndex, MAX_REMEMBERED, Stage, range_of};
use super::template::{self, TemplatePart};
use crate::base::clock;
use crate::cache::{Group, MemoryTier};
use crate::inflight::parker::wake_all;
use crate::types::tag::Tag;

/// The time for which a function bypasses a tier that has refused its keys.
const PAUSE: Duration = Duration::from_secs(1);

/// How long a value that the codec cannot read is left to the program that has stored it, at most.
const YOUNG_FOR: Duration = Duration::from_secs(60);

/// A function that its tier knows.
pub struct RegisteredFunction {
    pub(super) parts: &'static [TemplatePart],
    pub(crate) prefix: &'static str,
    l1_ttl: Option<Duration>,
    pub(super) cache: &'static dyn MemoryTier,
    /// Whether expired entries are kept in reserve.
    pub(crate) has_reserve: bool,
    pub(super) index: Mutex<KeyIndex>,
    /// The number of functions of the tier that were registered before it.
    place: OnceCell<usize>,
    /// Whether it has entries that no report of a change leads to.
    has_untracked_entries: AtomicBool,
    /// Which of its last eight reads have found nothing: a bit each, the last one the lowest.
    misses: AtomicU8,
    /// Until when it bypasses the tier, in nanoseconds of the clock.
    paused_until: AtomicU64,
}

impl RegisteredFunction {
    pub(super) fn new(
        parts: &'static [TemplatePart],
        l1_ttl: Option<Duration>,
        cache: &'static dyn MemoryTier,
    ) -> Self {
        RegisteredFunction {
            parts,
            prefix: template::prefix(parts),
            l1_ttl,
            cache,
            has_reserve: cache.has_reserve(),
            index: Mutex::default(),
            place: OnceCell::new(),
            has_untracked_entries: AtomicBool::new(false),
            misses: AtomicU8::new(0),
            paused_until: AtomicU64::new(0),
        }
    }

    /// Returns how long entries in memory are valid while changes are not reported, given the
    /// tier's setting.
    pub(super) fn l1_ttl_or(&self, of_tier: Duration) -> Duration {
        self.l1_ttl.unwrap_or(of_tier)
    }

    /// Limits the validity of all entries to `l1_ttl` from now on.
    pub(crate) fn cap_to_l1_ttl(&self, of_tier: Duration) {
        let l1_ttl = clock::nanos(self.l1_ttl_or(of_tier));
        self.cache.cap_deadlines(clock::now().saturating_add(l1_ttl));
    }

    /// Returns how many functions of the tier were registered before it; `None` until it is.
    pub(crate) fn place(&self) -> Option<usize> {
        self.place.get().copied()
    }

    /// Sets the number of functions that were registered before it.
    pub(super) fn set_place(&self, place: usize) {
        let _ = self.place.set(place);
    }

    /// Notes that it has an entry that no report of a change leads to.
    pub(super) fn add_untracked_entry(&self) {
        self.has_untracked_entries.store(true, SeqCst);
    }

    /// Returns whether it has such entries, which its caller drops.
    pub(crate) fn take_untracked_entries(&self) -> bool {
        self.has_untracked_entries.swap(false, SeqCst)
    }

    /// Records whether a read has found nothing.
    pub(super) fn record_read(&self, is_miss: bool) {
        let misses = self.misses.load(Relaxed) << 1 | u8::from(is_miss);
        self.misses.store(misses, Relaxed);
    }

    /// Whether reads mostly find nothing, so that calls request the lease at once.
    pub(super) fn mostly_misses(&self) -> bool {
        self.misses.load(Relaxed).count_ones() >= 6
    }

    /// Bypasses the tier for a while, since it has refused the function's keys.
    pub(super) fn pause(&self) {
        let until = clock::now().saturating_add(clock::nanos(PAUSE));
        self.paused_until.store(until, Relaxed);
    }

    pub(super) fn is_paused(&self) -> bool {
        let until = self.paused_until.load(Relaxed);
        until != 0 && clock::now() < until
    }

    /// Whether its lock is free within that time.
    pub(super) fn is_unlocked(&self, within: Duration) -> bool {
        self.index.try_lock_for(within).is_some()
    }

    /// Records the holder of a lease for which a call has waited as long as it may. Later calls do
    /// not wait for it.
    pub(super) fn outwait(&self, hash: u64, holder: String) {
        let mut index = self.index.lock();
        if index.outwaited.len() >= MAX_REMEMBERED {
            index.outwaited.clear();
        }
        index.outwaited.insert(hash, holder);
    }

    /// Whether a call has waited for this holder as long as it may.
    pub(super) fn has_outwaited(&self, hash: u64, holder: &str) -> bool {
        self.index.lock().outwaited.get(&hash).is_some_and(|outwaited| outwaited == holder)
    }
}

/// Values that the codec cannot read.
impl RegisteredFunction {
    /// Whether such a value was stored lately, as by another version of the program, so that it is
    /// not to be replaced: in the first half of its `ttl`, and at most for a minute. It stays for
    /// `left` nanoseconds from `now`, `None` for ever.
    ///
    /// The function's `ttl` and that time tell its age. Where they do not, its age counts from when
    /// this process has found it first. A value that stays for ever was not stored by a function
    /// with a `ttl`.
    pub(super) fn is_young(&self, hash: u64, left: Option<u64>, now: u64) -> bool {
        let ttl = self.cache.ttl().map(clock::nanos);
        let young_for = ttl.map_or(u64::MAX, |ttl| ttl / 2).min(clock::nanos(YOUNG_FOR));
        match (ttl, left) {
            (Some(_), None) => false,
            (Some(ttl), Some(left)) if left <= ttl => ttl - left < young_for,
            _ => now.saturating_sub(self.found_undecodable_at(hash, now)) < young_for,
        }
    }

    /// Returns when this process has found the value first: now, unless it is remembered.
    fn found_undecodable_at(&self, hash: u64, now: u64) -> u64 {
        let undecodable = &mut self.index.lock().undecodable;
        if undecodable.len() >= MAX_REMEMBERED && !undecodable.contains_key(&hash) {
            undecodable.clear();
        }
        *undecodable.entry(hash).or_insert(now)
    }
}

/// The reports of the tier.
impl RegisteredFunction {
    /// Removes the entry of a key, and discards computations of it.
    pub(super) fn invalidate(&self, hash: u64) {
        let mut wakers = Vec::new();
        let mut index = self.index.lock();
        index.undecodable.remove(&hash);
        let mut reading = Vec::new();
        for call in index.calls_of(hash) {
            let (stage, waker) = call.report_change();
            wakers.extend(waker);
            if stage == Stage::Reads {
                reading.extend(call.group);
            }
        }
        let groups = index.groups_of(hash);
        drop(index);
        for &(group, _) in &groups {
            self.cache.invalidate_group(group, !reading.contains(&group));
        }
        // Only now: until an entry is removed, another report of a change must find it.
        let mut index = self.index.lock();
        for (group, _) in groups {
            if !reading.contains(&group) {
                index.groups.remove(&(hash, group));
            }
        }
        drop(index);
        wake_all(wakers);
    }

    /// Removes the entries with a tag, and discards computations with it.
    pub(super) fn invalidate_tag(&self, tag: &Tag) {
        let index = self.index.lock();
        let calls = index.calls.values().flatten().filter(|call| call.carries(tag));
        let wakers: Vec<_> = calls.filter_map(|call| call.report_change().1).collect();
        drop(index);
        self.cache.invalidate_tag(tag);
        wake_all(wakers);
    }

    /// Applies the report that a key was written or removed, or has expired, all of which look the
    /// same. The first report at about the time when the value was to expire counts as expiry: its
    /// entry stays in reserve, and computations continue. Returns whether to check that.
    pub(super) fn report_change(&self, hash: u64) -> bool {
        let now = clock::now();
        let mut expired = Vec::new();
        let mut index = self.index.lock();
        for ((_, group), value) in index.groups.range_mut(range_of(hash)) {
            if let Some(value) = value.as_mut().filter(|value| value.expires_about(now)) {
                value.is_reported = true;
                expired.push(*group);
            }
        }
        if expired.is_empty() {
            drop(index);
            self.invalidate(hash);
            return false;
        }
        let mut wakers = Vec::new();
        let mut computes = false;
        for call in index.calls_of(hash) {
            let mut state = call.state.lock();
            match state.stage {
                // It may read the value that has expired.
                Stage::Reads => {
                    state.has_changed = true;
                    wakers.extend(state.waker.take());
                }
                Stage::Computes => computes = true,
                Stage::Sends => (),
            }
        }
        drop(index);
        for group in expired {
            self.cache.expire_group(group);
        }
        wake_all(wakers);
        self.has_reserve || computes
    }

    /// Applies the report that a key that seemed to have expired has a value, or may have one. Its
    /// entry in reserve is outdated, and so are computations that are not sent yet.
    pub(super) fn report_value(&self, hash: u64) {
        let index = self.index.lock();
        for call in index.calls_of(hash) {
            let mut state = call.state.lock();
            state.has_changed |= state.stage == Stage::Computes;
        }
        let groups = index.groups_of(hash);
        drop(index);
        for (group, value) in groups {
            if value.is_some_and(|value| value.is_reported) {
                self.cache.drop_reserve(group);
            }
        }
    }

    /// Drops all entries, and discards all computations.
    pub(crate) fn drop_entries(&self) {
        let mut index = self.index.lock();
        index.groups.clear();
        index.undecodable.clear();
        let wakers: Vec<_> =
            index.calls.values().flatten().filter_map(|call| call.report_change().1).collect();
        drop(index);
        self.cache.drop_entries();
        wake_all(wakers);
    }

    /// Forgets the groups that the cache has no item of. They do not come back.
    pub(super) fn prune(&self, groups: &BTreeSet<(u64, Group)>) {
        let mut left = groups.clone();
        // Without the index locked: the cache waits for readers, which may be in user code.
        self.cache.retain(&mut left);
        let mut index = self.index.lock();
        for gone in groups.difference(&left) {
            index.groups.remove(gone);
        }
        index.pruned = index.groups.len();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cache::TierStats;

    /// A cache of a function with this `ttl`.
    struct Memory(Option<Duration>);

    impl MemoryTier for Memory {
        fn has_reserve(&self) -> bool {
            false
        }

        fn ttl(&self) -> Option<Duration> {
            self.0
        }

        fn invalidate_group(&self, _: Group, _: bool) -> bool {
            false
        }

        fn invalidate_tag(&self, _: &Tag) -> usize {
            0
        }

        fn expire_group(&self, _: Group) {}

        fn drop_reserve(&self, _: Group) {}

        fn drop_entries(&self) {}

        fn cap_deadlines(&self, _: u64) {}

        fn retain(&self, _: &mut BTreeSet<(u64, Group)>) {}

        fn set_tier(&self, _: &'static dyn TierStats) {}

        fn name(&self) -> &'static str {
            "function"
        }
    }

    const SECOND: u64 = 1_000_000_000;

    fn function(ttl: Option<u64>) -> RegisteredFunction {
        let memory = Memory(ttl.map(Duration::from_secs));
        RegisteredFunction::new(&[], None, Box::leak(Box::new(memory)))
    }

    #[test]
    fn without_a_ttl_a_value_is_young_for_a_minute_after_it_was_found() {
        let function = function(None);
        for left in [None, Some(3600 * SECOND)] {
            assert!(function.is_young(1, left, 100 * SECOND));
            assert!(function.is_young(1, left, 159 * SECOND));
            assert!(!function.is_young(1, left, 160 * SECOND));
        }
        assert!(function.is_young(2, None, 160 * SECOND), "another value");
        function.invalidate(1);
        assert!(function.is_young(1, None, 160 * SECOND), "it has changed");
    }

    #[test]
    fn the_age_of_a_value_that_lives_for_longer_than_the_ttl_counts_from_when_it_was_found() {
        let function = function(Some(40));
        assert!(function.is_young(1, Some(100 * SECOND), 0));
        assert!(function.is_young(1, Some(81 * SECOND), 19 * SECOND));
        assert!(!function.is_young(1, Some(80 * SECOND), 20 * SECOND), "half of the ttl");
    }

    #[test]
    fn so_many_values_are_remembered() {
        let function = function(None);
        for hash in 0..3 * MAX_REMEMBERED as u64 {
            function.is_young(hash, None, 0);
        }
        assert!(function.index.lock().undecodable.len() <= MAX_REMEMBERED);
    }
}
