//! [`Instance`], the cache of one set of type parameters, without the types of its keys and
//! values: everything but generated code refers to a cache by it.
//!
//! [`InstanceScope`] defines how each scope owns instances and caches. It is in this file because
//! an instance and the references to it define each other.

use std::any::Any;
use std::ops::Deref;

use once_cell::sync::OnceCell;

use super::name;
use crate::base::info::CacheParameters;
use crate::base::spec::{Spec, Specify};
use crate::base::stats::CacheStats;
use crate::cache::{ErasedCache, Scope};
use crate::types::storable::Process;

/// The ownership of instances and their caches by a scope.
pub trait InstanceScope: Scope {
    /// A cache whose types are erased.
    type Erased: Clone + Deref<Target: ErasedCache>;

    /// A reference to an instance.
    type InstanceRef: Clone + Deref<Target = Instance<Self>>;

    /// A reference to a cache with its types.
    type CachePtr<C: 'static>: Deref<Target = C>;

    /// The static in which generated code keeps the instances of a function.
    type Instances: Copy;

    /// Returns a reference with which the types can be found out.
    fn as_any(erased: &Self::Erased) -> &dyn Any;

    /// Moves an instance to its final place.
    fn place_instance(instance: Instance<Self>) -> Self::InstanceRef;

    /// Returns the instance of the discriminant `D`; the first use makes it.
    fn instance<D>(instances: Self::Instances, specify: Specify) -> Self::InstanceRef;

    /// Adds the instance to those that [`crate::caches`] lists.
    fn register(instance: &Self::InstanceRef);
}

/// A cache that may not have been used yet: the first call makes the table.
pub struct Instance<S: InstanceScope = Process> {
    spec: Spec,
    cache: OnceCell<S::Erased>,
}

impl<S: InstanceScope> Instance<S> {
    pub(crate) fn new(specify: Specify) -> Self {
        Instance { spec: name::specify(specify), cache: OnceCell::new() }
    }

    pub(crate) fn name(&self) -> &str {
        &self.spec.name
    }

    pub(crate) fn parameters(&self) -> CacheParameters {
        self.spec.parameters()
    }

    pub(crate) fn stats(&self) -> CacheStats {
        self.cache.get().map_or_else(|| self.unused(), |cache| cache.stats())
    }

    /// Same as [`Instance::stats`], plus the counts from before each clear.
    #[cfg(feature = "metrics")]
    pub(crate) fn totals(&self) -> CacheStats {
        self.cache.get().map_or_else(|| self.unused(), |cache| cache.totals())
    }

    fn unused(&self) -> CacheStats {
        CacheStats::unused(self.spec.maxsize, self.spec.maxweight)
    }

    /// Returns the cache, if it has been used.
    pub(super) fn cache(&self) -> Option<&S::Erased> {
        self.cache.get()
    }

    pub(crate) fn clear(&self) {
        if let Some(cache) = self.cache.get() {
            cache.clear();
        }
    }

    /// Removes all entries. The counters stay.
    pub(crate) fn drop_all(&self) {
        if let Some(cache) = self.cache.get() {
            cache.drop_all();
        }
    }

    /// Returns the cache; the first use makes it.
    pub(super) fn cache_or_make(&self, make: impl FnOnce(&Spec) -> S::Erased) -> &S::Erased {
        self.cache.get_or_init(|| make(&self.spec))
    }
}
