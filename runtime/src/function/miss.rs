//! [`MissGuard`], the right to compute a result and to store it.
//!
//! It relies on the cache, to which it reports the end of the computation: by a result, or when
//! dropped by a panic or a cancellation. It does not know which function it belongs to.

use std::marker::PhantomData;
use std::pin::Pin;

use super::body_run::{BodyFuture, BodyRun};
use super::entry::{Compute, Finish};
use super::instance::InstanceScope;
pub(crate) use super::purpose::{Purpose, Runner};
use crate::base::info::CacheStatus;
use crate::base::trace::Span;
use crate::cache::Cache;
use crate::engine::{ComputeScope, Discarded, Elapsed, InFlightId};
use crate::inflight::completion::Completion;
use crate::inflight::deadlock::{ComputationId, EnteredComputation};
use crate::types::keep::{Decide, Keep};
use crate::types::result::Outcome;
use crate::types::storable::Process;
use crate::types::weight::{Unweighed, Weigh};

/// Guard of an in-flight computation: stores its result, or on drop (panic, cancellation) cancels
/// it, so that the next waiter leads.
#[must_use = "the result is stored by `finish`"]
pub struct MissGuard<S: InstanceScope, K: 'static, V: 'static, W: 'static, O, G = Unweighed> {
    cache: S::CachePtr<Cache<K, V, W, S>>,
    /// `None` if the result will not be stored.
    id: Option<InFlightId>,
    purpose: Purpose,
    /// Set in a thread that computes a result to be stored.
    compute_scope: Option<ComputeScope>,
    body: BodyRun,
    weigher: G,
    types: PhantomData<fn() -> O>,
}

