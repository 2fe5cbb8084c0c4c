//! The cache of one set of types: lookup, storing, removing. What a call that found nothing does is in
//! [`call`].
//!
//! A reader compares and clones with its own stripe held, a writer runs no user code at all. What has to
//! be compared before it is written about is compared by a reader first; the writer then checks that it
//! has seen all there is, and what it displaces is dropped when it has let go.

use std::any::Any;
use std::borrow::Cow;
use std::hash::{BuildHasher, Hasher};
use std::mem;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering::Relaxed};
use std::time::Duration;

use foldhash::fast::RandomState;
use parking_lot::Mutex;

use crate::args::Args;
use crate::clock;
use crate::expiry::{Age, Expiry};
use crate::flight::Flight;
use crate::info::CacheStatus;
use crate::instance::Spec;
use crate::scope::Scope;
use crate::single_flight::SingleFlight;
use crate::stats::CacheStats;
use crate::store::compared::Compared;
use crate::store::index::Vacancy;
use crate::store::notes::Notes;
use crate::store::slot::{Number, Slot, SlotId};
use crate::store::table::Table;
use crate::store::{Inside, Lock, Privates, Reader, Tally};

mod call;
mod counting;
mod deferred;
mod end;
#[cfg(feature = "redis")]
mod shared;

#[cfg(feature = "redis")]
pub(crate) use call::Call;
pub(crate) use call::{Missed, Progress};
use deferred::{CatchUp, Deferred, Queue};
#[cfg(feature = "redis")]
pub(crate) use shared::{Group, Tracked};

/// A cache whose types have been forgotten.
pub trait Stored: Any {
    /// Counters and size.
    fn stats(&self) -> CacheStats;

    /// The same, with what was counted before the counters were zeroed.
    #[cfg(feature = "metrics")]
    fn totals(&self) -> CacheStats;

    /// Drops all entries and zeroes the counters.
    fn clear(&self);
}

/// The cache of one set of types: of keys `K` and values `V`, with a `W` for who waits.
pub struct Cache<K: 'static, V: 'static, W: 'static, S: Scope> {
    /// `usize::MAX` without a bound: so many cannot be.
    limit: usize,
    expiry: Option<Expiry>,
    /// Whether a call waits for another that computes the same.
    single_flight: SingleFlight,
    has_deferred: AtomicBool,
    hasher: RandomState,
    lock: CacheLock<K, V, W, S>,
    deferred: Mutex<Queue<K>>,
    /// As of the last write, for whoever asks from inside of `Eq` or `Clone`.
    currsize: AtomicUsize,
    /// Hits of calls that waited for another.
    joined: AtomicU64,
    /// Hits that were found elsewhere.
    shared: AtomicU64,
    /// Calls that were answered by what had expired.
    stale: AtomicU64,
    /// Computations need not be measured whose number has one of these bits.
    unmeasured: AtomicU64,
    /// Misses of calls that were refused a look.
    turned_away: AtomicU64,
    /// What was counted before the counters were zeroed.
    #[cfg(feature = "metrics")]
    before: Mutex<CacheStats>,
    /// The function that shares what is stored here.
    #[cfg(feature = "redis")]
    member: once_cell::sync::OnceCell<&'static crate::redis::private::Member>,
    /// That of the function.
    name: Cow<'static, str>,
}

/// An odd number without a pattern: two to the power of 64, divided by the golden ratio.
const SPREAD: u64 = 0x9e37_79b9_7f4a_7c15;

/// How many slots each result that is stored looks at for what has expired. What is there now is found before
/// a quarter as many have been stored.
const SWEPT: usize = 4;

type CacheTable<K, V, W, S> = Table<K, V, <S as Scope>::Order, Arc<Flight<W>>>;

type CacheLock<K, V, W, S> = <S as Scope>::Lock<CacheTable<K, V, W, S>, Notes>;

type CacheReader<'a, K, V, W, S> =
    <CacheLock<K, V, W, S> as Lock<CacheTable<K, V, W, S>, Notes>>::Reader<'a>;

type AllNotes<'a, K, V, W, S> =
    <CacheLock<K, V, W, S> as Lock<CacheTable<K, V, W, S>, Notes>>::Privates<'a>;

/// How far a lookup has come that has found nothing so far.
pub(crate) enum Unfound<'a, K: 'static, V: 'static, W: 'static, S: Scope> {
    /// To look was not simple.
    Unsought,
    /// There is nothing, and maybe a place for it.
    Nothing(CacheReader<'a, K, V, W, S>, Option<Vacancy>),
}

impl<K: 'static, V: 'static, W: 'static, S: Scope> Cache<K, V, W, S> {
    /// As the attribute says.
    pub(crate) fn new(spec: &Spec) -> Self {
        let Spec { maxsize, expiry, single_flight, .. } = *spec;
        Cache {
            single_flight,
            limit: maxsize.unwrap_or(usize::MAX),
            expiry,
            has_deferred: AtomicBool::new(false),
            hasher: RandomState::default(),
            lock: Lock::new(Table::new()),
            deferred: Mutex::new(Queue::default()),
            currsize: AtomicUsize::new(0),
            joined: AtomicU64::new(0),
            shared: AtomicU64::new(0),
            stale: AtomicU64::new(0),
            unmeasured: AtomicU64::new(0),
            turned_away: AtomicU64::new(0),
            #[cfg(feature = "metrics")]
            before: Mutex::new(CacheStats::unused(maxsize)),
            #[cfg(feature = "redis")]
            member: once_cell::sync::OnceCell::new(),
            name: spec.name.clone(),
        }
    }

