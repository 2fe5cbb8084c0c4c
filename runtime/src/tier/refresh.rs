//! `refresh = "background"` of a function that shares its results: the lease of the tier lets one
//! process compute.
//!
//! A refresh reads before it computes: another process may have stored a newer value, which this
//! one then has in memory. While another process holds the lease, the refresh is postponed.

use std::marker::PhantomData;
use std::pin::Pin;

use super::checked::CheckedCodec;
use super::computation::{Destination, MissOf, SharedComputation};
use super::function_cache::SharedEntry;
use super::invalidation::Invalidation;
use super::key_writer::KeyWriter;
use super::lease::Patience;
use super::lookup::SharedLookup;
use super::miss::{SharedMissGuard, SharedMissOf};
use super::pending_call::{PendingSharedCall, finish_hit};
use crate::cache::{AfterMiss, LookupMiss, MemoryTier};
use crate::function::background::pool::{self, Slot};
use crate::function::background::spawner::{self, Spawner};
use crate::function::background::{Missed, Refresh};
use crate::function::entry::{Compute as _, Finish, Found, RefreshedEntry};
use crate::function::find::{CacheFor, CacheIn};
use crate::function::memory_entry::{Lookup, MemoryEntry};
use crate::function::miss::{MissGuard, Purpose, Runner};
use crate::inflight::parker::block_on;
use crate::types::keep::Decide;
use crate::types::key::Args;
use crate::types::result::Outcome;
use crate::types::storable::Process;
use crate::types::weight::Weigh;

/// A call that found no fresh entry in memory. A stale one is refreshed at the place `S`.
type MissedShared<A, R, O, C, W, P, G, S> = Missed<
    R,
    PendingSharedCall<<A as Args>::Key, R, O, C, W, P, G>,
    SharedMissOf<<A as Args>::Key, R, O, C, G>,
    S,
>;

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
    /// Looks for the entry in memory, for a task. A stale result is returned, to be refreshed.
    ///
    /// # Errors
    ///
    /// The call to resolve, or the right to compute in the background.
    #[allow(clippy::result_large_err, clippy::type_complexity)]
    pub fn lookup_or_refresh_async(self) -> Found<R, MissedShared<A, R, O, C, W, P, G, Spawner>> {
        let name = self.memory.cache.name();
        self.look_up_or_refresh(Runner::Task, || spawner::find(name))
    }

    /// Looks for the entry in memory. For a stale one, tries to `reserve` a place to refresh it.
    #[allow(clippy::result_large_err, clippy::type_complexity)]
    fn look_up_or_refresh<S>(
        self,
        runner: Runner,
        reserve: impl Fn() -> Option<S>,
    ) -> Found<R, MissedShared<A, R, O, C, W, P, G, S>> {
        let SharedEntry { memory, function, key, cache_if, .. } = self;
        let MemoryEntry { cache, args, weigher, .. } = memory;
        let on_miss = |fingerprint, args| {
            let (miss, mut hit) = (LookupMiss::NotTried, None);
            let leader = runner.leader();
            let after_miss =
                cache.miss_shared::<A, R, O>(miss, fingerprint, args, leader, &mut hit);
            hit.ok_or(after_miss)
        };
        let bypass = AfterMiss::Compute(None);
        let found = MemoryEntry::<Process, A, R, O, true, G>::look_up_or_refresh(
            cache, args, bypass, reserve, on_miss,
        );
        found.map_err(|lookup| match lookup {
            Lookup::Miss(after_miss) => {
                let codec = PhantomData;
                Missed::Compute(PendingSharedCall {
                    after_miss,
                    cache,
                    function,
                    key,
                    cache_if,
                    weigher,
                    codec,
                })
            }
            Lookup::Refresh(hit, id, place) => {
                let purpose = Purpose::Background;
                let miss = MissGuard::new(cache, Some(id), weigher, purpose, Runner::Task);
                // The arguments, which the key is written from, are borrowed.
                let destination = SharedComputation::start(function, &miss, key)
                    .map_or_else(|destination| destination, Destination::SecondTier);
                let miss = SharedMissGuard::new(miss, destination);
                Missed::Refresh(Refresh { hit, miss, place })
            }
        })
    }
}

