//! [`Functions`], to which a tier reports changed keys.

use std::time::Duration;

use parking_lot::Mutex;

use super::key::hash_key;
use super::registered::RegisteredFunction;
use super::template::{outline, same_keys};
use crate::types::tag::Tag;

/// The functions whose results a tier shares.
pub struct Functions(Mutex<Vec<&'static RegisteredFunction>>);

impl Functions {
    pub(crate) const fn new() -> Self {
        Functions(Mutex::new(Vec::new()))
    }

    /// Returns all functions, in the order in which they were registered.
    pub(crate) fn all(&self) -> Vec<&'static RegisteredFunction> {
        self.0.lock().clone()
    }

    /// Adds a function. Returns whether another one makes the same keys.
    pub(super) fn add(&self, function: &'static RegisteredFunction) -> bool {
        let mut functions = self.0.lock();
        let is_taken = functions.iter().any(|known| same_keys(known.parts, function.parts));
        function.set_place(functions.len());
        functions.push(function);
        is_taken
    }

    /// Returns all functions if no lock of theirs is held for that long, as by a thread that is
    /// missing after a fork.
    pub(crate) fn all_unlocked(
        &self,
        within: Duration,
    ) -> Option<Vec<&'static RegisteredFunction>> {
        let functions = self.0.try_lock_for(within)?.clone();
        functions.iter().all(|function| function.is_unlocked(within)).then_some(functions)
    }

    /// Removes a key from the memory of all functions, except this one.
    pub(crate) fn invalidate(&self, key: &[u8], except: Option<&RegisteredFunction>) {
        let hash = hash_key(key);
        for function in self.with_key(key) {
            if except.is_none_or(|except| !std::ptr::eq(except, function)) {
                function.invalidate(hash);
            }
        }
    }

    /// Removes what carries a tag from the memory of all functions.
    pub(crate) fn invalidate_tag(&self, tag: &Tag) {
        self.all().into_iter().for_each(|function| function.invalidate_tag(tag));
    }

    /// Reports that a key was written or removed, or has expired. Returns whether it seems to have
    /// expired, and the tier is to check that: see [`Functions::report_value`].
    pub(crate) fn report_change(&self, key: &[u8]) -> bool {
        let hash = hash_key(key);
        let mut is_unsure = false;
        for function in self.with_key(key) {
            is_unsure |= function.report_change(hash);
        }
        is_unsure
    }

    /// Reports that a key that seemed to have expired has a value, or may have one.
    pub(crate) fn report_value(&self, key: &[u8]) {
        let hash = hash_key(key);
        self.with_key(key).for_each(|function| function.report_value(hash));
    }

    /// Reports that all keys of the functions with this outline were removed.
    pub(crate) fn report_clear(&self, of: &str) {
        let functions = self.all().into_iter();
        functions
            .filter(|function| outline(function.parts) == of)
            .for_each(RegisteredFunction::drop_entries);
    }

    /// Returns the functions whose keys begin like this one.
    fn with_key(&self, key: &[u8]) -> impl Iterator<Item = &'static RegisteredFunction> {
        self.all().into_iter().filter(|function| key.starts_with(function.prefix.as_bytes()))
    }
}
