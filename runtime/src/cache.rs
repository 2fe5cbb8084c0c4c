//! The cache of one set of types: lookup, and what follows a miss.
//!
//! A reader compares and clones with its own stripe held, a writer runs no user code at all. What has to
//! be compared before it is written about is compared by a reader first; the writer then checks that it
//! has seen all there is, and what it displaces is dropped when it has let go.

use std::any::Any;
use std::hash::{BuildHasher, Hasher};
use std::mem;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering::Relaxed};
use std::thread::{self, ThreadId};

use foldhash::fast::RandomState;
use parking_lot::Mutex;

use crate::args::Args;
use crate::clock;
use crate::expiry::Expiry;
use crate::info::CacheInfo;
use crate::scope::Scope;
use crate::store::index::Vacancy;
use crate::store::notes::Notes;
use crate::store::table::{Begun, Compared, Existing, Slot, SlotId, Table};
use crate::store::thread::Reading;
use crate::store::{Inside, Lock, Privates, Reader, Tally};

/// A cache whose types have been forgotten.
pub trait Stored: Any {
    /// Counters and size.
    fn info(&self) -> CacheInfo;

    /// Drops all entries and zeroes the counters.
    fn clear(&self);
}

/// The cache of one set of types.
pub struct Cache<K: 'static, V: 'static, S: Scope> {
    /// `usize::MAX` without a bound: so many cannot be.
    limit: usize,
    expiry: Option<Expiry>,
    /// Whether lookups have more to do, or less, than find an entry: it may have expired, or nothing is stored.
    is_special: bool,
    has_deferred: AtomicBool,
    hasher: RandomState,
    lock: CacheLock<K, V, S>,
    deferred: Mutex<Queue<K>>,
    /// As of the last write, for whoever asks from inside of `Eq` or `Clone`.
    currsize: AtomicUsize,
    /// Misses of calls that were refused a look.
    refused: AtomicU64,
}

/// An odd number without a pattern: two to the power of 64, divided by the golden ratio.
const SPREAD: u64 = 0x9e37_79b9_7f4a_7c15;

/// How many slots each result that is stored looks at for what has expired. What is there now is found before
/// a quarter as many have been stored.
const SWEPT: usize = 4;

type CacheTable<K, V, S> = Table<K, V, <S as Scope>::Order>;

type CacheLock<K, V, S> = <S as Scope>::Lock<CacheTable<K, V, S>, Notes>;

type CacheReader<'a, K, V, S> =
    <CacheLock<K, V, S> as Lock<CacheTable<K, V, S>, Notes>>::Reader<'a>;

type AllNotes<'a, K, V, S> = <CacheLock<K, V, S> as Lock<CacheTable<K, V, S>, Notes>>::Privates<'a>;

/// What was asked for from inside of `Eq` or `Clone`, to be done afterwards.
enum Deferred<K> {
    Clear,
    Invalidate(u32, K, fn(&K, &K) -> bool),
    Abandon(Begun),
}

/// All that was asked for, and who does it now.
struct Queue<K> {
    all: Vec<Deferred<K>>,
    doing: Option<ThreadId>,
}

/// Does what user code asked for while this thread read, even if it panicked.
struct CatchUp<'a, K: 'static, V: 'static, S: Scope>(&'a Cache<K, V, S>);

impl<K: 'static, V: 'static, S: Scope> Drop for CatchUp<'_, K, V, S> {
    #[inline]
    fn drop(&mut self) {
        if self.0.has_deferred.load(Relaxed) {
            self.0.do_deferred();
        }
    }
}

