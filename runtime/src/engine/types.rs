//! The words and the interface of the engine. Both engines implement [`Engine`] and [`Pin`].

use super::counters::{Counters, Discarded, Elapsed};
use super::thread::Leader;

pub(crate) use super::ids::{Fingerprint, Generation, Group, InFlightId};

/// This call is made inside `Eq` or `Clone` of a key or value, by a thread that has pinned
/// an engine, and the operation would have to wait for another thread. It has done nothing.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Reentrant;

/// Which entry is evicted.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Eviction {
    /// The least recently used.
    Lru,
    /// The one that the adaptive policy chooses.
    Adaptive,
}

/// The bounds of an engine.
#[derive(Clone, Copy, Debug)]
pub struct Config {
    /// The most entries; `None` without a bound.
    pub(crate) capacity: Option<usize>,
    /// The most that all entries weigh together; `None` without a bound, and without weights.
    pub(crate) max_weight: Option<u64>,
    /// Whether entries expire.
    pub(crate) is_timed: bool,
    pub(crate) eviction: Eviction,
}

/// The time of an operation, in nanoseconds of the caller's clock.
#[derive(Clone, Copy, Debug)]
pub struct Times {
    pub(crate) now: u64,
    /// For how long past its deadline an entry may be returned while it is recomputed.
    pub(crate) stale: u64,
    /// An entry whose deadline is not after this is of no use to anyone.
    pub(crate) purge_cutoff: u64,
}

/// The groups that a key has been compared with: the findings of a pinned reader, for a writer,
/// which compares no keys.
#[derive(Default, Debug)]
pub struct Compared {
    /// The group of the key.
    pub(super) equal: Option<Group>,
    pub(super) others: Vec<Group>,
}

impl Compared {
    pub(super) fn covers(&self, group: Group) -> bool {
        self.equal == Some(group) || self.others.contains(&group)
    }

    /// Notes that the key was compared with that of a group.
    pub(super) fn insert(&mut self, group: Group, is_equal: bool) {
        // The group that was equal before, if there was one, is gone: no two are.
        let other = if is_equal { self.equal.replace(group) } else { Some(group) };
        self.others.extend(other);
    }
}

/// The effect of an in-flight computation on an entry with its key.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum OnExisting {
    /// The first to be completed stays.
    Keep,
    /// A newer value replaces it, and computations that began earlier are discarded.
    Replace,
}

/// The start of a computation.
pub struct Start<'a, K, F> {
    pub(crate) fingerprint: Fingerprint,
    pub(crate) compared: &'a Compared,
    /// Taken if a computation starts.
    pub(crate) key: &'a mut Option<K>,
    pub(crate) leader: Leader,
    pub(crate) on_existing: OnExisting,
    /// With `OnExisting::Keep`: whether it may wait for another computation of the key.
    pub(crate) may_wait: bool,
    /// Whether to count a miss if a computation starts.
    pub(crate) counts_miss: bool,
    pub(crate) times: Option<Times>,
    /// Creates the wait list of a computation.
    pub(crate) new_wait_list: fn() -> F,
}

/// The outcome of a [`Start`].
pub enum Started<F> {
    /// There is an item with this fingerprint that the key was not compared with. Nothing was done.
    NotCompared,
    /// There is an entry that may be returned.
    AlreadyStored,
    /// There is another computation of this key, which was counted as a joined hit.
    Wait(Waiting<F>),
    /// It is in flight.
    Compute(InFlightId),
    /// There are as many items as there can be.
    Full,
}

/// A computation to wait for.
pub struct Waiting<F> {
    pub(crate) id: InFlightId,
    pub(crate) leader: Leader,
    pub(crate) wait_list: F,
    /// When the engine was cleared last: another number each time.
    pub(crate) cleared_at: u64,
}

/// The result of a computation, to be stored.
pub struct Complete<V> {
    pub(crate) value: V,
    pub(crate) elapsed: Elapsed,
    pub(crate) weight: u64,
    /// When it expires; with `Config::is_timed`.
    pub(crate) deadline: u64,
    pub(crate) times: Option<Times>,
}

/// The wait lists of a computation that has ended.
pub struct Ended<F> {
    /// The wait list of its waiters.
    pub(crate) wait_list: Option<F>,
    /// The wait lists of other computations of the key, whose waiters look again.
    pub(crate) others: Vec<F>,
    /// If the set of computations to measure changes: those whose generation has none of these
    /// bits.
    pub(crate) sampling_mask: Option<u64>,
}

/// Keys and values that have left the engine, to be dropped with no lock held.
#[must_use = "it holds what has left the engine"]
pub struct Garbage<K, V> {
    // Mostly there is one, for which nothing is allocated.
    first: Option<(Option<K>, Option<V>)>,
    rest: Vec<(Option<K>, Option<V>)>,
}

