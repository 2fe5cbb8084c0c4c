//! The cache of one set of types: lookup, and what follows a miss.
//!
//! A reader compares and clones with its own stripe held, a writer runs no user code at all. What has to
//! be compared before it is written about is compared by a reader first; the writer then checks that it
//! has seen all there is, and what it displaces is dropped when it has let go.

use std::any::Any;
use std::hash::{BuildHasher, Hasher};
use std::mem;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering::Relaxed};

use foldhash::fast::RandomState;
use parking_lot::Mutex;

use crate::args::Args;
use crate::info::CacheInfo;
use crate::scope::Scope;
use crate::store::order::Order;
use crate::store::reader::Reader;
use crate::store::table::{Entry, Table};
use crate::store::thread::{Reading, ThreadId};
use crate::store::{Inside, Lock, Privates};
use crate::writer::{Compared, Displaced, Running, Void, Writer};

/// A cache whose types have been forgotten.
pub trait Stored: Any {
    /// Counters and size.
    fn info(&self) -> CacheInfo;

    /// Drops all entries and zeroes the counters.
    fn clear(&self);
}

/// The cache of one set of types.
pub struct Cache<K: 'static, V: 'static, S: Scope> {
    maxsize: Option<usize>,
    hasher: RandomState,
    has_deferred: AtomicBool,
    lock: CacheLock<K, V, S>,
    deferred: Mutex<Queue<K>>,
    known: Known,
}

type CacheLock<K, V, S> = <S as Scope>::Lock<Table<K, V>, Reader, Writer<K, <S as Scope>::Order>>;

type AllReaders<'a, K, V, S> =
    <CacheLock<K, V, S> as Lock<Table<K, V>, Reader, Writer<K, <S as Scope>::Order>>>::Privates<'a>;

/// What was asked for from inside of `Eq` or `Clone`, to be done afterwards.
enum Deferred<K> {
    Clear,
    Invalidate(u64, K, fn(&K, &K) -> bool),
    End(Running),
}

/// All that was asked for, and who does it now.
struct Queue<K> {
    all: Vec<Deferred<K>>,
    doing: Option<ThreadId>,
}

/// What is known without a lock: for whoever asks from inside of `Eq` or `Clone`.
#[derive(Default)]
struct Known {
    /// As of the last write.
    hits: AtomicU64,
    misses: AtomicU64,
    currsize: AtomicUsize,
    /// Calls from inside, which were neither looked up nor counted elsewhere.
    inside: AtomicU64,
}

/// A computation that has begun; what it gives is kept if it is still wanted then.
pub(crate) struct Begun<K> {
    hash: u64,
    key: K,
    same: fn(&K, &K) -> bool,
    running: Running,
}

/// Takes a computation off its list, whatever happens.
struct EndOnDrop<'a, K: 'static, V: 'static, S: Scope> {
    cache: &'a Cache<K, V, S>,
    running: Running,
}

impl<K: 'static, V: 'static, S: Scope> Drop for EndOnDrop<'_, K, V, S> {
    fn drop(&mut self) {
        let mut displaced: Displaced<K, V> = Displaced::default();
        let ended = self.cache.write(|_, writer, readers| {
            writer.end(self.running, readers, &mut displaced);
        });
        if ended.is_err() {
            self.cache.defer(Deferred::End(self.running));
        }
    }
}

/// What a computation does to an entry that has its key already.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Existing {
    /// The first to finish is kept.
    Stays,
    /// A newer value takes its place.
    Yields,
}

impl<K: 'static, V: 'static, S: Scope> Cache<K, V, S> {
    pub(crate) fn new(maxsize: Option<usize>) -> Self {
        let writer = Writer::new(S::Order::new());
        Cache {
            maxsize,
            hasher: RandomState::default(),
            has_deferred: AtomicBool::new(false),
            lock: Lock::new(Table::new(), writer),
            deferred: Mutex::new(Queue { all: Vec::new(), doing: None }),
            known: Known::default(),
        }
    }

    #[inline]
    fn hash<A: Args<Key = K>>(&self, args: &A) -> u64 {
        let mut hasher = self.hasher.build_hasher();
        args.hash(&mut hasher);
        hasher.finish()
    }

