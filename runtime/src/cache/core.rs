//! [`Cache`], the cache of one set of types, and the helpers that all its operations use.
//!
//! It relies on the engine for entries, order and in-flight computations. The operations are in
//! `lookup`, `pending`, `finish`, `clear` and `stats`.

use std::borrow::Cow;
use std::hash::{BuildHasher, Hasher};
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::Relaxed;

use foldhash::fast::RandomState;
use once_cell::sync::OnceCell;

use super::counters::CacheCounters;
use super::deferred::Deferrals;
use super::gate::Gate as _;
use super::refreshes::Refreshes;
use super::scope::Scope;
use super::tiers::TierStats;
use crate::base::clock;
use crate::base::expiry::{Age, Expiry};
use crate::base::policy::Policy;
use crate::base::single_flight::SingleFlight;
use crate::base::spec::Spec;
use crate::engine::{
    Compared, Config, Engine, Eviction, Fingerprint, Generation, Pin, Reentrant, Times,
};
use crate::inflight::completion::WaitList;
use crate::inflight::deadlock::ComputationId;
use crate::types::key::Args;

/// The cache of keys `K`, stored values `V`, and values `W` for waiters.
pub struct Cache<K: 'static, V: 'static, W: 'static, S: Scope> {
    pub(super) gate: S::Gate,
    pub(super) maxweight: Option<u64>,
    pub(super) expiry: Option<Expiry>,
    /// The option `ttl` in nanoseconds. It may change.
    pub(super) ttl: AtomicU64,
    /// Whether a call waits for another that computes its key.
    pub(super) single_flight: SingleFlight,
    hasher: RandomState,
    pub(super) engine: CacheEngine<K, V, W, S>,
    pub(super) deferrals: Deferrals<K>,
    pub(super) counters: CacheCounters,
    /// The refreshes in the background.
    pub(super) refreshes: Refreshes,
    /// A computation is timed only if `generation & sampling_mask == 0`.
    pub(super) sampling_mask: AtomicU64,
    /// The function's second tier.
    pub(super) tier: OnceCell<&'static dyn TierStats>,
    /// The path of the function.
    name: Cow<'static, str>,
}

/// The engine of a cache.
pub(super) type CacheEngine<K, V, W, S> = <S as Scope>::Engine<K, V, Arc<WaitList<W>>>;

pub(super) type CachePin<'a, K, V, W, S> =
    <CacheEngine<K, V, W, S> as Engine<K, V, Arc<WaitList<W>>>>::Pin<'a>;

type CompactPin<'a, K, V, W, S> =
    <CacheEngine<K, V, W, S> as Engine<K, V, Arc<WaitList<W>>>>::CompactPin<'a>;

pub(super) type Position<K, V, W, S> =
    <CacheEngine<K, V, W, S> as Engine<K, V, Arc<WaitList<W>>>>::Position;

/// A lookup that has found nothing so far. It is passed in a register.
pub(crate) enum LookupMiss<'a, K: 'static, V: 'static, W: 'static, S: Scope> {
    /// The table was not searched: the stripe was contended, or this thread has none yet.
    NotTried,
    /// The table was searched. The pin is still held.
    Absent(CompactPin<'a, K, V, W, S>),
}

impl<K: 'static, V: 'static, W: 'static, S: Scope> Cache<K, V, W, S> {
    /// Makes an empty cache with these options.
    pub(crate) fn new(spec: &Spec) -> Self {
        let Spec { maxsize, maxweight, policy, expiry, single_flight, .. } = *spec;
        Cache {
            gate: S::Gate::new(maxsize == Some(0)),
            maxweight,
            expiry,
            ttl: AtomicU64::new(expiry.map_or(u64::MAX, |expiry| expiry.ttl_nanos())),
            single_flight,
            hasher: RandomState::default(),
            engine: Engine::new(&Config {
                capacity: maxsize,
                max_weight: maxweight,
                is_timed: expiry.is_some(),
                eviction: match policy {
                    Policy::Lru => Eviction::Lru,
                    Policy::Adaptive => Eviction::Adaptive,
                },
            }),
            deferrals: Deferrals::new(),
            counters: CacheCounters::new(),
            refreshes: Refreshes::new(),
            sampling_mask: AtomicU64::new(0),
            tier: OnceCell::new(),
            name: spec.name.clone(),
        }
    }

    /// The path of the function.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// The option `single_flight`.
    #[inline]
    pub(crate) fn single_flight(&self) -> SingleFlight {
        self.single_flight
    }

    /// Returns an id of a computation that is unique among all caches.
    pub(crate) fn computation_id(&self, computation: Generation) -> ComputationId {
        (std::ptr::from_ref(self).addr(), computation)
    }

    /// Whether an entry of this weight exceeds `maxweight` on its own.
    #[inline]
    pub(crate) fn is_too_heavy(&self, weight: u64) -> bool {
        self.maxweight.is_some_and(|maxweight| weight > maxweight)
    }

    /// Returns the fingerprint of these arguments.
    #[inline]
    pub(super) fn fingerprint<A: Args<Key = K>>(&self, args: &A) -> Fingerprint {
        let mut hasher = self.hasher.build_hasher();
        args.hash(&mut hasher);
        Fingerprint::of_hash(hasher.finish())
    }

    /// Returns the deadline of a result that is stored at `now` and has no ttl of its own.
    pub(super) fn next_deadline(&self, expiry: &Expiry, now: u64) -> u64 {
        expiry.deadline_after_nanos(self.ttl.load(Relaxed), now)
    }

    /// Returns the time, if entries expire.
    pub(super) fn now(&self) -> Option<u64> {
        self.expiry.is_some().then(clock::now)
    }

    /// Returns the time of the coarse clock, if entries expire; else 0.
    pub(super) fn coarse_now(&self) -> u64 {
        self.expiry.as_ref().map_or(0, |_| clock::coarse_now())
    }

    /// Returns the time and the limits that follow from it, if entries expire.
    pub(super) fn times(&self) -> Option<Times> {
        Some(times_at(self.expiry.as_ref()?, clock::now()))
    }

    /// Returns the age of an entry with this deadline.
    #[inline]
    pub(super) fn age(&self, deadline: u64, now: Option<u64>) -> Age {
        match (&self.expiry, now) {
            (Some(expiry), Some(now)) => expiry.age(deadline, now),
            _ => Age::Fresh,
        }
    }

    /// Compares a key with those keys of its fingerprint that it has not been compared with. `Eq`
    /// runs within a pin, and never under the engine's lock.
    pub(super) fn compare(
        &self,
        fingerprint: Fingerprint,
        compared: &mut Compared,
        key_eq: impl Fn(&K) -> bool,
    ) -> Result<(), Reentrant> {
        let pin = self.engine.pin_slow()?;
        pin.compare(fingerprint, compared, key_eq);
        if pin.leave() {
            self.deferrals.set_pending();
        }
        Ok(())
    }
}

/// Returns `now` and the limits that follow from it.
pub(super) fn times_at(expiry: &Expiry, now: u64) -> Times {
    Times { now, stale: expiry.stale, purge_cutoff: expiry.purge_cutoff(now) }
}
