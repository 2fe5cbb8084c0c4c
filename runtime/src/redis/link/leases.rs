//! The leases that this process holds, so that they are renewed.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use parking_lot::Mutex;

use crate::redis::command::{self, Query};

/// For how long a lease is renewed. A body that takes longer is taken to hang: then its lease
/// expires, and another process computes.
const RENEWED_FOR: Duration = Duration::from_secs(60 * 60);

struct Held {
    token: String,
    since: Instant,
}

/// The leases that this process holds, by key.
#[derive(Default)]
pub(in crate::redis) struct Leases(Mutex<BTreeMap<String, Held>>);

impl Leases {
    /// Renews a lease from now on.
    pub(in crate::redis) fn track(&self, key: &str, token: &str) {
        let held = Held { token: token.to_owned(), since: Instant::now() };
        self.0.lock().insert(key.to_owned(), held);
    }

    /// Renews it no longer.
    pub(in crate::redis) fn untrack(&self, key: &str, token: &str) {
        let mut leases = self.0.lock();
        if leases.get(key).is_some_and(|held| held.token == token) {
            leases.remove(key);
        }
    }

    /// Takes the leases of keys out that have moved, to be renewed elsewhere.
    pub(super) fn take_moved(&self, is_moved: impl Fn(&str) -> bool) -> Leases {
        let mut leases = self.0.lock();
        let (moved, left) =
            std::mem::take(&mut *leases).into_iter().partition(|(key, _)| is_moved(key));
        *leases = left;
        Leases(Mutex::new(moved))
    }

    /// Renews the leases of keys of which this is so, in place of another.
    pub(super) fn adopt(&self, other: &Leases, is_ours: impl Fn(&str) -> bool) {
        let theirs = std::mem::take(&mut *other.0.lock());
        let (ours, left) = theirs.into_iter().partition(|(key, _)| is_ours(key));
        *other.0.lock() = left;
        self.0.lock().extend::<BTreeMap<_, _>>(ours);
    }

    /// Returns the query that renews all leases, for these milliseconds.
    pub(in crate::redis) fn renewal(&self, millis: u64) -> Option<Query> {
        let mut leases = self.0.lock();
        leases.retain(|_, held| held.since.elapsed() < RENEWED_FOR);
        let held = leases.iter().map(|(key, held)| (key.as_str(), held.token.as_str()));
        (!leases.is_empty()).then(|| command::renew(held, millis))
    }
}
