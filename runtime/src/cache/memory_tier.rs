//! The cache as the first tier of two.

use std::collections::BTreeSet;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

use super::core::Cache;
use super::tiers::{Group, MemoryTier, TierStats};
use crate::base::clock;
use crate::base::expiry::Expiry;
use crate::engine::{Engine as _, Garbage, InFlightId};
use crate::types::storable::Process;

impl<K, V, W> MemoryTier for Cache<K, V, W, Process>
where
    K: 'static,
    V: 'static,
    W: 'static,
    Cache<K, V, W, Process>: Send + Sync,
{
    fn has_reserve(&self) -> bool {
        self.expiry.as_ref().is_some_and(Expiry::has_reserve)
    }

    fn ttl(&self) -> Option<Duration> {
        self.expiry.as_ref().and_then(Expiry::ttl)?;
        Some(Duration::from_nanos(self.ttl.load(Relaxed)))
    }

    fn invalidate_group(&self, group: Group, discards: bool) {
        self.engine.remove_group(group, discards, clock::now(), &mut Garbage::new());
    }

    fn expire_group(&self, group: Group) {
        if let Some(times) = self.times() {
            self.engine.expire_group(group, times, &mut Garbage::new());
        }
    }

    fn drop_reserve(&self, group: Group) {
        self.engine.remove_expired(group, clock::now(), &mut Garbage::new());
    }

    fn drop_entries(&self) {
        let _ = self.engine.clear(false, Some(clock::now()), &mut |_| ());
    }

    fn cap_deadlines(&self, deadline: u64) {
        self.engine.cap_deadlines(deadline);
    }

    fn retain(&self, groups: &mut BTreeSet<(u64, Group)>) {
        self.engine.show_groups(|has| {
            groups.retain(|&(_, (fingerprint, group))| has(fingerprint, group));
        });
    }

    fn set_tier(&self, tier: &'static dyn TierStats) {
        let _ = self.tier.set(tier);
    }

    fn name(&self) -> &str {
        self.name()
    }
}

impl<K: 'static, V: 'static, W: 'static> Cache<K, V, W, Process> {
    /// Returns the group of a computation; `None` if the computation has been discarded.
    pub(crate) fn group_of(&self, id: InFlightId) -> Option<Group> {
        Some((id.fingerprint(), self.engine.group_of(id)?))
    }

    /// Counts a hit of the second tier.
    pub(crate) fn count_shared_hit(&self) {
        self.counters.shared_hits.fetch_add(1, Relaxed);
    }
}
