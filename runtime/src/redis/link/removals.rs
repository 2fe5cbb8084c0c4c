//! Removals that Redis has not confirmed, in the order of their requests.
//!
//! Until a removal is confirmed, this process reads none of its keys: see
//! [`RemovalQueue::excludes`].

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::redis::names;
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
    /// The values that carry a tag.
    Tag(Arc<str>),
    /// The values that carry any tag.
    AnyTag,
}

impl Target {
    /// Whether it is removed by queries of its own.
    fn is_alone(&self) -> bool {
        !matches!(self, Target::Key(_))
    }
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
    by_tag: BTreeMap<Arc<str>, u64>,
    /// The number of that of all tags.
    any_tag: Option<u64>,
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
            Target::Tag(tag) => self.add_tag(tag),
            Target::AnyTag => self.add_any_tag(),
        }
    }

    /// Adds a tag at the end. Where there are too many, all tags take their place.
    fn add_tag(&mut self, tag: Arc<str>) {
        if let Some(number) = self.by_tag.get(&tag) {
            self.remove(*number);
        }
        self.push(Target::Tag(tag), &[]);
        if self.by_tag.len() > MOST {
            self.add_any_tag();
        }
    }

    fn add_any_tag(&mut self) {
        let numbers: Vec<_> = self.by_tag.values().copied().chain(self.any_tag).collect();
        for number in numbers {
            self.remove(number);
        }
        self.push(Target::AnyTag, &[]);
    }

    fn push(&mut self, target: Target, parts: &'static [TemplatePart]) {
        self.last += 1;
        match &target {
            Target::Key(key) => drop(self.by_key.insert(key.clone(), self.last)),
            Target::All => drop(self.of_all.insert(self.last)),
            Target::Tag(tag) => drop(self.by_tag.insert(tag.clone(), self.last)),
            Target::AnyTag => self.any_tag = Some(self.last),
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
            Target::Tag(tag) => drop(self.by_tag.remove(tag)),
            Target::AnyTag => self.any_tag = None,
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

    /// The next removals in order: some keys, or all keys of one function, or a tag.
    pub(in crate::redis) fn next(&mut self, most: usize, now: Instant) -> Vec<Removal> {
        let is_due = |entry: &Entry| entry.next_try().is_none_or(|next_try| next_try <= now);
        let due = self.entries.iter_mut().filter(|(_, entry)| is_due(entry));
        let mut next = Vec::new();
        for (&number, entry) in due.take(most) {
            let is_alone = entry.target.is_alone();
            if is_alone && !next.is_empty() {
                break;
            }
            entry.is_sent = true;
            next.push(Removal { number, target: entry.target.clone(), parts: entry.parts });
            if is_alone {
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

    /// A tag was invalidated, which was begun when `last` was the latest request.
    pub(in crate::redis) fn confirm_tag(&mut self, tag: &str, last: u64) {
        if let Some(number) = self.by_tag.get(tag).copied().filter(|number| *number <= last) {
            self.confirm(number);
        }
    }

    /// A removal cannot be done now, through no fault of the server's or the function's.
    pub(in crate::redis) fn defer(&mut self, number: u64, now: Instant) {
        if let Some(entry) = self.entries.get_mut(&number) {
            // A clear looks at all keys each time.
            let delay = match entry.target {
                Target::Key(_) => DEFERRED_FOR,
                Target::All | Target::Tag(_) | Target::AnyTag => REFUSED_FOR,
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

    /// Whether values that carry this tag are to be removed.
    pub(in crate::redis) fn excludes_tag(&self, tag: &str) -> bool {
        self.any_tag.is_some() || self.by_tag.contains_key(tag)
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
                Target::Tag(tag) if !is_moved(&names::tag_set(tag)) => continue,
                Target::Key(_) | Target::Tag(_) => true,
                Target::All | Target::AnyTag => is_gone,
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
mod tests;
