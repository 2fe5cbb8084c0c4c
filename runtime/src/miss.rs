//! [`Miss`], the right to compute a result and to store it: a guard that tells the cache how that ended.

use std::marker::PhantomData;
use std::pin::Pin;

use crate::cache::Cache;
use crate::computation::Computation;
use crate::entry::{Compute, Fill};
use crate::flight::{Ending, Id, Run, Within};
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
pub struct Miss<S: Scope, K: 'static, V: 'static, W: 'static, O> {
    cache: S::Pointer<Cache<K, V, W, S>>,
    /// `None` for a result that will not be kept.
    begun: Option<Begun>,
    purpose: Purpose,
    /// For a thread, which does nothing else until the computation ends.
    computing: Option<Computing>,
    computation: Computation,
    types: PhantomData<fn() -> O>,
}

impl<S: Scope, K: 'static, V: 'static, W: 'static, O> Miss<S, K, V, W, O> {
    /// To be computed by this thread, at once.
    #[inline(always)]
    pub(crate) fn by_thread(
        cache: S::Pointer<Cache<K, V, W, S>>,
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
        cache: S::Pointer<Cache<K, V, W, S>>,
        begun: Option<Begun>,
        purpose: Purpose,
    ) -> Self {
        let computation = None.into();
        Miss { cache, begun, purpose, computing: None, computation, types: PhantomData }
    }

    /// By this thread, in which the body begins to run. It does nothing else until that ends.
    #[inline(always)]
    pub(crate) fn begun_by_thread(
        cache: S::Pointer<Cache<K, V, W, S>>,
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
        cache: S::Pointer<Cache<K, V, W, S>>,
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

    /// This computation, if others may wait for it.
    #[inline]
    fn id(&self) -> Option<Id> {
        self.begun
            .filter(|_| self.cache.single_flight().is_on())
            .map(|begun| self.cache.id(begun.number))
    }

    #[inline(never)]
    fn fill_begun<R>(
        mut self,
        begun: Begun,
        result: R,
        cache_if: impl FnOnce(&R) -> bool,
    ) -> (R, CacheStatus)
    where
        O: Outcome<R, Value = V, Shared = W>,
    {
        let took = self.computation.end();
        self.settle(begun, took, result, cache_if)
    }

    #[inline(always)]
    fn settle<R>(
        &mut self,
        begun: Begun,
        took: Took,
        result: R,
        cache_if: impl FnOnce(&R) -> bool,
    ) -> (R, CacheStatus)
    where
        O: Outcome<R, Value = V, Shared = W>,
    {
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
    fn end<R>(&mut self, begun: Begun, result: R, report: Report) -> (R, CacheStatus)
    where
        O: Outcome<R, Value = V, Shared = W>,
    {
        let shared = |result: &R, status| match O::share(result) {
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

impl<S: Scope, K: 'static, V: 'static, W: 'static, O> Compute for Miss<S, K, V, W, O> {
    fn run<'a, F: Future>(&'a self, body: Pin<&'a mut F>) -> Run<'a, F> {
        Run::new(self.id(), &self.computation.span, body)
    }

    #[cfg(feature = "tracing")]
    fn trace(&self, arguments: &[(&str, &dyn std::fmt::Debug)]) {
        self.computation.span.record(arguments);
    }
}

impl<S, K, V, W, R, O> Fill<R> for Miss<S, K, V, W, O>
where
    S: Scope,
    K: 'static,
    V: 'static,
    W: 'static,
    O: Outcome<R, Value = V, Shared = W>,
{
    #[inline]
    fn fill(self, result: R) -> (R, CacheStatus) {
        self.fill_if(result, |_| true)
    }

    #[inline(always)]
    fn fill_if(self, result: R, cache_if: impl FnOnce(&R) -> bool) -> (R, CacheStatus) {
        match self.begun {
            Some(begun) => self.fill_begun(begun, result, cache_if),
            None => (result, CacheStatus::Bypass),
        }
    }
}

#[cfg(feature = "redis")]
impl<K: 'static, V: 'static, W: 'static, O> Miss<Process, K, V, W, O> {
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

    pub(crate) fn cache(&self) -> &'static Cache<K, V, W, Process> {
        self.cache
    }

    /// What a task does now is within the computation.
    pub(crate) fn within(&self) -> Option<Within> {
        if self.is_by_task() { self.id().map(Within::enter) } else { None }
    }

    /// Keeps a value from `now` until then; those who wait get the result.
    pub(crate) fn keep_until<R>(mut self, value: V, times: (u64, u64), took: Took, result: &R)
    where
        O: Outcome<R, Value = V, Shared = W>,
    {
        if let Some(begun) = self.begun.take() {
            self.cache.keep_until(begun, value, took, times, || O::share(result));
        }
    }

    /// Fills it with a result that was counted when the body returned.
    pub(crate) fn fill_returned<R>(
        mut self,
        took: Took,
        result: R,
        cache_if: impl FnOnce(&R) -> bool,
    ) -> (R, CacheStatus)
    where
        O: Outcome<R, Value = V, Shared = W>,
    {
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
    pub(crate) fn pass_on<R>(mut self, report: Report, result: &R)
    where
        O: Outcome<R, Value = V, Shared = W>,
    {
        if let Some(begun) = self.begun.take() {
            self.cache.supersede(begun, report, || match O::share(result) {
                Some(shared) => Ending::Shared(shared, CacheStatus::Joined),
                None => Ending::Unshared,
            });
        }
    }
}

impl<S: Scope, K: 'static, V: 'static, W: 'static, O> Drop for Miss<S, K, V, W, O> {
    #[inline]
    fn drop(&mut self) {
        if let Some(begun) = self.begun.take() {
            self.cache.end(begun, Took::NOTHING.into(), || Ending::Abandoned);
        }
    }
}
