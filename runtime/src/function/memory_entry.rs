//! [`MemoryEntry`], the entry of a cache in memory.

use std::marker::PhantomData;
use std::time::Duration;

use super::background::pool::{self, Slot};
use super::background::spawner::{self, Spawner};
use super::background::{Missed, Refresh};
use super::entry::{AsyncEntry, Entry, Found, RefreshedAsyncEntry, RefreshedEntry};
use super::find::{CacheFor, CacheIn};
use super::instance::InstanceScope;
use super::memory_missed::MemoryMissed;
use super::miss::{MissGuard, Purpose, Runner};
use super::tags::{Attach, Tagger};
use crate::base::info::CacheStatus;
use crate::cache::{AfterMiss, LookupMiss};
use crate::engine::{Fingerprint, InFlightId};
use crate::types::key::Args;
use crate::types::result::Outcome;
use crate::types::tag::{TaggedBy, Tags, Untagged};
use crate::types::view::View;
use crate::types::weight::{ByEntry, ByValue, EntryWeight, Unweighed, Weigh};

/// An entry of a cache in memory. `G` weighs it, and `T` tags it.
pub struct MemoryEntry<
    S: InstanceScope,
    A: Args,
    R,
    O: Outcome<R>,
    const TIMED: bool,
    G = Unweighed,
    T = Untagged,
> where
    CacheFor<A, R, O, S>: CacheIn<S>,
{
    pub(crate) cache: S::CachePtr<CacheFor<A, R, O, S>>,
    pub(crate) args: A,
    pub(crate) weigher: G,
    pub(crate) tagger: T,
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
        let MemoryEntry { cache, args, tagger, outcome, .. } = self;
        MemoryEntry { cache, args, weigher, tagger, outcome }
    }
}

impl<S: InstanceScope, A: Args, R, O: Outcome<R>, const TIMED: bool, G>
    MemoryEntry<S, A, R, O, TIMED, G>
where
    CacheFor<A, R, O, S>: CacheIn<S>,
{
    /// With `tags(..)`. A call that computes writes the tags.
    #[inline]
    pub fn tagged<F: FnOnce(&mut Tags)>(
        self,
        write: F,
    ) -> MemoryEntry<S, A, R, O, TIMED, G, TaggedBy<F>> {
        let MemoryEntry { cache, args, weigher, outcome, .. } = self;
        MemoryEntry { cache, args, weigher, tagger: TaggedBy(write), outcome }
    }
}

impl<S: InstanceScope, A: Args, R, O: Outcome<R>, const TIMED: bool, G: Weigh<A::Key, R>, T> Entry
    for MemoryEntry<S, A, R, O, TIMED, G, T>
