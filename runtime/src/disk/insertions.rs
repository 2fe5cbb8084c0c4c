//! [`Insertions`], the keys whose values are being inserted: reads of them come after that.

use std::collections::BTreeMap;

use parking_lot::Mutex;

/// How many insertions of a key are not done, by the hash of the key.
#[derive(Default)]
pub(super) struct Insertions(Mutex<BTreeMap<u64, usize>>);

impl Insertions {
    pub(super) fn begin(&self, hash: u64) {
        *self.0.lock().entry(hash).or_default() += 1;
    }

    pub(super) fn end(&self, hash: u64) {
        let mut insertions = self.0.lock();
        if let Some(count) = insertions.get_mut(&hash) {
            *count -= 1;
            if *count == 0 {
                insertions.remove(&hash);
            }
        }
    }

    /// Whether an insertion of this key is not done.
    pub(super) fn contain(&self, hash: u64) -> bool {
        self.0.lock().contains_key(&hash)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_in_it_until_its_last_insertion_is_done() {
        let insertions = Insertions::default();
        insertions.begin(1);
        insertions.begin(1);
        insertions.end(1);
        assert!(insertions.contain(1) && !insertions.contain(2));
        insertions.end(1);
        assert!(!insertions.contain(1));
    }
}
