//! A naive model of a cache: a list in the order of use, searched from the front.

/// An entry of a [`Model`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry<K, V> {
    /// Identifies the entry.
    pub key: K,
    /// The stored result.
    pub value: V,
    /// When it expires: `u64::MAX` for never.
    pub deadline: u64,
}

/// A naive LRU cache: the expected behaviour. Time stands still until `now` is set.
#[derive(Debug, Clone)]
pub struct Model<K, V> {
    /// The maximum number of entries.
    pub maxsize: Option<usize>,
    /// The entries, the least recent first, with those that have expired.
    pub entries: Vec<Entry<K, V>>,
    /// The time.
    pub now: u64,
    /// The calls that found an entry, so far.
    pub hits: u64,
    /// The calls that did not.
    pub misses: u64,
}

impl<K: PartialEq, V: Clone> Model<K, V> {
    /// Returns an empty model.
    pub fn new(maxsize: impl Into<Option<usize>>) -> Self {
        Model { maxsize: maxsize.into(), entries: Vec::new(), now: 0, hits: 0, misses: 0 }
    }

    /// Returns the place of a key's entry, fresh or not.
    pub fn position(&self, key: &K) -> Option<usize> {
        self.entries.iter().position(|entry| entry.key == *key)
    }

    /// Returns the value of a key's entry unless that has expired.
    pub fn peek(&self, key: &K) -> Option<V> {
        let entry = &self.entries[self.position(key)?];
        (self.now < entry.deadline).then(|| entry.value.clone())
    }

    /// Makes a key's entry the most recent, and returns its value. Does not look at its deadline.
    ///
    /// # Panics
    ///
    /// If there is no such entry.
    pub fn promote(&mut self, key: &K) -> V {
        let entry = self.entries.remove(self.position(key).expect("an entry"));
        let value = entry.value.clone();
        self.entries.push(entry);
        value
    }

    /// Counts a call: returns the value of a fresh entry, or `None` for a miss.
    pub fn call(&mut self, key: &K) -> Option<V> {
        if self.peek(key).is_some() {
            self.hits += 1;
            return Some(self.promote(key));
        }
        self.misses += 1;
        None
    }

    /// Stores a value as the most recent, and evicts the least recent entry if there is no room.
    pub fn store(&mut self, key: K, value: V, deadline: u64) {
        if self.maxsize == Some(0) {
            return;
        }
        self.remove(&key);
        if Some(self.entries.len()) == self.maxsize {
            self.entries.remove(0);
        }
        self.entries.push(Entry { key, value, deadline });
    }

    /// Removes a key's entry, and returns whether that was fresh.
    pub fn remove(&mut self, key: &K) -> bool {
        let is_fresh = self.peek(key).is_some();
        self.entries.retain(|entry| entry.key != *key);
        is_fresh
    }

    /// Removes the entries that expired longer ago than this.
    pub fn purge(&mut self, grace: u64) {
        let now = self.now;
        self.entries.retain(|entry| now < entry.deadline.saturating_add(grace));
    }

    /// Returns the number of fresh entries.
    pub fn currsize(&self) -> usize {
        self.entries.iter().filter(|entry| self.now < entry.deadline).count()
    }

    /// Removes all entries and resets the counters.
    pub fn clear(&mut self) {
        self.entries.clear();
        (self.hits, self.misses) = (0, 0);
    }
}
