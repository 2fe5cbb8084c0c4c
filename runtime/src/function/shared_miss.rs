//! The right to compute, as a second tier uses it: the tier decides when the body starts, and
//! whether the result is stored.

use super::miss::{MissGuard, Purpose, Runner};
use crate::base::info::CacheStatus;
use crate::cache::Cache;
use crate::engine::{Discarded, Elapsed, InFlightId};
use crate::inflight::completion::Completion;
use crate::inflight::deadlock::EnteredComputation;
use crate::types::keep::Decide;
use crate::types::result::Outcome;
use crate::types::storable::Process;
use crate::types::weight::Weigh;

impl<K: 'static, V: 'static, W: 'static, O, G> MissGuard<Process, K, V, W, O, G> {
    /// Starts the body.
    pub(crate) fn start_body(&mut self, runner: Runner) {
        self.body.started = self.id.map(|id| self.cache.start_timer(id.generation));
        self.start_span(runner);
    }

    /// Returns the computation, if its result may be stored.
    pub(crate) fn id(&self) -> Option<InFlightId> {
        self.id
    }

    pub(crate) fn purpose(&self) -> Purpose {
        self.purpose
    }

    pub(crate) fn cache(&self) -> &'static Cache<K, V, W, Process> {
        self.cache
    }

    /// Makes the calls of a task nested in its computation, until the result is dropped.
    pub(crate) fn enter_computation(&self) -> Option<EnteredComputation> {
        match self.compute_scope {
            Some(_) => None,
            None => self.joinable().map(EnteredComputation::enter),
        }
    }

    /// Returns the weight of an entry with this result.
    pub(crate) fn weight<R>(&self, result: &R) -> u64
    where
        G: Weigh<K, R>,
    {
        self.id.map_or(0, |id| self.weight_of(id, result))
    }

    /// Returns the status of a computed result of this weight that is stored in memory only.
    pub(crate) fn status_of(&self, weight: u64) -> CacheStatus {
        if self.cache.is_too_heavy(weight) { CacheStatus::TooHeavy } else { CacheStatus::Miss }
    }

    /// Stores a value of this weight from `now` until the deadline, and completes the waiters with
    /// the result. A value that is too heavy is not stored.
    pub(crate) fn store_until<R>(
        mut self,
        (value, weight): (V, u64),
        times: (u64, u64),
        elapsed: Elapsed,
        result: &R,
    ) where
        O: Outcome<R, Value = V, WaiterValue = W>,
    {
        if self.cache.is_too_heavy(weight) {
            self.finish_waiters_only(Discarded { is_too_heavy: true, ..elapsed.into() }, result);
        } else if let Some(id) = self.id.take() {
            self.end_refresh(id);
            let to_waiters = || O::to_waiters(result);
            self.cache.store_until(id, value, weight, elapsed, times, to_waiters);
        }
    }

    /// Stops the stopwatch: the body has returned.
    pub(crate) fn stop_timer(&mut self) -> Elapsed {
        self.body.stop()
    }

    /// Same as `finish_if`, after [`MissGuard::stop_timer`].
    pub(crate) fn finish_timed<R>(
        mut self,
        elapsed: Elapsed,
        result: R,
        cache_if: impl Decide<R>,
    ) -> (R, CacheStatus)
    where
        O: Outcome<R, Value = V, WaiterValue = W>,
        G: Weigh<K, R>,
    {
        match self.id {
            Some(id) => self.store_or_discard(id, elapsed, result, cache_if),
            None => (result, CacheStatus::Bypass),
        }
    }

    /// Stores nothing and completes the waiters with the result.
    pub(crate) fn finish_waiters_only<R>(mut self, discarded: Discarded, result: &R)
    where
        O: Outcome<R, Value = V, WaiterValue = W>,
    {
        if let Some(id) = self.id.take() {
            self.end_refresh(id);
            self.cache.finish_replacing_stale(id, discarded, || match O::to_waiters(result) {
                Some(value) => Completion::Value(value, CacheStatus::Joined),
                None => Completion::NotCloneable,
            });
        }
    }

    /// Whether the result of a refresh in the background is still wanted.
    pub(crate) fn is_wanted(&self) -> bool {
        self.id.is_some_and(|id| self.cache.is_wanted(id))
    }

    /// Ends a refresh in the background that another process does.
    pub(crate) fn postpone_refresh(mut self) {
        if let Some(id) = self.id.take() {
            self.cache.postpone_refresh(id);
            self.cache.finish_unstored(id, Elapsed::NotRun.into(), || Completion::Cancelled);
        }
    }

    /// Notes that a refresh in the background has a result.
    fn end_refresh(&self, id: InFlightId) {
        if self.purpose == Purpose::Background {
            self.cache.end_refresh(id);
        }
    }
}
