//! The operations of a second tier on an engine. They find entries by group and compare no key.

use super::limbo::Reclaim;
use super::shared::Shared;
use super::shim::Ordering::Relaxed;
use super::types::{Fingerprint, Garbage, Group, InFlightId, Times};

impl<K: 'static, V: 'static, F: Clone + 'static> Shared<K, V, F> {
    /// Returns the group of a computation that has not been discarded.
    pub(crate) fn group_of(&self, id: InFlightId) -> Option<Group> {
        let _guard = self.writer.lock();
        self.table.group_of(id)
    }

    /// Removes the entry of a group, and with `in_flight` discards its computations. Returns
    /// whether there was an entry that had not expired.
    pub(crate) fn remove_group(
        &self,
        (fingerprint, group): (Fingerprint, Group),
        in_flight: bool,
        now: u64,
        garbage: &mut Garbage<K, V>,
    ) -> bool {
        let mut guard = self.writer.lock();
        let writer = &mut guard.0;
        self.table.expire_group(writer, fingerprint, group, now);
        let entry = self.table.entry_of(fingerprint, group);
        if in_flight {
            self.table.remove_group(writer, fingerprint, group);
        } else if let Some(slot) = entry {
            self.table.remove(writer, slot);
        }
        self.unlock(guard, Reclaim::Urgently, garbage);
        entry.is_some()
    }

    /// Lets the entry of a group expire now, if it has not, and purges it if it is of no use then.
    pub(crate) fn expire_group(
        &self,
        (fingerprint, group): (Fingerprint, Group),
        times: Times,
        garbage: &mut Garbage<K, V>,
    ) {
        let mut guard = self.writer.lock();
        let writer = &mut guard.0;
        if let Some(slot) = self.table.entry_of(fingerprint, group)
            && let Some(deadline) = self.table.arena.deadline_of(slot)
        {
            deadline.fetch_min(times.now, Relaxed);
        }
        self.table.expire_group(writer, fingerprint, group, times.purge_cutoff);
        self.unlock(guard, Reclaim::Urgently, garbage);
    }

    /// Removes the entry of a group if it has expired.
    pub(crate) fn remove_expired(
        &self,
        (fingerprint, group): (Fingerprint, Group),
        now: u64,
        garbage: &mut Garbage<K, V>,
    ) {
        let mut guard = self.writer.lock();
        self.table.expire_group(&mut guard.0, fingerprint, group, now);
        self.unlock(guard, Reclaim::Urgently, garbage);
    }

    /// Lets no entry expire later than at `deadline`.
    pub(crate) fn cap_deadlines(&self, deadline: u64) {
        self.table.cap_deadlines(&self.writer.lock().0, deadline);
    }

    /// Shows, at one moment, which groups have items.
    pub(crate) fn show_groups(&self, show: impl FnOnce(&dyn Fn(Fingerprint, Group) -> bool)) {
        let _guard = self.writer.lock();
        show(&|fingerprint, group| {
            self.table.find_in_group(fingerprint, group, |_, _| true).is_some()
        });
    }
}
