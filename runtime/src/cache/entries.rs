//! Walks through all entries: `cache_entries` and `cache_retain`.
//!
//! A walk pins the engine anew for each entry, and holds no lock. User code runs within the pin,
//! which protects only the entry that it is about. Nothing is counted or promoted.

use std::time::Duration;

use super::core::{Cache, CachePin, Position};
use super::run_deferred::RunDeferredOnDrop;
use super::scope::Scope;
use crate::base::expiry::Age;
use crate::engine::{Engine as _, Garbage, Pin as _};

impl<K: 'static, V: 'static, W: 'static, S: Scope> Cache<K, V, W, S> {
    /// Returns what `copy` makes of each fresh entry, the one that is evicted first first. It also
    /// gets how long the entry is still fresh; `None` if it does not expire.
    ///
    /// Returns nothing inside user code that reads the cache of a thread.
    pub(crate) fn entries<T>(&self, copy: impl Fn(&K, &V, Option<Duration>) -> T) -> Vec<T> {
        let now = self.now();
        let mut entries = Vec::new();
        self.walk(|pin, place, position| {
            let deadline = pin.deadline(position);
            if self.age(deadline, now) == Age::Fresh {
                let rank = pin.rank(place, position);
                pin.narrow(position);
                let ttl = ttl_at(deadline, now);
                entries.push((rank, copy(pin.key(position), pin.value(position), ttl)));
            }
            Judgement::Keep
        });
        entries.sort_by_key(|&(rank, _)| rank);
        entries.into_iter().map(|(_, entry)| entry).collect()
    }

    /// Removes the entries that `keep` refuses, those among them that have expired and may still be
    /// returned, and discards the in-flight computations of their keys. Returns how many entries it
    /// has removed that had not expired.
    pub(crate) fn retain(&self, mut keep: impl FnMut(&K, &V) -> bool) -> usize {
        let cutoff = self.times().map(|times| times.purge_cutoff);
        self.walk(|pin, _, position| {
            if cutoff.is_some_and(|cutoff| pin.deadline(position) <= cutoff) {
                return Judgement::Keep;
            }
            pin.narrow(position);
            match keep(pin.key(position), pin.value(position)) {
                true => Judgement::Keep,
                false => Judgement::Remove,
            }
        })
    }

    /// Shows all entries to `judge`, in no particular order. Returns how many it has removed that
    /// had not expired.
    fn walk(
        &self,
        mut judge: impl FnMut(
            &mut CachePin<'_, K, V, W, S>,
            Place<K, V, W, S>,
            Position<K, V, W, S>,
        ) -> Judgement,
    ) -> usize {
        let mut removed = 0;
        if self.is_shut() {
            return removed;
        }
        let _run_deferred = RunDeferredOnDrop(self);
        let Ok(places) = self.engine.places() else { return removed };
        for place in places {
            let Some(mut pin) = self.engine.pin().or_else(|| self.engine.pin_slow().ok()) else {
                return removed;
            };
            let position = pin.entry_at(place);
            let judgement =
                position.map_or(Judgement::Keep, |position| judge(&mut pin, place, position));
            match position.filter(|_| judgement == Judgement::Remove) {
                Some(position) => {
                    // Dropped with nothing held.
                    let mut garbage = Garbage::new();
                    let times = self.times();
                    let is_removed = self.engine.remove_found(pin, position, times, &mut garbage);
                    removed += usize::from(is_removed == Ok(true));
                }
                None if pin.leave() => self.deferrals.set_pending(),
                None => (),
            }
        }
        removed
    }
}

/// A place of the engine of a cache.
type Place<K, V, W, S> = <CachePin<'static, K, V, W, S> as crate::engine::Pin<K, V>>::Place;

/// What becomes of an entry.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Judgement {
    Keep,
    Remove,
}

/// Returns what is left of the ttl of a fresh entry with this deadline.
fn ttl_at(deadline: u64, now: Option<u64>) -> Option<Duration> {
    // The engine's deadline of an entry that does not expire.
    let now = now.filter(|_| deadline != u64::MAX)?;
    Some(Duration::from_nanos(deadline - now))
}