impl<K: 'static, V: 'static, S: Scope> Cache<K, V, S> {
    pub(crate) fn new(maxsize: Option<usize>, expiry: Option<Expiry>) -> Self {
        Cache {
            limit: maxsize.unwrap_or(usize::MAX),
            is_special: maxsize == Some(0) || expiry.is_some(),
            expiry,
            has_deferred: AtomicBool::new(false),
            hasher: RandomState::default(),
            lock: Lock::new(Table::new()),
            deferred: Mutex::new(Queue { all: Vec::new(), doing: None }),
            currsize: AtomicUsize::new(0),
            refused: AtomicU64::new(0),
        }
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

    /// Whether the order matters.
    #[inline(always)]
    fn is_bounded(&self) -> bool {
        self.limit != usize::MAX
    }

    /// Counts a hit and makes the entry the most recent, or counts a miss and begins a computation;
    /// `None` in place of the latter if its result will not be kept.
    #[inline(always)]
    pub(crate) fn lookup<A: Args<Key = K>, R>(
        &self,
        args: A,
        restore: impl Fn(&V) -> R,
    ) -> Result<R, Option<Begun>> {
        if self.is_special {
            if self.stores_nothing() {
                self.count_miss();
                return Err(None);
            }
            let mut hit = None;
            let begun = self.lookup_in_time(args, restore, &mut hit);
            return hit.ok_or(begun);
        }
        let tag = self.tag(&args);
        // Only what most hits need is here, to be inlined; the rest is out of their way.
        let catch_up = CatchUp(self);
        let Some(mut reader) = self.lock.enter() else {
            let mut hit = None;
            let begun = self.lookup_slowly(tag, args, restore, &mut hit);
            return hit.ok_or(begun);
        };
        let hit = self.look::<_, _, false>(&mut reader, tag, &args, &restore);
        mem::forget(catch_up);
        match hit {
            Ok(hit) => {
                drop(reader);
                if self.has_deferred.load(Relaxed) {
                    self.do_deferred();
                }
                Ok(hit)
            }
            Err(vacancy) => {
                if let Some(vacancy) = vacancy
                    && let Some(key) = args.copied_key()
                    && let Some((table, _)) = reader.alone()
                    && let Some(begun) = table.begin_at(vacancy, tag, key)
                {
                    return Err(Some(begun));
                }
                drop(reader);
                Err(self.begin_as(tag, args, Existing::Stays))
            }
        }
    }

    /// Looks for the arguments and counts that.
    #[inline(always)]
    fn look<A: Args<Key = K>, R, const TIMED: bool>(
        &self,
        reader: &mut CacheReader<'_, K, V, S>,
        tag: u32,
        args: &A,
        restore: &impl Fn(&V) -> R,
    ) -> Result<R, Option<Vacancy>> {
        let (table, notes, tally) = reader.parts();
        match table.find(tag, |key| args.matches(key)) {
            Ok((slot, _)) if TIMED && self.has_expired(table, slot, true) => {
                tally.miss();
                Err(None)
            }
            Ok((slot, value)) => {
                tally.hit();
                if self.is_bounded() && notes.touch(slot, table.slots()) {
                    self.has_deferred.store(true, Relaxed);
                }
                Ok(restore(value))
            }
            Err(vacancy) => {
                tally.miss();
                Err(vacancy)
            }
        }
    }

    /// As [`Cache::lookup`], where entries expire.
    // What is found goes by way of `hit`. Were it returned, inlined hits would put theirs in the same place, which
    // is not a register.
    #[inline(never)]
    fn lookup_in_time<A: Args<Key = K>, R>(
        &self,
        args: A,
        restore: impl Fn(&V) -> R,
        hit: &mut Option<R>,
    ) -> Option<Begun> {
        let tag = self.tag(&args);
        let catch_up = CatchUp(self);
        let Some(mut reader) = self.lock.enter() else {
            return self.lookup_slowly(tag, args, restore, hit);
        };
        *hit = self.look::<_, _, true>(&mut reader, tag, &args, &restore).ok();
        drop(reader);
        drop(catch_up);
        if hit.is_some() { None } else { self.begin_as(tag, args, Existing::Stays) }
    }

    /// Whether an entry has outlived its time. If it has not, a hit may renew that.
    #[inline]
    fn has_expired(&self, table: &CacheTable<K, V, S>, slot: SlotId, is_hit: bool) -> bool {
        let Some(expiry) = &self.expiry else { return false };
        let now = clock::now();
        let is_over = table.deadline(slot) <= now;
        if !is_over && is_hit && expiry.sliding {
            table.renew(slot, expiry.deadline(now));
        }
        is_over
    }

    /// Now, if it matters.
    fn now(&self) -> Option<u64> {
        self.expiry.is_some().then(clock::now)
    }

    /// As a thread that has no stripe yet, or must wait, or must not.
    #[cold]
    #[inline(never)]
    fn lookup_slowly<A: Args<Key = K>, R>(
        &self,
        tag: u32,
        args: A,
        restore: impl Fn(&V) -> R,
        hit: &mut Option<R>,
    ) -> Option<Begun> {
        let catch_up = CatchUp(self);
        let Ok(mut reader) = self.lock.enter_slowly() else {
            self.refused.fetch_add(1, Relaxed);
            return None;
        };
        *hit = self.look::<_, _, true>(&mut reader, tag, &args, &restore).ok();
        drop(reader);
        drop(catch_up);
        if hit.is_some() { None } else { self.begin_as(tag, args, Existing::Stays) }
    }

    #[inline]
    fn count_miss(&self) {
        match self.lock.enter() {
            Some(mut reader) => reader.parts().2.miss(),
            None => self.count_miss_slowly(),
        }
    }

    #[cold]
    #[inline(never)]
    fn count_miss_slowly(&self) {
        match self.lock.enter_slowly() {
            Ok(mut reader) => reader.parts().2.miss(),
            Err(Inside) => _ = self.refused.fetch_add(1, Relaxed),
        }
    }

    #[cold]
    fn do_deferred(&self) {
        /// Nobody does them any more, even if `Eq` panics.
        struct Done<'a, K>(&'a Mutex<Queue<K>>);

        impl<K> Drop for Done<'_, K> {
            fn drop(&mut self) {
                self.0.lock().doing = None;
            }
        }

