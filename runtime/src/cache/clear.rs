//! Invalidation and clear: they remove entries and discard in-flight computations.
//!
//! A discarded computation still completes its waiters; the engine refuses its result.

use super::core::Cache;
use super::deferred::{Deferred, Reset};
use super::gate::Gate as _;
use super::run_deferred::RunDeferredOnDrop;
use super::scope::Scope;
use crate::engine::{Compared, Engine as _, Fingerprint, Garbage, Reentrant, Snapshot};
use crate::types::key::Args;

impl<K: 'static, V: 'static, W: 'static, S: Scope> Cache<K, V, W, S> {
    /// Removes the entry of these arguments and discards their in-flight computations. Returns
    /// whether there was an entry.
    pub(crate) fn invalidate<A: Args<Key = K>>(&self, args: A) -> bool {
        if self.is_shut() {
            return false;
        }
        let fingerprint = self.fingerprint(&args);
        let removed = self.invalidate_where(fingerprint, |key| args.matches(key));
        removed.unwrap_or_else(|Reentrant| {
            self.defer(Deferred::Invalidate(fingerprint, args.into_key(), A::keys_equal));
            false
        })
    }

    /// Removes the entry whose key `key_eq` accepts.
    pub(super) fn invalidate_where(
        &self,
        fingerprint: Fingerprint,
        key_eq: impl Fn(&K) -> bool,
    ) -> Result<bool, Reentrant> {
        let _run_deferred = RunDeferredOnDrop(self);
        let times = self.times();
        let (mut compared, mut garbage) = (Compared::default(), Garbage::new());
        loop {
            match self.engine.remove(fingerprint, &compared, times, &mut garbage)? {
                Some(has_entry) => return Ok(has_entry),
                None => self.compare(fingerprint, &mut compared, &key_eq)?,
            }
        }
    }

    /// Whether calls look nothing up and store nothing.
    #[inline(always)]
    pub(super) fn is_shut(&self) -> bool {
        self.gate.is_closed() && self.is_shut_slow()
    }

    /// Same as [`Cache::is_shut`] when the gate is not open. Empties the cache of a thread if the
    /// switch has been set.
    #[cold]
    #[inline(never)]
    fn is_shut_slow(&self) -> bool {
        let empty = || self.engine.clear(false, self.now(), &mut |_| ());
        self.gate.of_thread().is_none_or(|gate| gate.is_shut(empty))
    }

    /// Removes all entries, discards all in-flight computations and sets the counters to zero.
    pub(super) fn clear(&self) {
        let mut before_reset = |snapshot: &Snapshot| {
            #[cfg(feature = "metrics")]
            self.add_to_totals(snapshot);
            let _ = snapshot;
            self.counters.reset();
            self.refreshes.reset();
            self.set_sampling_mask(0);
            if let Some(tier) = self.tier.get() {
                tier.reset();
            }
        };
        if let Err(Reentrant) = self.engine.clear(true, self.now(), &mut before_reset) {
            self.defer(Deferred::Clear(Reset::Counters));
        }
    }

    /// Changes `maxsize`. Evicts at once what is too much, a few entries at a time.
    pub(super) fn resize(&self, maxsize: Option<usize>) {
        let stores_nothing = maxsize == Some(0);
        if stores_nothing {
            self.gate.set_stores_nothing(true);
        }
        loop {
            // Dropped with nothing held.
            let mut garbage = Garbage::new();
            match self.engine.resize(maxsize, self.times(), &mut garbage) {
                Ok(true) => (),
                Ok(false) => break,
                Err(Reentrant) => {
                    self.defer(Deferred::Resize(maxsize));
                    return;
                }
            }
        }
        if !stores_nothing {
            self.gate.set_stores_nothing(false);
        }
    }

    /// Removes all entries and discards all in-flight computations. The counters stay.
    pub(super) fn drop_all(&self) {
        if let Err(Reentrant) = self.engine.clear(false, self.now(), &mut |_| ()) {
            self.defer(Deferred::Clear(Reset::Nothing));
        }
    }
}
