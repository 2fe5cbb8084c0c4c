//! Entries that expire: which have, and removing them.

use super::shim::Ordering::Relaxed;
use super::table::{Table, Writer};
use super::types::{Fingerprint, Group, Times};

/// The number of slots that each stored result checks for expired entries. All current slots are
/// found before a quarter as many have been stored.
const SWEEP_PER_STORE: u32 = 4;

/// The slots that are checked with the mutex held at a time, in 30 us.
const NOTED_AT_ONCE: u32 = if cfg!(functools_loom) { 1 } else { 1024 };

impl Table {
    /// Whether a slot holds an entry that has expired by `now`.
    #[inline]
    pub(super) fn has_expired(&self, slot: u32, now: u64) -> bool {
        self.arena.is_timed()
            && self.arena.state(slot).is_entry()
            && self.arena.deadline(slot) <= now
    }

    /// Removes an entry that has expired.
    pub(super) fn expire(&self, writer: &mut Writer, slot: u32) {
        writer.counters.expirations += 1;
        self.remove(writer, slot);
    }

    /// Removes the entries of a group that have expired by `now`.
    pub(super) fn expire_group(
        &self,
        writer: &mut Writer,
        fingerprint: Fingerprint,
        group: Group,
        now: u64,
    ) {
        let has_expired = |slot, _| self.has_expired(slot, now);
        while let Some(slot) = self.find_in_group(fingerprint, group, has_expired) {
            self.expire(writer, slot);
        }
    }

    /// Purges entries past every stale window in some slots, from this one on. Notes which others
    /// have expired. Returns the slot to continue with, if there is one.
    pub(super) fn note_expired(
        &self,
        writer: &mut Writer,
        first: u32,
        times: Times,
    ) -> Option<u32> {
        let end = first.saturating_add(NOTED_AT_ONCE).min(writer.slots);
        for slot in first..end {
            if self.has_expired(slot, times.purge_cutoff) {
                self.expire(writer, slot);
            } else {
                writer.expired.set(slot, self.has_expired(slot, times.now));
            }
        }
        (end < writer.slots).then_some(end)
    }

    /// Purges entries past every stale window among the next few slots.
    pub(super) fn sweep(&self, writer: &mut Writer, times: Times) {
        for _ in 0..SWEEP_PER_STORE.min(writer.slots) {
            let next = writer.sweep_cursor + 1;
            writer.sweep_cursor = if next < writer.slots { next } else { 0 };
            let slot = writer.sweep_cursor;
            if self.has_expired(slot, times.purge_cutoff) {
                self.expire(writer, slot);
            }
        }
    }

    /// Lets no entry expire later than at `deadline`.
    pub(super) fn cap_deadlines(&self, writer: &Writer, deadline: u64) {
        for slot in 0..writer.slots {
            if let Some(of_slot) = self.arena.deadline_of(slot) {
                of_slot.fetch_min(deadline, Relaxed);
            }
        }
    }
}
