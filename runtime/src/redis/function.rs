//! A function that shares its results, as generated code sees it: a [`Cached`] with a [`Member`].

use std::marker::PhantomData;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use super::call::{
    CacheOf, Caller, MissOf, Missing, Resolved, SharedMiss, SharedMissOf, Way, ready,
};
use super::command;
use super::link::Link;
use super::member::Member;
use super::sharing::Sharing;
use super::supervisor;
use super::template::{KeyWriter, clear_notice};
use super::value::Codec;
use crate::args::Args;
use crate::cache::{self, Tracked};
use crate::entry::{Entry, Found, MemoryEntry};
use crate::flight::Leader;
use crate::info::{CacheInfo, CacheParameters, CacheStatus};
use crate::instance::{CacheFor, Cached, Specify};
use crate::miss::{Miss, Purpose};
use crate::outcome::Outcome;
use crate::parker::block_on;
use crate::scope::{Fits, Process, Scope};
use crate::stats::CacheStats;

/// What became of an invalidation, or of a clear, in Redis. In memory it is done in any case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Invalidation {
    /// Redis has done it.
    Confirmed,
    /// Redis could not be asked, or did not answer in time. It is done as soon as Redis is there again, and before
    /// anything is read from it.
    Queued,
    /// There is no Redis.
    Local,
}

/// The cache of a function that shares its results, for the types of the discriminant `D`.
pub struct Shared<D> {
    cached: Cached<Process, D, true>,
    member: &'static Member,
}

/// Remembers to remove a key. Until that has been done nobody reads.
pub(super) fn queue(link: &Link, member: &'static Member, key: String) {
    link.queue.lock().add(key, member);
    link.lower();
    link.wake.notify_one();
}

impl<D> Shared<D> {
    /// Returns the cache of the discriminant's type, see [`Cached::new`].
    #[inline]
    pub fn new(
        instances: <Process as Scope>::Static,
        discriminant: D,
        specify: Specify,
        member: &'static Member,
    ) -> Self {
        Shared { cached: Cached::new(instances, discriminant, specify), member }
    }

    /// `cache_info()`.
    #[must_use]
    pub fn info(&self) -> CacheInfo {
        self.cached.info()
    }

    /// `cache_stats()`.
    #[must_use]
    pub fn stats(&self) -> CacheStats {
        self.cached.stats()
    }

    /// `cache_parameters()`.
    #[must_use]
    pub fn parameters(&self) -> CacheParameters {
        self.cached.parameters()
    }

