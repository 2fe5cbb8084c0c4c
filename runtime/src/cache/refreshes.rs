//! [`Refreshes`], the refreshes in the background of one cache: their counters, and when a failed
//! one is tried again.

use std::collections::BTreeMap;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

use parking_lot::Mutex;

use crate::base::clock::nanos;
use crate::engine::Fingerprint;

/// The delay of the next attempt after a first failure; each further failure doubles it.
const FIRST_BACKOFF: Duration = Duration::from_secs(1);

/// The longest time between a failure and the next attempt.
const MAX_BACKOFF: Duration = Duration::from_secs(60);

/// After this many attempts without a success, the attempts of removed entries are dropped.
const PRUNED_LEN: usize = 256;

/// The refreshes of one cache.
pub(super) struct Refreshes {
    /// Refreshes that were started in the background.
    pub(super) started: AtomicU64,
    /// Refreshes of `started` that failed, panicked or were dropped.
    pub(super) failed: AtomicU64,
    /// Refreshes by a caller, because there was no executor, or the queue was full.
    pub(super) by_caller: AtomicU64,
    /// The attempts since the last success. Keys with one fingerprint share theirs.
    attempts: Mutex<Attempts>,
}

struct Attempts {
    of_keys: BTreeMap<Fingerprint, Attempt>,
    /// When this many keys have attempts, those of entries that are gone are forgotten.
    pruned_len: usize,
}

/// The attempts to refresh one entry.
struct Attempt {
    /// When the entry expired: another deadline is that of another entry.
    deadline: u64,
    count: u32,
    /// Before this there is no further attempt.
    next: u64,
}

impl Refreshes {
    pub(super) fn new() -> Self {
        let attempts = Attempts { of_keys: BTreeMap::new(), pruned_len: PRUNED_LEN };
        Refreshes {
            started: AtomicU64::new(0),
            failed: AtomicU64::new(0),
            by_caller: AtomicU64::new(0),
            attempts: Mutex::new(attempts),
        }
    }

    /// Sets the counters to zero, and forgets failures.
    pub(super) fn reset(&self) {
        for counter in [&self.started, &self.failed, &self.by_caller] {
            counter.store(0, Relaxed);
        }
        self.attempts.lock().of_keys.clear();
    }

    /// Whether it is too early to refresh the entry that expired at `deadline`.
    pub(super) fn is_backing_off(&self, fingerprint: Fingerprint, deadline: u64, now: u64) -> bool {
        let attempts = self.attempts.lock();
        let attempt = attempts.of_keys.get(&fingerprint);
        attempt.is_some_and(|attempt| attempt.deadline == deadline && now < attempt.next)
    }

    /// Notes an attempt. `cutoff` is the deadline up to which entries are gone.
    pub(super) fn start(&self, fingerprint: Fingerprint, deadline: u64, cutoff: u64) {
        self.started.fetch_add(1, Relaxed);
        let mut attempts = self.attempts.lock();
        let Attempts { of_keys, pruned_len } = &mut *attempts;
        if of_keys.len() >= *pruned_len {
            of_keys.retain(|_, attempt| attempt.deadline > cutoff);
            *pruned_len = PRUNED_LEN.max(2 * of_keys.len());
        }
        let attempt = of_keys.entry(fingerprint).or_insert(Attempt { deadline, count: 0, next: 0 });
        if attempt.deadline != deadline {
            *attempt = Attempt { deadline, count: 0, next: 0 };
        }
        attempt.count = attempt.count.saturating_add(1);
    }

    pub(super) fn fail(&self, fingerprint: Fingerprint, now: u64) {
        self.failed.fetch_add(1, Relaxed);
        if let Some(attempt) = self.attempts.lock().of_keys.get_mut(&fingerprint) {
            let factor = 1_u32.checked_shl(attempt.count.saturating_sub(1)).unwrap_or(u32::MAX);
            let backoff = FIRST_BACKOFF.saturating_mul(factor).min(MAX_BACKOFF);
            attempt.next = now.saturating_add(nanos(backoff));
        }
    }

    /// Allows no further attempt for a while. This one does not count as one that failed.
    pub(super) fn postpone(&self, fingerprint: Fingerprint, now: u64) {
        if let Some(attempt) = self.attempts.lock().of_keys.get_mut(&fingerprint) {
            attempt.count = attempt.count.saturating_sub(1);
            attempt.next = now.saturating_add(nanos(FIRST_BACKOFF));
        }
    }

    pub(super) fn succeed(&self, fingerprint: Fingerprint) {
        self.attempts.lock().of_keys.remove(&fingerprint);
    }
}

#[cfg(test)]
mod tests {
    use super::{PRUNED_LEN, Refreshes};
    use crate::engine::Fingerprint;

    const SECOND: u64 = 1_000_000_000;

    fn fingerprint(hash: u64) -> Fingerprint {
        Fingerprint::of_hash(hash)
    }

    #[test]
    fn each_failure_doubles_the_time_to_the_next_attempt() {
        let (refreshes, key) = (Refreshes::new(), fingerprint(1));
        let mut now = 100 * SECOND;
        for seconds in [1, 2, 4, 8, 16, 32, 60, 60] {
            assert!(!refreshes.is_backing_off(key, 7, now));
            refreshes.start(key, 7, 0);
            assert!(!refreshes.is_backing_off(key, 7, now), "it has not failed");
            refreshes.fail(key, now);
            assert!(refreshes.is_backing_off(key, 7, now + seconds * SECOND - 1));
            assert!(!refreshes.is_backing_off(key, 8, now), "another entry");
            now += seconds * SECOND;
        }
        refreshes.start(key, 8, 0);
        refreshes.fail(key, now);
        assert!(!refreshes.is_backing_off(key, 8, now + SECOND), "it begins anew");
        refreshes.succeed(key);
        assert!(!refreshes.is_backing_off(key, 8, now));
    }

    #[test]
    fn a_postponed_refresh_is_tried_again_after_a_second_and_does_not_count() {
        let (refreshes, key) = (Refreshes::new(), fingerprint(1));
        let mut now = 100 * SECOND;
        for _ in 0..3 {
            refreshes.start(key, 7, 0);
            refreshes.postpone(key, now);
            assert!(refreshes.is_backing_off(key, 7, now + SECOND - 1));
            now += SECOND;
            assert!(!refreshes.is_backing_off(key, 7, now));
        }
        refreshes.start(key, 7, 0);
        refreshes.fail(key, now);
        assert!(!refreshes.is_backing_off(key, 7, now + SECOND), "it is the first failure");
    }

    #[test]
    fn failures_of_entries_that_are_gone_are_forgotten() {
        let refreshes = Refreshes::new();
        for key in 0..10 * PRUNED_LEN as u64 {
            refreshes.start(fingerprint(key), key, key);
            refreshes.fail(fingerprint(key), 0);
        }
        assert!(refreshes.attempts.lock().of_keys.len() <= PRUNED_LEN);
    }
}