impl<S: InstanceScope, K: 'static, V: 'static, W: 'static, O, G> MissGuard<S, K, V, W, O, G> {
    /// Makes the guard of a computation whose body has not started.
    #[inline(always)]
    pub(crate) fn new(
        cache: S::CachePtr<Cache<K, V, W, S>>,
        id: Option<InFlightId>,
        weigher: G,
        purpose: Purpose,
        runner: Runner,
    ) -> Self {
        MissGuard::with_body(cache, id, weigher, (purpose, runner), BodyRun::new(None))
    }

    /// Makes the guard of a computation whose body starts now.
    #[inline(always)]
    pub(crate) fn start(
        cache: S::CachePtr<Cache<K, V, W, S>>,
        id: Option<InFlightId>,
        weigher: G,
        purpose: Purpose,
        runner: Runner,
    ) -> Self {
        // Read the clock before building the guard, so that the guard is not moved. Reading the
        // clock cannot panic.
        let body = BodyRun::new(id.map(|id| cache.start_timer(id.generation)));
        let mut miss = MissGuard::with_body(cache, id, weigher, (purpose, runner), body);
        miss.start_span(runner);
        miss
    }

    #[inline(always)]
    fn with_body(
        cache: S::CachePtr<Cache<K, V, W, S>>,
        id: Option<InFlightId>,
        weigher: G,
        (purpose, runner): (Purpose, Runner),
        body: BodyRun,
    ) -> Self {
        let compute_scope = match runner {
            Runner::Thread => id.is_some().then(ComputeScope::begin),
            Runner::Task => None,
        };
        MissGuard { cache, id, purpose, compute_scope, body, weigher, types: PhantomData }
    }

    #[inline(always)]
    fn start_span(&mut self, runner: Runner) {
        let span = Span::compute(self.cache.name());
        self.body.span = if runner == Runner::Thread { span.entered() } else { span };
    }

    /// Returns the computation, if other calls may wait for it.
    #[inline]
    fn joinable(&self) -> Option<ComputationId> {
        self.id
            .filter(|_| self.cache.single_flight().is_on())
            .map(|id| self.cache.computation_id(id.generation))
    }

    /// Does something with the computation, if its result may be stored.
    #[inline(always)]
    pub(crate) fn with_id(&self, act: impl FnOnce(&S::CachePtr<Cache<K, V, W, S>>, InFlightId)) {
        if let Some(id) = self.id {
            act(&self.cache, id);
        }
    }

    #[inline(always)]
    fn weight_of<R>(&self, id: InFlightId, result: &R) -> u64
    where
        G: Weigh<K, R>,
    {
        self.weigher.weigh(result, |look| self.cache.with_key(id, look))
    }

    // By reference: a guard that is moved is copied from bytes that have just been written one by
    // one, for which a load has to wait.
    #[inline(never)]
    fn finish_computed<R>(
        &mut self,
        id: InFlightId,
        result: R,
        cache_if: impl Decide<R>,
    ) -> (R, CacheStatus)
    where
        O: Outcome<R, Value = V, WaiterValue = W>,
        G: Weigh<K, R>,
    {
        let elapsed = self.body.stop();
        self.store_or_discard(id, elapsed, result, cache_if)
    }

    /// Stores a result, unless it is an error, `cache_if` refuses it, or it is too heavy.
    #[inline(always)]
    fn store_or_discard<R>(
        &mut self,
        id: InFlightId,
        elapsed: Elapsed,
        result: R,
        cache_if: impl Decide<R>,
    ) -> (R, CacheStatus)
    where
        O: Outcome<R, Value = V, WaiterValue = W>,
        G: Weigh<K, R>,
    {
        // The last poll of a task's body is over, but its result is still to be stored.
        let _nested = match self.compute_scope {
            Some(_) => None,
            None => self.joinable().map(EnteredComputation::enter),
        };
        let is_failure = !O::should_store(&result);
        let keep = if is_failure { Keep::No } else { cache_if.decide(&result) };
        let mut is_too_heavy = false;
        if keep.is_stored() {
            let weight = self.weight_of(id, &result);
            is_too_heavy = self.cache.is_too_heavy(weight);
            if !is_too_heavy && let Some(value) = O::to_stored(&result) {
                self.id = None;
                if self.purpose == Purpose::Background {
                    self.cache.end_refresh(id);
                }
                let to_waiters = || O::to_waiters(&result);
                match keep {
                    Keep::For(ttl) => {
                        self.cache.store_for((id, ttl), value, weight, elapsed, to_waiters);
                    }
                    Keep::Yes | Keep::No => {
                        self.cache.store(id, value, weight, elapsed, to_waiters);
                    }
                }
                return (result, CacheStatus::Miss);
            }
        }
        let is_refused = !is_failure && !keep.is_stored();
        let discarded = Discarded { elapsed, is_refused, is_failure, is_too_heavy };
        self.finish_unstored(id, result, discarded)
    }

    /// Ends a computation whose result is not stored. For an error, returns a stale value if there
    /// is one within `stale_on_error`.
    #[cold]
    fn finish_unstored<R>(
        &mut self,
        id: InFlightId,
        result: R,
        discarded: Discarded,
    ) -> (R, CacheStatus)
    where
        O: Outcome<R, Value = V, WaiterValue = W>,
    {
        let completion = |result: &R, status| match O::to_waiters(result) {
            Some(value) => Completion::Value(value, status),
            None => Completion::NotCloneable,
        };
        self.id = None;
        if self.purpose == Purpose::Background {
            self.end_refresh_unstored(id, O::is_error(&result));
        }
        let is_too_heavy = discarded.is_too_heavy;
        let status = if is_too_heavy { CacheStatus::TooHeavy } else { CacheStatus::Miss };
        if self.purpose == Purpose::Insert {
            // Only the counter of too heavy values shows that a value was not inserted.
            let discarded = Discarded { is_too_heavy, ..Elapsed::NotRun.into() };
            self.cache.finish_unstored(id, discarded, || Completion::Cancelled);
        } else if !O::is_error(&result) {
            self.cache
                .finish_replacing_stale(id, discarded, || completion(&result, CacheStatus::Joined));
        } else if let Some(old) = self.cache.stale_fallback(id, O::from_stored) {
            self.cache.finish_unstored(id, discarded, || completion(&old, CacheStatus::Stale));
            if self.purpose == Purpose::Call {
                self.cache.count_stale();
                return (old, CacheStatus::Stale);
            }
        } else {
            self.cache.finish_unstored(id, discarded, || completion(&result, CacheStatus::Joined));
        }
        (result, status)
    }
}