        if Reading::now() {
            return;
        }
        let mut queue = self.deferred.lock();
        if queue.doing.is_some() {
            return;
        }
        queue.doing = Some(thread::current().id());
        self.has_deferred.store(false, Relaxed);
        let all = mem::take(&mut queue.all);
        drop(queue);
        let _done = Done(&self.deferred);
        // Notes may be full.
        let _ = self.write(|_, _| ());
        for deferred in all {
            match deferred {
                Deferred::Clear => self.clear(),
                Deferred::Invalidate(tag, key, same) => {
                    let _ = self.invalidate_where(tag, |other| same(&key, other));
                }
                Deferred::Abandon(computation) => self.abandon(computation),
            }
        }
    }

    fn defer(&self, deferred: Deferred<K>) {
        let mut queue = self.deferred.lock();
        // An `Eq` that asks each time it is asked would never come to an end.
        if queue.doing == Some(thread::current().id()) {
            drop(queue);
            return drop(deferred);
        }
        queue.all.push(deferred);
        self.has_deferred.store(true, Relaxed);
    }

    /// Writes, with the order up to date.
    #[inline]
    fn write<R>(
        &self,
        act: impl FnOnce(&mut CacheTable<K, V, S>, &mut AllNotes<'_, K, V, S>) -> R,
    ) -> Result<R, Inside> {
        self.lock.write(|table, all| {
            all.each(|notes| notes.merge_into(&mut table.order));
            let done = act(table, all);
            self.currsize.store(table.kept(), Relaxed);
            done
        })
    }

    /// Begins a computation whose result replaces what is stored, without counting. `None` if its result
    /// will not be kept.
    pub(crate) fn begin<A: Args<Key = K>>(&self, args: A) -> Option<Begun> {
        if self.stores_nothing() {
            return None;
        }
        self.begin_as(self.tag(&args), args, Existing::Yields)
    }

    #[inline(never)]
    fn begin_as<A: Args<Key = K>>(&self, tag: u32, args: A, existing: Existing) -> Option<Begun> {
        drop(CatchUp(self));
        let mut key = Some(args.into_key());
        let mut compared = Compared::default();
        let now = self.now();
        loop {
            let mut expired = Vec::new();
            let begun = self.write(|table, _| {
                // Mostly nothing else has this tag, and there is nothing to compare.
                let key = compared.covers(table, tag).then(|| key.take()).flatten()?;
                if let (Some(group), Some(now)) = (compared.equal, now) {
                    expired = table.expire_group(tag, group, now, self.is_bounded());
                }
                Some(table.begin(tag, compared.equal, key, existing))
            });
            match begun {
                Ok(Some(begun)) => return begun.ok(),
                Ok(None) => {
                    let key = key.as_ref()?;
                    self.compare(&mut compared, tag, |other| A::same(key, other)).ok()?;
                }
                Err(Inside) => return None,
            }
        }
    }

    fn compare(
        &self,
        compared: &mut Compared,
        tag: u32,
        is_equal: impl Fn(&K) -> bool,
    ) -> Result<(), Inside> {
        self.lock.read(|table| compared.compare(table, tag, is_equal))
    }

    /// Ends a computation that gave nothing to keep.
    pub(crate) fn abandon(&self, computation: Begun) {
        match self.write(|table, _| table.abandon(computation)) {
            Ok(abandoned) => drop(abandoned),
            Err(Inside) => self.defer(Deferred::Abandon(computation)),
        }
    }

    /// Ends a computation and keeps its value, unless the key was invalidated, or the cache
    /// cleared, since it began.
    #[inline]
    pub(crate) fn keep(&self, computation: Begun, value: V) {
        let (limit, ordered) = (self.limit, self.is_bounded());
        if self.expiry.is_none()
            && let Some(mut reader) = self.lock.enter_alone()
            && let Some((table, notes)) = reader.alone()
            && table.runs_alone(computation)
        {
            notes.merge_into(&mut table.order);
            let displaced = table.keep(computation, value, limit, ordered);
            if ordered && let Some(slots) = table.outgrown() {
                notes.reserve(slots);
            }
            self.currsize.store(table.kept(), Relaxed);
            drop(reader);
            drop(displaced);
        } else {
            self.keep_slowly(computation, value);
        }
    }

    #[cold]
    #[inline(never)]
    fn keep_slowly(&self, computation: Begun, value: V) {
        let (limit, ordered) = (self.limit, self.is_bounded());
        let mut value = Some(value);
        let _catch_up = CatchUp(self);
        let mut expired = Vec::new();
        let deadline = self.expiry.as_ref().map(|expiry| {
            let now = clock::now();
            (now, expiry.deadline(now))
        });
        let kept = self.write(|table, all| {
            if let Some((now, _)) = deadline {
                expired = table.sweep(SWEPT, now, ordered);
            }
            let (displaced, lost) = table.fill(computation, value.take()?, limit, ordered);
            if let (None, Some((_, deadline))) = (&lost, deadline) {
                table.expires(computation, deadline);
            }
            if ordered && let Some(slots) = table.outgrown() {
                all.each(|notes| notes.reserve(slots));
            }
            Some((displaced, lost))
        });
        match kept {
            Ok(displaced) => drop(displaced),
            Err(Inside) => self.defer(Deferred::Abandon(computation)),
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
        let mut compared = Compared::default();
        let now = self.now();
        loop {
            let removed = self.write(|table, _| {
                let ordered = self.is_bounded();
                compared.covers(table, tag).then(|| {
                    let Some(group) = compared.equal else { return (Vec::new(), Vec::new()) };
                    let expired = now
                        .map_or_else(Vec::new, |now| table.expire_group(tag, group, now, ordered));
                    (table.remove_group(tag, group, ordered), expired)
                })
            })?;
            match removed {
                Some((items, _expired)) => return Ok(items.iter().any(Slot::is_kept)),
                None => self.compare(&mut compared, tag, &is_equal)?,
            }
        }
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
            (!self.has_expired(table, slot, false)).then(|| look(value))
        });
        found.ok().flatten()
    }
}

impl<K: 'static, V: 'static, S: Scope> Stored for Cache<K, V, S> {
    fn info(&self) -> CacheInfo {
        let _catch_up = CatchUp(self);
        let count = || {
            let (mut hits, mut misses) = (0, self.refused.load(Relaxed));
            self.lock.tallies(|tally| {
                let (more_hits, more_misses) = tally.both();
                hits += more_hits;
                misses += more_misses;
            });
            let currsize = self.currsize.load(Relaxed);
            let maxsize = self.is_bounded().then_some(self.limit);
            CacheInfo { hits, misses, maxsize, currsize }
        };
        let expired = self
            .now()
            .map(|now| self.write(|table, _| table.sweep(usize::MAX, now, self.is_bounded())));
        drop(expired);
        // From inside of user code, as far as it can be known without a lock.
        self.write(|_, _| count()).unwrap_or_else(|Inside| count())
    }

    fn clear(&self) {
        let cleared = self.write(|table, _| {
            self.lock.tallies(Tally::reset);
            self.refused.store(0, Relaxed);
            table.clear()
        });
        match cleared {
            Ok(cleared) => drop(cleared),
            Err(Inside) => self.defer(Deferred::Clear),
        }
    }
}
