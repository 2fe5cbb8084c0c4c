//! [`MemoryEntry`], the entry of a cache in memory, and a task's call that waits for it.

use std::marker::PhantomData;
use std::task::{Context, Poll};
use std::time::Duration;

use super::background::pool::{self, Slot};
use super::background::spawner::{self, Spawner};
use super::background::{Missed, Refresh};
use super::entry::{AsyncEntry, Entry, Found, RefreshedAsyncEntry, RefreshedEntry, Wait};
use super::find::{CacheFor, CacheIn};
use super::instance::InstanceScope;
use super::miss::{MissGuard, Purpose, Runner};
use crate::base::info::CacheStatus;
use crate::cache::{AfterMiss, Cache, LookupMiss, Step};
use crate::engine::{Fingerprint, InFlightId};
use crate::types::key::Args;
use crate::types::result::Outcome;
use crate::types::view::View;
use crate::types::weight::{ByEntry, ByValue, EntryWeight, Unweighed, Weigh};

/// An entry of a cache in memory. `G` weighs it.
pub struct MemoryEntry<
    S: InstanceScope,
    A: Args,
    R,
    O: Outcome<R>,
    const TIMED: bool,
    G = Unweighed,
> where
    CacheFor<A, R, O, S>: CacheIn<S>,
{
    pub(crate) cache: S::CachePtr<CacheFor<A, R, O, S>>,
    pub(crate) args: A,
    pub(crate) weigher: G,
    pub(crate) outcome: PhantomData<fn() -> (R, O)>,
}