impl<S: InstanceScope, K: 'static, V: 'static, W: 'static, O, G> MissGuard<S, K, V, W, O, G> {
    /// Notes how a refresh in the background has ended without a result to store. One that was
    /// discarded meanwhile has not failed.
    #[cold]
    fn end_refresh_unstored(&self, id: InFlightId, has_failed: bool) {
        if !has_failed {
            self.cache.end_refresh(id);
        } else if self.cache.is_wanted(id) {
            self.cache.fail_refresh(id);
        }
    }
}

impl<S, K, V, W, O, G> Compute for MissGuard<S, K, V, W, O, G>
where
    S: InstanceScope,
    K: 'static,
    V: 'static,
    W: 'static,
{
    fn run<'a, F: Future>(&'a self, body: Pin<&'a mut F>) -> BodyFuture<'a, F> {
        BodyFuture::new(self.joinable(), &self.body.span, body)
    }

    fn begin_refresh(&mut self) -> bool {
        let Some(id) = self.id.filter(|&id| self.cache.is_wanted(id)) else { return false };
        self.body.started = Some(self.cache.start_timer(id.generation));
        self.start_span(Runner::Task);
        true
    }

    fn run_refresh<T>(&self, body: impl FnOnce() -> T) -> T {
        let _entered = self.body.span.enter();
        let _nested = self.joinable().map(EnteredComputation::enter);
        body()
    }

    #[cfg(feature = "tracing")]
    fn trace(&self, arguments: &[(&str, &dyn std::fmt::Debug)]) {
        self.body.span.record(arguments);
    }
}

impl<S, K, V, W, R, O, G> Finish<R> for MissGuard<S, K, V, W, O, G>
where
    S: InstanceScope,
    K: 'static,
    V: 'static,
    W: 'static,
    O: Outcome<R, Value = V, WaiterValue = W>,
    G: Weigh<K, R>,
{
    #[inline]
    fn finish(self, result: R) -> (R, CacheStatus) {
        self.finish_if(result, |_: &R| true)
    }

    #[inline(always)]
    fn finish_if(mut self, result: R, cache_if: impl Decide<R>) -> (R, CacheStatus) {
        match self.id {
            Some(id) => self.finish_computed(id, result, cache_if),
            None => (result, CacheStatus::Bypass),
        }
    }
}

/// For a second tier, which decides when the body starts, and whether the result is stored.
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
            let to_waiters = || O::to_waiters(result);
            self.cache.store_until(id, value, weight, elapsed, times, to_waiters);
        }
    }

    /// Stops the stopwatch: the body has returned.
    pub(crate) fn stop_timer(&mut self) -> Elapsed {
        self.body.stop()
    }

    /// Same as [`Finish::finish_if`], after [`MissGuard::stop_timer`].
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
            self.cache.finish_replacing_stale(id, discarded, || match O::to_waiters(result) {
                Some(value) => Completion::Value(value, CacheStatus::Joined),
                None => Completion::NotCloneable,
            });
        }
    }
}

/// The leader panicked or was dropped before it had a result: its waiters compete to lead.
impl<S, K, V, W, O, G> Drop for MissGuard<S, K, V, W, O, G>
where
    S: InstanceScope,
    K: 'static,
    V: 'static,
    W: 'static,
{
    #[inline]
    fn drop(&mut self) {
        if let Some(id) = self.id.take() {
            if self.purpose == Purpose::Background {
                self.end_refresh_unstored(id, true);
            }
            self.cache.finish_unstored(id, Elapsed::NotRun.into(), || Completion::Cancelled);
        }
    }
}
