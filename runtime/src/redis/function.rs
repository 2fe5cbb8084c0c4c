//! A function that shares its results, as generated code sees it: a [`Cached`] with a [`Member`].

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use super::call::{Caller, Missing, Resolved, SharedMiss, Way, missed, ready};
use super::command;
use super::link::Link;
use super::member::Member;
use super::sharing::Sharing;
use super::supervisor;
use super::template::{KeyWriter, clear_notice};
use super::value::Codec;
use crate::args::Args;
use crate::cache::{self, Cache, Tracked};
use crate::flight::Leader;
use crate::info::{CacheInfo, CacheParameters, CacheStatus};
use crate::instance::{CacheFor, Cached, Spec};
use crate::miss::{Miss, Purpose};
use crate::outcome::Outcome;
use crate::parker::block_on;
use crate::scope::{Fits, Process};
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

/// The cache of a function that shares its results.
pub struct Shared<C> {
    cached: C,
    member: &'static Member,
}

/// A cache, and by what its tier knows it.
#[inline]
pub fn shared<C>(cached: C, member: &'static Member) -> Shared<C> {
    Shared { cached, member }
}

/// Remembers to remove a key. Until that has been done nobody reads.
pub(super) fn queue(link: &Link, member: &'static Member, key: String) {
    link.queue.lock().add(key, member);
    link.lower();
    link.wake.notify_one();
}

impl<F: Fn() -> Spec + Copy> Shared<Cached<Process, F, true>> {
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

    /// `cache_contains(..)`, in memory.
    pub fn contains<A: Args, O: Outcome>(&self, args: &A, outcome: &O) -> bool
    where
        CacheFor<A, O, Process>: Fits<Process>,
    {
        self.cached.contains(args, outcome)
    }

    /// `cache_peek(..)`, in memory.
    pub fn peek<A: Args, O: Outcome>(&self, args: &A, outcome: &O) -> Option<O::Return>
    where
        CacheFor<A, O, Process>: Fits<Process>,
    {
        self.cached.peek(args, outcome)
    }

    /// `cache_ttl(..)`, in memory.
    pub fn ttl<A: Args, O: Outcome>(&self, args: &A, outcome: &O) -> Option<Duration>
    where
        CacheFor<A, O, Process>: Fits<Process>,
    {
        self.cached.ttl(args, outcome)
    }

