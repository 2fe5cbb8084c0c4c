//! [`Removals`], what is to be removed from the file and is not yet.
//!
//! A removal that fails, or that its caller has not waited for, stays here until it is done. Until
//! then this process reads none of its keys: see [`Removals::excludes`].

use std::collections::BTreeMap;

use crate::tier::TemplatePart;

/// How many keys are remembered one by one. Beyond that, all keys of a function take their place.
const MOST: usize = 10_000;

struct Removal {
    number: u64,
    parts: &'static [TemplatePart],
    /// Whether its keys are not to be read before it is done.
    excludes: bool,
    /// Whether it has failed, and is tried again by the next transaction.
    has_failed: bool,
}

/// The removals that are not done.
#[derive(Default)]
pub(super) struct Removals {
    keys: BTreeMap<Box<str>, Removal>,
    clears: Vec<Removal>,
    last: u64,
}

/// A removal of all keys of a function.
#[derive(Clone, Copy)]
pub(super) struct ClearOf {
    pub(super) number: u64,
    pub(super) parts: &'static [TemplatePart],
}

impl Removals {
    fn number(&mut self) -> u64 {
        self.last += 1;
        self.last
    }

    /// Adds the removal of a key, and returns its number. A later one takes its place.
    pub(super) fn add(&mut self, key: &str, parts: &'static [TemplatePart]) -> u64 {
        let number = self.number();
        let before = self.keys.get(key).is_some_and(|before| before.excludes);
        let removal = Removal { number, parts, excludes: before, has_failed: false };
        self.keys.insert(key.into(), removal);
        number
    }

    /// Adds the removal of all keys of a function.
    pub(super) fn add_clear(&mut self, parts: &'static [TemplatePart]) -> ClearOf {
        let number = self.number();
        self.clears.push(Removal { number, parts, excludes: false, has_failed: false });
        ClearOf { number, parts }
    }

    /// Adds a removal that is tried by the next transaction.
    pub(super) fn add_failed(&mut self, key: &str, parts: &'static [TemplatePart]) {
        self.add(key, parts);
        self.fail(key);
    }

    /// The removal of this key has failed. It is tried again.
    pub(super) fn fail(&mut self, key: &str) {
        let Some(removal) = self.keys.get_mut(key) else { return };
        (removal.excludes, removal.has_failed) = (true, true);
        let parts = removal.parts;
        if self.keys.len() <= MOST {
            return;
        }
        self.keys.retain(|_, removal| removal.parts != parts);
        let clear = self.add_clear(parts);
        self.fail_clear(clear);
    }

    /// A clear has failed. It is tried again.
    pub(super) fn fail_clear(&mut self, clear: ClearOf) {
        for removal in self.clears.iter_mut().filter(|removal| removal.number == clear.number) {
            (removal.excludes, removal.has_failed) = (true, true);
        }
    }

    /// The caller of this removal waits no longer for it.
    pub(super) fn exclude(&mut self, key: &str, number: u64) {
        if let Some(removal) = self.keys.get_mut(key) {
            removal.excludes |= removal.number == number;
        }
    }

    /// The caller of this clear waits no longer for it.
    pub(super) fn exclude_clear(&mut self, clear: ClearOf) {
        for removal in &mut self.clears {
            removal.excludes |= removal.number == clear.number;
        }
    }

    /// The removal of a key is done, up to this number.
    pub(super) fn finish(&mut self, key: &str, number: u64) {
        if self.keys.get(key).is_some_and(|removal| removal.number <= number) {
            self.keys.remove(key);
        }
    }

    /// A clear is done.
    pub(super) fn finish_clear(&mut self, clear: ClearOf) {
        self.clears.retain(|removal| removal.number != clear.number);
    }

    /// Whether this key is not to be read, for a function with this template.
    pub(super) fn excludes(&self, key: &str, parts: &[TemplatePart]) -> bool {
        self.keys.get(key).is_some_and(|removal| removal.excludes)
            || self.clears.iter().any(|removal| removal.excludes && removal.parts == parts)
    }

    /// Returns the keys whose removal is tried again, with its number.
    pub(super) fn failed(&self) -> Vec<(Box<str>, u64)> {
        let failed = self.keys.iter().filter(|(_, removal)| removal.has_failed);
        failed.map(|(key, removal)| (key.clone(), removal.number)).collect()
    }

    /// Returns the clears that are tried again now.
    pub(super) fn take_failed_clears(&mut self) -> Vec<ClearOf> {
        let failed = self.clears.iter_mut().filter(|removal| removal.has_failed);
        let retry = |removal: &mut Removal| {
            removal.has_failed = false;
            ClearOf { number: removal.number, parts: removal.parts }
        };
        failed.map(retry).collect()
    }

    pub(super) fn len(&self) -> usize {
        self.keys.len() + self.clears.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: &[TemplatePart] = &[TemplatePart::Literal("a:")];
    const OTHER: &[TemplatePart] = &[TemplatePart::Literal("b:")];

    #[test]
    fn only_what_has_failed_or_was_given_up_excludes_keys() {
        let mut removals = Removals::default();
        let first = removals.add("a:1", ONE);
        assert!(!removals.excludes("a:1", ONE));
        removals.exclude("a:1", first);
        assert!(removals.excludes("a:1", ONE) && !removals.excludes("a:2", ONE));
        removals.finish("a:1", first);
        assert!(!removals.excludes("a:1", ONE));
        removals.add("a:2", ONE);
        removals.fail("a:2");
        assert!(removals.excludes("a:2", ONE));
        assert_eq!(removals.failed().len(), 1);
    }

    #[test]
    fn a_later_removal_of_a_key_is_not_done_by_an_earlier_one() {
        let mut removals = Removals::default();
        let first = removals.add("a:1", ONE);
        removals.fail("a:1");
        let second = removals.add("a:1", ONE);
        removals.finish("a:1", first);
        assert!(removals.excludes("a:1", ONE), "the second is not done, and the first had failed");
        removals.finish("a:1", second);
        assert_eq!(removals.len(), 0);
    }

    #[test]
    fn a_clear_excludes_its_function_alone() {
        let mut removals = Removals::default();
        let clear = removals.add_clear(ONE);
        removals.fail_clear(clear);
        assert!(removals.excludes("a:1", ONE) && !removals.excludes("b:1", OTHER));
        assert_eq!(removals.take_failed_clears().len(), 1);
        assert!(removals.take_failed_clears().is_empty(), "it is under way");
        removals.finish_clear(clear);
        assert!(!removals.excludes("a:1", ONE));
    }

    #[test]
    fn too_many_keys_become_a_clear() {
        let mut removals = Removals::default();
        removals.add_failed("b:1", OTHER);
        for n in 0..=MOST {
            removals.add_failed(&format!("a:{n}"), ONE);
        }
        assert_eq!(removals.len(), 2, "the function, and the key of the other one");
        assert!(removals.excludes("a:1", ONE) && removals.excludes("a:never", ONE));
        assert!(!removals.excludes("b:2", OTHER));
    }
}
