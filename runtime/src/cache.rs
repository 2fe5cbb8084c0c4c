//! The cache of one set of types: lookup, and what follows a miss. The only room that knows who is
//! kept (`store`) and who is computing (`flight`).
//!
//! User code never runs under the lock. Candidates are found by hash with the lock held, compared
//! with it released, and acted upon under it again by their ticket: whatever happened in between,
//! a ticket that is gone is left alone.

use std::any::Any;
use std::hash::{BuildHasher, Hasher};

use foldhash::fast::RandomState;
use once_cell::sync::OnceCell;
use smallvec::SmallVec;

use crate::args::Args;
use crate::flight::{Flight, Flights};
use crate::info::CacheInfo;
use crate::inside::Inside;
use crate::scope::Scope;
use crate::store::{Entry, Slot, Store, Ticket};

/// A cache whose types have been forgotten.
pub trait Stored: Any {
    /// Counters and size.
    fn info(&self) -> CacheInfo;

    /// Drops all entries and zeroes the counters.
    fn clear(&self);

    /// To remember the types again.
    fn as_any(&self) -> &dyn Any;
}

/// A key and, once it is computed, its value: shared by the flight, the entry and its readers.
pub(crate) struct Record<K, V> {
    key: K,
    value: OnceCell<V>,
}

type RecordRef<S, K, V> = <S as Scope>::Ref<Record<K, V>>;

/// The cache of one set of types.
pub struct Cache<K: 'static, V: 'static, S: Scope> {
    maxsize: Option<usize>,
    hasher: RandomState,
    state: S::Lock<State<RecordRef<S, K, V>>>,
}

/// What the lock protects.
pub(crate) struct State<R> {
    hits: u64,
    misses: u64,
    last_ticket: Ticket,
    store: Store<R>,
    flights: Flights<R>,
}

/// A computation that has begun; what it gives is kept if it is still wanted then.
pub(crate) struct Begun<K: 'static, V: 'static, S: Scope> {
    hash: u64,
    ticket: Ticket,
    record: RecordRef<S, K, V>,
    same: fn(&K, &K) -> bool,
}

/// What a computation does to an entry that has its key already.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Existing {
    /// The first to finish is kept.
    Stays,
    /// A newer value takes its place.
    Yields,
}

/// An entry with the hash that was looked for.
struct Found<R> {
    slot: Slot,
    ticket: Ticket,
    record: R,
}

impl<R: Clone> State<R> {
    fn next_ticket(&mut self) -> Ticket {
        self.last_ticket += 1;
        self.last_ticket
    }

    /// Entries with this hash, and flights too, that pass the filter.
    fn with_hash(
        &self,
        hash: u64,
        mut filter: impl FnMut(Ticket, Origin) -> bool,
    ) -> Vec<(Ticket, R)> {
        let entries = self
            .store
            .candidates(hash)
            .map(|(_, entry)| (entry.ticket, Origin::Entry, &entry.record));
        let flights = self
            .flights
            .iter()
            .filter(|flight| flight.hash == hash)
            .map(|flight| (flight.ticket, Origin::Flight, &flight.record));
        entries
            .chain(flights)
            .filter(|&(ticket, origin, _)| filter(ticket, origin))
            .map(|(ticket, _, record)| (ticket, record.clone()))
            .collect()
    }

    /// Takes these out of the store and off the list of flights.
    fn displace(&mut self, hash: u64, tickets: &[Ticket]) -> Displaced<R> {
        let mut displaced = Displaced { entries: Vec::new(), flights: Vec::new() };
        for &ticket in tickets {
            displaced.entries.extend(self.store.remove(hash, ticket));
            displaced.flights.extend(self.flights.end(ticket));
        }
        displaced
    }
}

/// Where a record was found.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Origin {
    Entry,
    Flight,
}

/// What was taken out, to be dropped when the lock is released.
struct Displaced<R> {
    entries: Vec<Entry<R>>,
    flights: Vec<Flight<R>>,
}