where
    T: Tagger<S::CachePtr<CacheFor<A, R, O, S>>>,
    CacheFor<A, R, O, S>: CacheIn<S>,
{
    type Return = R;
    type Miss = MissGuard<S, A::Key, O::Value, O::WaiterValue, O, G>;

    // Inlined without optimization, its locals would take stack in each frame of a recursion.
    #[cfg_attr(debug_assertions, inline(never))]
    #[cfg_attr(not(debug_assertions), inline(always))]
    fn lookup(self) -> Found<R, Self::Miss> {
        let MemoryEntry { cache, args, weigher, tagger, .. } = self;
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
            Err(id) => {
                let (purpose, runner) = (Purpose::Call, Runner::Thread);
                let miss = MissGuard::start(cache, id, weigher, purpose, runner);
                miss.with_id(|cache, id| tagger.keep().attach(cache, id));
                Err(miss)
            }
        }
    }

    fn refresh(self) -> Self::Miss {
        let MemoryEntry { cache, args, weigher, tagger, .. } = self;
        let id = cache.start_replacing(args, Runner::Thread.leader());
        let miss = MissGuard::start(cache, id, weigher, Purpose::Refresh, Runner::Thread);
        miss.with_id(|cache, id| tagger.keep().attach(cache, id));
        miss
    }

    fn insert(self) -> Self::Miss {
        let MemoryEntry { cache, args, weigher, tagger, .. } = self;
        let id = cache.start_replacing(args, Runner::Thread.leader());
        let miss = MissGuard::new(cache, id, weigher, Purpose::Insert, Runner::Thread);
        miss.with_id(|cache, id| tagger.keep().attach(cache, id));
        miss
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

impl<S: InstanceScope, A: Args, R, O: Outcome<R>, const TIMED: bool, G: Weigh<A::Key, R>, T>
    AsyncEntry for MemoryEntry<S, A, R, O, TIMED, G, T>
where
    T: Tagger<S::CachePtr<CacheFor<A, R, O, S>>>,
    CacheFor<A, R, O, S>: CacheIn<S>,
{
    type Missed = MemoryMissed<S, A::Key, O::Value, O::WaiterValue, O, G, T::Kept>;

    #[inline]
    fn lookup_async(self) -> Found<R, Self::Missed> {
        let MemoryEntry { cache, args, weigher, tagger, .. } = self;
        let missed = |miss, fingerprint, args| {
            let mut hit = None;
            let missed = cache.miss_async::<A, R, O>(miss, fingerprint, args, &mut hit);
            hit.ok_or(missed)
        };
        let bypass = AfterMiss::Compute(None);
        match cache.lookup::<_, _, _, TIMED>(args, O::from_stored, bypass, missed) {
            Ok(hit) => Ok(hit),
            Err(missed) => Err(MemoryMissed::new(cache, missed, weigher, tagger)),
        }
    }

    fn refresh_async(self) -> Self::Miss {
        let MemoryEntry { cache, args, weigher, tagger, .. } = self;
        let id = cache.start_replacing(args, Runner::Task.leader());
        let miss = MissGuard::start(cache, id, weigher, Purpose::Refresh, Runner::Task);
        miss.with_id(|cache, id| tagger.keep().attach(cache, id));
        miss
    }
}

/// The right to compute a result of these types.
type MissOf<S, A, R, O, G> =
    MissGuard<S, <A as Args>::Key, <O as Outcome<R>>::Value, <O as Outcome<R>>::WaiterValue, O, G>;

/// The outcome of a lookup that returns stale results to be refreshed, before guards are made.
enum Lookup<R, I, P> {
    Miss(I),
    Refresh((R, CacheStatus), InFlightId, P),
}

impl<S: InstanceScope, A: Args, R, O: Outcome<R>, const TIMED: bool, G: Weigh<A::Key, R>, T>
    MemoryEntry<S, A, R, O, TIMED, G, T>
where
    T: Tagger<S::CachePtr<CacheFor<A, R, O, S>>>,
    CacheFor<A, R, O, S>: CacheIn<S>,
{
    /// Looks for the entry. For a stale one, tries to `reserve` a place to refresh it.
    #[inline(always)]
    fn look_up_or_refresh<I, P>(
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
        (weigher, tagger): (G, T),
        (hit, id, place): ((R, CacheStatus), InFlightId, P),
    ) -> Missed<R, M, MissOf<S, A, R, O, G>, P> {
        let miss = MissGuard::new(cache, Some(id), weigher, Purpose::Background, Runner::Task);
        miss.with_id(|cache, id| tagger.keep().attach(cache, id));
        Missed::Refresh(Refresh { hit, miss, place })
    }
}

impl<S: InstanceScope, A: Args, R, O: Outcome<R>, const TIMED: bool, G: Weigh<A::Key, R>, T>
    RefreshedEntry for MemoryEntry<S, A, R, O, TIMED, G, T>
where
    T: Tagger<S::CachePtr<CacheFor<A, R, O, S>>>,
    CacheFor<A, R, O, S>: CacheIn<S>,
{
    fn lookup_or_refresh(self) -> Found<R, Missed<R, Self::Miss, Self::Miss, Slot>> {
        let MemoryEntry { cache, args, weigher, tagger, .. } = self;
        let on_miss = |fingerprint, args| {
            let (miss, mut hit) = (LookupMiss::NotTried, None);
            let id = cache.miss_blocking::<A, R, O>(miss, fingerprint, args, &mut hit);
            hit.ok_or(id)
        };
        let found = Self::look_up_or_refresh(&cache, args, None, pool::reserve, on_miss);
        found.map_err(|lookup| match lookup {
            Lookup::Miss(id) => {
                let (purpose, runner) = (Purpose::Call, Runner::Thread);
                let miss = MissGuard::start(cache, id, weigher, purpose, runner);
                miss.with_id(|cache, id| tagger.keep().attach(cache, id));
                Missed::Compute(miss)
            }
            Lookup::Refresh(hit, id, slot) => {
                Self::guard_refresh(cache, (weigher, tagger), (hit, id, slot))
            }
        })
    }
}

impl<S: InstanceScope, A: Args, R, O: Outcome<R>, const TIMED: bool, G: Weigh<A::Key, R>, T>
    RefreshedAsyncEntry for MemoryEntry<S, A, R, O, TIMED, G, T>
where
    T: Tagger<S::CachePtr<CacheFor<A, R, O, S>>>,
    CacheFor<A, R, O, S>: CacheIn<S>,
{
    fn lookup_or_refresh_async(self) -> Found<R, Missed<R, Self::Missed, Self::Miss, Spawner>> {
        let MemoryEntry { cache, args, weigher, tagger, .. } = self;
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
                Missed::Compute(MemoryMissed::new(cache, missed, weigher, tagger))
            }
            Lookup::Refresh(hit, id, spawner) => {
                Self::guard_refresh(cache, (weigher, tagger), (hit, id, spawner))
            }
        })
    }
}
