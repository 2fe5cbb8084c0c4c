//! What generated code talks to: [`Cached`], the cache of one function for one set of types. Here the types of a cache are forgotten and
//! remembered.

use std::borrow::Cow;
use std::thread::LocalKey;
use std::time::Duration;

use once_cell::sync::OnceCell;

use crate::args::Args;
use crate::cache::{Cache, Missed, Progress, Stored as _};
use crate::expiry::Expiry;
use crate::flight::Leader;
use crate::info::{CacheInfo, CacheParameters, CacheStatus};
use crate::miss::{Miss, Purpose};
use crate::name::{self, Function};
use crate::outcome::Outcome;
use crate::per_type::PerType;
use crate::scope::{Fits, Made, Process, Scope, Thread};
use crate::single_flight::SingleFlight;
use crate::stats::CacheStats;

/// What the attribute says about a cache.
pub struct Spec {
    /// The function, whatever its type parameters.
    pub function: &'static Function,
    /// The module or type and the name of the function; in an instance, its name in
    /// [`crate::caches`].
    pub name: Cow<'static, str>,
    /// The value of the `maxsize` expression.
    pub maxsize: Option<usize>,
    /// As given.
    pub typed: bool,
    /// How long results live.
    pub expiry: Option<Expiry>,
    /// Whether concurrent calls of one key run the body once.
    pub single_flight: SingleFlight,
}

/// The path of a method of the type `T`.
#[must_use]
pub fn method_name<T: ?Sized>(method: &str) -> Cow<'static, str> {
    Cow::Owned(format!("{}::{method}", std::any::type_name::<T>()))
}

/// The body of an `async fn` that has no function of its own: says what it returns.
pub fn body<R, F: Future<Output = R>>(body: F) -> F {
    body
}

/// A cache that may not have been used yet: what it holds is made by the first call that stores.
pub struct Instance<S: Scope> {
    spec: Spec,
    stored: OnceCell<S::Erased>,
}

impl<S: Scope> Instance<S> {
    /// One that the closure with this type name specifies.
    pub(crate) fn new(spec: &dyn Fn() -> Spec, type_name: &str) -> Self {
        Instance { spec: name::specify(spec, type_name), stored: OnceCell::new() }
    }

    pub(crate) fn name(&self) -> &str {
        &self.spec.name
    }

    pub(crate) fn spec(&self) -> &Spec {
        &self.spec
    }

    pub(crate) fn parameters(&self) -> CacheParameters {
        let Spec { maxsize, typed, expiry, .. } = self.spec;
        CacheParameters { maxsize, typed, ttl: expiry.and_then(|expiry| expiry.ttl()) }
    }

    pub(crate) fn stats(&self) -> CacheStats {
        let unused = || CacheStats::unused(self.spec.maxsize);
        self.stored.get().map_or_else(unused, |stored| stored.stats())
    }

    /// The same, with what was counted before the counters were zeroed.
    #[cfg(feature = "metrics")]
    pub(crate) fn totals(&self) -> CacheStats {
        let unused = || CacheStats::unused(self.spec.maxsize);
        self.stored.get().map_or_else(unused, |stored| stored.totals())
    }

    pub(crate) fn clear(&self) {
        if let Some(stored) = self.stored.get() {
            stored.clear();
        }
    }

    /// The cache with its types. One closure stands for one set of types, so that they are always those it
    /// was made with.
    pub(crate) fn cache<C: Made<S> + Fits<S>>(handle: &S::Handle) -> S::Pointer<C> {
        let stored = handle.stored.get_or_init(|| {
            S::register(handle);
            C::make(handle).erase()
        });
        let Some(cache) = C::remember(stored) else {
            unreachable!("two sets of types share the cache of {}", handle.spec.name)
        };
        cache
    }
}

/// The cache of a function, for the types in scope of the closure `spec`. `TIMED` is whether results expire.
pub struct Cached<S: Scope, F, const TIMED: bool> {
    instances: S::Static,
    spec: F,
}

