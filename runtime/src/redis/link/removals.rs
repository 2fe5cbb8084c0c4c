//! Removals that Redis has not confirmed, in the order of their requests.
//!
//! Until a removal is confirmed, this process reads none of its keys: see
//! [`RemovalQueue::excludes`].

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::tier::{TemplatePart, could_be_key};

/// The maximum number of keys that are queued one by one.
const MOST: usize = 10_000;

/// How long a refused removal waits until it is tried again.
const REFUSED_FOR: Duration = Duration::from_secs(1);

/// How long a removal of keys that are on the move waits until it is tried again.
const DEFERRED_FOR: Duration = Duration::from_millis(50);

/// The keys to remove.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(in crate::redis) enum Target {
    Key(Arc<str>),
    /// All keys of the function.
    All,
}

/// A removal, by its place in the order.
#[derive(Clone)]
pub(in crate::redis) struct Removal {
    pub(in crate::redis) number: u64,
    pub(in crate::redis) target: Target,
    pub(in crate::redis) parts: &'static [TemplatePart],
}

struct Entry {
    target: Target,
    parts: &'static [TemplatePart],
    added_at: Instant,
    /// Whether it has been handed out: it may come too early for a later request.
    is_sent: bool,
    /// Set when Redis has refused it: when it is tried again.
    retry_at: Option<Instant>,
    /// Set when its keys are on the move: when it is tried again.
    deferred_until: Option<Instant>,
}

impl Entry {
    /// When it is tried again, if that was refused or deferred.
    fn next_try(&self) -> Option<Instant> {
        self.retry_at.max(self.deferred_until)
    }
}

/// Removals by their numbers; each key, and each function, at most once.
#[derive(Default)]
pub(in crate::redis) struct RemovalQueue {
    entries: BTreeMap<u64, Entry>,
    by_key: BTreeMap<Arc<str>, u64>,
    /// The numbers of those of all keys.
    of_all: BTreeSet<u64>,
    /// Functions with refused removals, and how many each has.
    refused: Vec<(&'static [TemplatePart], usize)>,
    last: u64,
}

impl RemovalQueue {
    /// Adds a key at the end. Where there are too many, all keys of the function take their place.
    pub(in crate::redis) fn add_key(&mut self, key: Arc<str>, parts: &'static [TemplatePart]) {
        for number in &self.of_all {
            match self.entries.get_mut(number) {
                // This key is removed with the others.
                Some(entry) if entry.parts == parts && !entry.is_sent => {
                    entry.added_at = Instant::now();
                    return;
                }
                _ => (),
            }
        }
        if let Some(number) = self.by_key.get(&key) {
            self.remove(*number);
        }
        self.push(Target::Key(key), parts);
        if self.by_key.len() > MOST {
            self.add_all(parts);
        }
    }

    /// Adds all keys of a function.
    pub(in crate::redis) fn add_all(&mut self, parts: &'static [TemplatePart]) {
        let of_function = self.entries.iter().filter(|(_, entry)| entry.parts == parts);
        let of_function: Vec<_> = of_function.map(|(number, _)| *number).collect();
        for number in of_function {
            self.remove(number);
        }
        self.push(Target::All, parts);
    }

    /// Adds a removal at the end.
    pub(in crate::redis) fn add(&mut self, target: Target, parts: &'static [TemplatePart]) {
        match target {
            Target::Key(key) => self.add_key(key, parts),
            Target::All => self.add_all(parts),
        }
    }

    fn push(&mut self, target: Target, parts: &'static [TemplatePart]) {
        self.last += 1;
        match &target {
            Target::Key(key) => drop(self.by_key.insert(key.clone(), self.last)),
            Target::All => drop(self.of_all.insert(self.last)),
        }
        let added_at = Instant::now();
        let entry =
            Entry { target, parts, added_at, is_sent: false, retry_at: None, deferred_until: None };
        self.entries.insert(self.last, entry);
    }

    fn remove(&mut self, number: u64) {
        let Some(entry) = self.entries.remove(&number) else { return };
        match &entry.target {
            Target::Key(key) => drop(self.by_key.remove(key)),
            Target::All => drop(self.of_all.remove(&number)),
        }
        if entry.retry_at.is_some() {
            self.refused.retain_mut(|(parts, refused)| {
                *refused -= usize::from(*parts == entry.parts);
                *refused > 0
            });
        }
    }

