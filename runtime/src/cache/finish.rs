//! The end of a computation: its value is stored, or not, and its waiters are completed.
//!
//! Waiters are completed with no lock held, also if a value that leaves the cache panics when it
//! is dropped.

use std::time::Duration;

use super::core::{Cache, times_at};
use super::deferred::Deferred;
use super::scope::Scope;
use crate::base::clock;
use crate::base::info::CacheStatus;
use crate::base::switch;
use crate::engine::{Complete, Discarded, Elapsed, Engine as _, Garbage, InFlightId, Reentrant};
use crate::inflight::completion::{Completion, CompletionGuard};
use crate::types::keep::Keep;

impl<K: 'static, V: 'static, W: 'static, S: Scope> Cache<K, V, W, S> {
    /// Ends a computation without an entry and completes its waiters.
    pub(crate) fn finish_unstored(
        &self,
        id: InFlightId,
        discarded: Discarded,
        completion: impl FnOnce() -> Completion<W>,
    ) {
        self.finish_with(id, discarded, None, completion);
    }

    /// Same as [`Cache::finish_unstored`] for a result that is newer than an expired entry of its
    /// key: removes that entry.
    pub(crate) fn finish_replacing_stale(
        &self,
        id: InFlightId,
        discarded: Discarded,
        completion: impl FnOnce() -> Completion<W>,
    ) {
        self.finish_with(id, discarded, self.now(), completion);
    }

    fn finish_with(
        &self,
        id: InFlightId,
        discarded: Discarded,
        superseded: Option<u64>,
        completion: impl FnOnce() -> Completion<W>,
    ) {
        let mut garbage = Garbage::new();
        match self.engine.discard(id, discarded, superseded, &mut garbage) {
            Ok(ended) => {
                let guard = ended.wait_list.map(CompletionGuard);
                ended.sampling_mask.into_iter().for_each(|mask| self.set_sampling_mask(mask));
                drop(garbage);
                if let Some(guard) = guard {
                    guard.complete(completion());
                }
            }
            Err(Reentrant) => self.defer(Deferred::Cancel(id)),
        }
    }

    /// Ends a computation, stores its value and completes its waiters with `to_waiters`. The value
    /// is discarded if the key was invalidated, or the cache cleared, since the computation began.
    #[inline]
    pub(crate) fn store(
        &self,
        id: InFlightId,
        value: V,
        weight: u64,
        elapsed: Elapsed,
        to_waiters: impl FnOnce() -> Option<W>,
    ) {
        if switch::is_off() {
            self.finish_switched_off(id, elapsed, to_waiters);
            return;
        }
        let mut garbage = Garbage::new();
        match self.engine.complete_sole(id, value, elapsed, &mut garbage) {
            Ok(mask) => {
                if let Some(mask) = mask {
                    self.set_sampling_mask(mask);
                }
            }
            Err(value) => self.store_slow(id, value, weight, elapsed, to_waiters),
        }
    }

    /// Same as [`Cache::store`] when entries expire or weigh, or the key has other items.
    #[cold]
    #[inline(never)]
    fn store_slow(
        &self,
        id: InFlightId,
        value: V,
        weight: u64,
        elapsed: Elapsed,
        to_waiters: impl FnOnce() -> Option<W>,
    ) {
        let times = self.expiry.as_ref().map_or((0, u64::MAX), |expiry| {
            let now = clock::now();
            (now, self.next_deadline(expiry, now))
        });
        self.store_until(id, value, weight, elapsed, times, to_waiters);
    }

    /// Same as [`Cache::store`] for a value with a ttl of its own.
    #[cold]
    #[inline(never)]
    pub(crate) fn store_for(
        &self,
        (id, ttl): (InFlightId, Duration),
        value: V,
        weight: u64,
        elapsed: Elapsed,
        to_waiters: impl FnOnce() -> Option<W>,
    ) {
        let now = clock::now();
        let times = (now, self.deadline(Keep::For(ttl), now));
        self.store_until(id, value, weight, elapsed, times, to_waiters);
    }

    /// Returns the deadline, in clock nanoseconds, of a result stored at `now`.
    pub(crate) fn deadline(&self, keep: Keep, now: u64) -> u64 {
        match (&self.expiry, keep) {
            (None, _) => u64::MAX,
            (Some(expiry), Keep::For(ttl)) => expiry.deadline_after(ttl, now),
            (Some(expiry), Keep::Yes | Keep::No) => self.next_deadline(expiry, now),
        }
    }

    /// Same as [`Cache::store`] for a value that is stored at `now` and expires at `deadline`.
    pub(crate) fn store_until(
        &self,
        id: InFlightId,
        value: V,
        weight: u64,
        elapsed: Elapsed,
        (now, deadline): (u64, u64),
        to_waiters: impl FnOnce() -> Option<W>,
    ) {
        if switch::is_off() {
            self.finish_switched_off(id, elapsed, to_waiters);
            return;
        }
        let times = self.expiry.as_ref().map(|expiry| times_at(expiry, now));
        let complete = Complete { value, elapsed, weight, deadline, times };
        let mut garbage = Garbage::new();
        let Ok(ended) = self.engine.complete(id, complete, &mut garbage) else {
            self.defer(Deferred::Cancel(id));
            return;
        };
        if let Some(mask) = ended.sampling_mask {
            self.set_sampling_mask(mask);
        }
        if ended.wait_list.is_some() || !ended.others.is_empty() {
            // Before the garbage is dropped: waiters are woken even if that panics.
            let guard = ended.wait_list.map(CompletionGuard);
            // Waiters of other computations of the key look again, and find this value.
            let others: Vec<_> = ended.others.into_iter().map(CompletionGuard).collect();
            drop(garbage);
            drop(others);
            if let Some(guard) = guard {
                guard.complete(completion_of(to_waiters));
            }
        }
    }

    /// Ends a computation that began before caches were switched off.
    #[cold]
    #[inline(never)]
    fn finish_switched_off(
        &self,
        id: InFlightId,
        elapsed: Elapsed,
        to_waiters: impl FnOnce() -> Option<W>,
    ) {
        self.finish_unstored(id, elapsed.into(), || completion_of(to_waiters));
    }
}

/// Returns how the waiters of a computation with a result end.
fn completion_of<W>(to_waiters: impl FnOnce() -> Option<W>) -> Completion<W> {
    match to_waiters() {
        Some(value) => Completion::Value(value, CacheStatus::Joined),
        None => Completion::NotCloneable,
    }
}
