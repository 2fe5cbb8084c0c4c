//! [`SharedFunctionCache`], the cache of a function that shares its results, as generated code uses
//! it: a [`FunctionCache`] with a [`SharedFunction`].

use std::marker::PhantomData;
use std::time::Duration;

use super::checked::CheckedCodec;
use super::computation::{Destination, MissOf, SharedComputation};
use super::invalidation::{Invalidation, clear, remove};
use super::key::TierKey;
use super::key_writer::KeyWriter;
use super::miss::{SharedMissGuard, SharedMissOf};
use super::pending_call::{PendingSharedCall, wait_until_tracked};
use super::shared_function::SharedFunction;
use crate::base::cache_entry::CacheEntry;
use crate::base::info::{CacheInfo, CacheParameters};
use crate::base::spec::Specify;
use crate::base::stats::CacheStats;
use crate::base::switch;
use crate::cache::{AfterMiss, MemoryTier};
use crate::function::entry::{Entry, Found};
use crate::function::find::{CacheFor, CacheIn};
use crate::function::function_cache::FunctionCache;
use crate::function::instance::InstanceScope;
use crate::function::memory_entry::MemoryEntry;
use crate::function::miss::{MissGuard, Purpose, Runner};
use crate::inflight::parker::block_on;
use crate::types::keep::Decide;
use crate::types::key::Args;
use crate::types::owned_key::{KeyClone, KeyOf};
use crate::types::result::Outcome;
use crate::types::storable::Process;
use crate::types::view::View;
use crate::types::weight::{ByEntry, ByValue, Unweighed, Weigh};

/// The cache of a function that shares its results, for the types of the discriminant `D`.
pub struct SharedFunctionCache<D> {
    memory: FunctionCache<Process, D, true>,
    function: &'static SharedFunction,
}

impl<D> SharedFunctionCache<D> {
    /// Returns the cache of the discriminant's type, see [`FunctionCache::new`].
    #[inline]
    pub fn new(
        instances: <Process as InstanceScope>::Instances,
        discriminant: D,
        specify: Specify,
        function: &'static SharedFunction,
    ) -> Self {
        let memory = FunctionCache::new(instances, discriminant, specify);
        SharedFunctionCache { memory, function }
    }

    /// `cache_info()`.
    #[must_use]
    pub fn info(&self) -> CacheInfo {
        self.memory.info()
    }

    /// `cache_stats()`.
    #[must_use]
    pub fn stats(&self) -> CacheStats {
        self.memory.stats()
    }

    /// `cache_parameters()`.
    #[must_use]
    pub fn parameters(&self) -> CacheParameters {
        self.memory.parameters()
    }

    /// `cache_entries()`, in memory.
    pub fn entries<P, R, O>(&self, outcome: O) -> Vec<CacheEntry<KeyOf<P>, R>>
    where
        P: KeyClone<'static>,
        O: Outcome<R>,
    {
        self.memory.entries::<P, R, O>(outcome)
    }

