//! A tier: one Redis, and the functions that share their results through it.

use std::sync::Arc;
use std::sync::atomic::{
    AtomicU32,
    Ordering::{AcqRel, Acquire, Release},
};
use std::time::Duration;

use once_cell::sync::OnceCell;
use parking_lot::RwLock;

use super::config::Redis;
use super::link::Link;
use super::stats::Stats;
use super::status::Status;
use super::supervisor;
use crate::cache::{PendingRemoval, TagTier, add_tag_tier};
use crate::inflight::parker::block_on;
use crate::tier::{Functions, RegisteredFunction, SecondTier, TierPlace, invalidate_tag};
use crate::types::tag::Tag;

/// A place for a Redis, for functions with `tier = ..`. Functions without it use the Redis of
/// [`install`](crate::redis::install).
///
/// ```
/// use functools::lru_cache;
/// use functools::redis::{Redis, Tier};
///
/// static SESSIONS: Tier = Tier::new();
///
/// #[lru_cache(ttl = "10m", redis(key = "session:{id}", tier = SESSIONS))]
/// fn user_of(id: u64) -> String {
///     // queries a database
///     # format!("user {id}")
/// }
///
/// # fn main() -> Result<(), functools::redis::RedisError> {
/// SESSIONS.install(Redis::new("redis://sessions.example")?);
/// # Ok(())
/// # }
/// ```
pub struct Tier {
    /// The process that has installed the link.
    process: AtomicU32,
    /// This tier, once a Redis has been installed.
    this: OnceCell<&'static Tier>,
    link: RwLock<Option<Arc<Link>>>,
    functions: Functions,
}

/// No process has this number.
const NO_PROCESS: u32 = 0;

/// A process that is without a Redis since it was forked.
const STUCK_PROCESS: u32 = u32::MAX;

/// The error of such a process.
const FORKED: &str = "this process was forked after `install` while another thread held a lock: \
    it caches in memory alone until a Redis is installed in it";

/// The limit of the wait for a lock that a thread of the parent process may have held.
const STUCK: Duration = Duration::from_millis(100);

impl Tier {
    /// Returns a tier without a Redis: its functions are cached in memory only.
    #[must_use]
    pub const fn new() -> Self {
        Tier {
            process: AtomicU32::new(NO_PROCESS),
            this: OnceCell::new(),
            link: RwLock::new(None),
            functions: Functions::new(),
        }
    }

    /// Installs this Redis, replacing a previous one and discarding its queue. A thread connects,
    /// and reconnects whenever the connection is lost.
    ///
    /// # Cost
    /// Starts one thread, and returns without waiting for the connection.
    pub fn install(&'static self, redis: Redis) {
        let _ = self.this.set(self);
        add_tag_tier(self);
        let link = Arc::new(Link::new(redis));
        self.replace(Some(link.clone()));
        supervisor::start(&self.functions, link);
    }

    /// Removes the Redis, and discards its queue. Functions are cached in memory only.
    pub fn uninstall(&self) {
        self.replace(None);
    }

    fn replace(&self, link: Option<Arc<Link>>) {
        let process = link.as_ref().map_or(NO_PROCESS, |_| std::process::id());
        let before = std::mem::replace(&mut *self.link.write(), link);
        self.process.store(process, Release);
        match before {
            Some(before) if before.common.is_of_this_process() => before.close(),
            // The link of the parent process.
            before => std::mem::forget(before),
        }
        self.functions.all().into_iter().for_each(RegisteredFunction::drop_entries);
    }

    /// Returns the statistics since a Redis was installed; all zeros without one.
    ///
    /// # Cost
    /// Reads counters of this process; no round trip.
    pub fn stats(&self) -> Stats {
        self.own_link().map_or_else(Stats::default, |link| link.stats())
    }

    /// Returns the rights that its Redis currently grants this process: see
    /// [`Level`](crate::redis::Level).
    ///
    /// # Cost
    /// Reads the state of the connection; no round trip.
    pub fn status(&self) -> Status {
        self.own_link().map_or_else(Status::default, |link| link.status())
    }

    /// Returns the link of this process, for the tier's statistics and errors.
    fn own_link(&self) -> Option<Arc<Link>> {
        self.this.get().and_then(|this| this.link())
    }

    /// Whether another process has installed the Redis, from which this one was forked.
    fn is_of_parent(&self) -> bool {
        ![NO_PROCESS, std::process::id()].contains(&self.process.load(Acquire))
    }

    /// The link of this process.
    #[inline]
    pub(super) fn link(&'static self) -> Option<Arc<Link>> {
        let process = self.process.load(Acquire);
        if process == NO_PROCESS {
            return None;
        }
        if process != std::process::id() {
            return self.link_after_fork(process);
        }
        self.link.read().clone()
    }

    /// The link of a process that was forked from the one that has installed the Redis, of which it
    /// has the memory and none of the threads: a new one, if no lock was held at that moment.
    #[cold]
    fn link_after_fork(&'static self, parent: u32) -> Option<Arc<Link>> {
        let this = std::process::id();
        // Until there is a link, and if there will be none, calls bypass Redis.
        if parent == STUCK_PROCESS {
            return None;
        }
        self.process.compare_exchange(parent, STUCK_PROCESS, AcqRel, Acquire).ok()?;
        let of_parent = self.link.try_read_for(STUCK)?.clone()?;
        let functions = self.functions.all_unlocked(STUCK)?;
        let link = Arc::new(Link::new(of_parent.common.config.for_child()));
        let before = self.link.try_write_for(STUCK)?.replace(link.clone());
        // Neither is dropped: their content belongs to a runtime whose threads are not here.
        std::mem::forget((before, of_parent));
        self.process.store(this, Release);
        functions.into_iter().for_each(RegisteredFunction::drop_entries);
        supervisor::start(&self.functions, link.clone());
        Some(link)
    }

    /// Waits until this tier is connected and its queue is empty, for at most `within`. Returns
    /// whether that happened; `false` at once without a Redis.
    ///
    /// Before that, calls bypass Redis, and invalidations are queued. A short program waits at its
    /// start, so that calls use Redis, and at its end, so that no removal is lost.
    pub async fn connected(&self, within: Duration) -> bool {
        match self.own_link() {
            Some(link) => link.connected(within).await,
            None => false,
        }
    }

    /// Same as [`Tier::connected`], but blocks the thread.
    pub fn wait_connected(&self, within: Duration) -> bool {
        block_on(self.connected(within))
    }

    /// Returns the last error of this process and the Redis of this tier, for a log. It contains
    /// nothing that was sent to the server: no password, key or value. It stays after a recovery:
    /// [`Stats::connected`] is the current state.
    pub fn last_error(&self) -> Option<String> {
        match self.own_link() {
            Some(link) => link.common.last_error(),
            None => self.is_of_parent().then(|| FORKED.to_owned()),
        }
    }
}

impl TierPlace for Tier {
    fn installed(&'static self) -> Option<Arc<dyn SecondTier>> {
        Some(self.link()?)
    }

    fn functions(&self) -> &Functions {
        &self.functions
    }
}

impl TagTier for Tier {
    fn invalidate_tag(&'static self, tag: &Tag) -> Option<PendingRemoval> {
        invalidate_tag(self, tag)
    }
}

impl Default for Tier {
    fn default() -> Self {
        Tier::new()
    }
}

impl std::fmt::Debug for Tier {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let link = self.own_link();
        f.debug_struct("Tier")
            .field("redis", &link.as_ref().map(|link| &link.common.config))
            .field("stats", &link.as_ref().map(|link| link.stats()))
            .finish()
    }
}
