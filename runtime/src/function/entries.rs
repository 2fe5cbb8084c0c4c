//! `cache_entries()` and `cache_retain(..)`, as generated code calls them.
//!
//! They are compiled only where they are called. So they find the cache without its types, and then
//! see that it has these.

use super::function_cache::FunctionCache;
use super::instance::InstanceScope;
use crate::base::cache_entry::CacheEntry;
use crate::cache::Cache;
use crate::types::owned_key::{KeyClone, KeyOf, KeyView, ViewOf};
use crate::types::result::Outcome;

impl<S: InstanceScope, D, const TIMED: bool> FunctionCache<S, D, TIMED> {
    /// `cache_entries()`. `P` names the key.
    pub fn entries<P, R, O>(&self, _: O) -> Vec<CacheEntry<KeyOf<P>, R>>
    where
        P: KeyClone<'static>,
        O: Outcome<R>,
    {
        let entries = self.with_cache(|cache: &Cache<P::Stored, O::Value, O::WaiterValue, S>| {
            cache.entries(|key, value, ttl| CacheEntry {
                key: P::clone_key(key),
                result: O::from_stored(value),
                ttl,
            })
        });
        entries.unwrap_or_default()
    }

    /// `cache_retain(..)`. `P` names the key.
    pub fn retain<P, R, O>(&self, _: O, mut keep: impl FnMut(ViewOf<'_, P>, &R) -> bool) -> usize
    where
        P: KeyView<'static>,
        O: Outcome<R>,
    {
        let removed = self.with_cache(|cache: &Cache<P::Stored, O::Value, O::WaiterValue, S>| {
            cache.retain(|key, value| O::look_at(value, |result| keep(P::view(key), result)))
        });
        removed.unwrap_or(0)
    }

    /// Calls `act` with the cache, if it has been used.
    fn with_cache<K: 'static, V: 'static, W: 'static, T>(
        &self,
        act: impl FnOnce(&Cache<K, V, W, S>) -> T,
    ) -> Option<T> {
        let instance = self.instance();
        let Some(cache) = S::as_any(instance.cache()?).downcast_ref() else {
            unreachable!("the key of {} has another type", instance.name())
        };
        Some(act(cache))
    }
}
