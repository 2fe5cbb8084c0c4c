//! What generated code talks to: [`Cached`], the cache of one function for one set of types, and
//! [`Miss`], the right to fill it. Here the types of a cache are forgotten and remembered.

use std::borrow::Cow;
use std::marker::PhantomData;

use once_cell::sync::OnceCell;

use crate::args::Args;
use crate::cache::{Begun, Cache, Existing, Stored};
use crate::info::{CacheInfo, CacheParameters, CacheStatus};
use crate::outcome::Outcome;
use crate::per_type::PerType;
use crate::scope::{Fits, Process, Scope, Thread};

/// What the attribute says about a cache.
pub struct Spec {
    /// The path of the function.
    pub name: Cow<'static, str>,
    /// The value of the `maxsize` expression.
    pub maxsize: Option<usize>,
    /// As given.
    pub typed: bool,
}

/// The path of a method of the type `T`.
#[must_use]
pub fn method_name<T: ?Sized>(method: &str) -> Cow<'static, str> {
    Cow::Owned(format!("{}::{method}", std::any::type_name::<T>()))
}

/// A cache that may not have been used yet: what it holds is made by the first call that stores.
pub struct Instance<S: Scope> {
    spec: Spec,
    stored: OnceCell<Box<S::Erased>>,
}

impl<S: Scope> Instance<S> {
    pub(crate) fn new(spec: Spec) -> Self {
        Instance { spec, stored: OnceCell::new() }
    }

    pub(crate) fn name(&self) -> &str {
        &self.spec.name
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
}

/// The cache of a function, for one set of types.
pub struct Cached<S: Scope>(S::Handle);

/// The cache that all threads share, for the types in scope of the closure `spec`.
#[inline]
pub fn process_cache(
    per_type: &'static PerType<Process>,
    spec: impl Fn() -> Spec,
) -> Cached<Process> {
    Cached(per_type.instance(spec))
}

/// The cache of this thread, for the types in scope of the closure `spec`. While the thread ends,
/// when its caches are gone, an empty one that is forgotten again.
#[inline]
pub fn thread_cache(
    per_type: &'static std::thread::LocalKey<PerType<Thread>>,
    spec: impl Fn() -> Spec,
) -> Cached<Thread> {
    let instance = per_type.try_with(|per_type| per_type.instance(&spec));
    Cached(instance.unwrap_or_else(|_| Thread::settle(Instance::new(spec()))))
}

impl<S: Scope> Cached<S> {
    /// `cache_info()`.
    #[must_use]
    pub fn info(&self) -> CacheInfo {
        self.0.info()
    }

    /// `cache_clear()`.
    pub fn clear(&self) {
        self.0.clear();
    }

    /// `cache_parameters()`.
    #[must_use]
    pub fn parameters(&self) -> CacheParameters {
        let Spec { maxsize, typed, .. } = self.0.spec;
        CacheParameters { maxsize, typed, ttl: None }
    }

    /// A call: the result of a hit, or the right to compute it.
    ///
    /// # Errors
    ///
    /// A [`Miss`], to be filled.
    #[inline]
    pub fn lookup<A: Args, O: Outcome>(
        &self,
        args: A,
        _: O,
    ) -> Result<O::Return, Miss<S, A::Key, O>>
    where
        Cache<A::Key, O::Value, S>: Fits<S>,
    {
        match self.cache().lookup(args, O::restore) {
            Ok(hit) => Ok(hit),
            Err(begun) => Err(self.miss(begun, Existing::Stays)),
        }
    }

    /// `cache_refresh(..)`: a miss in any case, uncounted, whose result replaces the entry.
    pub fn refresh<A: Args, O: Outcome>(&self, args: A, _: O) -> Miss<S, A::Key, O>
    where
        Cache<A::Key, O::Value, S>: Fits<S>,
    {
        self.miss(self.cache::<_, O::Value>().begin(args), Existing::Yields)
    }

    /// `cache_invalidate(..)`.
    pub fn invalidate<A: Args, O: Outcome>(&self, args: A, _: O) -> bool
    where
        Cache<A::Key, O::Value, S>: Fits<S>,
    {
        self.cache::<_, O::Value>().invalidate(args)
    }

    /// `cache_contains(..)`.
    pub fn contains<A: Args, O: Outcome>(&self, args: &A, _: &O) -> bool
    where
        Cache<A::Key, O::Value, S>: Fits<S>,
    {
        self.cache::<_, O::Value>().peek(args, |_| ()).is_some()
    }

    /// `cache_peek(..)`.
    pub fn peek<A: Args, O: Outcome>(&self, args: &A, _: &O) -> Option<O::Return>
    where
        Cache<A::Key, O::Value, S>: Fits<S>,
    {
        self.cache().peek(args, O::restore)
    }

    fn miss<K: 'static, O: Outcome>(
        &self,
        begun: Option<Begun<K>>,
        existing: Existing,
    ) -> Miss<S, K, O>
    where
        Cache<K, O::Value, S>: Fits<S>,
    {
        Miss { cached: Cached(self.0.clone()), begun, existing, outcome: PhantomData }
    }

    /// The cache with its types. One closure stands for one set of types, so that they are always
    /// those it was made with.
    #[inline]
    fn cache<K: 'static, V: 'static>(&self) -> &Cache<K, V, S>
    where
        Cache<K, V, S>: Fits<S>,
    {
        let stored = self.0.stored.get_or_init(|| {
            S::register(&self.0);
            Box::new(Cache::<K, V, S>::new(self.0.spec.maxsize)).erase()
        });
        let Some(cache) = S::any(stored).downcast_ref() else {
            unreachable!("two sets of types share the cache of {}", self.0.spec.name)
        };
        cache
    }
}

/// The right to compute a result and to store it. However the computation ends, by a result, a
/// panic or a drop, the cache learns of it.
#[must_use = "the result is stored by `fill`"]
pub struct Miss<S: Scope, K: 'static, O: Outcome>
where
    Cache<K, O::Value, S>: Fits<S>,
{
    cached: Cached<S>,
    /// `None` for a cache that stores nothing.
    begun: Option<Begun<K>>,
    existing: Existing,
    outcome: PhantomData<O>,
}

impl<S: Scope, K: 'static, O: Outcome> Miss<S, K, O>
where
    Cache<K, O::Value, S>: Fits<S>,
{
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
            self.cached.cache().keep(begun, value, self.existing);
        }
        result
    }
}

impl<S: Scope, K: 'static, O: Outcome> Drop for Miss<S, K, O>
where
    Cache<K, O::Value, S>: Fits<S>,
{
    fn drop(&mut self) {
        if let Some(begun) = self.begun.take() {
            self.cached.cache::<K, O::Value>().abandon(&begun);
        }
    }
}