/// The cache that all threads share, for the types in scope of the closure `spec`.
#[inline]
pub fn process_cache<F: Fn() -> Spec + Copy, const TIMED: bool>(
    instances: &'static PerType<Process>,
    spec: F,
) -> Cached<Process, F, TIMED> {
    Cached { instances, spec }
}

/// The cache of this thread, for the types in scope of the closure `spec`.
#[inline]
pub fn thread_cache<F: Fn() -> Spec + Copy, const TIMED: bool>(
    instances: &'static LocalKey<PerType<Thread>>,
    spec: F,
) -> Cached<Thread, F, TIMED> {
    Cached { instances, spec }
}

/// A result and where it came from, or the right to compute it.
type LookedUp<S, A, O> =
    Result<(<O as Outcome>::Return, CacheStatus), Miss<S, <A as Args>::Key, O>>;

/// The cache of what is called with these arguments and has this outcome.
pub(crate) type CacheFor<A, O, S> =
    Cache<<A as Args>::Key, <O as Outcome>::Value, <O as Outcome>::Shared, S>;

impl<S: Scope, F: Fn() -> Spec + Copy, const TIMED: bool> Cached<S, F, TIMED> {
    /// `cache_info()`.
    #[must_use]
    pub fn info(&self) -> CacheInfo {
        self.stats().info()
    }

    /// `cache_stats()`.
    #[must_use]
    pub fn stats(&self) -> CacheStats {
        S::handle(self.instances, self.spec).stats()
    }

    /// `cache_clear()`.
    pub fn clear(&self) {
        S::handle(self.instances, self.spec).clear();
    }

    /// `cache_parameters()`.
    #[must_use]
    pub fn parameters(&self) -> CacheParameters {
        S::handle(self.instances, self.spec).parameters()
    }

    /// A call: the result of a hit, or the right to compute it. It may block the thread until another that computes
    /// the same is done.
    ///
    /// # Errors
    ///
    /// A [`Miss`], to be filled.
    // Where nothing is optimized, all its locals would have a place in the frames of a recursion.
    #[cfg_attr(debug_assertions, inline(never))]
    #[cfg_attr(not(debug_assertions), inline(always))]
    pub fn lookup<A: Args, O: Outcome>(&self, args: A, _: O) -> LookedUp<S, A, O>
    where
        CacheFor<A, O, S>: Fits<S>,
    {
        lookup::<S, A, O, TIMED>(self.cache::<A, O>(), args)
    }

    /// As [`Cached::lookup`], for a task, which waits without blocking its thread.
    ///
    /// # Errors
    ///
    /// A [`Miss`], to be filled by what [`Miss::run`] makes of the body.
    #[inline]
    pub fn lookup_async<A: Args, O: Outcome>(
        &self,
        args: A,
        _: O,
    ) -> impl Future<Output = LookedUp<S, A, O>>
    where
        CacheFor<A, O, S>: Fits<S>,
    {
        lookup_async::<S, A, O, TIMED>(self.cache::<A, O>(), args)
    }

    /// `cache_refresh(..)`: a miss in any case, uncounted, whose result replaces the entry.
    pub fn refresh<A: Args, O: Outcome>(&self, args: A, _: O) -> Miss<S, A::Key, O>
    where
        CacheFor<A, O, S>: Fits<S>,
    {
        let cache = self.cache::<A, O>();
        let begun = cache.begin(args, Leader::this_thread());
        Miss::begun_by_thread(cache, begun, Purpose::Refresh)
    }

    /// The same, for a task.
    pub fn refresh_async<A: Args, O: Outcome>(&self, args: A, _: O) -> Miss<S, A::Key, O>
    where
        CacheFor<A, O, S>: Fits<S>,
    {
        let cache = self.cache::<A, O>();
        let begun = cache.begin(args, Leader::TASK);
        Miss::begun_by_task(cache, begun, Purpose::Refresh)
    }