impl<K: 'static, V: 'static, S: Scope> Cache<K, V, S> {
    pub(crate) fn new(maxsize: Option<usize>) -> Self {
        Cache {
            maxsize,
            hasher: RandomState::default(),
            state: S::lock(State {
                hits: 0,
                misses: 0,
                last_ticket: 0,
                store: Store::new(maxsize),
                flights: Flights::new(),
            }),
        }
    }

    fn hash<A: Args<Key = K>>(&self, args: &A) -> u64 {
        let mut hasher = self.hasher.build_hasher();
        args.hash(&mut hasher);
        hasher.finish()
    }

    fn stores_nothing(&self) -> bool {
        self.maxsize == Some(0)
    }

    /// The entry of these arguments. Allocates only if more than four keys have one hash.
    fn find<A: Args<Key = K>>(&self, hash: u64, args: &A) -> Option<Found<RecordRef<S, K, V>>> {
        let candidates: SmallVec<[_; 4]> = S::with(&self.state, |state| {
            let found = |(slot, entry): (Slot, &Entry<RecordRef<S, K, V>>)| Found {
                slot,
                ticket: entry.ticket,
                record: entry.record.clone(),
            };
            state.store.candidates(hash).map(found).collect()
        });
        candidates.into_iter().find(|found| args.matches(&found.record.key))
    }

    /// Counts a hit and makes the entry the most recent, or counts a miss and lists a computation;
    /// `None` in place of the latter if this cache stores nothing.
    pub(crate) fn lookup<A: Args<Key = K>, R>(
        &self,
        args: A,
        restore: impl FnOnce(&V) -> R,
    ) -> Result<R, Option<Begun<K, V, S>>> {
        if self.stores_nothing() {
            S::with(&self.state, |state| state.misses += 1);
            return Err(None);
        }
        let hash = self.hash(&args);
        let Some(inside) = Inside::enter(self) else {
            S::with(&self.state, |state| state.misses += 1);
            return Err(None);
        };
        if let Some(found) = self.find(hash, &args)
            && let Some(value) = found.record.value.get()
        {
            S::with(&self.state, |state| {
                state.hits += 1;
                state.store.promote(found.slot, found.ticket);
            });
            return Ok(restore(value));
        }
        drop(inside);
        Err(Some(self.list(hash, args, |state| state.misses += 1)))
    }

    /// Lists a computation without a look at what is stored, and without counting. `None` if it will
    /// not be kept.
    pub(crate) fn begin<A: Args<Key = K>>(&self, args: A) -> Option<Begun<K, V, S>> {
        // Keeping it from inside of `Eq` could give whoever compares ever more to compare with.
        if self.stores_nothing() || Inside::enter(self).is_none() {
            return None;
        }
        let hash = self.hash(&args);
        Some(self.list(hash, args, |_| ()))
    }

    fn list<A: Args<Key = K>>(
        &self,
        hash: u64,
        args: A,
        count: impl FnOnce(&mut State<RecordRef<S, K, V>>),
    ) -> Begun<K, V, S> {
        let record = S::count(Record { key: args.into_key(), value: OnceCell::new() });
        let ticket = S::with(&self.state, |state| {
            count(state);
            let ticket = state.next_ticket();
            state.flights.begin(Flight { hash, ticket, record: record.clone() });
            ticket
        });
        Begun { hash, ticket, record, same: A::same }
    }

    /// Ends a computation that gave nothing to keep.
    pub(crate) fn abandon(&self, begun: &Begun<K, V, S>) {
        let _flight = S::with(&self.state, |state| state.flights.end(begun.ticket));
    }