    fn stores_nothing(&self) -> bool {
        self.maxsize == Some(0)
    }

    /// Counts a hit and makes the entry the most recent, or counts a miss and lists a computation;
    /// `None` in place of the latter if its result will not be kept.
    #[inline]
    pub(crate) fn lookup<A: Args<Key = K>, R>(
        &self,
        args: A,
        restore: impl FnOnce(&V) -> R,
    ) -> Result<R, Option<Begun<K>>> {
        if self.stores_nothing() {
            self.count_miss();
            return Err(None);
        }
        let hash = self.hash(&args);
        let looked_up = self.read(|table, reader, stripe| {
            match table.find(hash, |entry| args.matches(&entry.key)) {
                Some((slot, entry)) => {
                    reader.hits += 1;
                    let full = self.maxsize.is_some() && reader.touch(slot, table.slots());
                    Ok((restore(&entry.value), full))
                }
                None => {
                    reader.misses += 1;
                    reader.begin(table.epoch);
                    Err(Running { stripe: Some(stripe), epoch: table.epoch })
                }
            }
        });
        match looked_up {
            Ok(Ok((hit, full))) => {
                if full {
                    // Refused while this thread reads another cache; then the next hit tries again.
                    let _ = self.write(|_, _, _| ());
                }
                Ok(hit)
            }
            Ok(Err(running)) => Err(Some(self.begun(hash, args, running))),
            Err(Inside) => {
                self.known.inside.fetch_add(1, Relaxed);
                Err(None)
            }
        }
    }

    fn begun<A: Args<Key = K>>(&self, hash: u64, args: A, running: Running) -> Begun<K> {
        let end = EndOnDrop { cache: self, running };
        let key = args.into_key();
        mem::forget(end);
        Begun { hash, key, same: A::same, running }
    }

    #[cold]
    fn count_miss(&self) {
        if self.lock.read(|_, reader, _| reader.misses += 1).is_err() {
            self.known.inside.fetch_add(1, Relaxed);
        }
    }

    /// Reads, and then does what user code asked for meanwhile.
    #[inline]
    fn read<R>(
        &self,
        act: impl FnOnce(&Table<K, V>, &mut Reader, usize) -> R,
    ) -> Result<R, Inside> {
        self.catch_up();
        let done = self.lock.read(act)?;
        self.catch_up();
        Ok(done)
    }