impl<S: InstanceScope, A: Args, R, O: Outcome<R>, const TIMED: bool> MemoryEntry<S, A, R, O, TIMED>
where
    CacheFor<A, R, O, S>: CacheIn<S>,
{
    /// With `weight = |value| ..`.
    #[inline]
    pub fn weighed_by_value<F>(self, weigh: F) -> MemoryEntry<S, A, R, O, TIMED, ByValue<F>>
    where
        F: Fn(&R) -> u64 + Copy + Send + 'static,
    {
        self.weighed_by(ByValue(weigh))
    }

    /// With `weight = |key, value| ..`.
    #[inline]
    #[allow(clippy::type_complexity)]
    pub fn weighed<F>(
        self,
        weigh: F,
    ) -> MemoryEntry<S, A, R, O, TIMED, ByEntry<impl EntryWeight<A::Key, R>>>
    where
        A: View,
        F: Fn(A::Of<'_>, &R) -> u64 + Copy + Send + 'static,
    {
        self.weighed_by(ByEntry(move |key: &A::Key, value: &R| weigh(A::view(key), value)))
    }

    #[inline]
    fn weighed_by<G>(self, weigher: G) -> MemoryEntry<S, A, R, O, TIMED, G> {
        let MemoryEntry { cache, args, outcome, .. } = self;
        MemoryEntry { cache, args, weigher, outcome }
    }
}

impl<S: InstanceScope, A: Args, R, O: Outcome<R>, const TIMED: bool, G: Weigh<A::Key, R>> Entry
    for MemoryEntry<S, A, R, O, TIMED, G>
where
    CacheFor<A, R, O, S>: CacheIn<S>,
{
    type Return = R;
    type Miss = MissGuard<S, A::Key, O::Value, O::WaiterValue, O, G>;

    // Inlined without optimization, its locals would take stack in each frame of a recursion.
    #[cfg_attr(debug_assertions, inline(never))]
    #[cfg_attr(not(debug_assertions), inline(always))]
    fn lookup(self) -> Found<R, Self::Miss> {
        let MemoryEntry { cache, args, weigher, .. } = self;
        let found = cache.lookup::<_, _, _, TIMED>(
            args,
            O::from_stored,
            None,
            |miss, fingerprint, args| {
                let mut hit = None;
                let id = cache.miss_blocking::<A, R, O>(miss, fingerprint, args, &mut hit);
                hit.ok_or(id)
            },
        );
        match found {
            Ok(hit) => Ok(hit),
            Err(id) => Err(MissGuard::start(cache, id, weigher, Purpose::Call, Runner::Thread)),
        }
    }

    fn refresh(self) -> Self::Miss {
        let id = self.cache.start_replacing(self.args, Runner::Thread.leader());
        MissGuard::start(self.cache, id, self.weigher, Purpose::Refresh, Runner::Thread)
    }

    fn insert(self) -> Self::Miss {
        let id = self.cache.start_replacing(self.args, Runner::Thread.leader());
        MissGuard::new(self.cache, id, self.weigher, Purpose::Insert, Runner::Thread)
    }

    fn invalidate(self) -> bool {
        self.cache.invalidate(self.args)
    }

    fn peek(self) -> Option<R> {
        self.cache.peek(&self.args, O::from_stored)
    }

    fn contains(self) -> bool {
        self.cache.peek(&self.args, |_| ()).is_some()
    }

    fn ttl(self) -> Option<Duration> {
        self.cache.ttl(&self.args)
    }
}

impl<S: InstanceScope, A: Args, R, O: Outcome<R>, const TIMED: bool, G: Weigh<A::Key, R>> AsyncEntry
    for MemoryEntry<S, A, R, O, TIMED, G>
where
    CacheFor<A, R, O, S>: CacheIn<S>,
{
    type Missed = MemoryMissed<S, A::Key, O::Value, O::WaiterValue, O, G>;

    #[inline]
    fn lookup_async(self) -> Found<R, Self::Missed> {
        let MemoryEntry { cache, args, weigher, .. } = self;
        let missed = |miss, fingerprint, args| {
            let mut hit = None;
            let missed = cache.miss_async::<A, R, O>(miss, fingerprint, args, &mut hit);
            hit.ok_or(missed)
        };
        let bypass = AfterMiss::Compute(None);
        match cache.lookup::<_, _, _, TIMED>(args, O::from_stored, bypass, missed) {
            Ok(hit) => Ok(hit),
            Err(missed) => {
                let cache = Some(cache);
                Err(MemoryMissed { cache, missed, weigher, outcome: PhantomData })
            }
        }
    }

    fn refresh_async(self) -> Self::Miss {
        let id = self.cache.start_replacing(self.args, Runner::Task.leader());
        MissGuard::start(self.cache, id, self.weigher, Purpose::Refresh, Runner::Task)
    }
}

/// The right to compute a result of these types.
type MissOf<S, A, R, O, G> =
    MissGuard<S, <A as Args>::Key, <O as Outcome<R>>::Value, <O as Outcome<R>>::WaiterValue, O, G>;

/// The outcome of a lookup that returns stale results to be refreshed, before guards are made.
pub(crate) enum Lookup<R, I, P> {
    Miss(I),
    Refresh((R, CacheStatus), InFlightId, P),
}

impl<S: InstanceScope, A: Args, R, O: Outcome<R>, const TIMED: bool, G: Weigh<A::Key, R>>
    MemoryEntry<S, A, R, O, TIMED, G>
where
    CacheFor<A, R, O, S>: CacheIn<S>,
{
    /// Looks for the entry. For a stale one, tries to `reserve` a place to refresh it.
    #[inline(always)]
    pub(crate) fn look_up_or_refresh<I, P>(
        cache: &CacheFor<A, R, O, S>,
        args: A,
        bypass: I,
        reserve: impl Fn() -> Option<P>,
        on_miss: impl Fn(Fingerprint, A) -> Found<R, I>,
    ) -> Found<R, Lookup<R, I, P>> {
        let bypass = Lookup::Miss(bypass);
        cache.lookup::<_, _, _, TIMED>(args, O::from_stored, bypass, |miss, fingerprint, args| {
            cache.release_miss(miss);
            let Some(mut hit) = cache.find_stale(fingerprint, &args, O::from_stored, &reserve)
            else {
                return on_miss(fingerprint, args).map_err(Lookup::Miss);
            };
            let place = hit.place.take();
            let id = place.as_ref().and_then(|_| cache.start_refresh(fingerprint, args, &hit));
            let hit = (hit.result, CacheStatus::Stale);
            match place.zip(id) {
                Some((place, id)) => Err(Lookup::Refresh(hit, id, place)),
                None => Ok(hit),
            }
        })
    }

    /// Makes the guard of a refresh that a lookup has started.
    fn guard_refresh<M, P>(
        cache: S::CachePtr<CacheFor<A, R, O, S>>,
        weigher: G,
        (hit, id, place): ((R, CacheStatus), InFlightId, P),
    ) -> Missed<R, M, MissOf<S, A, R, O, G>, P> {
        let miss = MissGuard::new(cache, Some(id), weigher, Purpose::Background, Runner::Task);
        Missed::Refresh(Refresh { hit, miss, place })
    }
}

impl<S: InstanceScope, A: Args, R, O: Outcome<R>, const TIMED: bool, G: Weigh<A::Key, R>>
    RefreshedEntry for MemoryEntry<S, A, R, O, TIMED, G>
where
    CacheFor<A, R, O, S>: CacheIn<S>,
{
    fn lookup_or_refresh(self) -> Found<R, Missed<R, Self::Miss, Self::Miss, Slot>> {
        let MemoryEntry { cache, args, weigher, .. } = self;
        let on_miss = |fingerprint, args| {
            let (miss, mut hit) = (LookupMiss::NotTried, None);
            let id = cache.miss_blocking::<A, R, O>(miss, fingerprint, args, &mut hit);
            hit.ok_or(id)
        };
        let found = Self::look_up_or_refresh(&cache, args, None, pool::reserve, on_miss);
        found.map_err(|lookup| match lookup {
            Lookup::Miss(id) => {
                let (purpose, runner) = (Purpose::Call, Runner::Thread);
                Missed::Compute(MissGuard::start(cache, id, weigher, purpose, runner))
            }
            Lookup::Refresh(hit, id, slot) => Self::guard_refresh(cache, weigher, (hit, id, slot)),
        })
    }
}

impl<S: InstanceScope, A: Args, R, O: Outcome<R>, const TIMED: bool, G: Weigh<A::Key, R>>
    RefreshedAsyncEntry for MemoryEntry<S, A, R, O, TIMED, G>
where
    CacheFor<A, R, O, S>: CacheIn<S>,
{
    fn lookup_or_refresh_async(self) -> Found<R, Missed<R, Self::Missed, Self::Miss, Spawner>> {
        let MemoryEntry { cache, args, weigher, .. } = self;
        let on_miss = |fingerprint, args| {
            let (miss, mut hit) = (LookupMiss::NotTried, None);
            let missed = cache.miss_async::<A, R, O>(miss, fingerprint, args, &mut hit);
            hit.ok_or(missed)
        };
        let reserve = || spawner::find(cache.name());
        let bypass = AfterMiss::Compute(None);
        let found = Self::look_up_or_refresh(&cache, args, bypass, reserve, on_miss);
        found.map_err(|lookup| match lookup {
            Lookup::Miss(missed) => {
                let cache = Some(cache);
                Missed::Compute(MemoryMissed { cache, missed, weigher, outcome: PhantomData })
            }
            Lookup::Refresh(hit, id, spawner) => {
                Self::guard_refresh(cache, weigher, (hit, id, spawner))
            }
        })
    }
}

/// A task's call that found no entry in memory.
pub struct MemoryMissed<S: InstanceScope, K: 'static, V: 'static, W: 'static, O, G> {
    /// Taken when it is ready.
    cache: Option<S::CachePtr<Cache<K, V, W, S>>>,
    missed: AfterMiss<K, W>,
    weigher: G,
    outcome: PhantomData<fn() -> O>,
}

impl<S, K, V, W, R, O, G> Wait<R, MissGuard<S, K, V, W, O, G>> for MemoryMissed<S, K, V, W, O, G>
where
    S: InstanceScope,
    K: 'static,
    V: 'static,
    W: 'static,
    O: Outcome<R, Value = V, WaiterValue = W>,
    G: Weigh<K, R>,
{
    fn poll(&mut self, context: &mut Context<'_>) -> Poll<Found<R, MissGuard<S, K, V, W, O, G>>> {
        let Some(cache) = self.cache.take() else { unreachable!("it is polled after it is ready") };
        let id = match &mut self.missed {
            AfterMiss::Compute(id) => *id,
            AfterMiss::Pending(call) => loop {
                match cache.step::<R, O>(call) {
                    Step::Hit(result, status) => return Poll::Ready(Ok((result, status))),
                    Step::Compute(id) => break id,
                    Step::Wait => (),
                }
                if call.poll_wait(context).is_pending() {
                    self.cache = Some(cache);
                    return Poll::Pending;
                }
            },
        };
        Poll::Ready(Err(MissGuard::start(cache, id, self.weigher, Purpose::Call, Runner::Task)))
    }
}