impl<K, V> Garbage<K, V> {
    pub(crate) const fn new() -> Self {
        Garbage { first: None, rest: Vec::new() }
    }

    #[inline]
    pub(super) fn push(&mut self, key: Option<K>, value: Option<V>) {
        if self.first.is_none() {
            self.first = Some((key, value));
        } else {
            self.rest.push((key, value));
        }
    }
}

/// A snapshot of an engine's counters.
#[derive(Clone, Copy, Debug)]
pub struct Snapshot {
    pub(crate) counters: Counters,
    pub(crate) hits: u64,
    /// The misses that readers counted, besides `Counters::misses`.
    pub(crate) misses: u64,
    /// The number of entries.
    pub(crate) len: usize,
    /// The number of expired entries.
    pub(crate) expired: usize,
    /// The weight of all entries.
    pub(crate) weight: u64,
}

/// A table of entries with keys `K` and values `V`, and an `F` for the waiters of a computation.
///
/// Each operation takes effect at one moment. None runs user code with a lock held, and none waits
/// for a reader that runs a user's `Clone`.
pub trait Engine<K: 'static, V: 'static, F: Clone + 'static>: Sized + 'static {
    /// The position of an entry. It is valid until the pin that found it is released.
    type Position: Copy;

    /// A pinned engine.
    type Pin<'a>: Pin<K, V, Position = Self::Position, Place = Self::Place>
    where
        Self: 'a;

    fn new(config: &Config) -> Self;

    /// Where an entry may be, for a walk through all entries.
    type Place: Copy;
    type Places: Iterator<Item = Self::Place>;

    /// A pin in few bytes, to be passed on in a register.
    type CompactPin<'a>
    where
        Self: 'a;

    /// Same as [`Pin::find_slow`], also while a writer replaces the entry: waits for the writer.
    fn find_settled(
        &self,
        pin: &Self::Pin<'_>,
        fingerprint: Fingerprint,
        key_eq: impl FnMut(&K) -> bool,
    ) -> Option<Self::Position>;

    /// Pins the engine, if nothing has to be waited for.
    fn pin(&self) -> Option<Self::Pin<'_>>;

    /// Packs the pin that [`Engine::pin`] returned.
    fn pack<'a>(&'a self, pin: Self::Pin<'a>) -> Self::CompactPin<'a>;

    /// Unpacks a pin of this engine.
    fn unpack<'a>(&'a self, pin: Self::CompactPin<'a>) -> Self::Pin<'a>;

    /// Same as [`Engine::pin`] when it returned `None`: may wait, but not within another pin.
    fn pin_slow(&self) -> Result<Self::Pin<'_>, Reentrant>;

    /// Starts a computation, or returns why not. Releases the pin.
    fn start(
        &self,
        pin: Option<Self::Pin<'_>>,
        start: Start<'_, K, F>,
        garbage: &mut Garbage<K, V>,
    ) -> Result<Started<F>, Reentrant>;

    /// Same as [`Engine::start`] of a call that counts a miss, if no item has its fingerprint.
    /// Otherwise does nothing but release the pin, and returns the key.
    fn start_first(
        &self,
        pin: Self::Pin<'_>,
        _fingerprint: Fingerprint,
        key: K,
        _leader: Leader,
    ) -> Result<InFlightId, K> {
        drop(pin);
        Err(key)
    }

    /// Same as [`Engine::complete`], if that is simple: entries neither expire nor weigh, and
    /// nothing else has its key. Returns the sampling mask. If not, nothing is done, and the value
    /// returned.
    fn complete_sole(
        &self,
        _id: InFlightId,
        value: V,
        _elapsed: Elapsed,
        _garbage: &mut Garbage<K, V>,
    ) -> Result<Option<u64>, V> {
        Err(value)
    }

    /// Ends a computation and stores its value, unless it was discarded meanwhile, another call
    /// has stored one, or it weighs too much. Evicts entries until the bounds are kept.
    fn complete(
        &self,
        id: InFlightId,
        complete: Complete<V>,
        garbage: &mut Garbage<K, V>,
    ) -> Result<Ended<F>, Reentrant>;

    /// Ends a computation without an entry. With `superseded` the entry of its group is removed
    /// if it has expired by then.
    fn discard(
        &self,
        id: InFlightId,
        discarded: Discarded,
        superseded: Option<u64>,
        garbage: &mut Garbage<K, V>,
    ) -> Result<Ended<F>, Reentrant>;

    /// Removes the entry of a key, and discards its computations. Returns whether there was an
    /// entry that was of use; `None` if the key has not been compared with all it has to be.
    fn remove(
        &self,
        fingerprint: Fingerprint,
        compared: &Compared,
        times: Option<Times>,
        garbage: &mut Garbage<K, V>,
    ) -> Result<Option<bool>, Reentrant>;

