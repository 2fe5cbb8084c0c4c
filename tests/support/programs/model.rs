//! The naive model: a list of entries in the order of use, searched from the front.

use std::time::Duration;

use functools::{CacheInfo, CacheStatus};

use super::functions::Limits;
use super::{Outcome, weight};

type Result = std::result::Result<u32, u32>;

#[derive(Debug, Clone, Copy)]
struct Entry {
    key: u8,
    result: Result,
    /// `None` for never.
    deadline: Option<u64>,
}

/// What a function should be like. Its time is its own, in seconds.
#[derive(Debug)]
pub(super) struct Model {
    limits: Limits,
    /// The least recent first, with those that have expired.
    entries: Vec<Entry>,
    now: u64,
    hits: u64,
    misses: u64,
    pub(super) computations: u64,
}

impl Model {
    pub(super) fn new(limits: Limits) -> Self {
        Model { limits, entries: Vec::new(), now: 0, hits: 0, misses: 0, computations: 0 }
    }

    fn is_fresh(&self, entry: &Entry) -> bool {
        entry.deadline.is_none_or(|deadline| self.now < deadline)
    }

    fn find(&self, key: u8) -> Option<Entry> {
        self.entries.iter().copied().find(|entry| entry.key == key)
    }

    fn find_fresh(&self, key: u8) -> Option<Entry> {
        self.find(key).filter(|entry| self.is_fresh(entry))
    }

    fn deadline(&self) -> Option<u64> {
        self.limits.ttl.map(|ttl| self.now + ttl)
    }

    pub(super) fn peek(&self, key: u8) -> Option<Result> {
        self.find_fresh(key).map(|entry| entry.result)
    }

    /// How long an entry is fresh.
    pub(super) fn ttl(&self, key: u8) -> Option<Duration> {
        let never = Some(Duration::MAX);
        let deadline = self.find_fresh(key)?.deadline;
        deadline.map_or(never, |deadline| Some(Duration::from_secs(deadline - self.now)))
    }

    /// A call: its result and status. `after` are the entries that the cache has then.
    pub(super) fn call(
        &mut self,
        key: u8,
        outcome: Outcome,
        after: &[Option<Result>],
    ) -> (Result, CacheStatus) {
        if let Some(entry) = self.find_fresh(key) {
            self.hits += 1;
            self.entries.retain(|entry| entry.key != key);
            let renewed = self.deadline().filter(|_| self.limits.is_sliding);
            let deadline = renewed.max(entry.deadline);
            self.entries.push(Entry { deadline, ..entry });
            return (entry.result, CacheStatus::Hit);
        }
        self.misses += 1;
        if self.limits.maxsize == Some(0) {
            // Nothing is measured that is not stored.
            self.pass(outcome.seconds);
            return (outcome.result, CacheStatus::Bypass);
        }
        self.compute(outcome);
        if self.is_failure(outcome.result) {
            let is_usable = |old: &Entry| {
                old.deadline.is_none_or(|end| self.now < end + self.limits.stale_on_error)
            };
            return match self.find(key).filter(is_usable) {
                Some(old) => (old.result, CacheStatus::Stale),
                None => (outcome.result, CacheStatus::Miss),
            };
        }
        self.store(key, outcome.result, after);
        let is_too_heavy = self.is_too_heavy(outcome.result);
        let status = if is_too_heavy { CacheStatus::TooHeavy } else { CacheStatus::Miss };
        (outcome.result, status)
    }

    /// Runs a body.
    pub(super) fn compute(&mut self, outcome: Outcome) {
        if self.limits.maxsize != Some(0) {
            self.computations += 1;
        }
        self.pass(outcome.seconds);
        self.purge();
    }

    fn is_failure(&self, result: Result) -> bool {
        result.is_err() && !self.limits.stores_errors
    }

    fn is_too_heavy(&self, result: Result) -> bool {
        self.limits.maxweight.is_some_and(|most| weight(result) > most)
    }

    /// Stores a result, unless it is not to be, and evicts until all fit.
    pub(super) fn store(&mut self, key: u8, result: Result, after: &[Option<Result>]) {
        if self.is_failure(result) {
            return;
        }
        if self.is_too_heavy(result) {
            // An entry that has expired is older than this result.
            let now = self.now;
            let is_old = |entry: &Entry| entry.deadline.is_some_and(|deadline| deadline <= now);
            self.entries.retain(|entry| entry.key != key || !is_old(entry));
            return;
        }
        self.entries.retain(|entry| entry.key != key);
        let (maxsize, maxweight) = (self.limits.maxsize, self.limits.maxweight);
        let most = maxsize.unwrap_or(usize::MAX);
        if most == 0 {
            return;
        }
        while self.entries.len() >= most
            || maxweight.is_some_and(|most| self.weight() + weight(result) > most)
        {
            let victim = match self.limits.is_lru {
                true => 0,
                false => self.find_gone(after),
            };
            self.entries.remove(victim);
        }
        let deadline = self.deadline();
        self.entries.push(Entry { key, result, deadline });
    }

    /// The place of an entry that the cache no longer has: there must be one.
    fn find_gone(&self, after: &[Option<Result>]) -> usize {
        let is_gone = |entry: &Entry| after[usize::from(entry.key)].is_none();
        self.entries.iter().position(is_gone).unwrap_or(0)
    }

    /// Removes an entry, and returns whether it was fresh.
    pub(super) fn remove(&mut self, key: u8) -> bool {
        let was_fresh = self.find_fresh(key).is_some();
        self.entries.retain(|entry| entry.key != key);
        was_fresh
    }

    pub(super) fn pass(&mut self, seconds: u8) {
        self.now += u64::from(seconds);
    }

    /// Removes the entries past every stale window.
    pub(super) fn purge(&mut self) {
        let now = self.now;
        let window = self.limits.stale.max(self.limits.stale_on_error);
        self.entries.retain(|entry| entry.deadline.is_none_or(|end| now < end + window));
    }

    pub(super) fn clear(&mut self) {
        *self = Model { now: self.now, ..Model::new(self.limits) };
    }

    /// The weight of the entries, also of those that are stale; without weights, 0.
    pub(super) fn weight(&self) -> u64 {
        match self.limits.maxweight {
            Some(_) => self.entries.iter().map(|entry| weight(entry.result)).sum(),
            None => 0,
        }
    }

    pub(super) fn info(&self) -> CacheInfo {
        let currsize = self.entries.iter().filter(|entry| self.is_fresh(entry)).count();
        let Model { hits, misses, limits, .. } = *self;
        CacheInfo { hits, misses, maxsize: limits.maxsize, currsize }
    }
}
