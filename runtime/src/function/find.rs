//! The way from generated code to the cache of a function: the instances of each scope, and the
//! cache of an instance with its types.

use std::any::Any;
use std::rc::Rc;
use std::sync::atomic::Ordering::SeqCst;
use std::sync::atomic::fence;
use std::thread::LocalKey;

use super::instance::{Instance, InstanceScope};
use super::instance_map::InstanceMap;
use super::registry;
use crate::base::spec::Specify;
use crate::cache::{Cache, ErasedCache};
use crate::types::key::Args;
use crate::types::result::Outcome;
use crate::types::storable::{Process, Thread};

/// The cache of a function with these arguments, the return type `R` and this outcome.
pub(crate) type CacheFor<A, R, O, S> =
    Cache<<A as Args>::Key, <O as Outcome<R>>::Value, <O as Outcome<R>>::WaiterValue, S>;

/// A cache that an instance of scope `S` can hold.
pub trait CacheIn<S: InstanceScope>: ErasedCache + Sized {
    /// Erases the types of the cache.
    fn erase(self) -> S::Erased;

    /// Returns the cache with its types, if they are these.
    fn downcast(erased: &S::Erased) -> Option<S::CachePtr<Self>>;

    /// Returns the cache of the discriminant `D`; the first use makes it.
    fn find<D>(instances: S::Instances, specify: Specify) -> S::CachePtr<Self>;
}

impl InstanceScope for Process {
    type Erased = &'static (dyn ErasedCache + Send + Sync);
    type InstanceRef = &'static Instance<Self>;
    type CachePtr<C: 'static> = &'static C;
    type Instances = &'static InstanceMap<Self>;

    fn as_any(erased: &Self::Erased) -> &dyn Any {
        *erased
    }

    // A static refers to it as long as the process lives: it is never freed.
    fn place_instance(instance: Instance<Self>) -> Self::InstanceRef {
        Box::leak(Box::new(instance))
    }

    fn instance<D>(instances: Self::Instances, specify: Specify) -> Self::InstanceRef {
        instances.cell::<D>().instance(specify)
    }

    fn register(instance: &Self::InstanceRef) {
        registry::add(instance);
    }
}

impl<K: 'static, V: 'static, W: 'static> CacheIn<Process> for Cache<K, V, W, Process>
where
    Cache<K, V, W, Process>: Send + Sync,
{
    fn erase(self) -> &'static (dyn ErasedCache + Send + Sync) {
        Box::leak(Box::new(self))
    }

    fn downcast(erased: &&'static (dyn ErasedCache + Send + Sync)) -> Option<&'static Self> {
        let any: &'static dyn Any = *erased;
        any.downcast_ref()
    }

    #[inline]
    fn find<D>(instances: &'static InstanceMap<Process>, specify: Specify) -> &'static Self {
        match instances.cached::<D, Self>() {
            Some(cache) => cache,
            None => find_slow::<K, V, W, D>(instances, specify),
        }
    }
}

/// Same as [`CacheIn::find`] for all but the first sets of types, and for the first call.
#[inline(never)]
fn find_slow<K, V, W, D>(
    instances: &'static InstanceMap<Process>,
    specify: Specify,
) -> &'static Cache<K, V, W, Process>
where
    Cache<K, V, W, Process>: CacheIn<Process> + Sync,
{
    let cell = instances.cell::<D>();
    cell.inline_cache.get::<D, Cache<K, V, W, Process>>().unwrap_or_else(|| {
        let cache: &'static Cache<K, V, W, Process> =
            cache_of::<K, V, W, Process>(cell.instance(specify));
        // A call of `set_enabled` that has not seen this cache is seen by the first miss.
        fence(SeqCst);
        cell.inline_cache.set::<D, _>(cache);
        instances.set_inline_cache::<D, _>(cache);
        cache
    })
}

impl InstanceScope for Thread {
    type Erased = Rc<dyn ErasedCache>;
    type InstanceRef = Rc<Instance<Self>>;
    type CachePtr<C: 'static> = Rc<C>;
    type Instances = &'static LocalKey<InstanceMap<Self>>;

    fn place_instance(instance: Instance<Self>) -> Self::InstanceRef {
        Rc::new(instance)
    }

    fn as_any(erased: &Self::Erased) -> &dyn Any {
        &**erased
    }

    // While the thread ends its caches are gone: the instance is an empty one, and dropped again.
    fn instance<D>(instances: Self::Instances, specify: Specify) -> Self::InstanceRef {
        instances
            .try_with(|instances| instances.cell::<D>().instance(specify).clone())
            .unwrap_or_else(|_| Rc::new(Instance::new(specify)))
    }

    fn register(instance: &Self::InstanceRef) {
        registry::add_to_thread(instance);
    }
}

impl<K: 'static, V: 'static, W: 'static> CacheIn<Thread> for Cache<K, V, W, Thread> {
    fn erase(self) -> Rc<dyn ErasedCache> {
        Rc::new(self)
    }

    fn downcast(erased: &Rc<dyn ErasedCache>) -> Option<Rc<Self>> {
        let any: Rc<dyn Any> = erased.clone();
        any.downcast().ok()
    }

    #[inline]
    fn find<D>(instances: &'static LocalKey<InstanceMap<Thread>>, specify: Specify) -> Rc<Self> {
        cache_of::<K, V, W, Thread>(&Thread::instance::<D>(instances, specify))
    }
}

/// Returns the cache of an instance; the first use makes and registers it. One discriminant stands
/// for one set of types, so the cache always has these types.
fn cache_of<K, V, W, S>(instance: &S::InstanceRef) -> S::CachePtr<Cache<K, V, W, S>>
where
    S: InstanceScope,
    Cache<K, V, W, S>: CacheIn<S>,
{
    let erased = instance.cache_or_make(|spec| {
        S::register(instance);
        Cache::new(spec).erase()
    });
    let Some(cache) = <Cache<K, V, W, S> as CacheIn<S>>::downcast(erased) else {
        unreachable!("two sets of types share the cache of {}", instance.name())
    };
    cache
}
