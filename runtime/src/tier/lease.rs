//! [`Lease`], the right of one process to compute and store a key, and [`LeaseWait`], a call that
//! waits for its holder.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::key::TierKey;
use super::second_tier::SecondTier;

/// How long a waiting call sleeps between two requests, at first and at most. A stored value wakes
/// it earlier; a lease that is given up does not.
const FIRST_SLEEP: Duration = Duration::from_millis(10);
const MAX_SLEEP: Duration = Duration::from_millis(80);

/// For how many holders in succession a call waits, each for the length of a lease.
const MAX_HOLDERS: u32 = 3;

/// The longest wait: a longer one would overflow a clock.
const MAX_WAIT: Duration = Duration::from_secs(365 * 24 * 60 * 60);

/// The right to store a value. It is given up when it is dropped.
pub(super) struct Lease {
    tier: Arc<dyn SecondTier>,
    key: Arc<TierKey>,
    pub(super) token: String,
    /// Whether there is something to give up.
    pub(super) is_held: bool,
}

impl Lease {
    /// Makes the lease that is requested next. It is given up unless its caller learns that it was
    /// not granted.
    pub(super) fn requested(tier: &Arc<dyn SecondTier>, key: &Arc<TierKey>) -> Self {
        let token = tier.new_token();
        Lease { tier: tier.clone(), key: key.clone(), token, is_held: true }
    }

    /// Renews the lease, which was granted, from now on.
    pub(super) fn keep(&self) {
        self.tier.keep_lease(&self.key, &self.token);
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        self.tier.clone().end_lease(&self.key, &self.token, self.is_held);
    }
}

/// For how long a call waits for another process that computes its value.
#[derive(Clone, Copy)]
pub(super) enum Patience {
    /// Not at all.
    None,
    /// Not for a holder, but until the key has not changed during a query.
    Changes,
    /// Until then, and at most for the length of a lease.
    Until(Instant),
    /// For the length of a lease.
    Lease,
}

/// A call that waits for the holder of a lease.
///
/// It waits for the length of a lease, from the request that found this holder. A holder that
/// renews keeps its lease; then the call computes without one. A holder that has missed a renewal
/// is gone: then the call waits for the rest of the lease, and competes for the next.
pub(super) struct LeaseWait {
    lease: Duration,
    holder: Option<String>,
    /// When the time for this holder is up.
    until: Instant,
    /// When the time for all holders is up.
    limit: Instant,
    sleep: Duration,
    waits_for_holders: bool,
}

impl LeaseWait {
    pub(super) fn new(patience: Patience, lease: Duration) -> Self {
        let now = Instant::now();
        let longest = lease.saturating_mul(MAX_HOLDERS).min(MAX_WAIT);
        let limit = match patience {
            Patience::None => now,
            Patience::Until(deadline) => deadline.min(now + longest),
            Patience::Changes | Patience::Lease => now + longest,
        };
        let waits_for_holders = !matches!(patience, Patience::Changes);
        let (holder, until, sleep) = (None, now + lease, FIRST_SLEEP);
        LeaseWait { lease, holder, until, limit, sleep, waits_for_holders }
    }

    /// Whether the time for all holders is up.
    pub(super) fn is_over(&self) -> bool {
        Instant::now() >= self.limit
    }

    /// Whether the call has waited for this holder for the length of a lease.
    pub(super) fn is_time_up(&self) -> bool {
        Instant::now() >= self.until
    }

    /// Whether to wait for this holder, whose lease lasts for that long.
    pub(super) fn should_wait(&mut self, holder: &str, remaining: Duration) -> bool {
        let now = Instant::now();
        let is_new = self.holder.as_deref() != Some(holder);
        if is_new && self.holder.replace(holder.to_owned()).is_some() {
            self.until = now + self.lease;
            self.sleep = FIRST_SLEEP;
        }
        // A holder renews it each third of its length.
        let is_renewed = remaining >= self.lease / 2;
        self.waits_for_holders && now < self.limit && (now < self.until || !is_renewed)
    }

    /// Returns when to request the lease again, unless a value is stored before.
    pub(super) fn next_request(&mut self) -> Instant {
        let now = Instant::now();
        let sleep = self.sleep;
        self.sleep = (sleep * 2).min(MAX_SLEEP);
        let until = if now < self.until { self.until } else { self.limit };
        (now + sleep).min(until).min(self.limit)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LEASE: Duration = Duration::from_secs(3600);

    #[test]
    fn a_call_without_patience_does_not_wait() {
        let mut wait = LeaseWait::new(Patience::None, LEASE);
        assert!(!wait.should_wait("a", LEASE));
    }

    #[test]
    fn a_refresh_waits_for_no_holder() {
        let mut wait = LeaseWait::new(Patience::Changes, LEASE);
        assert!(!wait.should_wait("a", LEASE));
        assert!(!wait.is_over(), "it may ask again");
    }

    #[test]
    fn only_a_holder_that_renews_is_given_up() {
        let mut wait = LeaseWait::new(Patience::Lease, LEASE);
        assert!(wait.should_wait("a", LEASE));
        wait.until = Instant::now();
        assert!(!wait.should_wait("a", LEASE * 2 / 3));
        assert!(wait.should_wait("a", LEASE / 3), "it has missed a renewal");
        assert!(wait.should_wait("b", LEASE), "another holder has its own time");
        wait.limit = Instant::now();
        assert!(!wait.should_wait("c", LEASE));
    }
}
