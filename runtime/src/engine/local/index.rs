//! Which items have a fingerprint.

use std::collections::{BTreeMap, HashMap};

use foldhash::fast::FixedState;

use super::super::types::{Fingerprint, Generation};

/// The generations of the items with each fingerprint, entries and in-flight computations.
#[derive(Default)]
pub(super) struct LocalIndex {
    /// One item of each fingerprint.
    first: HashMap<u32, Generation, FixedState>,
    /// The further items. Most fingerprints have none, and so this is mostly empty.
    others: BTreeMap<u32, Vec<Generation>>,
}

impl LocalIndex {
    pub(super) fn insert(&mut self, fingerprint: Fingerprint, generation: Generation) {
        let first = *self.first.entry(fingerprint.0).or_insert(generation);
        if first != generation {
            self.others.entry(fingerprint.0).or_default().push(generation);
        }
    }

    pub(super) fn remove(&mut self, fingerprint: Fingerprint, generation: Generation) {
        let is_first = self.first.get(&fingerprint.0) == Some(&generation);
        let others = self.others.get_mut(&fingerprint.0);
        let next = match others {
            Some(others) if is_first => others.pop(),
            Some(others) => {
                others.retain(|other| *other != generation);
                None
            }
            None => None,
        };
        if let Some(next) = next {
            self.first.insert(fingerprint.0, next);
        } else if is_first {
            self.first.remove(&fingerprint.0);
        }
        if self.others_with(fingerprint).is_empty() {
            self.others.remove(&fingerprint.0);
        }
    }

    #[inline]
    pub(super) fn items(&self, fingerprint: Fingerprint) -> impl Iterator<Item = Generation> {
        let first = self.first.get(&fingerprint.0);
        first.into_iter().chain(self.others_with(fingerprint)).copied()
    }

    #[inline]
    fn others_with(&self, fingerprint: Fingerprint) -> &[Generation] {
        if self.others.is_empty() { &[] } else { self.others_with_slow(fingerprint) }
    }

    /// Same as [`LocalIndex::others_with`] when there are others, of this fingerprint or not.
    #[cold]
    #[inline(never)]
    fn others_with_slow(&self, fingerprint: Fingerprint) -> &[Generation] {
        self.others.get(&fingerprint.0).map_or(&[], Vec::as_slice)
    }

    /// Returns how many items there are.
    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.first.len() + self.others.values().map(Vec::len).sum::<usize>()
    }
}
