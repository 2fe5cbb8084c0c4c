//! Who shares a cache: all threads of the process, or one thread alone. The one place that says
//! which lock and which order each takes.

use std::any::Any;
use std::ops::Deref;
use std::rc::Rc;

use foldhash::fast::FixedState;
use lru::LruCache;

use crate::cache::Stored;
use crate::instance::Instance;
use crate::store::Lock;
use crate::store::local::Local;
use crate::store::order::{Links, Order};
use crate::store::stripes::Striped;
use crate::store::table::Slot;

/// `scope = "process"`: one cache, any thread.
pub enum Process {}

/// `scope = "thread"`: a cache for each thread, without synchronisation.
pub enum Thread {}

/// What differs between the scopes.
pub trait Scope: Sized + 'static {
    /// Who may read and write, and when.
    type Lock<S, P: Default + 'static, W>: Lock<S, P, W>;

    /// Who was used last.
    type Order: Order;

    /// A cache whose types have been forgotten.
    type Erased: ?Sized + Stored;

    /// A pointer to the one instance for a set of types.
    type Handle: Clone + Deref<Target = Instance<Self>>;

    /// Gives an instance its final place.
    fn settle(instance: Instance<Self>) -> Self::Handle;

    /// To remember the types again.
    fn any(erased: &Self::Erased) -> &dyn Any;

    /// Makes the instance known to [`crate::caches`].
    fn register(handle: &Self::Handle);
}

impl Scope for Process {
    type Lock<S, P: Default + 'static, W> = Striped<S, P, W>;
    type Order = Links;
    type Erased = dyn Stored + Send + Sync;
    type Handle = &'static Instance<Self>;

    // Lives as long as the process, in a static: there is nobody to free it.
    fn settle(instance: Instance<Self>) -> Self::Handle {
        Box::leak(Box::new(instance))
    }

    #[inline]
    fn any(erased: &Self::Erased) -> &dyn Any {
        erased
    }

    fn register(handle: &Self::Handle) {
        crate::registry::add(handle);
    }
}

impl Scope for Thread {
    type Lock<S, P: Default + 'static, W> = Local<S, P, W>;
    type Order = LruCache<Slot, (), FixedState>;
    type Erased = dyn Stored;
    type Handle = Rc<Instance<Self>>;

    fn settle(instance: Instance<Self>) -> Self::Handle {
        Rc::new(instance)
    }

    #[inline]
    fn any(erased: &Self::Erased) -> &dyn Any {
        erased
    }

    fn register(handle: &Self::Handle) {
        crate::registry::add_to_thread(handle);
    }
}

/// What a cache of scope `S` may hold: anything owned for `Thread`, and for `Process` only what
/// threads may share.
pub trait Fits<S: Scope>: 'static {
    /// Forgets the types of a cache.
    fn erase(self: Box<Self>) -> Box<S::Erased>
    where
        Self: Stored;
}

impl<T: Send + Sync + 'static> Fits<Process> for T {
    fn erase(self: Box<Self>) -> Box<dyn Stored + Send + Sync>
    where
        Self: Stored,
    {
        self
    }
}

impl<T: 'static> Fits<Thread> for T {
    fn erase(self: Box<Self>) -> Box<dyn Stored>
    where
        Self: Stored,
    {
        self
    }
}
