//! The interface between the cache and a second tier. The cache implements [`MemoryTier`], a second
//! tier implements [`TierStats`] and [`TagTier`].

use std::collections::BTreeSet;
use std::pin::Pin;
use std::time::Duration;

use parking_lot::Mutex;

use crate::base::invalidation::Invalidation;
use crate::base::stats::FunctionStats;
use crate::engine::{Fingerprint, Generation};
use crate::types::tag::Tag;

/// The items with one key: their fingerprint and their group.
pub(crate) type Group = (Fingerprint, Generation);

/// The statistics of one function's second tier.
pub trait TierStats: Send + Sync {
    /// Returns the counts since the last reset; `None` if no second tier is installed.
    fn stats(&self) -> Option<FunctionStats>;

    /// Same as [`TierStats::stats`], plus the counts from before each reset.
    fn totals(&self) -> Option<FunctionStats>;

    /// Sets the counters to zero.
    fn reset(&self);
}

/// The first tier, to which the second reports changes. Its operations are about groups, so that
/// they compare no key and run no user code.
pub trait MemoryTier: Send + Sync {
    /// Whether entries past their `ttl` stay for `stale` or `stale_on_error`.
    fn has_reserve(&self) -> bool;

    /// The option `ttl`.
    fn ttl(&self) -> Option<Duration>;

    /// Removes the entry of a group. With `discards` it also discards the group's in-flight
    /// computations. Returns whether there was an entry.
    fn invalidate_group(&self, group: Group, discards: bool) -> bool;

    /// Removes the entries with a tag, and discards in-flight computations with it. Returns how
    /// many entries there were.
    fn invalidate_tag(&self, tag: &Tag) -> usize;

    /// Lets the entry of a group expire now. It stays for `stale` and `stale_on_error`.
    fn expire_group(&self, group: Group);

    /// Removes the entry of a group if it has expired.
    fn drop_reserve(&self, group: Group);

    /// Removes all entries and discards all in-flight computations. The counters stay.
    fn drop_entries(&self);

    /// Lets each entry expire at this moment at the latest.
    fn cap_deadlines(&self, deadline: u64);

    /// Removes from `groups` those without an item.
    fn retain(&self, groups: &mut BTreeSet<(u64, Group)>);

    /// Sets the second tier whose statistics belong to this cache.
    fn set_tier(&self, tier: &'static dyn TierStats);

    /// The path of the function.
    fn name(&self) -> &str;
}

/// A place for a second tier, in which tags are invalidated.
pub(crate) trait TagTier: Send + Sync {
    /// Discards what calls of this process compute with the tag. Returns a future that removes
    /// values with the tag from the tier; `None` if no tier is installed.
    fn invalidate_tag(&'static self, tag: &Tag) -> Option<PendingRemoval>;
}

/// The removal of a tag's values from a second tier.
pub(crate) type PendingRemoval = Pin<Box<dyn Future<Output = TagRemoval> + Send>>;

/// The outcome of such a removal.
pub(crate) struct TagRemoval {
    /// How many values were removed.
    pub(crate) values: usize,
    pub(crate) outcome: Invalidation,
}

static TAG_TIERS: Mutex<Vec<&'static dyn TagTier>> = Mutex::new(Vec::new());

/// Adds a place that a second tier was installed in.
pub(crate) fn add_tag_tier(place: &'static dyn TagTier) {
    let mut places = TAG_TIERS.lock();
    if !places.iter().any(|known| std::ptr::addr_eq(*known, place)) {
        places.push(place);
    }
}

/// Returns all places that a second tier was installed in.
pub(crate) fn tag_tiers() -> Vec<&'static dyn TagTier> {
    TAG_TIERS.lock().clone()
}
