//! [`KeyIndex`], which leads from a key of the tier to entries and calls of one function.
//!
//! It also knows when the value of a key expires in the tier. It never looks into the cache.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use std::sync::Arc;
use std::task::Waker;

use parking_lot::Mutex;

use super::key::TierKey;
use crate::cache::Group;
use crate::engine::{Fingerprint, Generation};
use crate::types::tag::Tag;

/// The keys of one function, by their hashes.
#[derive(Default)]
pub(super) struct KeyIndex {
    /// The groups of a key that are or were in the cache, and its value in the tier, if known.
    pub(super) groups: BTreeMap<(u64, Group), Option<ValueInTier>>,
    /// How many groups were left when it was last pruned.
    pub(super) pruned: usize,
    /// A tree, which gives back the memory of calls that have ended.
    pub(super) calls: BTreeMap<u64, Vec<Arc<Listener>>>,
    /// The token of a lease for which a call has waited as long as it may, without a result.
    pub(super) outwaited: BTreeMap<u64, String>,
    /// When a value that the codec cannot read was found first, in nanoseconds of the clock.
    pub(super) undecodable: BTreeMap<u64, u64>,
}

/// How many keys with such a token, or such a value, are remembered.
pub(super) const MAX_REMEMBERED: usize = 1024;

/// The expiry of a value in the tier, in nanoseconds of the clock.
#[derive(Clone, Copy)]
pub(super) struct ValueInTier {
    pub(super) known_since: u64,
    pub(super) expires_at: u64,
    /// Whether the tier has reported it.
    pub(super) is_reported: bool,
}

impl ValueInTier {
    /// Whether it may expire now, by another machine's clock: within a four-thousandth of its
    /// lifetime, at least 5 ms and at most 10 s.
    pub(super) fn expires_about(&self, now: u64) -> bool {
        const MILLISECOND: u64 = 1_000_000;
        let lifetime = self.expires_at.saturating_sub(self.known_since);
        let tolerance = (lifetime >> 12).clamp(5 * MILLISECOND, 10_000 * MILLISECOND);
        !self.is_reported && self.expires_at <= now.saturating_add(tolerance)
    }
}

/// Returns the range of all groups of a key.
pub(super) fn range_of(hash: u64) -> RangeInclusive<(u64, Group)> {
    let (first, last) = Fingerprint::RANGE;
    (hash, (first, Generation::MIN))..=(hash, (last, Generation::MAX))
}

impl KeyIndex {
    /// Returns the groups of a key that the cache has or had.
    pub(super) fn groups_of(&self, hash: u64) -> Vec<(Group, Option<ValueInTier>)> {
        let groups = self.groups.range(range_of(hash));
        groups.map(|((_, group), value)| (*group, *value)).collect()
    }

    /// Returns the calls for a key.
    pub(super) fn calls_of(&self, hash: u64) -> &[Arc<Listener>] {
        self.calls.get(&hash).map_or(&[], Vec::as_slice)
    }
}

/// A call that reads or computes the value of a key, and learns of changes to it.
pub(super) struct Listener {
    /// `None` if the cache no longer wants its result.
    pub(super) group: Option<Group>,
    pub(super) key: Arc<TierKey>,
    pub(super) state: Mutex<ListenerState>,
}

pub(super) struct ListenerState {
    pub(super) stage: Stage,
    pub(super) has_changed: bool,
    pub(super) waker: Option<Waker>,
}

impl Listener {
    /// Whether its result carries this tag.
    pub(super) fn carries(&self, tag: &Tag) -> bool {
        self.key.tags().iter().any(|known| known.hash() == tag.hash())
    }

    /// Reports a change. Returns the waker of the call if it waits for that.
    pub(super) fn report_change(&self) -> (Stage, Option<Waker>) {
        let mut state = self.state.lock();
        state.has_changed = true;
        (state.stage, state.waker.take())
    }
}

/// The state of a registered call.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Stage {
    /// It reads from the tier, and can read again.
    Reads,
    Computes,
    /// Its result is on the way to the tier.
    Sends,
}