    /// The path of the function.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// What of the hash of these arguments is used.
    #[inline]
    #[allow(clippy::cast_possible_truncation)]
    fn tag<A: Args<Key = K>>(&self, args: &A) -> u32 {
        let mut hasher = self.hasher.build_hasher();
        args.hash(&mut hasher);
        // Keys that follow each other would crowd otherwise.
        (hasher.finish().wrapping_mul(SPREAD) >> 32) as u32
    }

    #[inline(always)]
    fn stores_nothing(&self) -> bool {
        self.limit == 0
    }

    /// Whether calls may wait for others.
    #[inline]
    pub(crate) fn single_flight(&self) -> SingleFlight {
        self.single_flight
    }

    /// Whether the order matters.
    #[inline(always)]
    fn is_bounded(&self) -> bool {
        self.limit != usize::MAX
    }

    /// Counts a hit and makes the entry the most recent; or goes on as `missed` does, or as who bypasses the cache.
    /// `TIMED` is whether entries expire.
    // Only what most hits need is here, to be inlined; the rest is behind one call, out of their way.
    #[inline(always)]
    pub(crate) fn lookup<'a, A: Args<Key = K>, R, M, const TIMED: bool>(
        &'a self,
        args: A,
        restore: impl Fn(&V) -> R,
        bypass: M,
        missed: impl Fn(Unfound<'a, K, V, W, S>, u32, A) -> Result<(R, CacheStatus), M>,
    ) -> Result<(R, CacheStatus), M> {
        if self.stores_nothing() {
            self.count_bypass();
            return Err(bypass);
        }
        // Asked first, since the answer takes its time, and so does what comes next.
        let now = if TIMED { clock::now() } else { 0 };
        let tag = self.tag(&args);
        let catch_up = CatchUp(self);
        let Some(mut reader) = self.lock.enter() else {
            mem::forget(catch_up);
            return missed(Unfound::Unsought, tag, args);
        };
        let is_it = |key: &K| args.matches(key);
        let hit = self.look::<_, TIMED>(&mut reader, tag, now, is_it, &restore);
        mem::forget(catch_up);
        match hit {
            Ok(hit) => {
                reader.leave();
                if self.has_deferred.load(Relaxed) {
                    self.do_deferred();
                }
                Ok(hit)
            }
            Err(vacancy) => missed(Unfound::Nothing(reader, vacancy), tag, args),
        }
    }

    /// Looks for a key, and counts a hit.
    #[inline(always)]
    fn look<R, const TIMED: bool>(
        &self,
        reader: &mut CacheReader<'_, K, V, W, S>,
        tag: u32,
        now: u64,
        is_it: impl Fn(&K) -> bool,
        restore: &impl Fn(&V) -> R,
    ) -> Result<(R, CacheStatus), Option<Vacancy>> {
        let (table, notes, tally) = reader.parts();
        let (slot, value) = table.find(tag, is_it)?;
        let mut is_stale = false;
        if TIMED && !self.is_fresh(table, slot, now) {
            is_stale = self.serves_stale(table, slot, now);
            if !is_stale {
                return Err(None);
            }
        }
        tally.hit();
        if self.is_bounded() && notes.touch(slot, table.slots()) {
            self.has_deferred.store(true, Relaxed);
        }
        Ok((restore(value), if is_stale { CacheStatus::Stale } else { CacheStatus::Hit }))
    }

    /// Whether an entry has not expired. A hit prolongs it if its `ttl` is sliding.
    #[inline(always)]
    fn is_fresh(&self, table: &CacheTable<K, V, W, S>, slot: SlotId, now: u64) -> bool {
        let is_fresh = now < table.deadline(slot);
        if is_fresh
            && let Some(expiry) = &self.expiry
            && expiry.sliding
        {
            table.renew(slot, expiry.deadline(now));
        }
        is_fresh
    }

    /// Whether an entry that has expired is good enough, and computed anew.
    #[cold]
    fn serves_stale(&self, table: &CacheTable<K, V, W, S>, slot: SlotId, now: u64) -> bool {
        let serves =
            self.age(table.deadline(slot), Some(now)) == Age::Stale && table.is_renewed(slot);
        if serves {
            self.count_stale();
        }
        serves
    }

    /// Now, if it matters.
    fn now(&self) -> Option<u64> {
        self.expiry.is_some().then(clock::now)
    }

