//! Lookups: a hit of a call, and the handle's functions that only look.
//!
//! `Eq` and `Clone` run within a pin, with no lock held. A call that finds nothing continues in
//! `pending`.

use std::mem;
use std::time::Duration;

use super::core::{Cache, CachePin, LookupMiss, Position};
use super::run_deferred::RunDeferredOnDrop;
use super::scope::Scope;
use crate::base::clock;
use crate::base::expiry::Age;
use crate::base::info::CacheStatus;
use crate::engine::{Engine as _, Fingerprint, InFlightId, Pin as _, Reentrant};
use crate::types::key::Args;

impl<K: 'static, V: 'static, W: 'static, S: Scope> Cache<K, V, W, S> {
    /// Looks for the entry of these arguments. Counts and promotes a hit; otherwise continues with
    /// `on_miss`, or with `bypass` if the cache stores nothing. `TIMED` is whether entries expire.
    // Inlined: it contains the code that most hits run; the rest is behind one call, out of their
    // way.
    #[inline(always)]
    pub(crate) fn lookup<'a, A: Args<Key = K>, R, M, const TIMED: bool>(
        &'a self,
        args: A,
        from_stored: impl Fn(&V) -> R,
        bypass: M,
        on_miss: impl Fn(LookupMiss<'a, K, V, W, S>, Fingerprint, A) -> Result<(R, CacheStatus), M>,
    ) -> Result<(R, CacheStatus), M> {
        debug_assert_eq!(TIMED, self.expiry.is_some());
        if self.is_shut() {
            self.count_bypass();
            return Err(bypass);
        }
        // Before the hash: reading the clock takes its time, and so does the hash.
        let coarse_now = if TIMED { clock::coarse_now() } else { 0 };
        let fingerprint = self.fingerprint(&args);
        let run_deferred = RunDeferredOnDrop(self);
        let Some(mut pin) = self.engine.pin() else {
            mem::forget(run_deferred);
            return on_miss(LookupMiss::NotTried, fingerprint, args);
        };
        let key_eq = |key: &K| args.matches(key);
        let hit = self.lookup_in::<_, TIMED, false>(
            &mut pin,
            fingerprint,
            coarse_now,
            key_eq,
            &from_stored,
        );
        mem::forget(run_deferred);
        match hit {
            Some(hit) => {
                if pin.leave() | self.deferrals.is_pending() {
                    self.run_deferred();
                }
                Ok(hit)
            }
            None => on_miss(LookupMiss::Absent(self.engine.pack(pin)), fingerprint, args),
        }
    }

    /// Looks for a key within a pin, and counts and promotes a hit. `SLOW` is whether to find it
    /// also while the index grows.
    #[inline(always)]
    pub(super) fn lookup_in<R, const TIMED: bool, const SLOW: bool>(
        &self,
        pin: &mut CachePin<'_, K, V, W, S>,
        fingerprint: Fingerprint,
        coarse_now: u64,
        key_eq: impl Fn(&K) -> bool,
        from_stored: &impl Fn(&V) -> R,
    ) -> Option<(R, CacheStatus)> {
        let position = match SLOW {
            true => pin.find_slow(fingerprint, key_eq)?,
            false => pin.find(fingerprint, key_eq)?,
        };
        let mut is_stale = false;
        if TIMED && !self.is_fresh(pin, position, coarse_now) {
            is_stale = self.may_serve_stale(pin, position);
            if !is_stale {
                return None;
            }
        }
        if pin.hit(position) {
            self.deferrals.set_pending();
        }
        // The user's `Clone` runs here: within the pin, and with no lock held.
        let result = from_stored(pin.value(position));
        Some((result, if is_stale { CacheStatus::Stale } else { CacheStatus::Hit }))
    }

    /// Same as [`Cache::lookup_in`], for a thread that has no stripe yet, or whose stripe is
    /// contended, or that must not wait.
    #[cold]
    #[inline(never)]
    pub(super) fn lookup_slow<R>(
        &self,
        fingerprint: Fingerprint,
        key_eq: impl Fn(&K) -> bool,
        from_stored: &impl Fn(&V) -> R,
    ) -> Result<Option<(R, CacheStatus)>, Reentrant> {
        let _run_deferred = RunDeferredOnDrop(self);
        let mut pin = self.engine.pin_slow()?;
        let coarse_now = self.coarse_now();
        let found =
            self.lookup_in::<_, true, true>(&mut pin, fingerprint, coarse_now, key_eq, from_stored);
        if pin.leave() {
            self.deferrals.set_pending();
        }
        Ok(found)
    }

    /// Whether an entry has not expired. With `sliding`, restarts the ttl of a fresh one.
    #[inline(always)]
    fn is_fresh(
        &self,
        pin: &CachePin<'_, K, V, W, S>,
        position: Position<K, V, W, S>,
        coarse_now: u64,
    ) -> bool {
        let is_sliding = self.expiry.as_ref().is_some_and(|expiry| expiry.is_sliding);
        let is_far = coarse_now.saturating_add(clock::MAX_LAG) < pin.deadline(position);
        (is_far && !is_sliding) || self.is_fresh_slow(pin, position)
    }

    /// Same as [`Cache::is_fresh`] near the deadline, by the precise clock, and with `sliding`.
    #[inline(never)]
    fn is_fresh_slow(
        &self,
        pin: &CachePin<'_, K, V, W, S>,
        position: Position<K, V, W, S>,
    ) -> bool {
        let Some(expiry) = &self.expiry else { return true };
        let now = clock::now();
        let is_fresh = now < pin.deadline(position);
        if is_fresh && expiry.is_sliding {
            pin.extend_deadline(position, expiry.deadline(now));
        }
        is_fresh
    }

    /// Whether to return an expired entry: it is within `stale`, and another call recomputes it.
    #[cold]
    fn may_serve_stale(
        &self,
        pin: &CachePin<'_, K, V, W, S>,
        position: Position<K, V, W, S>,
    ) -> bool {
        let may_serve = self.age(pin.deadline(position), self.now()) == Age::Stale
            && pin.is_being_recomputed(position);
        if may_serve {
            self.count_stale();
        }
        may_serve
    }

    /// Calls `read` with the stored value of these arguments, if it is fresh. Counts nothing.
    pub(crate) fn peek<A: Args<Key = K>, R>(
        &self,
        args: &A,
        read: impl FnOnce(&V) -> R,
    ) -> Option<R> {
        let now = self.now();
        self.inspect(args, |pin, position| {
            if self.age(pin.deadline(position), now) != Age::Fresh {
                return None;
            }
            pin.narrow(position);
            Some(read(pin.value(position)))
        })
    }

    /// Returns for how long the entry of these arguments is still fresh; `Duration::MAX` if it
    /// does not expire.
    pub(crate) fn ttl<A: Args<Key = K>>(&self, args: &A) -> Option<Duration> {
        let now = self.now();
        self.inspect(args, |pin, position| {
            let deadline = pin.deadline(position);
            if self.age(deadline, now) != Age::Fresh {
                return None;
            }
            Some(match now {
                // The engine's deadline of an entry that does not expire.
                Some(now) if deadline != u64::MAX => Duration::from_nanos(deadline - now),
                _ => Duration::MAX,
            })
        })
    }

    /// Calls `look` with the entry of these arguments, if there is one. Counts nothing.
    #[inline]
    fn inspect<A: Args<Key = K>, R>(
        &self,
        args: &A,
        look: impl FnOnce(&mut CachePin<'_, K, V, W, S>, Position<K, V, W, S>) -> Option<R>,
    ) -> Option<R> {
        if self.is_shut() {
            return None;
        }
        let fingerprint = self.fingerprint(args);
        let _run_deferred = RunDeferredOnDrop(self);
        let mut pin = match self.engine.pin() {
            Some(pin) => pin,
            None => self.engine.pin_slow().ok()?,
        };
        let position = self.engine.find_settled(&pin, fingerprint, |key| args.matches(key))?;
        let found = look(&mut pin, position);
        if pin.leave() {
            self.deferrals.set_pending();
        }
        found
    }

    /// Calls `look` with the key of a computation; `None` if the computation has been discarded.
    pub(crate) fn with_key<T>(&self, id: InFlightId, look: impl FnOnce(&K) -> T) -> Option<T> {
        let _run_deferred = RunDeferredOnDrop(self);
        let mut pin = self.engine.pin_slow().ok()?;
        let looked = pin.narrow_to_key(id).map(look);
        self.release(pin);
        looked
    }

    /// Returns the expired entry to return instead of this computation's error, if it is within
    /// `stale_on_error`.
    pub(crate) fn stale_fallback<R>(
        &self,
        id: InFlightId,
        from_stored: impl FnOnce(&V) -> R,
    ) -> Option<R> {
        let expiry = self.expiry.as_ref()?;
        let _run_deferred = RunDeferredOnDrop(self);
        let mut pin = self.engine.pin_slow().ok()?;
        let position = pin.entry_to_replace(id)?;
        if !expiry.is_usable_on_error(pin.deadline(position), clock::now()) {
            return None;
        }
        pin.narrow(position);
        let result = from_stored(pin.value(position));
        if pin.leave() {
            self.deferrals.set_pending();
        }
        Some(result)
    }
}
