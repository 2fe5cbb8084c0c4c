//! The interface between the cache and a second tier. The cache implements [`MemoryTier`], a second
//! tier implements [`TierStats`].

use std::collections::BTreeSet;
use std::time::Duration;

use crate::base::stats::{FunctionStats, TierKind};
use crate::engine::{Fingerprint, Generation};

/// The items with one key: their fingerprint and their group.
pub(crate) type Group = (Fingerprint, Generation);

/// The statistics of one function's second tier.
pub trait TierStats: Send + Sync {
    /// What the second tier is.
    fn kind(&self) -> TierKind;

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
    /// computations.
    fn invalidate_group(&self, group: Group, discards: bool);

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
