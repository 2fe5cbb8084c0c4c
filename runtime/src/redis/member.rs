//! A function that shares its results: which of its entries and computations a key in Redis is about.

use std::collections::BTreeSet;
use std::hash::BuildHasher as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use foldhash::fast::RandomState;
use once_cell::sync::{Lazy, OnceCell};
use parking_lot::Mutex;

use super::index::{Call, Index, Stage, State, ValueInRedis, range_of};
use super::link::{Failure, Link};
use super::stats::{Counters, FunctionStats};
use super::template::{self, Part};
use super::tier::Tier;
use crate::cache::{Group, Tracked};
use crate::parker::wake_all;
use crate::{clock, trace};

/// How long a function goes past a Redis that refuses what it asks.
const PAUSE: Duration = Duration::from_secs(1);

/// What generated code says of a function.
pub struct Member {
    pub(super) parts: &'static [Part],
    pub(super) tier: &'static Tier,
    l1_ttl: fn() -> Option<Duration>,
    attached: OnceCell<&'static Attached>,
    pub(super) counters: Counters,
    /// What they were when they were zeroed.
    zeroed: Mutex<Option<FunctionStats>>,
}

impl Member {
    /// For a static.
    #[must_use]
    pub const fn new(
        parts: &'static [Part],
        tier: &'static Tier,
        l1_ttl: fn() -> Option<Duration>,
    ) -> Self {
        Member {
            parts,
            tier,
            l1_ttl,
            attached: OnceCell::new(),
            counters: Counters::new(),
            zeroed: Mutex::new(None),
        }
    }

    /// Makes the function known to its tier. `None` for a second cache of it, that of a method for another type: keys
    /// do not tell types apart.
    #[inline]
    pub(super) fn attach(&'static self, cache: &'static dyn Tracked) -> Option<&'static Attached> {
        let attached = self.attached.get_or_init(|| {
            let attached: &'static Attached = Box::leak(Box::new(Attached {
                member: self,
                prefix: template::prefix(self.parts),
                l1_ttl: (self.l1_ttl)(),
                cache,
                has_reserve: cache.has_reserve(),
                index: Mutex::default(),
                tracked: AtomicU64::new(0),
                is_loose: AtomicBool::new(false),
                refused_until: AtomicU64::new(0),
            }));
            cache.belongs_to(self);
            self.tier.add(attached);
            attached
        });
        std::ptr::addr_eq(attached.cache, cache).then_some(attached)
    }

    /// What has happened between the function and its Redis; `None` if there is none.
    pub(crate) fn stats(&self) -> Option<FunctionStats> {
        let zeroed = self.zeroed.lock();
        Some(self.totals()?.since(zeroed.unwrap_or_default()))
    }

    /// The same, with what was counted before the counters were zeroed.
    pub(crate) fn totals(&self) -> Option<FunctionStats> {
        let link = self.tier.link()?;
        let is_connected =
            |attached: &Attached| attached.is_tracked_by(&link) && !attached.is_refused();
        Some(self.counters.of_function(self.attached().is_some_and(is_connected)))
    }

    /// Zeroes the counters.
    pub(crate) fn zero(&self) {
        *self.zeroed.lock() = Some(self.counters.of_function(false));
    }

    /// A question of the function had no answer.
    pub(super) fn failed(&self, failure: Failure) {
        let counters = &self.counters;
        let why = match failure {
            Failure::TimedOut => {
                counters.timeouts.count();
                "timed out"
            }
            Failure::Broken => {
                counters.errors.count();
                "the connection broke"
            }
            Failure::Down | Failure::Exhausted => return,
        };
        self.without(why);
    }

    /// Tells that a call of the function did without Redis, or without what is there.
    pub(super) fn without(&self, why: &str) {
        if let Some(attached) = self.attached() {
            trace::without(attached.cache.name(), why);
        }
    }

    /// The function as its tier knows it, if it does.
    pub(super) fn attached(&self) -> Option<&'static Attached> {
        self.attached.get().copied()
    }
}