    /// Returns the entry for these arguments, whether it exists or not. `key` writes their key in
    /// Redis. A value of Redis that `cache_if` refuses is returned, and not kept.
    #[inline]
    pub fn entry<A, R, O, C, W, P>(
        self,
        args: A,
        _: O,
        _: C,
        key: W,
        cache_if: P,
    ) -> SharedEntry<A, R, O, C, W, P>
    where
        A: Args,
        O: Outcome<R>,
        C: Codec<O::Value>,
        W: FnOnce(&mut KeyWriter<'_>),
        P: FnOnce(&R) -> bool,
        CacheFor<A, R, O, Process>: Fits<Process> + Tracked,
    {
        let memory =
            MemoryEntry { cache: self.cached.cache::<A, R, O>(), args, outcome: PhantomData };
        SharedEntry { memory, member: self.member, key, cache_if, codec: PhantomData }
    }

    /// `cache_clear()`.
    pub fn clear(&self) -> Invalidation {
        block_on(self.clear_async())
    }

    /// Same as [`Shared::clear`], for a task.
    pub fn clear_async(&self) -> impl Future<Output = Invalidation> + use<D> {
        self.cached.clear();
        let member = self.member;
        async move {
            let Some(link) = member.tier.link() else { return Invalidation::Local };
            clear(link, member).await
        }
    }
}

/// An entry of a cache that shares its results.
pub struct SharedEntry<A, R, O, C, W, P>
where
    A: Args,
    O: Outcome<R>,
    CacheFor<A, R, O, Process>: Fits<Process>,
{
    memory: MemoryEntry<Process, A, R, O, true>,
    member: &'static Member,
    key: W,
    cache_if: P,
    codec: PhantomData<fn() -> C>,
}

impl<A, R, O, C, W, P> SharedEntry<A, R, O, C, W, P>
where
    A: Args,
    O: Outcome<R>,
    C: Codec<O::Value>,
    W: FnOnce(&mut KeyWriter<'_>),
    P: FnOnce(&R) -> bool,
    CacheFor<A, R, O, Process>: Fits<Process> + Tracked,
{
    #[inline]
    // The `Err` is how most calls go on that get this far.
    #[allow(clippy::result_large_err, clippy::type_complexity)]
    fn look(self, caller: Caller) -> Found<R, SharedMissed<A::Key, R, O, C, W, P>> {
        let SharedEntry { memory: MemoryEntry { cache, args, .. }, member, key, cache_if, .. } =
            self;
        let not_found = |unfound, tag, args| {
            let mut hit = None;
            let missed =
                cache.missed_shared::<A, R, O>(unfound, tag, args, caller.leader(), &mut hit);
            hit.ok_or(missed)
        };
        let bypass = cache::Missed::Begun(None);
        let found = cache.lookup::<_, _, _, true>(args, O::restore, bypass, not_found);
        found.map_err(|missed| {
            let missing = Missing::from(missed);
            SharedMissed { missing, cache, member, key, cache_if, codec: PhantomData }
        })
    }

    /// A task's call, as far as memory goes: the result of a hit, or what else there is to do.
    ///
    /// # Errors
    ///
    /// A call that found nothing, to be resolved.
    #[inline]
    // The `Err` is how most calls go on that get this far.
    #[allow(clippy::result_large_err, clippy::type_complexity)]
    pub fn lookup_async(self) -> Result<(R, CacheStatus), SharedMissed<A::Key, R, O, C, W, P>> {
        self.look(Caller::Task)
    }

    /// `cache_refresh(..)` of a task: a miss in any case, uncounted, whose result replaces the
    /// entry.
    pub fn refresh_async(self) -> impl Future<Output = SharedMissOf<A::Key, R, O, C>> {
        Box::pin(self.begin_refresh(Caller::Task))
    }

    fn begin_refresh(self, caller: Caller) -> impl Future<Output = SharedMissOf<A::Key, R, O, C>> {
        let SharedEntry { memory: MemoryEntry { cache, args, .. }, member, key, .. } = self;
        async move {
            let budget = ready(member, cache).await;
            let miss = begin::<A, R, O>(cache, args, caller, Purpose::Refresh);
            let mut way =
                Sharing::begin(member, &miss, key, budget).map_or_else(|way| way, Way::Shared);
            if let Way::Shared(sharing) = &mut way {
                sharing.begin_refresh().await;
            }
            SharedMiss::new(caller.begin(miss), way)
        }
    }

    /// `cache_invalidate(..)` of a task.
    pub fn invalidate_async(self) -> impl Future<Output = Invalidation> + use<A, R, O, C, W, P> {
        let SharedEntry { memory: MemoryEntry { cache, args, .. }, member, key, .. } = self;
        let link = member.tier.link();
        let key = link.as_ref().and_then(|link| KeyWriter::key(&link.config.secret, key));
        // What is being computed now is older.
        let _ = cache.invalidate(args);
        async move {
            match (link, key) {
                (Some(link), Some(key)) => remove(&link, member, key).await,
                _ => Invalidation::Local,
            }
        }
    }
}

impl<A, R, O, C, W, P> Entry<Invalidation> for SharedEntry<A, R, O, C, W, P>
where
    A: Args,
    O: Outcome<R>,
    C: Codec<O::Value>,
    W: FnOnce(&mut KeyWriter<'_>),
    P: FnOnce(&R) -> bool,
    CacheFor<A, R, O, Process>: Fits<Process> + Tracked,
{
    type Return = R;
    type Miss = SharedMissOf<A::Key, R, O, C>;

    #[inline]
    fn lookup(self) -> Found<R, Self::Miss> {
        match self.look(Caller::Thread) {
            Ok(hit) => Ok(hit),
            Err(missed) => block_on(missed.resolve_by(Caller::Thread)),
        }
    }

    fn refresh(self) -> Self::Miss {
        block_on(self.begin_refresh(Caller::Thread))
    }

    fn insert(self) -> Self::Miss {
        let SharedEntry { memory: MemoryEntry { cache, args, .. }, member, key, .. } = self;
        let miss = begin::<A, R, O>(cache, args, Caller::Thread, Purpose::Insert);
        let way = Sharing::begin(member, &miss, key, None).map_or_else(|way| way, Way::Shared);
        SharedMiss::new(miss, way)
    }

    fn invalidate(self) -> Invalidation {
        block_on(self.invalidate_async())
    }

    fn peek(self) -> Option<R> {
        self.memory.peek()
    }

    fn contains(self) -> bool {
        self.memory.contains()
    }

    fn ttl(self) -> Option<Duration> {
        self.memory.ttl()
    }
}

/// A call that found nothing in memory.
#[must_use = "it is resolved, and what comes of that is filled"]
pub struct SharedMissed<K: 'static, R, O: Outcome<R>, C, W, P> {
    missing: Missing<K, O::Shared>,
    cache: &'static CacheOf<K, R, O>,
    member: &'static Member,
    key: W,
    cache_if: P,
    codec: PhantomData<fn() -> C>,
}

impl<K, R, O, C, W, P> SharedMissed<K, R, O, C, W, P>
where
    K: 'static,
    O: Outcome<R>,
    C: Codec<O::Value>,
    W: FnOnce(&mut KeyWriter<'_>),
    P: FnOnce(&R) -> bool,
    CacheOf<K, R, O>: Fits<Process> + Tracked,
{
    /// Reads from Redis, or waits for another call of the same key, or computes.
    // Out of the way of hits, and of what a caller's future takes.
    pub fn resolve(self) -> Pin<Box<impl Future<Output = Resolved<K, R, O, C>>>> {
        Box::pin(self.resolve_by(Caller::Task))
    }

    fn resolve_by(self, caller: Caller) -> impl Future<Output = Resolved<K, R, O, C>> {
        let SharedMissed { missing, cache, member, key, cache_if, .. } = self;
        SharedMiss::resolve(member, cache, missing, caller, key, cache_if)
    }
}

/// Begins to compute what replaces what is stored.
fn begin<A: Args, R, O: Outcome<R>>(
    cache: &'static CacheFor<A, R, O, Process>,
    args: A,
    caller: Caller,
    purpose: Purpose,
) -> MissOf<A::Key, R, O> {
    match caller {
        Caller::Thread => Miss::by_thread(cache, cache.begin(args, Leader::this_thread()), purpose),
        Caller::Task => Miss::by_task(cache, cache.begin(args, Leader::TASK), purpose),
    }
}

/// Removes a key, with the lease of who computes its value.
async fn remove(link: &Arc<Link>, member: &'static Member, key: String) -> Invalidation {
    link.tell(command::announce_removal([key.as_str()].into_iter()), |_| ());
    let question = command::remove([key.as_str()].into_iter());
    let answers = link.ask(&question, &mut link.budget()).await;
    let is_done = matches!(answers.as_deref(), Ok([redis::Value::Int(_)]));
    if is_done {
        link.succeeded();
    }
    // In between somebody here may have read what was there. Redis does not tell who removes.
    member.tier.outdated(key.as_bytes(), None);
    if is_done {
        return Invalidation::Confirmed;
    }
    match &answers {
        Ok(answers) => {
            member.counters.errors.count();
            link.refused(answers);
        }
        Err(failure) => member.failed(*failure),
    }
    queue(link, member, key);
    Invalidation::Queued
}

/// Removes all keys of a function, however long that takes.
async fn clear(link: Arc<Link>, member: &'static Member) -> Invalidation {
    let asking = &link;
    let is_done = supervisor::remove_all(member, |question| async move {
        let mut budget = asking.budget().at_least(Duration::from_secs(1));
        asking.ask(&question, &mut budget).await.ok()
    })
    .await;
    // What was there may have been read in between, by this function or another with the same keys.
    member.tier.cleared(&clear_notice(member.parts));
    if is_done {
        return Invalidation::Confirmed;
    }
    link.queue.lock().add_all(member);
    link.lower();
    link.wake.notify_one();
    Invalidation::Queued
}