    #[inline]
    fn catch_up(&self) {
        if self.has_deferred.load(Relaxed) {
            self.do_deferred();
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
        queue.doing = Some(ThreadId::current());
        self.has_deferred.store(false, Relaxed);
        let all = mem::take(&mut queue.all);
        drop(queue);
        let _done = Done(&self.deferred);
        for deferred in all {
            match deferred {
                Deferred::Clear => self.clear(),
                Deferred::Invalidate(hash, key, same) => {
                    self.invalidate_key(hash, key, same);
                }
                Deferred::End(running) => drop(EndOnDrop { cache: self, running }),
            }
        }
    }

    fn defer(&self, deferred: Deferred<K>) {
        let mut queue = self.deferred.lock();
        // An `Eq` that asks each time it is asked would never come to an end.
        if queue.doing == Some(ThreadId::current()) {
            drop(queue);
            return drop(deferred);
        }
        queue.all.push(deferred);
        self.has_deferred.store(true, Relaxed);
    }

    /// Writes, with the order up to date.
    fn write<R>(
        &self,
        act: impl FnOnce(&mut Table<K, V>, &mut Writer<K, S::Order>, &mut AllReaders<'_, K, V, S>) -> R,
    ) -> Result<R, Inside> {
        self.lock.write(|table, writer, readers| {
            readers.each(|reader| reader.merge_into(&mut writer.order));
            let done = act(table, writer, readers);
            self.note(table, readers);
            done
        })
    }

    /// Notes what will be known without a lock.
    #[inline]
    fn note(&self, table: &Table<K, V>, readers: &mut impl Privates<Reader>) {
        let (mut hits, mut misses) = (0, 0);
        readers.each(|reader| {
            hits += reader.hits;
            misses += reader.misses;
        });
        self.known.hits.store(hits, Relaxed);
        self.known.misses.store(misses, Relaxed);
        self.known.currsize.store(table.len(), Relaxed);
    }

    /// Lists a computation without a look at what is stored, and without counting. `None` if its result
    /// will not be kept.
    pub(crate) fn begin<A: Args<Key = K>>(&self, args: A) -> Option<Begun<K>> {
        if self.stores_nothing() {
            return None;
        }
        let hash = self.hash(&args);
        let epoch = self.write(|table, writer, _| {
            // So that it is newer than all that began before.
            table.epoch += 1;
            writer.running.begin(table.epoch);
            table.epoch
        });
        let running = Running { stripe: None, epoch: epoch.ok()? };
        Some(self.begun(hash, args, running))
    }

    /// Ends a computation that gave nothing to keep.
    pub(crate) fn abandon(&self, begun: &Begun<K>) {
        drop(EndOnDrop { cache: self, running: begun.running });
    }

    /// Ends a computation and keeps its value, unless the key was invalidated, or the cache
    /// cleared, since it began.
    pub(crate) fn keep(&self, begun: Begun<K>, value: V, existing: Existing) {
        let Begun { hash, key, same, running } = begun;
        let end = EndOnDrop { cache: self, running };
        let epoch = running.epoch;
        let supersedes = existing == Existing::Yields;
        let mut entry = Some(Entry { hash, number: 0, begun: epoch, supersedes, key, value });
        let (mut entries, mut voids) = (Compared::default(), Compared::default());
        let mut displaced = Displaced::default();
        loop {
            let round = self.write(|table, writer, readers| {
                // Mostly no other key has this hash, and there is nothing to compare.
                let others = table.has_hash(hash);
                let unseen =
                    others && table.with_hash(hash).any(|(_, other)| !entries.knows(other.number));
                let void = writer.void_since(epoch, hash, &voids);
                if unseen || !void.is_empty() {
                    return Err(void);
                }
                writer.end(running, readers, &mut displaced);
                let invalid = writer.cleared > epoch || !voids.equal.is_empty();
                let stays = others
                    && table.with_hash(hash).any(|(_, other)| {
                        entries.equal.contains(&other.number)
                            && (existing == Existing::Stays || other.begun >= epoch)
                    });
                if !invalid
                    && !stays
                    && table.can_insert()
                    && let Some(entry) = entry.take()
                {
                    if others {
                        self.remove(table, writer, hash, &entries, &mut displaced);
                    }
                    self.make_room(table, writer, readers, &mut displaced);
                    self.insert(table, writer, readers, entry);
                }
                Ok(())
            });
            match round {
                Ok(Ok(())) => {
                    mem::forget(end);
                    drop(displaced);
                    return self.catch_up();
                }
                Ok(Err(void)) => {
                    let Some(Entry { key, .. }) = &entry else { return };
                    let compared = self.lock.read(|table, _, _| {
                        for void in &void {
                            voids.add(void.epoch, same(key, &void.key));
                        }
                        entries.compare(table, hash, |other| same(key, other));
                    });
                    if compared.is_err() {
                        return;
                    }
                }
                Err(Inside) => return,
            }
        }
    }

    /// Evicts the least recent entry of a full cache.
    fn make_room(
        &self,
        table: &mut Table<K, V>,
        writer: &mut Writer<K, S::Order>,
        readers: &mut impl Privates<Reader>,
        displaced: &mut Displaced<K, V>,
    ) {
        if self.maxsize.is_some_and(|maxsize| table.len() >= maxsize)
            && let Some(evicted) = writer.order.pop().and_then(|slot| table.remove(slot))
        {
            if evicted.supersedes {
                // What began before it must not come back in its place.
                let Entry { hash, begun, key, value, .. } = evicted;
                let void = Void { hash, epoch: begun, key: Arc::new(key) };
                writer.add_void(void, readers, displaced);
                displaced.value = Some(value);
            } else {
                displaced.evicted = Some(evicted);
            }
        }
    }

    /// Adds an entry, for which there is room, as the most recent.
    fn insert(
        &self,
        table: &mut Table<K, V>,
        writer: &mut Writer<K, S::Order>,
        readers: &mut impl Privates<Reader>,
        mut entry: Entry<K, V>,
    ) {
        writer.numbers += 1;
        entry.number = writer.numbers;
        let slot = table.insert(entry);
        if self.maxsize.is_some() {
            writer.order.push(slot);
            if slot as usize >= writer.reserved {
                writer.reserved = (slot as usize + 1).next_power_of_two();
                readers.each(|reader| reader.reserve(writer.reserved));
            }
        }
    }

    /// Takes out the entries that were found equal.
    fn remove(
        &self,
        table: &mut Table<K, V>,
        writer: &mut Writer<K, S::Order>,
        hash: u64,
        compared: &Compared,
        displaced: &mut Displaced<K, V>,
    ) {
        let is_equal = |entry: &Entry<K, V>| compared.equal.contains(&entry.number);
        let first = |table: &Table<K, V>| {
            table.with_hash(hash).find(|(_, entry)| is_equal(entry)).map(|(slot, _)| slot)
        };
        while let Some(slot) = first(table) {
            if self.maxsize.is_some() {
                writer.order.remove(slot);
            }
            displaced.replaced.extend(table.remove(slot));
        }
    }

    /// Drops the entry of these arguments, if there is one, and lets no running computation of it
    /// be kept.
    pub(crate) fn invalidate<A: Args<Key = K>>(&self, args: A) -> bool {
        if self.stores_nothing() {
            return false;
        }
        let hash = self.hash(&args);
        self.invalidate_key(hash, args.into_key(), A::same)
    }

    fn invalidate_key(&self, hash: u64, key: K, same: fn(&K, &K) -> bool) -> bool {
        self.catch_up();
        let key = Arc::new(key);
        let mut entries = Compared::default();
        let mut displaced = Displaced::default();
        let removed = loop {
            let round = self.write(|table, writer, readers| {
                if table.with_hash(hash).any(|(_, other)| !entries.knows(other.number)) {
                    return None;
                }
                table.epoch += 1;
                let void = Void { hash, epoch: table.epoch, key: Arc::clone(&key) };
                writer.add_void(void, readers, &mut displaced);
                self.remove(table, writer, hash, &entries, &mut displaced);
                Some(())
            });
            match round {
                Ok(Some(())) => break Ok(!displaced.replaced.is_empty()),
                Ok(None) => {
                    let compared = self.lock.read(|table, _, _| {
                        entries.compare(table, hash, |other| same(&key, other));
                    });
                    if compared.is_err() {
                        break Err(Inside);
                    }
                }
                Err(Inside) => break Err(Inside),
            }
        };
        match removed {
            Ok(removed) => {
                drop(displaced);
                self.catch_up();
                removed
            }
            Err(Inside) => {
                // Nobody else has it yet.
                if let Ok(key) = Arc::try_unwrap(key) {
                    self.defer(Deferred::Invalidate(hash, key, same));
                }
                false
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
        let hash = self.hash(args);
        let found = self.read(|table, _, _| {
            let (_, entry) = table.find(hash, |entry| args.matches(&entry.key))?;
            Some(look(&entry.value))
        });
        found.ok().flatten()
    }
}

impl<K: 'static, V: 'static, S: Scope> Stored for Cache<K, V, S> {
    fn info(&self) -> CacheInfo {
        self.catch_up();
        let Known { hits, misses, currsize, inside } = &self.known;
        let known = || CacheInfo {
            hits: hits.load(Relaxed),
            misses: misses.load(Relaxed) + inside.load(Relaxed),
            maxsize: self.maxsize,
            currsize: currsize.load(Relaxed),
        };
        // From inside of user code, what was known at the last write.
        let snapshot = self.write(|table, _, readers| {
            self.note(table, readers);
            known()
        });
        snapshot.unwrap_or_else(|Inside| known())
    }

    fn clear(&self) {
        let cleared = self.write(|table, writer, readers| {
            table.epoch += 1;
            writer.cleared = table.epoch;
            readers.each(|reader| (reader.hits, reader.misses) = (0, 0));
            self.known.inside.store(0, Relaxed);
            let order = mem::replace(&mut writer.order, S::Order::new());
            (table.take(), order, mem::take(&mut writer.void))
        });
        if cleared.is_err() {
            self.defer(Deferred::Clear);
        }
    }
}
