//! [`Cached`], the cache of one function for one set of types, by which generated code finds it; and
//! [`Instance`], the same without the types of keys and values, by which everything else does.

use std::borrow::Cow;
use std::marker::PhantomData;

use once_cell::sync::OnceCell;

use crate::args::Args;
use crate::cache::{Cache, Stored as _};
use crate::entry::MemoryEntry;
use crate::expiry::Expiry;
use crate::info::{CacheInfo, CacheParameters};
use crate::name::{self, Function};
use crate::outcome::Outcome;
use crate::scope::{Fits, Made, Process, Scope};
use crate::single_flight::SingleFlight;
use crate::stats::CacheStats;

/// Evaluates the options of a cache.
pub(crate) type Specify = fn() -> Spec;

/// What the attribute says about a cache.
pub struct Spec {
    /// The function, whatever its type parameters.
    pub(crate) function: &'static Function,
    /// The type name of a closure in the closure that specifies the cache. It has the path of the
    /// function.
    pub(crate) closure: &'static str,
    /// The module or type and the name of the function; in an instance, its name in
    /// [`crate::caches`].
    pub(crate) name: Cow<'static, str>,
    /// The value of the `maxsize` expression.
    pub(crate) maxsize: Option<usize>,
    /// As given.
    pub(crate) typed: bool,
    /// How long results live.
    pub(crate) expiry: Option<Expiry>,
    /// Whether concurrent calls of one key run the body once.
    pub(crate) single_flight: SingleFlight,
}

impl Spec {
    /// Returns what the attribute says by default about the cache of a function in this module.
    #[must_use]
    pub fn of_function(
        function: &'static Function,
        module: &'static str,
        closure: &'static str,
        maxsize: Option<usize>,
    ) -> Self {
        let name = Cow::Owned(format!("{module}::{}", function.name()));
        Spec {
            function,
            closure,
            name,
            maxsize,
            typed: false,
            expiry: None,
            single_flight: SingleFlight::On,
        }
    }

    /// Same as [`Spec::of_function`] for a method of the type `T`.
    #[must_use]
    pub fn of_method<T: ?Sized>(
        function: &'static Function,
        closure: &'static str,
        maxsize: Option<usize>,
    ) -> Self {
        Spec::of_function(function, std::any::type_name::<T>(), closure, maxsize)
    }

    /// With `typed = true`.
    #[must_use]
    pub fn typed(mut self) -> Self {
        self.typed = true;
        self
    }

    /// With the options about time.
    #[must_use]
    pub fn expiring(mut self, expiry: Expiry) -> Self {
        self.expiry = Some(expiry);
        self
    }

    /// With `single_flight`.
    #[must_use]
    pub fn single_flight(mut self, single_flight: SingleFlight) -> Self {
        self.single_flight = single_flight;
        self
    }
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
    pub(crate) fn new(specify: Specify) -> Self {
        Instance { spec: name::specify(specify), stored: OnceCell::new() }
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

    /// Returns the cache with its types. One discriminant stands for one set of types, so that they
    /// are always those it was made with.
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

/// The cache of what is called with these arguments, returns `R` and has this outcome.
pub(crate) type CacheFor<A, R, O, S> =
    Cache<<A as Args>::Key, <O as Outcome<R>>::Value, <O as Outcome<R>>::Shared, S>;

/// The caches of a function, and which of them is meant: that of the discriminant `D`. `TIMED` is
/// whether results expire.
pub struct Cached<S: Scope = Process, D = (), const TIMED: bool = false> {
    instances: S::Static,
    specify: Specify,
    discriminant: PhantomData<fn() -> D>,
}

impl<S: Scope, D, const TIMED: bool> Cached<S, D, TIMED> {
    /// Returns the cache of the discriminant's type. It is `()` for a function without type
    /// parameters in scope, and a closure for any other.
    #[inline]
    pub fn new(instances: S::Static, _: D, specify: Specify) -> Self {
        Cached { instances, specify, discriminant: PhantomData }
    }

    #[inline]
    fn instance(&self) -> S::Handle {
        S::handle::<D>(self.instances, self.specify)
    }

    /// `cache_info()`.
    #[must_use]
    pub fn info(&self) -> CacheInfo {
        self.stats().info()
    }

    /// `cache_stats()`.
    #[must_use]
    pub fn stats(&self) -> CacheStats {
        self.instance().stats()
    }

    /// `cache_clear()`.
    pub fn clear(&self) {
        self.instance().clear();
    }

    /// `cache_parameters()`.
    #[must_use]
    pub fn parameters(&self) -> CacheParameters {
        self.instance().parameters()
    }

    /// Returns the entry for these arguments, whether it exists or not.
    #[inline]
    pub fn entry<A: Args, R, O: Outcome<R>>(self, args: A, _: O) -> MemoryEntry<S, A, R, O, TIMED>
    where
        CacheFor<A, R, O, S>: Fits<S>,
    {
        MemoryEntry { cache: self.cache::<A, R, O>(), args, outcome: PhantomData }
    }

    #[inline]
    pub(crate) fn cache<A: Args, R, O: Outcome<R>>(&self) -> S::Pointer<CacheFor<A, R, O, S>>
    where
        CacheFor<A, R, O, S>: Fits<S>,
    {
        Fits::<S>::find::<D>(self.instances, self.specify)
    }
}
