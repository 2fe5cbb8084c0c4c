//! What a function knows of its keys in Redis: which entries and computations a key is about, which
//! calls there are for it, and when its value expires. It never looks into the cache.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use std::sync::Arc;
use std::task::Waker;

use parking_lot::Mutex;

use crate::cache::Group;
use crate::store::slot::Number;

/// What a function knows of its keys, by their hashes.
#[derive(Default)]
pub(super) struct Index {
    /// By the hash of a key, what is or was in the cache for it, and what is known of its value in
    /// Redis.
    pub(super) groups: BTreeMap<(u64, Group), Option<ValueInRedis>>,
    /// How many there were when those that are gone were last forgotten.
    pub(super) swept: usize,
    /// A tree, which gives the memory of calls that have ended back.
    pub(super) calls: BTreeMap<u64, Vec<Arc<Call>>>,
}

/// When a value in Redis expires, by the clock of all caches.
#[derive(Clone, Copy)]
pub(super) struct ValueInRedis {
    pub(super) known_since: u64,
    pub(super) expires_at: u64,
    /// Whether Redis has announced that.
    pub(super) is_announced: bool,
}

impl ValueInRedis {
    /// Whether it may expire now, by a clock of another machine, which does not run like ours:
    /// within a four-thousandth of its time, at least 5 ms and at most 10 s.
    pub(super) fn expires_about(&self, now: u64) -> bool {
        const MILLISECOND: u64 = 1_000_000;
        let time = self.expires_at.saturating_sub(self.known_since);
        let tolerance = (time >> 12).clamp(5 * MILLISECOND, 10_000 * MILLISECOND);
        !self.is_announced && self.expires_at <= now.saturating_add(tolerance)
    }
}

/// All groups of a key.
pub(super) fn range_of(hash: u64) -> RangeInclusive<(u64, Group)> {
    (hash, (0, Number::MIN))..=(hash, (u32::MAX, Number::MAX))
}

impl Index {
    /// What is or was in the cache for a key.
    pub(super) fn groups_of(&self, hash: u64) -> Vec<(Group, Option<ValueInRedis>)> {
        let groups = self.groups.range(range_of(hash));
        groups.map(|((_, group), value)| (*group, *value)).collect()
    }

    /// The calls for a key.
    pub(super) fn calls_of(&self, hash: u64) -> &[Arc<Call>] {
        self.calls.get(&hash).map_or(&[], Vec::as_slice)
    }
}

/// A call that has begun to compute, or to look for what others have computed.
pub(super) struct Call {
    /// `None` if the cache does not want its result any more.
    pub(super) group: Option<Group>,
    pub(super) state: Mutex<State>,
}

pub(super) struct State {
    pub(super) stage: Stage,
    pub(super) changed: bool,
    pub(super) waker: Option<Waker>,
}

/// What a call does.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Stage {
    /// What it comes to is read from Redis, if at all; so it can read again.
    Reads,
    Computes,
    /// Its result is on the way to Redis.
    Sends,
}
