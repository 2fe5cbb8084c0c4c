//! The caches that have been used, for [`caches`] and [`clear_all`].

use std::cell::RefCell;
use std::fmt;
use std::iter::FusedIterator;
use std::rc::{Rc, Weak};
use std::vec;

use parking_lot::Mutex;

use super::instance::Instance;
use crate::base::info::{CacheInfo, CacheParameters};
use crate::base::stats::CacheStats;
use crate::types::storable::{Process, Thread};

static OF_PROCESS: Mutex<Vec<&'static Instance<Process>>> = Mutex::new(Vec::new());

thread_local! {
    static OF_THREAD: RefCell<Vec<Weak<Instance<Thread>>>> = const { RefCell::new(Vec::new()) };
}

pub(crate) fn add(instance: &'static Instance<Process>) {
    OF_PROCESS.lock().push(instance);
}

pub(crate) fn add_to_thread(instance: &Rc<Instance<Thread>>) {
    // While a thread ends there may be no list any more; then no call can read it, either.
    let _ = OF_THREAD.try_with(|list| list.borrow_mut().push(Rc::downgrade(instance)));
}

/// Returns every cache used so far: those that threads share, and those of the calling thread.
///
/// A generic function has a cache for each set of types it was used with, all of one name; other
/// functions have [names](CacheRef::name) of their own.
///
/// # Cost
/// Copies the list under a lock: one allocation. No cache is locked.
///
/// ```
/// use functools::lru_cache;
///
/// #[lru_cache]
/// fn square(n: u64) -> u64 { n * n }
///
/// square(3);
/// for cache in functools::caches() {
///     println!("{} {}", cache.name(), cache.info());
/// }
/// # assert_eq!(functools::caches().filter(|cache| cache.name().ends_with("::square")).count(), 1);
/// ```
#[must_use]
pub fn caches() -> Caches {
    let mut caches: Vec<_> =
        OF_PROCESS.lock().iter().map(|&instance| CacheRef(Scoped::Process(instance))).collect();
    let _ = OF_THREAD.try_with(|list| {
        let live = list.borrow().iter().filter_map(Weak::upgrade).collect::<Vec<_>>();
        caches.extend(live.into_iter().map(|instance| CacheRef(Scoped::Thread(instance))));
    });
    Caches(caches.into_iter())
}

/// Clears every cache that [`caches`] lists, and its counters. Meant for tests; note that the tests
/// of one binary run concurrently.
///
/// # Cost
/// A clear of each cache, which drops all its entries. Shared results stay in their tier.
///
/// ```
/// use functools::lru_cache;
///
/// #[lru_cache]
/// fn square(n: u64) -> u64 { n * n }
///
/// square(3);
/// functools::clear_all();
/// assert_eq!(square::cache_info().currsize, 0);
/// ```
pub fn clear_all() {
    caches().for_each(|cache| cache.clear());
}

/// Empties the caches that threads share, and those of the calling thread. The counters stay.
pub(super) fn drop_all() {
    caches().for_each(|cache| match &cache.0 {
        Scoped::Process(instance) => instance.drop_all(),
        Scoped::Thread(instance) => instance.drop_all(),
    });
}

/// Returns the names of the caches that threads share, and their counts since the process began.
#[cfg(feature = "metrics")]
pub(crate) fn totals() -> Vec<(&'static str, CacheStats)> {
    let instances = OF_PROCESS.lock().clone();
    instances.into_iter().map(|instance| (instance.name(), instance.totals())).collect()
}

/// An iterator over caches, returned by [`caches`].
#[derive(Debug, Clone)]
pub struct Caches(vec::IntoIter<CacheRef>);

impl Iterator for Caches {
    type Item = CacheRef;

    fn next(&mut self) -> Option<CacheRef> {
        self.0.next()
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.0.size_hint()
    }
}

impl ExactSizeIterator for Caches {}

impl FusedIterator for Caches {}

/// A cache that has been used. Not `Send`, since it may belong to a thread.
#[derive(Clone)]
pub struct CacheRef(Scoped);

#[derive(Clone)]
enum Scoped {
    Process(&'static Instance<Process>),
    Thread(Rc<Instance<Thread>>),
}

impl CacheRef {
    /// Returns the path of the function, which no other function has:
    ///
    /// | function | name |
    /// |---|---|
    /// | `f` in a module, generic or not | `path::to::f`, as `module_path!()` writes the module |
    /// | the method `area` of `Foo<u8>` | `path::to::Foo<u8>::area`, as [`type_name`] writes the type |
    /// | the method `area` in `impl Shape for Foo<u8>` | `<path::to::Foo<u8> as path::to::Shape>::area` |
    /// | `f` in the body of the function `outer` | `path::to::outer::f` |
    /// | `f` in the body of a method of `Foo<T>` | `path::to::Foo<_>::method::f` |
    ///
    /// Of two functions with one path, such as those of one name in two blocks of one body, the
    /// first to be used has the path as its name; the other has the line of its attribute behind
    /// it, as in `path::to::outer::f:42`, and a number if that is equal, too, as in `f:42#2`. If
    /// `outer` is cached itself, its body stands in `outer::uncached`, and `f` is
    /// `path::to::outer::uncached::f`.
    ///
    /// The compiler does not promise how it writes a path. If a future one writes it in another
    /// way, the name is `module_path!()::f` or `Foo::area`, still with the line if another function
    /// has it.
    ///
    /// [`type_name`]: std::any::type_name
    #[must_use]
    pub fn name(&self) -> &str {
        match &self.0 {
            Scoped::Process(instance) => instance.name(),
            Scoped::Thread(instance) => instance.name(),
        }
    }

    /// Returns its counters and size, as `f::cache_info()` does.
    #[must_use]
    pub fn info(&self) -> CacheInfo {
        self.stats().info()
    }

    /// Returns all its counters, as `f::cache_stats()` does.
    #[must_use]
    pub fn stats(&self) -> CacheStats {
        match &self.0 {
            Scoped::Process(instance) => instance.stats(),
            Scoped::Thread(instance) => instance.stats(),
        }
    }

    /// Returns its options, as `f::cache_parameters()` does.
    #[must_use]
    pub fn parameters(&self) -> CacheParameters {
        match &self.0 {
            Scoped::Process(instance) => instance.parameters(),
            Scoped::Thread(instance) => instance.parameters(),
        }
    }

    /// Removes its entries and sets its counters to zero, as `f::cache_clear()` does. With Redis,
    /// it clears the memory only.
    pub fn clear(&self) {
        match &self.0 {
            Scoped::Process(instance) => instance.clear(),
            Scoped::Thread(instance) => instance.clear(),
        }
    }
}

impl fmt::Debug for CacheRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CacheRef").field("name", &self.name()).field("info", &self.info()).finish()
    }
}