/// A function that its tier knows.
pub(super) struct Attached {
    pub(super) member: &'static Member,
    pub(super) prefix: &'static str,
    pub(super) l1_ttl: Option<Duration>,
    pub(super) cache: &'static dyn Tracked,
    /// Whether entries that have expired are kept in reserve.
    pub(super) has_reserve: bool,
    index: Mutex<Index>,
    /// Since when the link has told of changes to its keys: the link's epoch, or 0.
    pub(super) tracked: AtomicU64,
    /// Whether something was kept of which no key is known here.
    pub(super) is_loose: AtomicBool,
    /// Until when it goes past Redis, which has refused what it asked: on the clock of all caches.
    refused_until: AtomicU64,
}

static HASHER: Lazy<RandomState> = Lazy::new(RandomState::default);

/// By what keys are known here.
pub(super) fn hash(key: &[u8]) -> u64 {
    HASHER.hash_one(key)
}

impl Attached {
    /// What is in memory for a key is out of date, and so is what is being computed for it.
    pub(super) fn outdated(&self, hash: u64) {
        let mut wakers = Vec::new();
        let index = self.index.lock();
        let mut reading = Vec::new();
        for call in index.calls_of(hash) {
            let mut state = call.state.lock();
            state.changed = true;
            wakers.extend(state.waker.take());
            if state.stage == Stage::Reads {
                reading.extend(call.group);
            }
        }
        let groups = index.groups_of(hash);
        drop(index);
        for &(group, _) in &groups {
            self.cache.drop_group(group, !reading.contains(&group));
        }
        // Only now: until it is dropped, whoever else hears of a change has to find it.
        let mut index = self.index.lock();
        for (group, _) in groups {
            if !reading.contains(&group) {
                index.groups.remove(&(hash, group));
            }
        }
        drop(index);
        wake_all(wakers);
    }

