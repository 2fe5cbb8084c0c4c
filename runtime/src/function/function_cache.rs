//! [`FunctionCache`], the caches of a function as generated code refers to them.

use std::marker::PhantomData;

use super::find::{CacheFor, CacheIn};
use super::instance::InstanceScope;
use super::memory_entry::MemoryEntry;
use crate::base::info::{CacheInfo, CacheParameters};
use crate::base::spec::Specify;
use crate::base::stats::CacheStats;
use crate::types::key::Args;
use crate::types::result::Outcome;
use crate::types::storable::Process;
use crate::types::weight::Unweighed;

/// The cache of a function for the type parameters that the discriminant `D` stands for. `TIMED`
/// is whether entries expire.
pub struct FunctionCache<S: InstanceScope = Process, D = (), const TIMED: bool = false> {
    instances: S::Instances,
    specify: Specify,
    discriminant: PhantomData<fn() -> D>,
}

impl<S: InstanceScope, D, const TIMED: bool> FunctionCache<S, D, TIMED> {
    /// Returns the cache of the discriminant's type. It is `()` for a function without type
    /// parameters in scope, and a closure for any other.
    #[inline]
    pub fn new(instances: S::Instances, _: D, specify: Specify) -> Self {
        FunctionCache { instances, specify, discriminant: PhantomData }
    }

    #[inline]
    pub(super) fn instance(&self) -> S::InstanceRef {
        S::instance::<D>(self.instances, self.specify)
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
        CacheFor<A, R, O, S>: CacheIn<S>,
    {
        let (cache, weigher) = (self.cache::<A, R, O>(), Unweighed);
        MemoryEntry { cache, args, weigher, outcome: PhantomData }
    }

    #[inline]
    pub(crate) fn cache<A: Args, R, O: Outcome<R>>(&self) -> S::CachePtr<CacheFor<A, R, O, S>>
    where
        CacheFor<A, R, O, S>: CacheIn<S>,
    {
        CacheIn::<S>::find::<D>(self.instances, self.specify)
    }
}