    /// `cache_insert(..)`: the same, for what is not computed.
    pub fn insert<A: Args, O: Outcome>(&self, args: A, _: O) -> Miss<S, A::Key, O>
    where
        CacheFor<A, O, S>: Fits<S>,
    {
        let cache = self.cache::<A, O>();
        let begun = cache.begin(args, Leader::this_thread());
        Miss::by_thread(cache, begun, Purpose::Insert)
    }

    /// `cache_invalidate(..)`.
    pub fn invalidate<A: Args, O: Outcome>(&self, args: A, _: O) -> bool
    where
        CacheFor<A, O, S>: Fits<S>,
    {
        self.cache::<A, O>().invalidate(args)
    }

    /// `cache_contains(..)`.
    pub fn contains<A: Args, O: Outcome>(&self, args: &A, _: &O) -> bool
    where
        CacheFor<A, O, S>: Fits<S>,
    {
        self.cache::<A, O>().peek(args, |_| ()).is_some()
    }

    /// `cache_peek(..)`.
    pub fn peek<A: Args, O: Outcome>(&self, args: &A, _: &O) -> Option<O::Return>
    where
        CacheFor<A, O, S>: Fits<S>,
    {
        self.cache::<A, O>().peek(args, O::restore)
    }

    /// `cache_ttl(..)`.
    pub fn ttl<A: Args, O: Outcome>(&self, args: &A, _: &O) -> Option<Duration>
    where
        CacheFor<A, O, S>: Fits<S>,
    {
        self.cache::<A, O>().ttl(args)
    }

    #[inline]
    pub(crate) fn cache<A: Args, O: Outcome>(&self) -> S::Pointer<CacheFor<A, O, S>>
    where
        CacheFor<A, O, S>: Fits<S>,
    {
        Fits::<S>::find(self.instances, self.spec)
    }
}

/// Looks a call up in its cache. Generic over types alone, and not over the closure that specifies
/// the cache: functions of the same types share it.
#[cfg_attr(debug_assertions, inline(never))]
#[cfg_attr(not(debug_assertions), inline(always))]
fn lookup<S: Scope, A: Args, O: Outcome, const TIMED: bool>(
    cache: S::Pointer<CacheFor<A, O, S>>,
    args: A,
) -> LookedUp<S, A, O> {
    let found = cache.lookup::<_, _, _, TIMED>(args, O::restore, None, |unfound, tag, args| {
        let mut hit = None;
        let begun = cache.missed_by_thread::<A, O>(unfound, tag, args, &mut hit);
        hit.ok_or(begun)
    });
    match found {
        Ok(hit) => Ok(hit),
        Err(begun) => Err(Miss::begun_by_thread(cache, begun, Purpose::Call)),
    }
}

/// As [`lookup`], for a task.
#[inline]
async fn lookup_async<S: Scope, A: Args, O: Outcome, const TIMED: bool>(
    cache: S::Pointer<CacheFor<A, O, S>>,
    args: A,
) -> LookedUp<S, A, O> {
    let missed = |unfound, tag, args| {
        let mut hit = None;
        let missed = cache.missed_by_task::<A, O>(unfound, tag, args, &mut hit);
        hit.ok_or(missed)
    };
    let bypass = Missed::Begun(None);
    // Not by way of a variable: it would be kept, result and all, while the task waits.
    let mut call = match cache.lookup::<_, _, _, TIMED>(args, O::restore, bypass, missed) {
        Ok(hit) => return Ok(hit),
        Err(Missed::Begun(begun)) => {
            return Err(Miss::begun_by_task(cache, begun, Purpose::Call));
        }
        Err(Missed::Calls(call)) => call,
    };
    loop {
        match cache.advance::<O>(&mut call) {
            Progress::Found(result, status) => return Ok((result, status)),
            Progress::Begun(begun) => {
                return Err(Miss::begun_by_task(cache, begun, Purpose::Call));
            }
            Progress::Waits => (),
        }
        call.wait_async().await;
    }
}