    /// Redis announces that a key was written, or removed, or has expired, in the same way. Where
    /// its value was to expire about now, it is taken to have expired, once: entries stay in
    /// reserve, and computations go on. Returns whether that is to be made sure of.
    pub(super) fn announced(&self, hash: u64) -> bool {
        let now = clock::now();
        let mut expired = Vec::new();
        let mut index = self.index.lock();
        for ((_, group), value) in index.groups.range_mut(range_of(hash)) {
            if let Some(value) = value.as_mut().filter(|value| value.expires_about(now)) {
                value.is_announced = true;
                expired.push(*group);
            }
        }
        if expired.is_empty() {
            drop(index);
            self.outdated(hash);
            return false;
        }
        let mut wakers = Vec::new();
        let mut computes = false;
        for call in index.calls_of(hash) {
            let mut state = call.state.lock();
            match state.stage {
                // What it reads may be what has expired.
                Stage::Reads => {
                    state.changed = true;
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

    /// A key that was taken to have expired has a value, or may have: what is in reserve for it is
    /// out of date, and so is what is being computed and not sent yet.
    pub(super) fn written(&self, hash: u64) {
        let index = self.index.lock();
        for call in index.calls_of(hash) {
            let mut state = call.state.lock();
            state.changed |= state.stage == Stage::Computes;
        }
        let groups = index.groups_of(hash);
        drop(index);
        for (group, value) in groups {
            if value.is_some_and(|value| value.is_announced) {
                self.cache.drop_reserve(group);
            }
        }
    }

    /// Forgets all it knows, and what it holds.
    pub(super) fn start_afresh(&self) {
        let mut index = self.index.lock();
        index.groups.clear();
        let mut wakers = Vec::new();
        for call in index.calls.values().flatten() {
            let mut state = call.state.lock();
            state.changed = true;
            wakers.extend(state.waker.take());
        }
        drop(index);
        self.cache.start_afresh();
        wake_all(wakers);
    }

    /// A call that has begun. While it lives it learns of changes to its key.
    pub(super) fn register(
        &'static self,
        hash: u64,
        group: Option<Group>,
        reads: bool,
    ) -> Registered {
        let stage = if reads { Stage::Reads } else { Stage::Computes };
        let call = State { stage, changed: false, waker: None };
        let call = Arc::new(Call { group, state: Mutex::new(call) });
        let mut index = self.index.lock();
        if let Some(group) = group {
            index.groups.entry((hash, group)).or_default();
        }
        index.calls.entry(hash).or_default().push(call.clone());
        let is_full = index.groups.len() > 2 * index.swept + 64;
        let groups = is_full.then(|| index.groups.keys().copied().collect());
        drop(index);
        if let Some(groups) = groups {
            self.forget_gone(&groups);
        }
        Registered { attached: self, hash, call }
    }
}

impl Attached {
    /// Forgets the groups of which there is nothing any more. They do not come back.
    fn forget_gone(&self, groups: &BTreeSet<(u64, Group)>) {
        let mut left = groups.clone();
        // Without the index locked: the cache waits for readers, which may be in user code.
        self.cache.retain(&mut left);
        let mut index = self.index.lock();
        for gone in groups.difference(&left) {
            index.groups.remove(gone);
        }
        index.swept = index.groups.len();
    }
}

/// A call that learns of changes to its key.
pub(super) struct Registered {
    attached: &'static Attached,
    pub(super) hash: u64,
    call: Arc<Call>,
}

impl Registered {
    /// Whether the key has changed since it was asked last.
    pub(super) fn take_changed(&self) -> bool {
        std::mem::take(&mut self.call.state.lock().changed)
    }

    /// Whether the key has changed.
    pub(super) fn poll_changed(&self, context: &Context<'_>) -> Poll<()> {
        let waker = context.waker().clone();
        let mut state = self.call.state.lock();
        if state.changed {
            return Poll::Ready(());
        }
        let before = state.waker.replace(waker);
        drop(state);
        drop(before);
        Poll::Pending
    }

    /// From now on it computes: a change makes its result one that is not kept.
    pub(super) fn computes(&self) {
        let mut state = self.call.state.lock();
        state.stage = Stage::Computes;
        state.changed = false;
    }

    /// As [`Registered::computes`], if the key has not changed since it was asked last. Returns
    /// whether that is so.
    pub(super) fn computes_unless_changed(&self) -> bool {
        let mut state = self.call.state.lock();
        let is_current = !std::mem::take(&mut state.changed);
        if is_current {
            state.stage = Stage::Computes;
        }
        is_current
    }

    /// From now on its result is on the way to Redis, where it expires then.
    pub(super) fn sends(&self, expires_at: u64) {
        self.call.state.lock().stage = Stage::Sends;
        self.finds(clock::now(), expires_at);
    }

    /// Redis has a value, by `now`, that expires then.
    pub(super) fn finds(&self, now: u64, expires_at: u64) {
        let Some(group) = self.call.group else { return };
        let value = ValueInRedis { known_since: now, expires_at, is_announced: false };
        self.attached.index.lock().groups.insert((self.hash, group), Some(value));
    }

    /// Whether the key has changed since then.
    pub(super) fn has_changed(&self) -> bool {
        self.call.state.lock().changed
    }
}

impl Drop for Registered {
    fn drop(&mut self) {
        let mut index = self.attached.index.lock();
        if let Some(calls) = index.calls.get_mut(&self.hash) {
            calls.retain(|call| !Arc::ptr_eq(call, &self.call));
            if calls.is_empty() {
                index.calls.remove(&self.hash);
            }
        }
    }
}

impl Attached {
    /// Redis has refused what this function asked: it is let alone for a while.
    pub(super) fn refused(&self) {
        let until = clock::now().saturating_add(clock::nanos(PAUSE));
        self.refused_until.store(until, Ordering::Relaxed);
    }

    /// Whether that has been lately.
    pub(super) fn is_refused(&self) -> bool {
        let until = self.refused_until.load(Ordering::Relaxed);
        until != 0 && clock::now() < until
    }

    /// Whether calls may ask, and are told of changes to its keys.
    fn is_tracked_by(&self, link: &Link) -> bool {
        link.epoch().is_some_and(|epoch| epoch == self.tracked())
    }

    /// Which epoch's link tells of changes to its keys.
    pub(super) fn tracked(&self) -> u64 {
        self.tracked.load(Ordering::Acquire)
    }
}
