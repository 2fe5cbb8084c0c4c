//! [`Instance`], the cache of one set of type parameters, without the types of its keys and
//! values: everything but generated code refers to a cache by it.
//!
//! [`InstanceScope`] defines how each scope owns instances and caches. It is in this file because
//! an instance and the references to it define each other.

use std::any::Any;
use std::ops::Deref;
use std::time::Duration;

use once_cell::sync::OnceCell;
use parking_lot::Mutex;

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
    /// What has been changed since.
    changes: Mutex<Changes>,
    cache: OnceCell<S::Erased>,
}

/// The options that were changed while the program runs.
#[derive(Clone, Copy, Default, PartialEq)]
struct Changes {
    maxsize: Option<Option<usize>>,
    ttl: Option<Duration>,
}

impl<S: InstanceScope> Instance<S> {
    pub(crate) fn new(specify: Specify) -> Self {
        let (changes, cache) = (Mutex::default(), OnceCell::new());
        Instance { spec: name::specify(specify), changes, cache }
    }

    pub(crate) fn name(&self) -> &str {
        &self.spec.name
    }

    pub(crate) fn parameters(&self) -> CacheParameters {
        let Changes { maxsize, ttl } = *self.changes.lock();
        let parameters = self.spec.parameters();
        CacheParameters {
            maxsize: maxsize.unwrap_or(parameters.maxsize),
            ttl: ttl.or(parameters.ttl),
            ..parameters
        }
    }

    /// Changes `maxsize`.
    pub(crate) fn resize(&self, maxsize: Option<usize>) {
        self.changes.lock().maxsize = Some(maxsize);
        self.apply_changes();
    }

    /// Changes `ttl`, for results that are stored from now on.
    ///
    /// # Panics
    ///
    /// If the `ttl` depends on the result.
    pub(crate) fn set_ttl(&self, ttl: Duration) {
        let has_ttl = self.spec.parameters().ttl.is_some();
        assert!(has_ttl, "the ttl of {} is a function of the result", self.name());
        self.changes.lock().ttl = Some(ttl);
        self.apply_changes();
    }

    /// Changes the options of the cache, if it has been used. Of changes at the same time, the last
    /// one that is recorded is also the last that is applied.
    fn apply_changes(&self) {
        let Some(cache) = self.cache.get() else { return };
        let mut changes = *self.changes.lock();
        loop {
            if let Some(maxsize) = changes.maxsize {
                cache.resize(maxsize);
            }
            if let Some(ttl) = changes.ttl {
                cache.set_ttl(ttl);
            }
            let latest = *self.changes.lock();
            if latest == changes {
                return;
            }
            changes = latest;
        }
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
        CacheStats::unused(self.parameters().maxsize, self.spec.maxweight)
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
        let mut is_new = false;
        let cache = self.cache.get_or_init(|| {
            is_new = true;
            make(&self.spec)
        });
        if is_new {
            // A change that has not seen the cache is seen here.
            self.apply_changes();
        }
        cache
    }
}
