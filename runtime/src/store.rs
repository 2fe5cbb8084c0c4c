//! Who is kept: entries found by hash, in order of use, at most `maxsize` of them.
//!
//! Nothing here runs user code. Entries are told apart by their ticket, never by comparing keys;
//! whatever is displaced is handed back, to be dropped by the caller outside its lock.

use std::mem;

use foldhash::fast::FixedState;
use hashbrown::HashTable;
use lru::LruCache;

/// When a computation began, or a value was inserted: each gets its own, in order of time.
pub(crate) type Ticket = u64;

/// One result that is kept.
pub(crate) struct Entry<R> {
    pub(crate) hash: u64,
    pub(crate) ticket: Ticket,
    pub(crate) record: R,
}

/// Where an entry is kept.
pub(crate) type Slot = usize;

/// The entries of one cache.
pub(crate) struct Store<R> {
    /// `None`: unbounded, and the order is not recorded.
    maxsize: Option<usize>,
    index: HashTable<Slot>,
    slots: Vec<Option<Entry<R>>>,
    vacant: Vec<Slot>,
    order: LruCache<Slot, (), FixedState>,
}

impl<R> Store<R> {
    /// An empty store; `maxsize` is at least 1.
    pub(crate) fn new(maxsize: Option<usize>) -> Self {
        Store {
            maxsize,
            index: HashTable::new(),
            slots: Vec::new(),
            vacant: Vec::new(),
            order: LruCache::unbounded_with_hasher(FixedState::default()),
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.index.len()
    }

    /// All entries whose key has this hash; nearly always none or one.
    pub(crate) fn candidates(&self, hash: u64) -> impl Iterator<Item = (Slot, &Entry<R>)> {
        self.index.iter_hash(hash).filter_map(move |&slot| {
            let entry = self.slots[slot].as_ref()?;
            (entry.hash == hash).then_some((slot, entry))
        })
    }

    /// Makes an entry the most recent, if it is still there.
    pub(crate) fn promote(&mut self, slot: Slot, ticket: Ticket) {
        if self.maxsize.is_some() && self.holds(slot, ticket) {
            self.order.promote(&slot);
        }
    }

    /// Adds an entry as the most recent. Returns the least recent, if it had to make room.
    pub(crate) fn insert(&mut self, entry: Entry<R>) -> Option<Entry<R>> {
        let full = self.maxsize.is_some_and(|maxsize| self.len() >= maxsize);
        let evicted =
            if full { self.order.pop_lru() } else { None }.and_then(|(slot, ())| self.vacate(slot));

        let hash = entry.hash;
        let slot = match self.vacant.pop() {
            Some(slot) => {
                self.slots[slot] = Some(entry);
                slot
            }
            None => {
                self.slots.push(Some(entry));
                self.slots.len() - 1
            }
        };
        let slots = &self.slots;
        self.index
            .insert_unique(hash, slot, |&slot| slots[slot].as_ref().map_or(0, |entry| entry.hash));
        if self.maxsize.is_some() {
            self.order.put(slot, ());
        }
        evicted
    }

    /// Takes an entry out, if it is still there.
    pub(crate) fn remove(&mut self, hash: u64, ticket: Ticket) -> Option<Entry<R>> {
        let slot = self
            .candidates(hash)
            .find_map(|(slot, entry)| (entry.ticket == ticket).then_some(slot))?;
        self.order.pop(&slot);
        self.vacate(slot)
    }

    /// Empties the store; what it held is returned.
    pub(crate) fn take(&mut self) -> Self {
        let empty = Store::new(self.maxsize);
        mem::replace(self, empty)
    }

    fn holds(&self, slot: Slot, ticket: Ticket) -> bool {
        matches!(self.slots.get(slot), Some(Some(entry)) if entry.ticket == ticket)
    }

    fn vacate(&mut self, slot: Slot) -> Option<Entry<R>> {
        let entry = self.slots[slot].take()?;
        if let Ok(indexed) = self.index.find_entry(entry.hash, |&other| other == slot) {
            indexed.remove();
        }
        self.vacant.push(slot);
        Some(entry)
    }
}
