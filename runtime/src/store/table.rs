//! The entries of a cache, found by hash. Users' `Eq` runs only in [`Table::find`]; everything else tells
//! entries apart by their number.

use hashbrown::HashTable;

/// Where an entry is kept.
pub(crate) type Slot = u32;

/// Counts what makes older computations void: invalidations, clears, insertions.
pub(crate) type Epoch = u64;

/// One result that is kept.
pub(crate) struct Entry<K, V> {
    pub(crate) hash: u64,
    /// Different for any two entries of a cache.
    pub(crate) number: u64,
    /// When its computation began.
    pub(crate) begun: Epoch,
    /// Whether it voids what began earlier: it was inserted, or refreshed.
    pub(crate) supersedes: bool,
    pub(crate) key: K,
    pub(crate) value: V,
}

/// What readers read.
pub(crate) struct Table<K, V> {
    pub(crate) epoch: Epoch,
    index: HashTable<Slot>,
    slots: Vec<Option<Entry<K, V>>>,
    vacant: Vec<Slot>,
}

impl<K, V> Table<K, V> {
    pub(crate) fn new() -> Self {
        Table { epoch: 0, index: HashTable::new(), slots: Vec::new(), vacant: Vec::new() }
    }

    pub(crate) fn len(&self) -> usize {
        self.index.len()
    }

    /// How many slots there are, used or vacant.
    #[inline]
    pub(crate) fn slots(&self) -> usize {
        self.slots.len()
    }

    fn entry(&self, slot: Slot) -> Option<&Entry<K, V>> {
        self.slots.get(slot as usize)?.as_ref()
    }

    /// The entry with this hash whose key is the one.
    #[inline]
    pub(crate) fn find(
        &self,
        hash: u64,
        mut is_it: impl FnMut(&Entry<K, V>) -> bool,
    ) -> Option<(Slot, &Entry<K, V>)> {
        let matches =
            |&slot: &Slot| self.entry(slot).is_some_and(|entry| entry.hash == hash && is_it(entry));
        let &slot = self.index.find(hash, matches)?;
        Some((slot, self.entry(slot)?))
    }

    /// All entries with this hash.
    pub(crate) fn with_hash(&self, hash: u64) -> impl Iterator<Item = (Slot, &Entry<K, V>)> {
        self.index
            .iter_hash(hash)
            .filter_map(move |&slot| Some((slot, self.entry(slot)?)))
            .filter(move |(_, entry)| entry.hash == hash)
    }

    /// Whether any entry has this hash.
    #[inline]
    pub(crate) fn has_hash(&self, hash: u64) -> bool {
        self.find(hash, |_| true).is_some()
    }

    /// Whether there is a slot, or a number for another one, for one more entry.
    pub(crate) fn can_insert(&self) -> bool {
        !self.vacant.is_empty() || self.slots.len() < Slot::MAX as usize
    }

    /// Adds an entry. Its key must have none yet.
    pub(crate) fn insert(&mut self, entry: Entry<K, V>) -> Slot {
        let hash = entry.hash;
        let slot = match self.vacant.pop() {
            Some(slot) => {
                self.slots[slot as usize] = Some(entry);
                slot
            }
            None => {
                self.slots.push(Some(entry));
                // `can_insert` was asked.
                Slot::try_from(self.slots.len() - 1).unwrap_or(Slot::MAX)
            }
        };
        let slots = &self.slots;
        let rehash = |&slot: &Slot| slots[slot as usize].as_ref().map_or(0, |entry| entry.hash);
        self.index.insert_unique(hash, slot, rehash);
        slot
    }

    /// Takes an entry out.
    pub(crate) fn remove(&mut self, slot: Slot) -> Option<Entry<K, V>> {
        let entry = self.slots.get_mut(slot as usize)?.take()?;
        if let Ok(indexed) = self.index.find_entry(entry.hash, |&other| other == slot) {
            indexed.remove();
        }
        self.vacant.push(slot);
        Some(entry)
    }

    /// Empties the table; what it held is returned.
    pub(crate) fn take(&mut self) -> Self {
        let empty = Table { epoch: self.epoch, ..Table::new() };
        std::mem::replace(self, empty)
    }
}
