//! [`Leases`], the leases that this process holds, so that they are renewed.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use parking_lot::Mutex;

/// For how long a lease is renewed. A body that takes longer counts as hung: then its lease ends,
/// and another process computes.
const RENEWED_FOR: Duration = Duration::from_secs(60 * 60);

struct Held {
    token: String,
    since: Instant,
    renewed_at: Instant,
}

/// The leases that this process holds, by key.
#[derive(Default)]
pub(super) struct Leases(Mutex<BTreeMap<String, Held>>);

impl Leases {
    /// Renews a lease from now on.
    pub(super) fn track(&self, key: &str, token: &str) {
        let now = Instant::now();
        let held = Held { token: token.to_owned(), since: now, renewed_at: now };
        self.0.lock().insert(key.to_owned(), held);
    }

    /// Renews it no longer.
    pub(super) fn untrack(&self, key: &str, token: &str) {
        let mut leases = self.0.lock();
        if leases.get(key).is_some_and(|held| held.token == token) {
            leases.remove(key);
        }
    }

    /// Returns the keys and tokens of leases that were last renewed so long ago, and takes them for
    /// renewed.
    pub(super) fn take_due(&self, after: Duration) -> Vec<(String, String)> {
        let now = Instant::now();
        let mut leases = self.0.lock();
        leases.retain(|_, held| now.duration_since(held.since) < RENEWED_FOR);
        let due = leases.iter_mut().filter(|(_, held)| now >= held.renewed_at + after);
        due.map(|(key, held)| {
            held.renewed_at = now;
            (key.clone(), held.token.clone())
        })
        .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lease_is_renewed_until_its_holder_gives_it_up() {
        let leases = Leases::default();
        leases.track("a", "1");
        assert!(leases.take_due(Duration::from_secs(3600)).is_empty());
        assert_eq!(leases.take_due(Duration::ZERO), [("a".to_owned(), "1".to_owned())]);
        leases.untrack("a", "0");
        assert_eq!(leases.take_due(Duration::ZERO).len(), 1, "that was another lease of the key");
        leases.untrack("a", "1");
        assert!(leases.take_due(Duration::ZERO).is_empty());
    }
}
