//! Invalidations that Redis has not confirmed. They are done before it is read again.

use std::collections::BTreeMap;

use super::member::Member;

/// How many keys are remembered one by one.
const MOST: usize = 10_000;

/// What is to be removed as soon as Redis is there again: each key once, and all keys of some functions.
#[derive(Default)]
pub(super) struct Queue {
    keys: BTreeMap<String, (&'static Member, u64)>,
    functions: Vec<(&'static Member, u64)>,
    /// How often something was added: what is added again while it is being removed stays.
    added: u64,
}

/// A key to be removed.
pub(super) struct QueuedKey {
    pub(super) key: String,
    added: u64,
}

impl Queue {
    /// Remembers a key. Where there are too many, all keys of the function are remembered in its place.
    pub(super) fn add(&mut self, key: String, of: &'static Member) {
        self.added += 1;
        if let Some((_, added)) = self.functions.iter_mut().find(|(known, _)| is_same(known, of)) {
            *added = self.added;
            return;
        }
        self.keys.insert(key, (of, self.added));
        if self.keys.len() > MOST {
            self.add_all(of);
        }
    }

    /// Remembers all keys of a function.
    pub(super) fn add_all(&mut self, of: &'static Member) {
        self.added += 1;
        self.keys.retain(|_, (known, _)| !is_same(known, of));
        self.functions.retain(|(known, _)| !is_same(known, of));
        self.functions.push((of, self.added));
    }

    pub(super) fn len(&self) -> usize {
        self.keys.len() + self.functions.len()
    }

    /// Some keys, to be removed.
    pub(super) fn keys(&self, most: usize) -> Vec<QueuedKey> {
        let keys = self.keys.iter().take(most);
        keys.map(|(key, &(_, added))| QueuedKey { key: key.clone(), added }).collect()
    }

    /// They have been.
    pub(super) fn forget(&mut self, keys: &[QueuedKey]) {
        for QueuedKey { key, added } in keys {
            if self.keys.get(key).is_some_and(|(_, last)| last == added) {
                self.keys.remove(key);
            }
        }
    }

    /// A function of which all keys are to be removed.
    pub(super) fn function(&self) -> Option<(&'static Member, u64)> {
        self.functions.first().copied()
    }

    /// They have been.
    pub(super) fn forget_function(&mut self, (of, added): (&'static Member, u64)) {
        self.functions.retain(|(known, last)| !is_same(known, of) || *last != added);
    }
}

fn is_same(one: &'static Member, other: &'static Member) -> bool {
    std::ptr::eq(one, other)
}
