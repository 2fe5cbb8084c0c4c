//! Who shares a cache: all threads of the process, or one thread alone. The one place that says
//! which lock and which order each takes, and how generated code finds its cache.

use std::any::Any;
use std::ops::Deref;
use std::rc::Rc;
use std::thread::LocalKey;

use foldhash::fast::FixedState;
use lru::LruCache;

use crate::cache::{Cache, Stored};
use crate::instance::{Instance, Specify};
use crate::per_type::PerType;
use crate::store::Lock;
use crate::store::local::Local;
use crate::store::order::{Links, Order};
use crate::store::slot::SlotId;
use crate::store::stripes::Striped;

/// `scope = "process"`: one cache, any thread.
pub enum Process {}

/// `scope = "thread"`: a cache for each thread, without synchronisation.
pub enum Thread {}

/// What differs between the scopes.
pub trait Scope: Sized + 'static {
    /// Who may read and write, and when.
    type Lock<T, P: Default + 'static>: Lock<T, P>;

    /// Who was used last.
    type Order: Order;

    /// A cache whose types have been forgotten.
    type Erased: Clone + Deref<Target: Stored>;

    /// A pointer to the one instance for a set of types.
    type Handle: Clone + Deref<Target = Instance<Self>>;

    /// A pointer to a cache with its types.
    type Pointer<C: 'static>: Deref<Target = C>;

    /// The static in which generated code keeps the instances of a function.
    type Static: Copy;

    /// Gives an instance its final place.
    fn settle(instance: Instance<Self>) -> Self::Handle;

    /// Returns the instance of the discriminant `D`, made at its first use.
    fn handle<D>(instances: Self::Static, specify: Specify) -> Self::Handle;

    /// Makes the instance known to [`crate::caches`].
    fn register(handle: &Self::Handle);
}

/// What a cache of scope `S` may hold: anything owned for `Thread`, and for `Process` only what
/// threads may share.
pub trait Fits<S: Scope>: Sized + 'static {
    /// Forgets the types of a cache.
    fn erase(self) -> S::Erased
    where
        Self: Stored;

    /// Remembers them.
    fn remember(erased: &S::Erased) -> Option<S::Pointer<Self>>;

    /// Returns the cache of the discriminant `D`, made at its first use.
    fn find<D>(instances: S::Static, specify: Specify) -> S::Pointer<Self>
    where
        Self: Made<S>;
}

/// A cache that can be made as an instance says.
pub trait Made<S: Scope>: Stored {
    /// An empty one.
    fn make(instance: &Instance<S>) -> Self;
}

impl<K: 'static, V: 'static, W: 'static, S: Scope> Made<S> for Cache<K, V, W, S> {
    fn make(instance: &Instance<S>) -> Self {
        Cache::new(instance.spec())
    }
}

impl Scope for Process {
    type Lock<T, P: Default + 'static> = Striped<T, P>;
    type Order = Links;
    type Erased = &'static (dyn Stored + Send + Sync);
    type Handle = &'static Instance<Self>;
    type Pointer<C: 'static> = &'static C;
    type Static = &'static PerType<Self>;

    // Lives as long as the process, in a static: there is nobody to free it.
    fn settle(instance: Instance<Self>) -> Self::Handle {
        Box::leak(Box::new(instance))
    }

    fn handle<D>(instances: Self::Static, specify: Specify) -> Self::Handle {
        instances.place::<D>().handle(specify)
    }

    fn register(handle: &Self::Handle) {
        crate::registry::add(handle);
    }
}

impl<T: Send + Sync + 'static> Fits<Process> for T {
    fn erase(self) -> &'static (dyn Stored + Send + Sync)
    where
        Self: Stored,
    {
        Box::leak(Box::new(self))
    }

    fn remember(erased: &&'static (dyn Stored + Send + Sync)) -> Option<&'static Self> {
        let any: &'static dyn Any = *erased;
        any.downcast_ref()
    }

    #[inline]
    fn find<D>(instances: &'static PerType<Process>, specify: Specify) -> &'static Self
    where
        Self: Made<Process>,
    {
        /// Same as `find` for all but the first sets of types, and for the first call.
        #[inline(never)]
        fn find_slow<T, D>(instances: &'static PerType<Process>, specify: Specify) -> &'static T
        where
            T: Made<Process> + Send + Sync + 'static,
        {
            let place = instances.place::<D>();
            place.shortcut.get::<D, T>().unwrap_or_else(|| {
                let cache: &'static T = Instance::<Process>::cache(place.handle(specify));
                place.shortcut.set::<D, T>(cache);
                instances.add_shortcut::<D, T>(cache);
                cache
            })
        }

        match instances.shortcut::<D, T>() {
            Some(cache) => cache,
            None => find_slow::<T, D>(instances, specify),
        }
    }
}

impl Scope for Thread {
    type Lock<T, P: Default + 'static> = Local<T, P>;
    type Order = LruCache<SlotId, (), FixedState>;
    type Erased = Rc<dyn Stored>;
    type Handle = Rc<Instance<Self>>;
    type Pointer<C: 'static> = Rc<C>;
    type Static = &'static LocalKey<PerType<Self>>;

    fn settle(instance: Instance<Self>) -> Self::Handle {
        Rc::new(instance)
    }

    // While the thread ends, when its caches are gone, an empty one that is forgotten again.
    fn handle<D>(instances: Self::Static, specify: Specify) -> Self::Handle {
        instances
            .try_with(|instances| instances.place::<D>().handle(specify).clone())
            .unwrap_or_else(|_| Rc::new(Instance::new(specify)))
    }

    fn register(handle: &Self::Handle) {
        crate::registry::add_to_thread(handle);
    }
}

impl<T: 'static> Fits<Thread> for T {
    fn erase(self) -> Rc<dyn Stored>
    where
        Self: Stored,
    {
        Rc::new(self)
    }

    fn remember(erased: &Rc<dyn Stored>) -> Option<Rc<Self>> {
        let any: Rc<dyn Any> = erased.clone();
        any.downcast().ok()
    }

    #[inline]
    fn find<D>(instances: &'static LocalKey<PerType<Thread>>, specify: Specify) -> Rc<Self>
    where
        Self: Made<Thread>,
    {
        Instance::<Thread>::cache(&Thread::handle::<D>(instances, specify))
    }
}
