//! The values that this process inserts and that Redis has not confirmed yet.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::sync::Arc;

use parking_lot::Mutex;

/// By the hash of a key, how many values were inserted that Redis has not confirmed yet.
#[derive(Clone, Default)]
pub(in crate::redis) struct Insertions(Arc<Mutex<BTreeMap<u64, usize>>>);

impl Insertions {
    /// Marks an insertion under a key until it is dropped.
    pub(in crate::redis) fn begin(&self, hash: u64) -> Insertion {
        *self.0.lock().entry(hash).or_default() += 1;
        Insertion { insertions: self.clone(), hash }
    }

    /// Whether a value is being inserted under a key.
    pub(super) fn contain(&self, hash: u64) -> bool {
        self.0.lock().contains_key(&hash)
    }
}

/// An insertion that Redis has not confirmed yet, while it lives.
pub(in crate::redis) struct Insertion {
    insertions: Insertions,
    hash: u64,
}

impl Drop for Insertion {
    fn drop(&mut self) {
        if let Entry::Occupied(mut pending) = self.insertions.0.lock().entry(self.hash) {
            *pending.get_mut() -= 1;
            if *pending.get() == 0 {
                pending.remove();
            }
        }
    }
}