    pub(in crate::redis) fn len(&self) -> usize {
        self.entries.len()
    }

    /// The number of the latest request.
    pub(in crate::redis) fn last(&self) -> u64 {
        self.last
    }

    /// The next removals in order: some keys, or all keys of one function.
    pub(in crate::redis) fn next(&mut self, most: usize, now: Instant) -> Vec<Removal> {
        let is_due = |entry: &Entry| entry.next_try().is_none_or(|next_try| next_try <= now);
        let due = self.entries.iter_mut().filter(|(_, entry)| is_due(entry));
        let mut next = Vec::new();
        for (&number, entry) in due.take(most) {
            let is_all = entry.target == Target::All;
            if is_all && !next.is_empty() {
                break;
            }
            entry.is_sent = true;
            next.push(Removal { number, target: entry.target.clone(), parts: entry.parts });
            if is_all {
                break;
            }
        }
        next
    }

    /// When a refused or deferred removal is to be tried again, if one waits for that.
    pub(in crate::redis) fn next_retry(&self) -> Option<Instant> {
        self.entries.values().filter_map(Entry::next_try).min()
    }

    /// Redis has confirmed a removal.
    pub(in crate::redis) fn confirm(&mut self, number: u64) {
        self.remove(number);
    }

    /// Redis has confirmed a removal of this key that was sent when `last` was the latest request.
    pub(in crate::redis) fn confirm_key(&mut self, key: &str, last: u64) {
        if let Some(number) = self.by_key.get(key).copied().filter(|number| *number <= last) {
            self.confirm(number);
        }
    }

    /// A removal cannot be done now, through no fault of the server's or the function's.
    pub(in crate::redis) fn defer(&mut self, number: u64, now: Instant) {
        if let Some(entry) = self.entries.get_mut(&number) {
            // A clear looks at all keys each time.
            let delay = match entry.target {
                Target::Key(_) => DEFERRED_FOR,
                Target::All => REFUSED_FOR,
            };
            entry.deferred_until = Some(now + delay);
        }
    }

    /// Redis has refused a removal. It is tried again after a while, and the function reads nothing
    /// until it is done.
    pub(in crate::redis) fn refuse(&mut self, number: u64, now: Instant) {
        let Some(entry) = self.entries.get_mut(&number) else { return };
        if entry.retry_at.replace(now + REFUSED_FOR).is_some() {
            return;
        }
        let parts = entry.parts;
        match self.refused.iter_mut().find(|(known, _)| *known == parts) {
            Some((_, refused)) => *refused += 1,
            None => self.refused.push((parts, 1)),
        }
    }

    /// Whether what Redis has for this key is not to be read: it is to be removed, or a removal of
    /// its function has been refused.
    pub(in crate::redis) fn excludes(&self, key: &str, parts: &[TemplatePart]) -> bool {
        if self.entries.is_empty() {
            return false;
        }
        let mut of_all = self.of_all.iter().filter_map(|number| self.entries.get(number));
        self.by_key.contains_key(key)
            || of_all.any(|entry| could_be_key(entry.parts, key))
            || self.refused.iter().any(|(refused, _)| *refused == parts)
    }

    /// Removes the removals that were added before then.
    pub(in crate::redis) fn forget_before(&mut self, then: Instant) {
        while let Some(first) =
            self.entries.first_entry().filter(|first| first.get().added_at < then)
        {
            let number = *first.key();
            self.remove(number);
        }
    }

    /// Adds all of another queue, in its order.
    pub(in crate::redis) fn append(&mut self, other: &RemovalQueue) {
        for entry in other.entries.values() {
            self.add(entry.target.clone(), entry.parts);
        }
    }

