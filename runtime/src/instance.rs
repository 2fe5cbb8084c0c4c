//! What generated code talks to: [`Cached`], the cache of one function for one set of types, and
//! [`Miss`], the right to fill it. Here the types of a cache are forgotten and remembered.

use std::borrow::Cow;
use std::marker::PhantomData;
use std::thread::LocalKey;

use once_cell::sync::OnceCell;

use crate::args::Args;
use crate::cache::{Cache, Stored as _};
use crate::expiry::Expiry;
use crate::info::{CacheInfo, CacheParameters, CacheStatus};
use crate::outcome::Outcome;
use crate::per_type::PerType;
use crate::scope::{Fits, Made, Process, Scope, Thread};
use crate::store::table::Begun;

/// What the attribute says about a cache.
pub struct Spec {
    /// The path of the function.
    pub name: Cow<'static, str>,
    /// The value of the `maxsize` expression.
    pub maxsize: Option<usize>,
    /// As given.
    pub typed: bool,
    /// How long results live.
    pub expiry: Option<Expiry>,
}

/// The path of a method of the type `T`.
#[must_use]
pub fn method_name<T: ?Sized>(method: &str) -> Cow<'static, str> {
    Cow::Owned(format!("{}::{method}", std::any::type_name::<T>()))
}

/// A cache that may not have been used yet: what it holds is made by the first call that stores.
pub struct Instance<S: Scope> {
    spec: Spec,
    stored: OnceCell<S::Erased>,
}

impl<S: Scope> Instance<S> {
    pub(crate) fn new(spec: Spec) -> Self {
        Instance { spec, stored: OnceCell::new() }
    }

    pub(crate) fn name(&self) -> &str {
        &self.spec.name
    }

    pub(crate) fn spec(&self) -> &Spec {
        &self.spec
    }

    pub(crate) fn info(&self) -> CacheInfo {
        match self.stored.get() {
            Some(stored) => stored.info(),
            None => CacheInfo { hits: 0, misses: 0, maxsize: self.spec.maxsize, currsize: 0 },
        }
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

/// The cache of a function, for the types in scope of the closure `spec`.
pub struct Cached<S: Scope, F> {
    instances: S::Static,
    spec: F,
}

/// The cache that all threads share, for the types in scope of the closure `spec`.
#[inline]
pub fn process_cache<F: Fn() -> Spec + Copy>(
    instances: &'static PerType<Process>,
    spec: F,
) -> Cached<Process, F> {
    Cached { instances, spec }
}

/// The cache of this thread, for the types in scope of the closure `spec`.
#[inline]
pub fn thread_cache<F: Fn() -> Spec + Copy>(
    instances: &'static LocalKey<PerType<Thread>>,
    spec: F,
) -> Cached<Thread, F> {
    Cached { instances, spec }
}

impl<S: Scope, F: Fn() -> Spec + Copy> Cached<S, F> {
    /// `cache_info()`.
    #[must_use]
    pub fn info(&self) -> CacheInfo {
        S::handle(self.instances, self.spec).info()
    }

    /// `cache_clear()`.
    pub fn clear(&self) {
        S::handle(self.instances, self.spec).clear();
    }

    /// `cache_parameters()`.
    #[must_use]
    pub fn parameters(&self) -> CacheParameters {
        let handle = S::handle(self.instances, self.spec);
        let Spec { maxsize, typed, expiry, .. } = handle.spec;
        CacheParameters { maxsize, typed, ttl: expiry.map(|expiry| expiry.ttl) }
    }

    /// A call: the result of a hit, or the right to compute it.
    ///
    /// # Errors
    ///
    /// A [`Miss`], to be filled.
    // Where nothing is optimized, all its locals would have a place in the frames of a recursion.
    #[cfg_attr(debug_assertions, inline(never))]
    #[cfg_attr(not(debug_assertions), inline(always))]
    pub fn lookup<A: Args, O: Outcome>(
        &self,
        args: A,
        _: O,
    ) -> Result<O::Return, Miss<S, A::Key, O>>
    where
        Cache<A::Key, O::Value, S>: Fits<S>,
    {
        let cache = self.cache();
        match cache.lookup(args, O::restore) {
            Ok(hit) => Ok(hit),
            Err(begun) => Err(Miss { cache, begun, types: PhantomData }),
        }
    }

    /// `cache_refresh(..)`: a miss in any case, uncounted, whose result replaces the entry.
    pub fn refresh<A: Args, O: Outcome>(&self, args: A, _: O) -> Miss<S, A::Key, O>
    where
        Cache<A::Key, O::Value, S>: Fits<S>,
    {
        let cache = self.cache();
        let begun = cache.begin(args);
        Miss { cache, begun, types: PhantomData }
    }

    /// `cache_invalidate(..)`.
    pub fn invalidate<A: Args, O: Outcome>(&self, args: A, _: O) -> bool
    where
        Cache<A::Key, O::Value, S>: Fits<S>,
    {
        self.cache::<A::Key, O::Value>().invalidate(args)
    }

    /// `cache_contains(..)`.
    pub fn contains<A: Args, O: Outcome>(&self, args: &A, _: &O) -> bool
    where
        Cache<A::Key, O::Value, S>: Fits<S>,
    {
        self.cache::<A::Key, O::Value>().peek(args, |_| ()).is_some()
    }

    /// `cache_peek(..)`.
    pub fn peek<A: Args, O: Outcome>(&self, args: &A, _: &O) -> Option<O::Return>
    where
        Cache<A::Key, O::Value, S>: Fits<S>,
    {
        self.cache::<A::Key, O::Value>().peek(args, O::restore)
    }

    #[inline]
    fn cache<K: 'static, V: 'static>(&self) -> S::Pointer<Cache<K, V, S>>
    where
        Cache<K, V, S>: Fits<S>,
    {
        Fits::<S>::find(self.instances, self.spec)
    }
}

/// The right to compute a result and to store it. However the computation ends, by a result, a
/// panic or a drop, the cache learns of it.
#[must_use = "the result is stored by `fill`"]
pub struct Miss<S: Scope, K: 'static, O: Outcome> {
    cache: S::Pointer<Cache<K, O::Value, S>>,
    /// `None` for a result that will not be kept.
    begun: Option<Begun>,
    types: PhantomData<fn() -> O>,
}

impl<S: Scope, K: 'static, O: Outcome> Miss<S, K, O> {
    /// Where the answer will have come from.
    #[must_use]
    pub fn status(&self) -> CacheStatus {
        if self.begun.is_some() { CacheStatus::Miss } else { CacheStatus::Bypass }
    }

    /// Stores what of the result can be stored, and gives the result back.
    #[inline]
    pub fn fill(self, result: O::Return) -> O::Return {
        self.fill_if(result, |_| true)
    }

    /// As [`Miss::fill`]; what could be stored is stored if `cache_if` says so.
    #[inline]
    pub fn fill_if(
        mut self,
        result: O::Return,
        cache_if: impl FnOnce(&O::Return) -> bool,
    ) -> O::Return {
        if self.begun.is_some()
            && O::is_kept(&result)
            && cache_if(&result)
            && let Some(value) = O::keep(&result)
            && let Some(begun) = self.begun.take()
        {
            self.cache.keep(begun, value);
        }
        result
    }
}

impl<S: Scope, K: 'static, O: Outcome> Drop for Miss<S, K, O> {
    #[inline]
    fn drop(&mut self) {
        if let Some(begun) = self.begun.take() {
            self.cache.abandon(begun);
        }
    }
}
