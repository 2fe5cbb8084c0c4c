//! A tier: one Redis, and the functions that share their results through it.

use std::sync::Arc;
use std::time::Duration;

use parking_lot::{Mutex, RwLock};

use super::config::Redis;
use super::link::Link;
use super::member::{self, Attached};
use super::stats::Stats;
use super::supervisor;
use super::template::{clear_notice, is_same};
use crate::parker::block_on;

/// A place for a Redis, for functions that name it by `tier = ..`. Those that name none use the one of
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
///     // asks a database
///     # format!("user {id}")
/// }
///
/// # fn main() -> Result<(), functools::redis::RedisError> {
/// SESSIONS.install(Redis::new("redis://sessions.example")?);
/// # Ok(())
/// # }
/// ```
pub struct Tier {
    link: RwLock<Option<Arc<Link>>>,
    members: Mutex<Vec<&'static Attached>>,
}

impl Tier {
    /// A tier without a Redis: functions are cached in memory alone.
    #[must_use]
    pub const fn new() -> Self {
        Tier { link: RwLock::new(None), members: Mutex::new(Vec::new()) }
    }

    /// Uses this Redis from now on; another that was used is not any more, with all that was queued for it.
    /// Returns at once: a thread connects, and again whenever that is lost.
    pub fn install(&'static self, redis: Redis) {
        let link = Arc::new(Link::new(redis));
        self.replace(Some(link.clone()));
        supervisor::start(self, link);
    }

    /// Uses no Redis any more.
    pub fn uninstall(&self) {
        self.replace(None);
    }

    fn replace(&self, link: Option<Arc<Link>>) {
        let before = std::mem::replace(&mut *self.link.write(), link);
        if let Some(before) = before {
            before.close();
        }
        for member in self.members() {
            member.start_afresh();
        }
    }

    /// What has happened since a Redis was installed; all zeros without one.
    pub fn stats(&self) -> Stats {
        self.link().map_or_else(Stats::default, |link| link.stats())
    }

    pub(super) fn link(&self) -> Option<Arc<Link>> {
        self.link.read().clone()
    }

    pub(super) fn members(&self) -> Vec<&'static Attached> {
        self.members.lock().clone()
    }

    /// Waits until functions share through the Redis of this tier, and all that was queued for it is done. Whether that was so in time; not
    /// without a Redis. What is called before goes past Redis, and an invalidation is queued: a program that does not run for long
    /// waits for this at its start, or at its end.
    pub async fn connected(&self, within: Duration) -> bool {
        match self.link() {
            Some(link) => link.connected(within).await,
            None => false,
        }
    }

    /// As [`Tier::connected`], of a thread, which blocks.
    pub fn wait_connected(&self, within: Duration) -> bool {
        block_on(self.connected(within))
    }

    /// What went wrong last between this process and the Redis of this tier, in words for a log; never a password. It is not taken back when
    /// all is well again: see [`Stats::connected`].
    pub fn last_error(&self) -> Option<String> {
        self.link().and_then(|link| link.trouble())
    }

    pub(super) fn add(&self, member: &'static Attached) {
        let mut members = self.members.lock();
        let is_taken = members.iter().any(|known| is_same(known.member.parts, member.member.parts));
        members.push(member);
        drop(members);
        if let Some(link) = self.link() {
            if is_taken {
                let prefix = member.prefix;
                link.note(&format!("two functions have the same keys, which begin with `{prefix}`, and so the same results"));
            }
            link.wake.notify_one();
        }
    }

    /// What memory has for a key is out of date, but for what this function has.
    pub(super) fn outdated(&self, key: &[u8], but: Option<&Attached>) {
        let hash = member::hash(key);
        for member in self.members_of(key) {
            if but.is_none_or(|but| !std::ptr::eq(but, member)) {
                member.outdated(hash);
            }
        }
    }

    /// Redis announces that a key was written, or removed, or has expired. Returns whether it seems
    /// to have expired, and that is to be made sure of.
    pub(super) fn announced(&self, key: &[u8]) -> bool {
        let hash = member::hash(key);
        let mut is_unsure = false;
        for member in self.members_of(key) {
            is_unsure |= member.announced(hash);
        }
        is_unsure
    }

    /// A key that was taken to have expired has a value, or may have.
    pub(super) fn written(&self, key: &[u8]) {
        let hash = member::hash(key);
        self.members_of(key).for_each(|member| member.written(hash));
    }

    /// All keys of the functions with this notice of a clear are gone.
    pub(super) fn cleared(&self, notice: &str) {
        let members = self.members().into_iter();
        members
            .filter(|member| clear_notice(member.member.parts) == notice)
            .for_each(Attached::start_afresh);
    }

    /// The functions whose keys begin as this one does.
    fn members_of(&self, key: &[u8]) -> impl Iterator<Item = &'static Attached> {
        self.members().into_iter().filter(|member| key.starts_with(member.prefix.as_bytes()))
    }
}

impl Default for Tier {
    fn default() -> Self {
        Tier::new()
    }
}

impl std::fmt::Debug for Tier {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let link = self.link();
        f.debug_struct("Tier")
            .field("redis", &link.as_ref().map(|link| &link.config))
            .field("stats", &link.as_ref().map(|link| link.stats()))
            .finish()
    }
}
