//! Stale entries that are refreshed in the background: which call returns one, and which starts
//! its refresh.
//!
//! The refresh is a computation like any other: it stores, and it is discarded by a clear and an
//! invalidation.

use std::sync::atomic::Ordering::Relaxed;

use super::core::{Cache, LookupMiss};
use super::run_deferred::RunDeferredOnDrop;
use super::scope::Scope;
use crate::base::clock;
use crate::base::expiry::Age;
use crate::base::switch;
use crate::engine::{Engine as _, Fingerprint, InFlightId, Pin as _};
use crate::types::key::Args;

/// A stale entry, found by a call that returns it.
pub(crate) struct StaleHit<R, P> {
    pub(crate) result: R,
    /// When it expired.
    deadline: u64,
    /// The place for its refresh; `None` if it is being refreshed, or an attempt has failed lately.
    pub(crate) place: Option<P>,
}

impl<K: 'static, V: 'static, W: 'static, S: Scope> Cache<K, V, W, S> {
    /// Looks for a stale entry to return, and reserves a place to refresh it. Counts and promotes a
    /// hit. `None` if there is no such entry, or no place.
    pub(crate) fn find_stale<A: Args<Key = K>, R, P>(
        &self,
        fingerprint: Fingerprint,
        args: &A,
        from_stored: impl Fn(&V) -> R,
        reserve: impl FnOnce() -> Option<P>,
    ) -> Option<StaleHit<R, P>> {
        let expiry = self.expiry.as_ref().filter(|_| !switch::is_off())?;
        let now = clock::now();
        let _run_deferred = RunDeferredOnDrop(self);
        let mut pin = self.engine.pin_slow().ok()?;
        let position = pin.find_slow(fingerprint, |key| args.matches(key))?;
        let deadline = pin.deadline(position);
        if expiry.age(deadline, now) != Age::Stale {
            return None;
        }
        let is_taken_care_of = pin.is_being_recomputed(position)
            || self.refreshes.is_backing_off(fingerprint, deadline, now);
        let place = if is_taken_care_of { None } else { Some(self.reserve(reserve)?) };
        self.count_stale();
        if pin.hit(position) {
            self.deferrals.set_pending();
        }
        let result = from_stored(pin.value(position));
        if pin.leave() {
            self.deferrals.set_pending();
        }
        Some(StaleHit { result, deadline, place })
    }

    fn reserve<P>(&self, reserve: impl FnOnce() -> Option<P>) -> Option<P> {
        let place = reserve();
        if place.is_none() {
            self.refreshes.by_caller.fetch_add(1, Relaxed);
        }
        place
    }

    /// Starts to refresh a stale entry. `None` if another call has started meanwhile.
    pub(crate) fn start_refresh<A: Args<Key = K>, R, P>(
        &self,
        fingerprint: Fingerprint,
        args: A,
        hit: &StaleHit<R, P>,
    ) -> Option<InFlightId> {
        let id = self.start_background(fingerprint, args)?;
        let cutoff = self.expiry.as_ref().map_or(0, |expiry| expiry.purge_cutoff(clock::now()));
        self.refreshes.start(fingerprint, hit.deadline, cutoff);
        Some(id)
    }

    /// Counts a refresh that failed, and delays the next one.
    pub(crate) fn fail_refresh(&self, id: InFlightId) {
        self.refreshes.fail(id.fingerprint(), clock::now());
    }

    /// Delays the next refresh of an entry that another process refreshes.
    pub(crate) fn postpone_refresh(&self, id: InFlightId) {
        self.refreshes.postpone(id.fingerprint(), clock::now());
    }

    /// Notes that a refresh has a result.
    pub(crate) fn end_refresh(&self, id: InFlightId) {
        self.refreshes.succeed(id.fingerprint());
    }

    /// Whether a computation has not been discarded.
    pub(crate) fn is_wanted(&self, id: InFlightId) -> bool {
        let _run_deferred = RunDeferredOnDrop(self);
        let Ok(pin) = self.engine.pin_slow() else { return true };
        let is_wanted = pin.key_of(id).is_some();
        self.release(pin);
        is_wanted
    }

    /// Releases the pin of a lookup that found nothing.
    pub(crate) fn release_miss<'a>(
        &'a self,
        miss: LookupMiss<'a, K, V, W, S>,
    ) -> LookupMiss<'a, K, V, W, S> {
        if let LookupMiss::Absent(pin) = miss {
            self.release(self.engine.unpack(pin));
        }
        LookupMiss::NotTried
    }
}