    /// A call: the result of a hit, or the right to compute it. A value of Redis that `cache_if`
    /// refuses is returned, and not kept.
    ///
    /// # Errors
    ///
    /// A [`SharedMiss`], to be filled.
    #[inline]
    pub fn lookup<A: Args, O: Outcome, C: Codec<O::Value>>(
        &self,
        args: A,
        _: O,
        _: C,
        key: impl FnOnce(&mut KeyWriter<'_>),
        cache_if: impl FnOnce(&O::Return) -> bool,
    ) -> Resolved<A::Key, O, C>
    where
        CacheFor<A, O, Process>: Fits<Process> + Tracked,
    {
        match self.look::<A, O>(args, Caller::Thread) {
            Ok(hit) => Ok(hit),
            Err(missing) => {
                let cache = self.cached.cache::<A, O>();
                block_on(SharedMiss::resolve(
                    self.member,
                    cache,
                    missing,
                    Caller::Thread,
                    key,
                    cache_if,
                ))
            }
        }
    }

    /// A task's call, as far as memory goes: the result of a hit, or what else there is to do.
    ///
    /// # Errors
    ///
    /// A [`Missed`], to be resolved.
    #[inline]
    // The `Err` is how most calls go on that get this far.
    #[allow(clippy::result_large_err, clippy::type_complexity)]
    pub fn lookup_async<A: Args, O: Outcome>(
        &self,
        args: A,
        _: O,
    ) -> Result<(O::Return, CacheStatus), Missed<A::Key, O>>
    where
        CacheFor<A, O, Process>: Fits<Process>,
    {
        let missing = match self.look::<A, O>(args, Caller::Task) {
            Ok(hit) => return Ok(hit),
            Err(missing) => missing,
        };
        Err(Missed { missing, cache: self.cached.cache::<A, O>(), member: self.member })
    }

    #[inline]
    #[allow(clippy::type_complexity)]
    fn look<A: Args, O: Outcome>(
        &self,
        args: A,
        caller: Caller,
    ) -> Result<(O::Return, CacheStatus), Missing<A::Key, O>>
    where
        CacheFor<A, O, Process>: Fits<Process>,
    {
        let cache = self.cached.cache::<A, O>();
        let not_found = |unfound, tag, args| {
            let mut hit = None;
            let missed = cache.missed_shared::<A, O>(unfound, tag, args, caller.leader(), &mut hit);
            hit.ok_or(missed)
        };
        let bypass = cache::Missed::Begun(None);
        cache.lookup::<_, _, _, true>(args, O::restore, bypass, not_found).map_err(missed::<A, O>)
    }

    /// `cache_refresh(..)`: a miss in any case, uncounted, whose result replaces what is stored.
    pub fn refresh<A: Args, O: Outcome, C: Codec<O::Value>>(
        &self,
        args: A,
        _: O,
        _: C,
        key: impl FnOnce(&mut KeyWriter<'_>),
    ) -> SharedMiss<A::Key, O, C>
    where
        CacheFor<A, O, Process>: Fits<Process> + Tracked,
    {
        block_on(self.begin_refresh(args, Caller::Thread, key))
    }

    /// The same, for a task.
    pub fn refresh_async<A: Args, O: Outcome, C: Codec<O::Value>>(
        &self,
        args: A,
        _: O,
        _: C,
        key: impl FnOnce(&mut KeyWriter<'_>),
    ) -> impl Future<Output = SharedMiss<A::Key, O, C>>
    where
        CacheFor<A, O, Process>: Fits<Process> + Tracked,
    {
        Box::pin(self.begin_refresh(args, Caller::Task, key))
    }

    fn begin_refresh<A: Args, O: Outcome, C: Codec<O::Value>>(
        &self,
        args: A,
        caller: Caller,
        key: impl FnOnce(&mut KeyWriter<'_>),
    ) -> impl Future<Output = SharedMiss<A::Key, O, C>>
    where
        CacheFor<A, O, Process>: Fits<Process> + Tracked,
    {
        let (member, cache) = (self.member, self.cached.cache::<A, O>());
        async move {
            let budget = ready(member, cache).await;
            let miss = begin::<A, O>(cache, args, caller, Purpose::Refresh);
            let mut way =
                Sharing::begin(member, &miss, key, budget).map_or_else(|way| way, Way::Shared);
            if let Way::Shared(sharing) = &mut way {
                sharing.begin_refresh().await;
            }
            SharedMiss::new(caller.begin(miss), way)
        }
    }

    /// `cache_insert(..)`: the same, for what is not computed.
    pub fn insert<A: Args, O: Outcome, C: Codec<O::Value>>(
        &self,
        args: A,
        _: O,
        _: C,
        key: impl FnOnce(&mut KeyWriter<'_>),
    ) -> SharedMiss<A::Key, O, C>
    where
        CacheFor<A, O, Process>: Fits<Process> + Tracked,
    {
        let cache = self.cached.cache::<A, O>();
        let miss = begin::<A, O>(cache, args, Caller::Thread, Purpose::Insert);
        let way = Sharing::begin(self.member, &miss, key, None).map_or_else(|way| way, Way::Shared);
        SharedMiss::new(miss, way)
    }

    /// `cache_invalidate(..)`.
    pub fn invalidate<A: Args, O: Outcome, C: Codec<O::Value>>(
        &self,
        args: A,
        outcome: O,
        codec: C,
        key: impl FnOnce(&mut KeyWriter<'_>),
    ) -> Invalidation
    where
        CacheFor<A, O, Process>: Fits<Process> + Tracked,
    {
        block_on(self.invalidate_async(args, outcome, codec, key))
    }

    /// The same, for a task.
    pub fn invalidate_async<A: Args, O: Outcome, C: Codec<O::Value>>(
        &self,
        args: A,
        outcome: O,
        _: C,
        key: impl FnOnce(&mut KeyWriter<'_>),
    ) -> impl Future<Output = Invalidation>
    where
        CacheFor<A, O, Process>: Fits<Process> + Tracked,
    {
        let member = self.member;
        let link = member.tier.link();
        let key = link.as_ref().and_then(|link| KeyWriter::key(&link.config.secret, key));
        // What is being computed now is older.
        let _ = self.cached.invalidate(args, outcome);
        async move {
            match (link, key) {
                (Some(link), Some(key)) => remove(&link, member, key).await,
                _ => Invalidation::Local,
            }
        }
    }

    /// `cache_clear()`.
    pub fn clear(&self) -> Invalidation {
        block_on(self.clear_async())
    }

    /// The same, for a task.
    pub fn clear_async(&self) -> impl Future<Output = Invalidation> {
        self.cached.clear();
        let member = self.member;
        async move {
            let Some(link) = member.tier.link() else { return Invalidation::Local };
            clear(link, member).await
        }
    }
}

/// A call that found nothing in memory.
#[must_use = "it is resolved, and what comes of that is filled"]
pub struct Missed<K: 'static, O: Outcome> {
    missing: Missing<K, O>,
    cache: &'static Cache<K, O::Value, O::Shared, Process>,
    member: &'static Member,
}

impl<K: 'static, O: Outcome> Missed<K, O>
where
    Cache<K, O::Value, O::Shared, Process>: Fits<Process> + Tracked,
{
    /// Looks in Redis, or waits for who does, or computes. A value of Redis that `cache_if` refuses
    /// is returned, and not kept.
    // Out of the way of hits, and of what a caller's future takes.
    pub fn resolve<'a, C: Codec<O::Value> + 'a>(
        self,
        _: C,
        key: impl FnOnce(&mut KeyWriter<'_>) + 'a,
        cache_if: impl FnOnce(&O::Return) -> bool + 'a,
    ) -> Pin<Box<impl Future<Output = Resolved<K, O, C>> + 'a>>
    where
        O: 'a,
    {
        let Missed { missing, cache, member } = self;
        Box::pin(SharedMiss::resolve(member, cache, missing, Caller::Task, key, cache_if))
    }
}

/// Begins to compute what replaces what is stored.
fn begin<A: Args, O: Outcome>(
    cache: &'static CacheFor<A, O, Process>,
    args: A,
    caller: Caller,
    purpose: Purpose,
) -> Miss<Process, A::Key, O> {
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