    /// Returns the keys that have moved, which are taken out, and the functions with a removal of
    /// all keys, which stays unless `is_gone`.
    pub(in crate::redis) fn take_moved(
        &mut self,
        is_moved: impl Fn(&str) -> bool,
        is_gone: bool,
    ) -> Vec<(Target, &'static [TemplatePart])> {
        let mut moved = Vec::new();
        let numbers: Vec<_> = self.entries.keys().copied().collect();
        for number in numbers {
            let entry = &self.entries[&number];
            let is_taken = match &entry.target {
                Target::Key(key) if !is_moved(key) => continue,
                Target::Key(_) => true,
                Target::All => is_gone,
            };
            moved.push((entry.target.clone(), entry.parts));
            if is_taken {
                self.remove(number);
            }
        }
        moved
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FUNCTION: &[TemplatePart] =
        &[TemplatePart::Literal("a:"), TemplatePart::Argument { escaped: "" }];
    const OTHER: &[TemplatePart] =
        &[TemplatePart::Literal("b:"), TemplatePart::Argument { escaped: "" }];

    fn targets(queue: &mut RemovalQueue) -> Vec<Target> {
        queue.next(100, Instant::now()).into_iter().map(|removal| removal.target).collect()
    }

    fn key(name: &str) -> Target {
        Target::Key(name.into())
    }

    #[test]
    fn removals_keep_their_order_and_each_key_waits_once() {
        let mut queue = RemovalQueue::default();
        for name in ["a:1", "a:2", "a:1", "b:1"] {
            queue.add_key(name.into(), if name.starts_with('a') { FUNCTION } else { OTHER });
        }
        assert_eq!(targets(&mut queue), [key("a:2"), key("a:1"), key("b:1")]);
    }

    #[test]
    fn a_removal_that_is_asked_for_again_while_it_is_sent_stays() {
        let mut queue = RemovalQueue::default();
        queue.add_key("a:1".into(), FUNCTION);
        let sent = queue.next(100, Instant::now());
        queue.add_key("a:1".into(), FUNCTION);
        queue.confirm(sent[0].number);
        assert_eq!(queue.len(), 1);
        let last = queue.last();
        queue.add_key("a:1".into(), FUNCTION);
        queue.confirm_key("a:1", last);
        assert_eq!(queue.len(), 1);
        queue.confirm_key("a:1", queue.last());
        assert_eq!(queue.len(), 0);
    }

    #[test]
    fn a_clear_takes_the_place_of_keys_and_comes_alone() {
        let mut queue = RemovalQueue::default();
        queue.add_key("a:1".into(), FUNCTION);
        queue.add_key("b:1".into(), OTHER);
        queue.add_all(FUNCTION);
        queue.add_key("a:2".into(), FUNCTION);
        queue.add_key("b:2".into(), OTHER);
        assert_eq!(targets(&mut queue), [key("b:1")]);
        queue.confirm_key("b:1", queue.last());
        assert_eq!(targets(&mut queue), [Target::All]);
        assert!(queue.excludes("a:7", FUNCTION) && !queue.excludes("b:7", OTHER));
    }

    #[test]
    fn a_deferred_removal_excludes_its_key_alone_and_waits() {
        let mut queue = RemovalQueue::default();
        queue.add_key("a:1".into(), FUNCTION);
        let first = queue.next(1, Instant::now())[0].number;
        queue.defer(first, Instant::now());
        assert!(queue.excludes("a:1", FUNCTION) && !queue.excludes("a:2", FUNCTION));
        assert!(queue.next(100, Instant::now()).is_empty());
        assert_eq!(queue.next(100, Instant::now() + DEFERRED_FOR).len(), 1);
    }

    #[test]
    fn what_has_moved_is_taken_out_but_for_clears_of_a_node_that_stays() {
        let mut queue = RemovalQueue::default();
        queue.add_key("a:1".into(), FUNCTION);
        queue.add_key("a:2".into(), FUNCTION);
        queue.add_all(OTHER);
        let all = (Target::All, OTHER);
        let moved = queue.take_moved(|key| key == "a:1", false);
        assert_eq!(moved, [(key("a:1"), FUNCTION), all.clone()]);
        assert_eq!(queue.len(), 2);
        assert_eq!(queue.take_moved(|_| true, true), [(key("a:2"), FUNCTION), all]);
        assert_eq!(queue.len(), 0);
    }

    #[test]
    fn a_refused_removal_excludes_its_function_alone_and_waits() {
        let mut queue = RemovalQueue::default();
        queue.add_key("a:1".into(), FUNCTION);
        queue.add_key("b:1".into(), OTHER);
        assert!(queue.excludes("a:1", FUNCTION) && !queue.excludes("a:2", FUNCTION));
        let first = queue.next(1, Instant::now())[0].number;
        queue.refuse(first, Instant::now());
        assert!(queue.excludes("a:2", FUNCTION) && !queue.excludes("b:2", OTHER));
        assert_eq!(targets(&mut queue), [key("b:1")]);
        let later = Instant::now() + REFUSED_FOR;
        assert_eq!(queue.next(100, later).len(), 2);
    }
}
