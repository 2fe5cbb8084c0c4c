//! Who shares a cache: all threads of the process, or one thread alone. The one place that says
//! which locks and pointers each takes.

use std::cell::RefCell;
use std::ops::Deref;
use std::rc::Rc;
use std::sync::Arc;

use parking_lot::Mutex;

use crate::cache::Stored;
use crate::instance::Instance;

/// `scope = "process"`: one cache, any thread.
pub enum Process {}

/// `scope = "thread"`: a cache for each thread, without synchronisation.
pub enum Thread {}

/// What differs between the scopes.
pub trait Scope: Sized + 'static {
    /// A counted pointer.
    type Ref<T>: Clone + Deref<Target = T>;

    /// A lock. No user code ever runs while one is held.
    type Lock<T>;

    /// A cache whose types have been forgotten.
    type Erased: ?Sized + Stored;

    /// A pointer to the one instance for a set of types.
    type Handle: Clone + Deref<Target = Instance<Self>>;

    /// Makes a counted pointer.
    fn count<T>(value: T) -> Self::Ref<T>;

    /// Makes a lock.
    fn lock<T>(value: T) -> Self::Lock<T>;

    /// Runs `critical` with the lock held.
    fn with<T, R>(lock: &Self::Lock<T>, critical: impl FnOnce(&mut T) -> R) -> R;

    /// Gives an instance its final place.
    fn settle(instance: Instance<Self>) -> Self::Handle;

    /// Makes the instance known to [`crate::caches`].
    fn register(handle: &Self::Handle);
}

impl Scope for Process {
    type Ref<T> = Arc<T>;
    type Lock<T> = Mutex<T>;
    type Erased = dyn Stored + Send + Sync;
    type Handle = &'static Instance<Self>;

    #[inline]
    fn count<T>(value: T) -> Arc<T> {
        Arc::new(value)
    }

    #[inline]
    fn lock<T>(value: T) -> Mutex<T> {
        Mutex::new(value)
    }

    #[inline]
    fn with<T, R>(lock: &Mutex<T>, critical: impl FnOnce(&mut T) -> R) -> R {
        critical(&mut lock.lock())
    }

    // Lives as long as the process, in a static: there is nobody to free it.
    fn settle(instance: Instance<Self>) -> Self::Handle {
        Box::leak(Box::new(instance))
    }

    fn register(handle: &Self::Handle) {
        crate::registry::add(handle);
    }
}

impl Scope for Thread {
    type Ref<T> = Rc<T>;
    type Lock<T> = RefCell<T>;
    type Erased = dyn Stored;
    type Handle = Rc<Instance<Self>>;

    #[inline]
    fn count<T>(value: T) -> Rc<T> {
        Rc::new(value)
    }

    #[inline]
    fn lock<T>(value: T) -> RefCell<T> {
        RefCell::new(value)
    }

    #[inline]
    fn with<T, R>(lock: &RefCell<T>, critical: impl FnOnce(&mut T) -> R) -> R {
        critical(&mut lock.borrow_mut())
    }

    fn settle(instance: Instance<Self>) -> Self::Handle {
        Rc::new(instance)
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
