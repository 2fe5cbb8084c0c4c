//! What is done to a cache from outside of calls, where others may change what it holds. It goes by groups, so that no
//! key is compared and no user code runs.

use std::collections::BTreeSet;

use super::Cache;
use crate::clock;
use crate::expiry::Expiry;
use crate::redis::private::Member;
use crate::scope::Process;
use crate::store::Inside;
use crate::store::slot::{Begun, Number, Slot};

/// Which items have one key: its tag, and their group.
pub(crate) type Group = (u32, Number);

/// A cache of which somebody else knows when what it holds is out of date.
pub trait Tracked: Send + Sync {
    /// Whether entries past their `ttl` are kept in reserve, for `stale` or `stale_on_error`.
    fn has_reserve(&self) -> bool;

    /// Drops the entry of a group, and with `running` lets nothing that is being computed of it be kept.
    fn drop_group(&self, group: Group, running: bool);

    /// Lets the entry of a group expire now, if it has not: it stays in reserve, if there is one.
    fn expire_group(&self, group: Group);

    /// Drops the entry of a group if it has expired.
    fn drop_reserve(&self, group: Group);

    /// Drops all entries, and lets nothing that is being computed be kept. Counters stay.
    fn start_afresh(&self);

    /// Lets no entry live longer than until then.
    fn cap(&self, deadline: u64);

    /// Forgets the groups of which there is nothing any more.
    fn retain(&self, groups: &mut BTreeSet<(u64, Group)>);

    /// Says whose results it holds.
    fn belongs_to(&self, member: &'static Member);

    /// The path of the function.
    fn name(&self) -> &str;
}

impl<K, V, W> Tracked for Cache<K, V, W, Process>
where
    K: 'static,
    V: 'static,
    W: 'static,
    Cache<K, V, W, Process>: Send + Sync,
{
    fn has_reserve(&self) -> bool {
        self.expiry.as_ref().is_some_and(Expiry::has_reserve)
    }

    fn drop_group(&self, (tag, group): Group, running: bool) {
        let (ordered, now) = (self.is_bounded(), clock::now());
        let dropped = self.write(|table, _| {
            let kept = table.kept_of(tag, group);
            let kept = kept.map(|slot| table.remove_at(slot, now, ordered));
            let running =
                if running { table.remove_group(tag, group, ordered) } else { Vec::new() };
            (kept, running)
        });
        drop(dropped);
    }

    fn expire_group(&self, (tag, group): Group) {
        let (ordered, now) = (self.is_bounded(), clock::now());
        let dropped = self.write(|table, _| {
            let slot = table.kept_of(tag, group)?;
            let expiry = self.expiry.as_ref()?;
            let deadline = table.deadline(slot).min(now);
            table.renew(slot, deadline);
            (deadline <= expiry.gone_before(now)).then(|| table.remove_at(slot, now, ordered))
        });
        drop(dropped);
    }

    fn drop_reserve(&self, (tag, group): Group) {
        let (ordered, now) = (self.is_bounded(), clock::now());
        let dropped = self.write(|table, _| {
            let slot = table.kept_of(tag, group).filter(|&slot| table.deadline(slot) <= now)?;
            Some(table.remove_at(slot, now, ordered))
        });
        drop(dropped);
    }

    fn start_afresh(&self) {
        let now = clock::now();
        let dropped = self.write(|table, _| {
            table.counts.expirations += table.expired(now) as u64;
            table.take_all()
        });
        drop(dropped);
    }

    fn cap(&self, deadline: u64) {
        let _ = self.write(|table, _| table.cap(deadline));
    }

    fn retain(&self, groups: &mut BTreeSet<(u64, Group)>) {
        let _ = self.write(|table, _| {
            groups.retain(|&(_, (tag, group))| table.of_group(tag, group, |_, _| true).is_some());
        });
    }

    fn belongs_to(&self, member: &'static Member) {
        let _ = self.member.set(member);
    }

    fn name(&self) -> &str {
        self.name()
    }
}

impl<K: 'static, V: 'static, W: 'static> Cache<K, V, W, Process> {
    /// Of which group a computation is; `None` if its result is not wanted any more.
    pub(crate) fn group_of(&self, computation: Begun) -> Option<Group> {
        let found = self.write(|table, _| match table.item(computation) {
            Some(&Slot::Running { tag, group, begun, .. }) if begun == computation.number => {
                Some((tag, group))
            }
            _ => None,
        });
        let found: Result<Option<(u32, Number)>, Inside> = found;
        found.ok().flatten()
    }

    /// Counts a hit that was not found here.
    pub(crate) fn count_hit(&self) {
        self.shared.fetch_add(1, super::Relaxed);
    }

    /// When a result expires that is stored at `now`: both in nanoseconds of the clock of all
    /// caches.
    pub(crate) fn expiry_deadline(&self, now: u64) -> u64 {
        self.expiry.as_ref().map_or(u64::MAX, |expiry| expiry.deadline(now))
    }
}