    /// Writes, with the order up to date.
    #[inline]
    fn write<R>(
        &self,
        act: impl FnOnce(&mut CacheTable<K, V, W, S>, &mut AllNotes<'_, K, V, W, S>) -> R,
    ) -> Result<R, Inside> {
        self.lock.write(|table, all| {
            all.each(|notes| notes.merge_into(&mut table.order));
            let done = act(table, all);
            self.currsize.store(table.kept(), Relaxed);
            done
        })
    }

    /// Writes about one key, whose group it is given: as soon as the key has been compared with all that have its
    /// tag, which is mostly nothing.
    fn write_about<R>(
        &self,
        tag: u32,
        is_it: impl Fn(&K) -> bool,
        mut act: impl FnMut(&mut CacheTable<K, V, W, S>, Option<Number>) -> R,
    ) -> Result<R, Inside> {
        let mut compared = Compared::default();
        loop {
            let done = self.write(|table, _| {
                compared.covers(table, tag).then(|| act(table, compared.equal))
            })?;
            match done {
                Some(done) => return Ok(done),
                None => self.lock.read(|table| compared.compare(table, tag, &is_it))?,
            }
        }
    }

    /// Drops the entry of these arguments, if there is one, and lets no running computation of it
    /// be kept.
    pub(crate) fn invalidate<A: Args<Key = K>>(&self, args: A) -> bool {
        if self.stores_nothing() {
            return false;
        }
        let tag = self.tag(&args);
        let removed = self.invalidate_where(tag, |key| args.matches(key));
        removed.unwrap_or_else(|Inside| {
            self.defer(Deferred::Invalidate(tag, args.into_key(), A::same));
            false
        })
    }

    fn invalidate_where(&self, tag: u32, is_equal: impl Fn(&K) -> bool) -> Result<bool, Inside> {
        let _catch_up = CatchUp(self);
        let (now, ordered) = (self.now(), self.is_bounded());
        let (items, _expired) = self.write_about(tag, is_equal, |table, group| {
            let Some(group) = group else { return (Vec::new(), Vec::new()) };
            let expired =
                now.map_or_else(Vec::new, |now| table.expire_group(tag, group, now, ordered));
            (table.remove_group(tag, group, ordered), expired)
        })?;
        Ok(items.iter().any(Slot::is_kept))
    }

    /// What is stored for these arguments.
    pub(crate) fn peek<A: Args<Key = K>, R>(
        &self,
        args: &A,
        look: impl FnOnce(&V) -> R,
    ) -> Option<R> {
        if self.stores_nothing() {
            return None;
        }
        let tag = self.tag(args);
        let _catch_up = CatchUp(self);
        let found = self.lock.read(|table| {
            let (slot, value) = table.find(tag, |key| args.matches(key)).ok()?;
            let is_fresh = self.age(table.deadline(slot), self.now()) == Age::Fresh;
            is_fresh.then(|| look(value))
        });
        found.ok().flatten()
    }

    /// For how long what is stored for these arguments is still good.
    pub(crate) fn ttl<A: Args<Key = K>>(&self, args: &A) -> Option<Duration> {
        if self.stores_nothing() {
            return None;
        }
        let tag = self.tag(args);
        let _catch_up = CatchUp(self);
        let left = |table: &CacheTable<K, V, W, S>| {
            let (slot, _) = table.find(tag, |key| args.matches(key)).ok()?;
            let (deadline, now) = (table.deadline(slot), self.now());
            if self.age(deadline, now) != Age::Fresh {
                return None;
            }
            Some(match now {
                Some(now) if deadline != u64::MAX => Duration::from_nanos(deadline - now),
                _ => Duration::MAX,
            })
        };
        match self.lock.enter() {
            Some(mut reader) => left(reader.parts().0),
            None => self.lock.read(left).ok().flatten(),
        }
    }
}

impl<K: 'static, V: 'static, W: 'static, S: Scope> Stored for Cache<K, V, W, S> {
    fn stats(&self) -> CacheStats {
        self.read_counters(|stats| stats)
    }

    #[cfg(feature = "metrics")]
    fn totals(&self) -> CacheStats {
        self.read_counters(|mut stats| {
            stats.add(&self.before.lock());
            #[cfg(feature = "redis")]
            if let Some(member) = self.member.get() {
                stats.redis = member.totals();
            }
            stats
        })
    }

    fn clear(&self) {
        let cleared = self.write(|table, _| {
            #[cfg(feature = "metrics")]
            self.before.lock().add(&self.count(table.counts, 0));
            self.lock.tallies(Tally::reset);
            for counter in [&self.joined, &self.shared, &self.stale, &self.turned_away] {
                counter.store(0, Relaxed);
            }
            self.measure_without(0);
            #[cfg(feature = "redis")]
            if let Some(member) = self.member.get() {
                member.zero();
            }
            table.clear()
        });
        match cleared {
            Ok(cleared) => drop(cleared),
            Err(Inside) => self.defer(Deferred::Clear),
        }
    }
}
