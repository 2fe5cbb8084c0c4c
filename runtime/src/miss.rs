//! [`Miss`], the right to compute a result and to store it: a guard that tells the cache how that ended.

use std::marker::PhantomData;
use std::pin::Pin;

use crate::cache::Cache;
use crate::computation::Computation;
use crate::flight::{self, Ending, Id, Within};
use crate::info::CacheStatus;
use crate::outcome::Outcome;
#[cfg(feature = "redis")]
use crate::scope::Process;
use crate::scope::Scope;
use crate::store::counts::{Report, Took};
use crate::store::slot::Begun;
use crate::store::thread::Computing;
use crate::trace::Span;

/// What a result is computed for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// A call. An old value may take the place of an error.
    Call,
    /// `cache_refresh`, which gets what the body returns.
    Refresh,
    /// `cache_insert`. A value that is not stored is nobody else's.
    Insert,
}

/// The right to compute a result and to store it. However the computation ends, by a result, a
/// panic or a drop, the cache learns of it, and those who wait for it do.
#[must_use = "the result is stored by `fill`"]
pub struct Miss<S: Scope, K: 'static, O: Outcome> {
    cache: S::Pointer<Cache<K, O::Value, O::Shared, S>>,
    /// `None` for a result that will not be kept.
    begun: Option<Begun>,
    purpose: Purpose,
    /// For a thread, which does nothing else until the computation ends.
    computing: Option<Computing>,
    computation: Computation,
    types: PhantomData<fn() -> O>,
}

impl<S: Scope, K: 'static, O: Outcome> Miss<S, K, O> {
    /// To be computed by this thread, at once.
    #[inline(always)]
    pub(crate) fn by_thread(
        cache: S::Pointer<Cache<K, O::Value, O::Shared, S>>,
        begun: Option<Begun>,
        purpose: Purpose,
    ) -> Self {
        let computing = begun.is_some().then(Computing::begin);
        Miss { cache, begun, purpose, computing, computation: None.into(), types: PhantomData }
    }

    /// To be computed by a task.
    #[cfg(feature = "redis")]
    #[inline]
    pub(crate) fn by_task(
        cache: S::Pointer<Cache<K, O::Value, O::Shared, S>>,
        begun: Option<Begun>,
        purpose: Purpose,
    ) -> Self {
        let computation = None.into();
        Miss { cache, begun, purpose, computing: None, computation, types: PhantomData }
    }

    /// By this thread, in which the body begins to run. It does nothing else until that ends.
    #[inline(always)]
    pub(crate) fn begun_by_thread(
        cache: S::Pointer<Cache<K, O::Value, O::Shared, S>>,
        begun: Option<Begun>,
        purpose: Purpose,
    ) -> Self {
        // First, as a guard that is there already would have to be moved. To ask for the time does not panic.
        let computation = begun.map(|begun| cache.begins(begun.number)).into();
        let computing = begun.is_some().then(Computing::begin);
        let mut miss: Self =
            Miss { cache, begun, purpose, computing, computation, types: PhantomData };
        miss.computation.span = Span::of(miss.cache.name()).entered();
        miss
    }

    /// By a task, in which the body begins to be polled.
    #[inline]
    pub(crate) fn begun_by_task(
        cache: S::Pointer<Cache<K, O::Value, O::Shared, S>>,
        begun: Option<Begun>,
        purpose: Purpose,
    ) -> Self {
        let computation = begun.map(|begun| cache.begins(begun.number)).into();
        let computing = None;
        let mut miss: Self =
            Miss { cache, begun, purpose, computing, computation, types: PhantomData };
        miss.computation.span = Span::of(miss.cache.name());
        miss
    }

    /// Says with which arguments the body runs.
    #[cfg(feature = "tracing")]
    pub fn trace(&self, arguments: &[(&str, &dyn std::fmt::Debug)]) {
        self.computation.span.record(arguments);
    }

    /// This computation, if others may wait for it.
    #[inline]
    fn id(&self) -> Option<Id> {
        self.begun
            .filter(|_| self.cache.single_flight().is_on())
            .map(|begun| self.cache.id(begun.number))
    }

    /// Runs the body, where that is a future.
    pub fn run<F: Future>(&self, body: Pin<&mut F>) -> impl Future<Output = F::Output> {
        flight::run(self.id(), &self.computation.span, body)
    }

    /// Stores what of the result can be stored, and gives the result back, and where it came from.
    #[inline]
    pub fn fill(self, result: O::Return) -> (O::Return, CacheStatus) {
        self.fill_if(result, |_| true)
    }

    /// As [`Miss::fill`]; what could be stored is stored if `cache_if` says so.
    #[inline(always)]
    pub fn fill_if(
        self,
        result: O::Return,
        cache_if: impl FnOnce(&O::Return) -> bool,
    ) -> (O::Return, CacheStatus) {
        match self.begun {
            Some(begun) => self.fill_begun(begun, result, cache_if),
            None => (result, CacheStatus::Bypass),
        }
    }

    #[inline(never)]
    fn fill_begun(
        mut self,
        begun: Begun,
        result: O::Return,
        cache_if: impl FnOnce(&O::Return) -> bool,
    ) -> (O::Return, CacheStatus) {
        let took = self.computation.end();
        self.settle(begun, took, result, cache_if)
    }

    #[inline(always)]
    fn settle(
        &mut self,
        begun: Begun,
        took: Took,
        result: O::Return,
        cache_if: impl FnOnce(&O::Return) -> bool,
    ) -> (O::Return, CacheStatus) {
        // A task has come from its last poll of the body, and still has to do with the result.
        let _within = match self.computing {
            Some(_) => None,
            None => self.id().map(Within::enter),
        };
        let is_failure = !O::is_kept(&result);
        let is_refused = !is_failure && !cache_if(&result);
        if !is_failure
            && !is_refused
            && let Some(value) = O::keep(&result)
        {
            self.begun = None;
            self.cache.keep(begun, value, took, || O::share(&result));
            (result, CacheStatus::Miss)
        } else {
            self.end(begun, result, Report { took, is_refused, is_failure })
        }
    }

    /// Ends a computation whose result is not kept.
    #[cold]
    fn end(&mut self, begun: Begun, result: O::Return, report: Report) -> (O::Return, CacheStatus) {
        let shared = |result: &O::Return, status| match O::share(result) {
            Some(shared) => Ending::Shared(shared, status),
            None => Ending::Unshared,
        };
        self.begun = None;
        if self.purpose == Purpose::Insert {
            self.cache.end(begun, Took::NOTHING.into(), || Ending::Abandoned);
        } else if !O::is_error(&result) {
            self.cache.supersede(begun, report, || shared(&result, CacheStatus::Joined));
        } else if let Some(old) = self.cache.last_good(begun, O::restore) {
            self.cache.end(begun, report, || shared(&old, CacheStatus::Stale));
            if self.purpose == Purpose::Call {
                self.cache.count_stale();
                return (old, CacheStatus::Stale);
            }
        } else {
            self.cache.end(begun, report, || shared(&result, CacheStatus::Joined));
        }
        (result, CacheStatus::Miss)
    }
}