    /// Returns the entry for these arguments, whether it exists or not. `key` writes their key in
    /// the tier. A value of the tier that `cache_if` refuses is returned, and not stored in memory.
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
        C: CheckedCodec<O::Value>,
        W: FnOnce(&mut KeyWriter<'_>),
        P: Decide<R>,
        CacheFor<A, R, O, Process>: CacheIn<Process> + MemoryTier,
    {
        let (cache, weigher) = (self.memory.cache::<A, R, O>(), Unweighed);
        let memory = MemoryEntry { cache, args, weigher, outcome: PhantomData };
        SharedEntry { memory, function: self.function, key, cache_if, codec: PhantomData }
    }

    /// `cache_clear()`.
    pub fn clear(&self) -> Invalidation {
        block_on(self.clear_async())
    }

    /// Same as [`SharedFunctionCache::clear`], for a task.
    pub fn clear_async(&self) -> impl Future<Output = Invalidation> + use<D> {
        self.memory.clear();
        clear(self.function)
    }
}

/// The entry in memory.
type InMemory<A, R, O, G = Unweighed> = MemoryEntry<Process, A, R, O, true, G>;

/// An entry of a cache that shares its results. `G` weighs it.
pub struct SharedEntry<A, R, O, C, W, P, G = Unweighed>
where
    A: Args,
    O: Outcome<R>,
    CacheFor<A, R, O, Process>: CacheIn<Process>,
{
    memory: InMemory<A, R, O, G>,
    function: &'static SharedFunction,
    key: W,
    cache_if: P,
    codec: PhantomData<fn() -> C>,
}

impl<A, R, O, C, W, P> SharedEntry<A, R, O, C, W, P>
where
    A: Args,
    O: Outcome<R>,
    CacheFor<A, R, O, Process>: CacheIn<Process>,
{
    /// See [`MemoryEntry::weighed_by_value`].
    #[inline]
    pub fn weighed_by_value<F>(self, weigh: F) -> SharedEntry<A, R, O, C, W, P, ByValue<F>>
    where
        F: Fn(&R) -> u64 + Copy + Send + 'static,
    {
        self.map_memory(|memory| memory.weighed_by_value(weigh))
    }

    /// See [`MemoryEntry::weighed`].
    #[inline]
    #[allow(clippy::type_complexity)]
    pub fn weighed<F>(
        self,
        weigh: F,
    ) -> SharedEntry<A, R, O, C, W, P, ByEntry<impl Fn(&A::Key, &R) -> u64 + Copy + Send + 'static>>
    where
        A: View,
        F: Fn(A::Of<'_>, &R) -> u64 + Copy + Send + 'static,
    {
        self.map_memory(|memory| memory.weighed(weigh))
    }

    #[inline]
    fn map_memory<G>(
        self,
        map: impl FnOnce(InMemory<A, R, O>) -> InMemory<A, R, O, G>,
    ) -> SharedEntry<A, R, O, C, W, P, G> {
        let SharedEntry { memory, function, key, cache_if, codec } = self;
        SharedEntry { memory: map(memory), function, key, cache_if, codec }
    }
}

impl<A, R, O, C, W, P, G> SharedEntry<A, R, O, C, W, P, G>
where
    A: Args,
    O: Outcome<R>,
    C: CheckedCodec<O::Value>,
    W: FnOnce(&mut KeyWriter<'_>),
    P: Decide<R>,
    G: Weigh<A::Key, R>,
    CacheFor<A, R, O, Process>: CacheIn<Process> + MemoryTier,
{
    #[inline]
    // Most calls that get this far return the `Err`.
    #[allow(clippy::result_large_err, clippy::type_complexity)]
    fn lookup_in_memory(
        self,
        runner: Runner,
    ) -> Found<R, PendingSharedCall<A::Key, R, O, C, W, P, G>> {
        let SharedEntry { memory, function, key, cache_if, .. } = self;
        let MemoryEntry { cache, args, weigher, .. } = memory;
        let on_miss = |miss, fingerprint, args| {
            let mut hit = None;
            let after_miss =
                cache.miss_shared::<A, R, O>(miss, fingerprint, args, runner.leader(), &mut hit);
            hit.ok_or(after_miss)
        };
        let bypass = AfterMiss::Compute(None);
        let found = cache.lookup::<_, _, _, true>(args, O::from_stored, bypass, on_miss);
        let codec = PhantomData;
        found.map_err(|after_miss| PendingSharedCall {
            after_miss,
            cache,
            function,
            key,
            cache_if,
            weigher,
            codec,
        })
    }

    /// Looks for the entry in memory, for a task.
    ///
    /// # Errors
    ///
    /// The call to resolve, if there is no entry.
    #[inline]
    // Most calls that get this far return the `Err`.
    #[allow(clippy::result_large_err, clippy::type_complexity)]
    pub fn lookup_async(self) -> Found<R, PendingSharedCall<A::Key, R, O, C, W, P, G>> {
        self.lookup_in_memory(Runner::Task)
    }

    /// `cache_refresh(..)` of a task: starts a computation whose result replaces the entry. Counts
    /// nothing.
    pub fn refresh_async(self) -> impl Future<Output = SharedMissOf<A::Key, R, O, C, G>> {
        Box::pin(self.start_refresh(Runner::Task))
    }

    fn start_refresh(
        self,
        runner: Runner,
    ) -> impl Future<Output = SharedMissOf<A::Key, R, O, C, G>> {
        let SharedEntry { memory, function, key, .. } = self;
        async move {
            if !switch::is_off() {
                wait_until_tracked(function, memory.cache).await;
            }
            let miss = start_replacing(memory, runner, Purpose::Refresh);
            let destination = match SharedComputation::start(function, &miss, key) {
                Ok(mut computation) => {
                    computation.start_refresh().await;
                    Destination::SecondTier(computation)
                }
                Err(destination) => destination,
            };
            SharedMissGuard::start(miss, destination, runner)
        }
    }

    /// `cache_invalidate(..)` of a task.
    pub fn invalidate_async(self) -> impl Future<Output = Invalidation> + use<A, R, O, C, W, P, G> {
        let SharedEntry { memory: MemoryEntry { cache, args, .. }, function, key, .. } = self;
        let tier = function.tier();
        let key = tier.as_ref().and_then(|tier| TierKey::write(tier.settings().secret, key));
        // Discards computations that have started.
        let _ = cache.invalidate(args);
        async move {
            match (tier, key) {
                (Some(tier), Some(key)) => remove(tier, function, key).await,
                _ => Invalidation::Local,
            }
        }
    }
}

impl<A, R, O, C, W, P, G> Entry<Invalidation> for SharedEntry<A, R, O, C, W, P, G>
where
    A: Args,
    O: Outcome<R>,
    C: CheckedCodec<O::Value>,
    W: FnOnce(&mut KeyWriter<'_>),
    P: Decide<R>,
    G: Weigh<A::Key, R>,
    CacheFor<A, R, O, Process>: CacheIn<Process> + MemoryTier,
{
    type Return = R;
    type Miss = SharedMissOf<A::Key, R, O, C, G>;

    #[inline]
    fn lookup(self) -> Found<R, Self::Miss> {
        match self.lookup_in_memory(Runner::Thread) {
            Ok(hit) => Ok(hit),
            Err(call) => block_on(call.resolve_for(Runner::Thread)),
        }
    }

    fn refresh(self) -> Self::Miss {
        block_on(self.start_refresh(Runner::Thread))
    }

    fn insert(self) -> Self::Miss {
        let SharedEntry { memory, function, key, .. } = self;
        let miss = start_replacing(memory, Runner::Thread, Purpose::Insert);
        let destination = SharedComputation::start(function, &miss, key)
            .map_or_else(|destination| destination, Destination::SecondTier);
        SharedMissGuard::new(miss, destination)
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

/// Starts a computation whose result replaces the entry.
fn start_replacing<A: Args, R, O: Outcome<R>, G>(
    entry: InMemory<A, R, O, G>,
    runner: Runner,
    purpose: Purpose,
) -> MissOf<A::Key, R, O, G>
where
    CacheFor<A, R, O, Process>: CacheIn<Process>,
{
    let MemoryEntry { cache, args, weigher, .. } = entry;
    let id = cache.start_replacing(args, runner.leader());
    MissGuard::new(cache, id, weigher, purpose, runner)
}
