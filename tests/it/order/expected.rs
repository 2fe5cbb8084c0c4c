//! The model of a cache that several threads use: an LRU list in which some hits may be ordered
//! either way (CONTRACT 5).

use std::fmt::Debug;

use functools_test_support::{Entry, Model, info};

use super::cached::{Answer, Operation, Outcome, State};

/// The value of an entry, and its last use.
#[derive(Debug, Clone)]
struct Used {
    value: u32,
    /// The number of stores before its last use.
    stores: u32,
    /// The one worker that has used it since then.
    by: Option<usize>,
}

/// The expected state of a cache.
#[derive(Debug)]
pub(super) struct Expected {
    model: Model<u32, Used>,
    stores: u32,
}

impl Expected {
    pub(super) fn new(maxsize: Option<usize>) -> Self {
        Expected { model: Model::new(maxsize), stores: 0 }
    }

    /// Returns the answer to an operation by a worker, after which the cache was like this.
    pub(super) fn apply(&mut self, operation: Operation, worker: usize, after: &State) -> Answer {
        match operation {
            Operation::Call(n, outcome) => Answer::Returned(self.call(n, outcome, worker, after).0),
            Operation::WithStatus(n, outcome) => {
                let (outcome, is_hit) = self.call(n, outcome, worker, after);
                Answer::WithStatus(outcome, is_hit)
            }
            Operation::Insert(n, outcome) => {
                self.store(n, outcome, worker, after);
                Answer::Done
            }
            Operation::Refresh(n, outcome) => {
                self.store(n, outcome, worker, after);
                Answer::Returned(outcome)
            }
            Operation::Invalidate(n) => Answer::Is(self.model.remove(&n)),
            Operation::Peek(n) => Answer::Peeked(self.model.peek(&n).map(|used| Ok(used.value))),
            Operation::Contains(n) => Answer::Is(self.model.position(&n).is_some()),
            Operation::Clear => {
                self.model.clear();
                Answer::Done
            }
        }
    }

    /// Returns the result of a call, and whether it was a hit.
    fn call(&mut self, n: u32, outcome: Outcome, worker: usize, after: &State) -> (Outcome, bool) {
        let Some(used) = self.model.call(&n) else {
            self.store(n, outcome, worker, after);
            return (outcome, false);
        };
        let is_alone = used.stores < self.stores || used.by == Some(worker);
        let entry = self.model.entries.last_mut().expect("the entry that was hit");
        entry.value.stores = self.stores;
        entry.value.by = is_alone.then_some(worker);
        (Ok(used.value), true)
    }

    /// Stores an `Ok`; `after` is the cache after it has done so.
    fn store(&mut self, n: u32, outcome: Outcome, worker: usize, after: &State) {
        let Ok(value) = outcome else { return };
        let entries = &mut self.model.entries;
        let is_full = self.model.maxsize == Some(entries.len());
        let is_new = entries.iter().all(|entry| entry.key != n);
        if is_full && is_new && !entries.is_empty() {
            let is_gone = |key| after.entries.iter().all(|&(n, _)| n != key);
            let may_go = |&place: &usize| is_least_recent(entries, place);
            let mut evicted = (0..entries.len()).filter(may_go);
            let evicted = evicted.find(|&place| is_gone(entries[place].key));
            entries.remove(evicted.unwrap_or(0));
        }
        // No earlier or later use of another entry is ordered either way with this one.
        self.stores += 2;
        let used = Used { value, stores: self.stores - 1, by: Some(worker) };
        self.model.store(n, used, u64::MAX);
    }

    pub(super) fn state(&self, with_info: bool) -> State {
        let Model { maxsize, hits, misses, ref entries, .. } = self.model;
        let mut values: Vec<_> = entries.iter().map(|e| (e.key, e.value.value)).collect();
        values.sort_unstable();
        State {
            info: with_info.then(|| info(hits, misses, maxsize, values.len())),
            entries: values,
        }
    }
}

/// Whether this entry may be evicted as the least recent: of those used by different workers
/// between the same two stores, any may. With one worker, that is the first alone.
fn is_least_recent(entries: &[Entry<u32, Used>], place: usize) -> bool {
    let used = &entries[place].value;
    let is_unordered = |earlier: &Entry<u32, Used>| {
        let earlier = &earlier.value;
        earlier.stores == used.stores && (earlier.by.is_none() || earlier.by != used.by)
    };
    entries[..place].iter().all(is_unordered)
}
