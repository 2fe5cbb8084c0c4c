//! A tier: one store on disk, and the functions that share their results through it.

use std::sync::Arc;
use std::sync::atomic::{
    AtomicU32,
    Ordering::{Acquire, Release},
};
use std::time::Duration;

use parking_lot::RwLock;

use super::config::Disk;
use super::stats::Stats;
use super::store::Store;
use super::threads;
use crate::base::stats::TierKind;
use crate::inflight::parker::block_on;
use crate::tier::{Functions, RegisteredFunction, SecondTier, TierPlace};

/// A place for a store, for functions with `tier = ..`. Functions without it use the store of
/// [`install`](crate::disk::install).
///
/// ```
/// use functools::disk::{Disk, Tier};
/// use functools::lru_cache;
///
/// static RENDERED: Tier = Tier::new();
///
/// #[lru_cache(ttl = "7d", disk(key = "page:{path}", tier = RENDERED))]
/// fn page(path: &str) -> String {
///     // renders a page
///     # path.to_owned()
/// }
///
/// # fn main() -> Result<(), functools::disk::DiskError> {
/// # let folder = std::env::temp_dir();
/// RENDERED.install(Disk::open(folder.join("rendered.sqlite"))?);
/// # RENDERED.uninstall();
/// # Ok(())
/// # }
/// ```
pub struct Tier {
    /// The process that has installed the store.
    process: AtomicU32,
    store: RwLock<Option<Arc<Store>>>,
    functions: Functions,
}

/// No process has this number.
const NO_PROCESS: u32 = 0;

/// What is wrong in a process that was forked.
const FORKED: &str = "this process was forked after `install`: it caches in memory alone. Install \
    the store after the fork";

impl Tier {
    /// Returns a tier without a store: its functions are cached in memory only.
    #[must_use]
    pub const fn new() -> Self {
        Tier {
            process: AtomicU32::new(NO_PROCESS),
            store: RwLock::new(None),
            functions: Functions::new(),
        }
    }

    /// Installs this store, replacing a previous one.
    ///
    /// Returns immediately: a thread opens the file, and tries again if that fails.
    pub fn install(&'static self, disk: Disk) {
        let store = Arc::new(Store::new(disk, &self.functions));
        self.replace(Some(store.clone()));
        threads::start(&store);
    }

    /// Removes the store, and closes its file once all that was to be written is in it. Functions
    /// are cached in memory only.
    ///
    /// Waits for that, for as long as a query may take.
    pub fn uninstall(&self) {
        self.replace(None);
    }

    fn replace(&self, store: Option<Arc<Store>>) {
        let process = store.as_ref().map_or(NO_PROCESS, |_| std::process::id());
        let before = std::mem::replace(&mut *self.store.write(), store);
        self.process.store(process, Release);
        match before {
            Some(before) if before.is_of_this_process() => before.close_and_wait(),
            // Of the process that this one was forked from. Its connections must not be closed.
            before => std::mem::forget(before),
        }
        self.functions.all().into_iter().for_each(RegisteredFunction::drop_entries);
    }

    /// Returns the statistics since a store was installed; all zeros without one.
    pub fn stats(&self) -> Stats {
        self.own_store().map_or_else(Stats::default, |store| store.stats())
    }

    /// Waits until the file is open and all that was to be written is in it, for at most `within`.
    /// Returns whether that happened; `false` at once without a store.
    ///
    /// Before that, calls do without the file, and removals are queued. A short program waits at
    /// its end, so that no removal is lost.
    pub async fn ready(&self, within: Duration) -> bool {
        match self.own_store() {
            Some(store) => store.ready(within).await,
            None => false,
        }
    }

    /// Same as [`Tier::ready`], but blocks the thread.
    pub fn wait_ready(&self, within: Duration) -> bool {
        block_on(self.ready(within))
    }

    /// Returns the last error of this process and the store of this tier, for a log. It has the
    /// path of the file, and no key or value. It stays after a recovery: [`Stats::connected`] is
    /// the current state.
    pub fn last_error(&self) -> Option<String> {
        match self.own_store() {
            Some(store) => store.last_error(),
            None => self.is_of_parent().then(|| FORKED.to_owned()),
        }
    }

    /// Whether another process has installed the store, from which this one was forked.
    fn is_of_parent(&self) -> bool {
        ![NO_PROCESS, std::process::id()].contains(&self.process.load(Acquire))
    }

    /// The store, if this process has installed it. After a fork there is none: what `SQLite` knows
    /// of a file's locks does not survive that.
    #[inline]
    fn own_store(&self) -> Option<Arc<Store>> {
        let process = self.process.load(Acquire);
        // First: without a store, and after a fork, the lock is not taken.
        if process == NO_PROCESS || process != std::process::id() {
            return None;
        }
        self.store.read().clone()
    }
}

impl TierPlace for Tier {
    fn installed(&'static self) -> Option<Arc<dyn SecondTier>> {
        Some(self.own_store()?)
    }

    fn functions(&self) -> &Functions {
        &self.functions
    }

    fn kind(&self) -> TierKind {
        TierKind::Disk
    }
}

impl Default for Tier {
    fn default() -> Self {
        Tier::new()
    }
}

impl std::fmt::Debug for Tier {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let store = self.own_store();
        f.debug_struct("Tier")
            .field("disk", &store.as_ref().map(|store| &store.config))
            .field("stats", &store.as_ref().map(|store| store.stats()))
            .finish()
    }
}