    /// Returns the places of all entries. One that is stored, replaced or removed by another thread
    /// during the walk may be overlooked.
    fn places(&self) -> Result<Self::Places, Reentrant>;

    /// Removes the entry that a pin has found, unless it has left meanwhile, and discards the
    /// computations of its key. Releases the pin. Returns whether it removed an entry that had not
    /// expired.
    fn remove_found(
        &self,
        pin: Self::Pin<'_>,
        position: Self::Position,
        times: Option<Times>,
        garbage: &mut Garbage<K, V>,
    ) -> Result<bool, Reentrant>;

    /// Takes back the joined hit of a call that waited for no value. Returns whether it was counted
    /// since the engine was cleared last; if not, nothing is done.
    fn uncount_join(&self, cleared_at: u64) -> Result<bool, Reentrant>;

    /// Removes all entries and discards all computations. With `resets` the counters are zeroed,
    /// after `before` has seen them, at the same moment; else each entry that has expired by `now`
    /// counts as such.
    fn clear(
        &self,
        resets: bool,
        now: Option<u64>,
        before: &mut dyn FnMut(&Snapshot),
    ) -> Result<(), Reentrant>;

    /// Purges entries past every stale window, and returns the counters at one moment.
    fn snapshot(
        &self,
        times: Option<Times>,
        show: &mut dyn FnMut(&Snapshot),
        garbage: &mut Garbage<K, V>,
    ) -> Result<(), Reentrant>;

    /// Returns hits, misses and length, each at about this moment, without a lock. The rest is 0.
    fn rough_snapshot(&self) -> Snapshot;

    /// Does the work that had to wait for a reader, if that has left. `Pin::leave` returns whether
    /// to call it.
    fn maintain(&self, garbage: &mut Garbage<K, V>);
}

/// A reader. While it exists, the items that it has found are not dropped, and user code may run.
pub trait Pin<K, V> {
    /// The position of an entry, as for the engine.
    type Position: Copy;
    type Place: Copy;

    /// Finds the entry whose key `key_eq` accepts, unless the index grows: then it may be missed.
    fn find(
        &self,
        fingerprint: Fingerprint,
        key_eq: impl FnMut(&K) -> bool,
    ) -> Option<Self::Position>;

    /// Same as [`Pin::find`], also while the index grows.
    fn find_slow(
        &self,
        fingerprint: Fingerprint,
        key_eq: impl FnMut(&K) -> bool,
    ) -> Option<Self::Position>;

    /// Returns the entry at a place, if there is one.
    fn entry_at(&self, place: Self::Place) -> Option<Self::Position>;

    /// Returns a number that is greater for an entry that is evicted later; where the order of use
    /// is not known, for one whose key came later.
    fn rank(&self, place: Self::Place, position: Self::Position) -> u64;

    /// Whether the index grows.
    fn is_growing(&self) -> bool;

    /// Returns the key of an entry.
    fn key(&self, position: Self::Position) -> &K;

    /// Returns the value of an entry.
    fn value(&self, position: Self::Position) -> &V;

    /// Counts a hit and promotes the entry. Afterwards, only this entry is protected. Returns
    /// whether [`Engine::maintain`] is to be called.
    fn hit(&mut self, position: Self::Position) -> bool;

    /// Same as [`Pin::hit`], but counts and promotes nothing.
    fn narrow(&mut self, position: Self::Position);

    /// Counts a miss.
    fn count_miss(&mut self);

    /// Returns when an entry expires; `u64::MAX` if it does not.
    fn deadline(&self, position: Self::Position) -> u64;

    /// Lets an entry expire at `deadline`, unless it expires later.
    fn extend_deadline(&self, position: Self::Position, deadline: u64);

    /// Whether the group of an entry has an in-flight computation.
    fn is_being_recomputed(&self, position: Self::Position) -> bool;

    /// Compares a key with those with its fingerprint that it has not been compared with.
    fn compare(
        &self,
        fingerprint: Fingerprint,
        compared: &mut Compared,
        key_eq: impl Fn(&K) -> bool,
    );

    /// Returns the key of a computation that has not been discarded.
    fn key_of(&self, id: InFlightId) -> Option<&K>;

    /// Same as [`Pin::key_of`]. Afterwards, only this key is protected.
    fn narrow_to_key(&mut self, id: InFlightId) -> Option<&K>;

    /// Returns the entry that the result of a computation is to replace.
    fn entry_to_replace(&self, id: InFlightId) -> Option<Self::Position>;

    /// Releases the pin. Returns whether [`Engine::maintain`] is to be called.
    fn leave(self) -> bool;
}
