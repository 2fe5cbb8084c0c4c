//! What belongs to who writes: the order, the computations that run, and the invalidations that may
//! concern them.

use std::sync::Arc;

use crate::store::Privates;
use crate::store::reader::Reader;
use crate::store::table::{Entry, Epoch, Table};

/// What belongs to writers.
pub(crate) struct Writer<K, O> {
    pub(crate) order: O,
    /// How many slots readers have room for.
    pub(crate) reserved: usize,
    pub(crate) numbers: u64,
    /// The epoch of the last clear.
    pub(crate) cleared: Epoch,
    /// Invalidations that may concern a computation that still runs.
    pub(crate) void: Vec<Void<K>>,
    /// The epochs in which refreshes that still run began.
    pub(crate) running: Reader,
}

/// An invalidation.
pub(crate) struct Void<K> {
    pub(crate) hash: u64,
    pub(crate) epoch: Epoch,
    pub(crate) key: Arc<K>,
}

/// Where a running computation is listed.
#[derive(Clone, Copy)]
pub(crate) struct Running {
    /// `None` for the writer's list.
    pub(crate) stripe: Option<usize>,
    pub(crate) epoch: Epoch,
}

/// What had to go, to be dropped when nothing is held any more.
// Nobody reads what is only to be dropped.
#[allow(dead_code)]
pub(crate) struct Displaced<K, V> {
    pub(crate) replaced: Vec<Entry<K, V>>,
    pub(crate) evicted: Option<Entry<K, V>>,
    pub(crate) value: Option<V>,
    pub(crate) void: Vec<Void<K>>,
}

impl<K, V> Default for Displaced<K, V> {
    fn default() -> Self {
        Displaced { replaced: Vec::new(), evicted: None, value: None, void: Vec::new() }
    }
}

/// What has been compared with a key: entries by number, invalidations by epoch.
#[derive(Default)]
pub(crate) struct Compared {
    pub(crate) equal: Vec<u64>,
    pub(crate) other: Vec<u64>,
}

impl Compared {
    pub(crate) fn knows(&self, number: u64) -> bool {
        self.equal.contains(&number) || self.other.contains(&number)
    }

    pub(crate) fn add(&mut self, number: u64, equal: bool) {
        if equal { &mut self.equal } else { &mut self.other }.push(number);
    }

    /// Compares the entries with this hash that were not compared yet. What user code asks for
    /// meanwhile is not done before all of them are.
    pub(crate) fn compare<K, V>(
        &mut self,
        table: &Table<K, V>,
        hash: u64,
        is_equal: impl Fn(&K) -> bool,
    ) {
        for (_, entry) in table.with_hash(hash) {
            if !self.knows(entry.number) {
                self.add(entry.number, is_equal(&entry.key));
            }
        }
    }
}

impl<K, O> Writer<K, O> {
    pub(crate) fn new(order: O) -> Self {
        Writer {
            order,
            reserved: 0,
            numbers: 0,
            cleared: 0,
            void: Vec::new(),
            running: Reader::default(),
        }
    }

    /// The invalidations of this hash since an epoch that were not compared yet.
    pub(crate) fn void_since(&self, epoch: Epoch, hash: u64, compared: &Compared) -> Vec<Void<K>> {
        if self.void.is_empty() {
            return Vec::new();
        }
        let concerns = |void: &&Void<K>| {
            void.hash == hash && void.epoch > epoch && !compared.knows(void.epoch)
        };
        self.void
            .iter()
            .filter(concerns)
            .map(|void| Void { key: Arc::clone(&void.key), ..*void })
            .collect()
    }

    /// Takes a computation off its list, and with the last that they may concern, invalidations.
    pub(crate) fn end<V>(
        &mut self,
        running: Running,
        readers: &mut impl Privates<Reader>,
        displaced: &mut Displaced<K, V>,
    ) {
        match running.stripe {
            Some(stripe) => {
                if let Some(reader) = readers.get(stripe) {
                    reader.end(running.epoch);
                }
            }
            None => self.running.end(running.epoch),
        }
        if !self.void.is_empty() {
            self.forget_void(readers, displaced);
        }
    }

    /// Notes an invalidation, if a computation that runs might be concerned.
    pub(crate) fn add_void<V>(
        &mut self,
        void: Void<K>,
        readers: &mut impl Privates<Reader>,
        displaced: &mut Displaced<K, V>,
    ) {
        self.void.push(void);
        self.forget_void(readers, displaced);
    }

    pub(crate) fn forget_void<V>(
        &mut self,
        readers: &mut impl Privates<Reader>,
        displaced: &mut Displaced<K, V>,
    ) {
        let mut oldest = self.running.oldest();
        readers.each(|reader| {
            oldest = oldest.into_iter().chain(reader.oldest()).min();
        });
        let concerns = |void: &Void<K>| oldest.is_some_and(|oldest| oldest < void.epoch);
        displaced.void.extend(self.void.extract_if(.., |void| !concerns(void)));
    }
}
