//! The executors of refreshes of `async` functions: tokio's current runtime, with the feature
//! `tokio`, or the one that the program has set.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;

use parking_lot::RwLock;

use crate::base::trace;

/// A refresh of an `async` function, to be run by an executor: see [`set_spawner`].
pub type RefreshTask = Pin<Box<dyn Future<Output = ()> + Send>>;

type Spawn = Arc<dyn Fn(RefreshTask) + Send + Sync>;

static SPAWN: RwLock<Option<Spawn>> = RwLock::new(None);

/// Sets the executor that refreshes results of `async` functions with `refresh = "background"`.
///
/// With the feature `tokio`, a call on a runtime of tokio refreshes on that runtime, and `spawn` is
/// for all other calls. Without an executor, callers refresh themselves, as with
/// `refresh = "caller"`: `f::cache_stats().refreshes_by_caller` counts them.
///
/// `spawn` must run the future to its end, or drop it; the refresh then counts as failed. A later
/// call replaces the executor.
///
/// ```
/// use functools::RefreshTask;
///
/// # mod smol {
/// #     pub struct Task;
/// #     impl Task { pub fn detach(self) {} }
/// #     pub fn spawn(_: functools::RefreshTask) -> Task { Task }
/// # }
/// functools::set_spawner(|refresh: RefreshTask| smol::spawn(refresh).detach());
/// ```
pub fn set_spawner(spawn: impl Fn(RefreshTask) + Send + Sync + 'static) {
    let before = SPAWN.write().replace(Arc::new(spawn));
    drop(before);
}

/// Returns the executor of a call made now of this function; `None` without one.
pub(crate) fn find(function: &str) -> Option<Spawner> {
    #[cfg(feature = "tokio")]
    if let Ok(handle) = tokio::runtime::Handle::try_current() {
        return Some(Spawner(Place::Tokio(handle)));
    }
    let spawn = SPAWN.read().clone();
    if spawn.is_none() {
        trace::no_executor(function);
    }
    spawn.map(|spawn| Spawner(Place::Set(spawn)))
}

/// An executor.
pub struct Spawner(Place);

enum Place {
    #[cfg(feature = "tokio")]
    Tokio(tokio::runtime::Handle),
    Set(Spawn),
}

impl Spawner {
    /// Runs the task in the background.
    pub fn run(self, task: RefreshTask) {
        match self.0 {
            #[cfg(feature = "tokio")]
            Place::Tokio(handle) => drop(handle.spawn(task)),
            Place::Set(spawn) => spawn(task),
        }
    }
}

impl fmt::Debug for Spawner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Spawner")
    }
}