#[cfg(feature = "redis")]
impl<K: 'static, O: Outcome> Miss<Process, K, O> {
    /// The body begins to run, in this thread, which does nothing else until it ends.
    pub(crate) fn begin_by_thread(&mut self) {
        self.computation.began = self.begun.map(|begun| self.cache.begins(begun.number));
        self.computation.span = Span::of(self.cache.name()).entered();
    }

    /// The body begins to be polled.
    pub(crate) fn begin_by_task(&mut self) {
        self.computation.began = self.begun.map(|begun| self.cache.begins(begun.number));
        self.computation.span = Span::of(self.cache.name());
    }

    /// What computes, if its result may be kept.
    pub(crate) fn begun(&self) -> Option<Begun> {
        self.begun
    }

    pub(crate) fn purpose(&self) -> Purpose {
        self.purpose
    }

    pub(crate) fn is_by_task(&self) -> bool {
        self.computing.is_none()
    }

    pub(crate) fn cache(&self) -> &'static Cache<K, O::Value, O::Shared, Process> {
        self.cache
    }

    /// What a task does now is within the computation.
    pub(crate) fn within(&self) -> Option<Within> {
        if self.is_by_task() { self.id().map(Within::enter) } else { None }
    }

    /// Keeps a value from `now` until then; those who wait get the result.
    pub(crate) fn keep_until(
        mut self,
        value: O::Value,
        times: (u64, u64),
        took: Took,
        result: &O::Return,
    ) {
        if let Some(begun) = self.begun.take() {
            self.cache.keep_until(begun, value, took, times, || O::share(result));
        }
    }

    /// Fills it with a result that was counted when the body returned.
    pub(crate) fn fill_returned(
        mut self,
        took: Took,
        result: O::Return,
        cache_if: impl FnOnce(&O::Return) -> bool,
    ) -> (O::Return, CacheStatus) {
        match self.begun {
            Some(begun) => self.settle(begun, took, result, cache_if),
            None => (result, CacheStatus::Bypass),
        }
    }

    /// The body has returned: how long it took.
    pub(crate) fn returned(&mut self) -> Took {
        self.computation.end()
    }

    /// Keeps nothing, though there is a result; those who wait get it.
    pub(crate) fn pass_on(mut self, report: Report, result: &O::Return) {
        if let Some(begun) = self.begun.take() {
            self.cache.supersede(begun, report, || match O::share(result) {
                Some(shared) => Ending::Shared(shared, CacheStatus::Joined),
                None => Ending::Unshared,
            });
        }
    }
}

impl<S: Scope, K: 'static, O: Outcome> Drop for Miss<S, K, O> {
    #[inline]
    fn drop(&mut self) {
        if let Some(begun) = self.begun.take() {
            self.cache.end(begun, Took::NOTHING.into(), || Ending::Abandoned);
        }
    }
}
