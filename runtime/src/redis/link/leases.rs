//! The leases that this process holds, so that they are renewed, and with them the places of their
//! keys in the sets of tags.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use parking_lot::Mutex;

use crate::redis::command::{self, Query};
use crate::redis::tag_command;

/// For how long a lease is renewed. A body that takes longer is taken to hang: then its lease
/// expires, and another process computes.
const RENEWED_FOR: Duration = Duration::from_secs(60 * 60);

struct Held {
    token: String,
    since: Instant,
}

/// What one node renews.
#[derive(Default)]
struct Renewed {
    /// By key.
    leases: BTreeMap<String, Held>,
    /// By set and key, since when.
    tagged: BTreeMap<(String, String), Instant>,
}

/// The leases that this process holds.
#[derive(Default)]
pub(in crate::redis) struct Leases(Mutex<Renewed>);

impl Leases {
    /// Renews a lease from now on.
    pub(in crate::redis) fn track(&self, key: &str, token: &str) {
        let held = Held { token: token.to_owned(), since: Instant::now() };
        self.0.lock().leases.insert(key.to_owned(), held);
    }

    /// Renews it no longer.
    pub(in crate::redis) fn untrack(&self, key: &str, token: &str) {
        let leases = &mut self.0.lock().leases;
        if leases.get(key).is_some_and(|held| held.token == token) {
            leases.remove(key);
        }
    }

    /// Keeps the key of a lease in the set of a tag.
    pub(in crate::redis) fn track_tag(&self, set: &str, key: &str) {
        let place = (set.to_owned(), key.to_owned());
        self.0.lock().tagged.insert(place, Instant::now());
    }

    /// Keeps it there no longer than it stays anyway.
    pub(in crate::redis) fn untrack_tag(&self, set: &str, key: &str) {
        self.0.lock().tagged.remove(&(set.to_owned(), key.to_owned()));
    }

    /// Takes out what belongs to keys that have moved, to be renewed elsewhere.
    pub(super) fn take_moved(&self, is_moved: impl Fn(&str) -> bool) -> Leases {
        let moved = self.0.lock().take(is_moved);
        Leases(Mutex::new(moved))
    }

    /// Renews what belongs to keys of which this is so, in place of another.
    pub(super) fn adopt(&self, other: &Leases, is_ours: impl Fn(&str) -> bool) {
        let Renewed { leases, tagged } = other.0.lock().take(is_ours);
        let mut renewed = self.0.lock();
        renewed.leases.extend(leases);
        renewed.tagged.extend(tagged);
    }

    /// Returns the query that renews all leases, for these milliseconds.
    pub(in crate::redis) fn renewal(&self, millis: u64) -> Option<Query> {
        let mut renewed = self.0.lock();
        renewed.leases.retain(|_, held| held.since.elapsed() < RENEWED_FOR);
        renewed.tagged.retain(|_, since| since.elapsed() < RENEWED_FOR);
        if renewed.leases.is_empty() && renewed.tagged.is_empty() {
            return None;
        }
        let held = renewed.leases.iter().map(|(key, held)| (key.as_str(), held.token.as_str()));
        let mut query = command::renew(held, millis);
        for (set, key) in renewed.tagged.keys() {
            tag_command::add(&mut query.pipeline, std::slice::from_ref(set), key, Some(2 * millis));
        }
        Some(query)
    }
}

impl Renewed {
    /// Takes out what belongs to such keys and sets.
    fn take(&mut self, is_taken: impl Fn(&str) -> bool) -> Renewed {
        let (taken, left) =
            std::mem::take(&mut self.leases).into_iter().partition(|(key, _)| is_taken(key));
        self.leases = left;
        let leases = taken;
        let (tagged, left) =
            std::mem::take(&mut self.tagged).into_iter().partition(|((set, _), _)| is_taken(set));
        self.tagged = left;
        Renewed { leases, tagged }
    }
}