impl<A, R, O, C, W, P, G> RefreshedEntry<Invalidation> for SharedEntry<A, R, O, C, W, P, G>
where
    A: Args,
    O: Outcome<R>,
    C: CheckedCodec<O::Value>,
    W: FnOnce(&mut KeyWriter<'_>),
    P: Decide<R>,
    G: Weigh<A::Key, R>,
    CacheFor<A, R, O, Process>: CacheIn<Process> + MemoryTier,
{
    fn lookup_or_refresh(self) -> Found<R, Missed<R, Self::Miss, Self::Miss, Slot>> {
        match self.look_up_or_refresh(Runner::Thread, pool::reserve) {
            Ok(hit) => Ok(hit),
            Err(Missed::Refresh(refresh)) => Err(Missed::Refresh(refresh)),
            Err(Missed::Compute(call)) => {
                block_on(call.resolve_for(Runner::Thread)).map_err(Missed::Compute)
            }
        }
    }
}

/// The right to refresh a result in the background that is shared.
pub trait SharedRefresh<R>: Finish<R> {
    /// Takes the lease, and starts the body of the refresh. Blocks the thread for the query.
    ///
    /// `None` if there is nothing to compute: the result is not wanted any more, another process
    /// computes it, or it was in the tier, and is in memory now.
    fn begin(self, cache_if: impl Decide<R>) -> Option<Self>;
}

/// Same as [`SharedRefresh`], for a task.
pub trait SharedAsyncRefresh<R>: SharedRefresh<R> {
    /// See [`SharedRefresh::begin`].
    fn begin_async(
        self,
        cache_if: impl Decide<R> + Send + 'static,
    ) -> Pin<Box<dyn Future<Output = Option<Self>> + Send>>;

    /// Stores the result. Returns the future to await, if it goes into the tier first.
    fn store(
        self,
        result: R,
        cache_if: impl Decide<R>,
    ) -> Option<Pin<Box<dyn Future<Output = ()> + Send>>>;
}

impl<K, V, W, R, O, C, G> SharedRefresh<R> for SharedMissGuard<K, V, W, O, C, G>
where
    K: 'static,
    V: 'static,
    W: 'static,
    O: Outcome<R, Value = V, WaiterValue = W>,
    C: CheckedCodec<V>,
    G: Weigh<K, R>,
{
    fn begin(self, cache_if: impl Decide<R>) -> Option<Self> {
        block_on(begin(self, cache_if, Runner::Thread))
    }
}

impl<K, V, W, R, O, C, G> SharedAsyncRefresh<R> for SharedMissGuard<K, V, W, O, C, G>
where
    K: 'static,
    V: Send + 'static,
    W: 'static,
    R: 'static,
    O: Outcome<R, Value = V, WaiterValue = W> + 'static,
    C: CheckedCodec<V> + 'static,
    G: Weigh<K, R> + 'static,
    MissOf<K, R, O, G>: Send,
{
    fn begin_async(
        self,
        cache_if: impl Decide<R> + Send + 'static,
    ) -> Pin<Box<dyn Future<Output = Option<Self>> + Send>> {
        Box::pin(begin(self, cache_if, Runner::Task))
    }

    fn store(
        self,
        result: R,
        cache_if: impl Decide<R>,
    ) -> Option<Pin<Box<dyn Future<Output = ()> + Send>>> {
        let store = self.finish_in_memory(result, cache_if).err()?;
        Some(Box::pin(async move { drop(store.run().await) }))
    }
}

/// See [`SharedRefresh::begin`].
async fn begin<K, R, O, C, G>(
    refresh: SharedMissOf<K, R, O, C, G>,
    cache_if: impl Decide<R>,
    runner: Runner,
) -> Option<SharedMissOf<K, R, O, C, G>>
where
    K: 'static,
    O: Outcome<R>,
    C: CheckedCodec<O::Value>,
    G: Weigh<K, R>,
{
    let SharedMissGuard { mut miss, mut destination, .. } = refresh;
    if !miss.is_wanted() {
        return None;
    }
    if let Destination::SecondTier(computation) = &mut destination {
        match computation.read_or_acquire::<O::Value, C>(Patience::Changes, runner).await {
            SharedLookup::Hit { value, expires_at } => {
                finish_hit(miss, computation, value, expires_at, cache_if);
                return None;
            }
            SharedLookup::Leased => {
                miss.postpone_refresh();
                return None;
            }
            SharedLookup::Compute | SharedLookup::Unavailable => {
                computation.listener.stop_rereading();
            }
        }
    }
    miss.begin_refresh().then(|| SharedMissGuard::new(miss, destination))
}
