//! [`SharedFunction`], the static by which generated code and a tier know a function.
//!
//! It registers the function when the function is called first, counts what happens between the
//! function and its tier, and gives these counts to the function's cache.

use std::sync::Arc;
use std::time::Duration;

use once_cell::sync::OnceCell;
use parking_lot::Mutex;

use super::counters::{Counters, since};
use super::registered::RegisteredFunction;
use super::second_tier::{Failure, SecondTier, TierPlace};
use super::template::TemplatePart;
use crate::base::stats::{FunctionStats, TierKind};
use crate::base::trace;
use crate::cache::{MemoryTier, TierStats};

/// A function that shares its results through a tier.
pub struct SharedFunction {
    pub(super) parts: &'static [TemplatePart],
    pub(super) place: &'static dyn TierPlace,
    l1_ttl: fn() -> Option<Duration>,
    registered: OnceCell<&'static RegisteredFunction>,
    pub(super) counters: Counters,
    /// The counts at the last reset.
    baseline: Mutex<Option<FunctionStats>>,
}

impl SharedFunction {
    /// Makes the static of a function.
    #[must_use]
    pub const fn new(
        parts: &'static [TemplatePart],
        place: &'static dyn TierPlace,
        l1_ttl: fn() -> Option<Duration>,
    ) -> Self {
        SharedFunction {
            parts,
            place,
            l1_ttl,
            registered: OnceCell::new(),
            counters: Counters::new(),
            baseline: Mutex::new(None),
        }
    }

    /// Returns the tier that is installed now.
    pub(super) fn tier(&self) -> Option<Arc<dyn SecondTier>> {
        self.place.installed()
    }

    /// Registers the function for its tier. `None` for a second cache of it, such as that of a
    /// method for another type: keys do not tell types apart.
    #[inline]
    pub(super) fn register(
        &'static self,
        cache: &'static dyn MemoryTier,
    ) -> Option<&'static RegisteredFunction> {
        let registered = self.registered.get_or_init(|| self.register_first(cache));
        std::ptr::addr_eq(registered.cache, cache).then_some(registered)
    }

    #[cold]
    fn register_first(
        &'static self,
        cache: &'static dyn MemoryTier,
    ) -> &'static RegisteredFunction {
        let registered = RegisteredFunction::new(self.parts, (self.l1_ttl)(), cache);
        let registered: &'static RegisteredFunction = Box::leak(Box::new(registered));
        cache.set_tier(self);
        let is_taken = self.place.functions().add(registered);
        if let Some(tier) = self.tier() {
            if is_taken {
                let prefix = registered.prefix;
                tier.record_error(&format!(
                    "two functions have the same keys, which begin with `{prefix}`, \
                     and so the same results"
                ));
            }
            tier.include();
        }
        registered
    }

    /// Records a query of the function that had no answer.
    pub(super) fn record_failure(&self, failure: Failure) {
        let counters = &self.counters;
        let why = match failure {
            Failure::TimedOut => {
                counters.timeouts.count();
                "timed out"
            }
            Failure::Broken => {
                counters.errors.count();
                "the connection broke"
            }
            Failure::Refused { of_function } => {
                counters.errors.count();
                if let Some(registered) = self.registered().filter(|_| of_function) {
                    registered.pause();
                }
                "refused"
            }
            Failure::Elsewhere => {
                counters.bypassed.count();
                "on another server"
            }
            Failure::Down => return,
        };
        self.report_skipped(why);
    }

    /// Reports that a call of the function did without its tier, or without the value there.
    pub(super) fn report_skipped(&self, why: &str) {
        if let Some(registered) = self.registered() {
            trace::tier_skipped(self.place.kind(), registered.cache.name(), why);
        }
    }

    fn registered(&self) -> Option<&'static RegisteredFunction> {
        self.registered.get().copied()
    }
}

impl TierStats for SharedFunction {
    fn kind(&self) -> TierKind {
        self.place.kind()
    }

    fn stats(&self) -> Option<FunctionStats> {
        let baseline = self.baseline.lock();
        Some(since(self.totals()?, baseline.unwrap_or_default()))
    }

    fn totals(&self) -> Option<FunctionStats> {
        let tier = self.tier()?;
        let is_connected =
            |function: &RegisteredFunction| tier.is_connected(function) && !function.is_paused();
        Some(self.counters.of_function(self.registered().is_some_and(is_connected)))
    }

    fn reset(&self) {
        *self.baseline.lock() = Some(self.counters.of_function(false));
    }
}