    /// Ends a computation and keeps its value, unless the key was invalidated, or the cache
    /// cleared, since it began.
    pub(crate) fn keep(&self, begun: &Begun<K, V, S>, value: V, existing: Existing) {
        let Begun { hash, ticket, ref record, same } = *begun;
        // The only place that sets it, once for each computation.
        let _ = record.value.set(value);
        let relevant = |other: Ticket, origin: Origin| match origin {
            Origin::Entry => true,
            // Older computations of the key would otherwise bring back an older value.
            Origin::Flight => existing == Existing::Yields && other < ticket,
        };
        let _dropped_unlocked = self.settle(
            hash,
            relevant,
            |key| same(&record.key, key),
            |state, equals| {
                let flight = state.flights.end(ticket)?;
                let stays = match existing {
                    Existing::Stays => !equals.is_empty(),
                    Existing::Yields => equals.iter().any(|&equal| equal > ticket),
                };
                if stays {
                    return Some((None, None, Some(flight)));
                }
                let displaced = state.displace(hash, equals);
                let entry = Entry { hash, ticket, record: flight.record };
                Some((Some(displaced), state.store.insert(entry), None))
            },
        );
    }

    /// Drops the entry of these arguments, if there is one, and lets no running computation of it
    /// be kept.
    pub(crate) fn invalidate<A: Args<Key = K>>(&self, args: &A) -> bool {
        if self.stores_nothing() {
            return false;
        }
        let hash = self.hash(args);
        let now = S::with(&self.state, State::next_ticket);
        let displaced = self.settle(
            hash,
            |ticket, _| ticket < now,
            |key| args.matches(key),
            |state, equals| state.displace(hash, equals),
        );
        let Displaced { entries, flights: _flights } = displaced;
        !entries.is_empty()
    }

    /// Whether these arguments have an entry.
    pub(crate) fn contains<A: Args<Key = K>>(&self, args: &A) -> bool {
        if self.stores_nothing() {
            return false;
        }
        let hash = self.hash(args);
        Inside::enter(self).is_some_and(|_inside| self.find(hash, args).is_some())
    }

    /// What is stored for these arguments.
    pub(crate) fn peek<A: Args<Key = K>, R>(
        &self,
        args: &A,
        restore: impl FnOnce(&V) -> R,
    ) -> Option<R> {
        if self.stores_nothing() {
            return None;
        }
        let hash = self.hash(args);
        let _inside = Inside::enter(self)?;
        let found = self.find(hash, args)?;
        found.record.value.get().map(restore)
    }

    /// Finds which tickets have the key, then acts on them under the lock. Records that appear
    /// while others are being compared are compared in turn, so that `act` knows them all.
    fn settle<T>(
        &self,
        hash: u64,
        relevant: impl Fn(Ticket, Origin) -> bool,
        matches: impl Fn(&K) -> bool,
        act: impl Fn(&mut State<RecordRef<S, K, V>>, &[Ticket]) -> T,
    ) -> T {
        let (mut equal, mut other) = (Vec::new(), Vec::new());
        loop {
            let round = S::with(&self.state, |state| {
                let unseen = state.with_hash(hash, |ticket, origin| {
                    relevant(ticket, origin) && !equal.contains(&ticket) && !other.contains(&ticket)
                });
                if unseen.is_empty() { Ok(act(state, &equal)) } else { Err(unseen) }
            });
            match round {
                Ok(done) => return done,
                Err(unseen) => {
                    // Inside of `Eq` or `Clone`, nothing is known to be equal.
                    let inside = Inside::enter(self);
                    let matches = |key: &K| inside.is_some() && matches(key);
                    for (ticket, record) in unseen {
                        if matches(&record.key) { &mut equal } else { &mut other }.push(ticket);
                    }
                }
            }
        }
    }
}

impl<K: 'static, V: 'static, S: Scope> Stored for Cache<K, V, S> {
    fn info(&self) -> CacheInfo {
        S::with(&self.state, |state| CacheInfo {
            hits: state.hits,
            misses: state.misses,
            maxsize: self.maxsize,
            currsize: state.store.len(),
        })
    }

    fn clear(&self) {
        let _dropped_unlocked = S::with(&self.state, |state| {
            state.hits = 0;
            state.misses = 0;
            (state.store.take(), state.flights.take())
        });
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}
