//! A call that found nothing: it computes, or it waits for a call that does.
//!
//! [`Cache::step`] advances it until it must wait. On [`Step::Wait`] a thread blocks
//! ([`Cache::run_blocking`]) and a task awaits ([`PendingCall::poll_wait`]).

use std::sync::Arc;

use super::core::{Cache, LookupMiss};
use super::pending_call::{ActiveWait, AfterMiss, PendingCall, Step};
use super::run_deferred::RunDeferredOnDrop;
use super::scope::Scope;
use crate::base::info::CacheStatus;
use crate::base::switch;
use crate::engine::{
    Compared, Engine as _, Fingerprint, Garbage, InFlightId, Leader, OnExisting, Pin as _,
    ReadScope, Reentrant, Start, Started, Waiting,
};
use crate::inflight::completion::{Completion, WaitList, Waiter};
use crate::inflight::deadlock::WaitEdge;
use crate::types::key::Args;
use crate::types::result::Outcome;

/// The outcome of an attempt to start the computation of a pending call.
enum Attempt<W> {
    Compute(Option<InFlightId>),
    Wait(ActiveWait<W>),
    /// There is an entry by now.
    AlreadyStored,
}

impl<K: 'static, V: 'static, W: 'static, S: Scope> Cache<K, V, W, S> {
    /// Goes on with a thread's call that found nothing: computes, or blocks until another call has.
    #[inline(never)]
    pub(crate) fn miss_blocking<'a, A, R, O>(
        &'a self,
        miss: LookupMiss<'a, K, V, W, S>,
        fingerprint: Fingerprint,
        args: A,
        hit: &mut Option<(R, CacheStatus)>,
    ) -> Option<InFlightId>
    where
        A: Args<Key = K>,
        O: Outcome<R, Value = V, WaiterValue = W>,
    {
        match self.start_miss::<A, R, O>(miss, (fingerprint, args), Leader::this_thread, true, hit)
        {
            AfterMiss::Compute(id) => id,
            AfterMiss::Pending(call) => self.run_blocking::<R, O>(call, hit),
        }
    }

    /// Continues a task's call that found nothing, until it must wait.
    #[inline(never)]
    pub(crate) fn miss_async<'a, A, R, O>(
        &'a self,
        miss: LookupMiss<'a, K, V, W, S>,
        fingerprint: Fingerprint,
        args: A,
        hit: &mut Option<(R, CacheStatus)>,
    ) -> AfterMiss<K, W>
    where
        A: Args<Key = K>,
        O: Outcome<R, Value = V, WaiterValue = W>,
    {
        self.start_miss::<A, R, O>(miss, (fingerprint, args), || Leader::TASK, true, hit)
    }

    /// Same as [`Cache::miss_async`] for a call, of a thread or a task, that queries a second tier
    /// before it counts a miss.
    #[inline(never)]
    pub(crate) fn miss_shared<'a, A, R, O>(
        &'a self,
        miss: LookupMiss<'a, K, V, W, S>,
        fingerprint: Fingerprint,
        args: A,
        leader: Leader,
        hit: &mut Option<(R, CacheStatus)>,
    ) -> AfterMiss<K, W>
    where
        A: Args<Key = K>,
        O: Outcome<R, Value = V, WaiterValue = W>,
    {
        self.start_miss::<A, R, O>(miss, (fingerprint, args), || leader, false, hit)
    }

    /// Starts to compute if no other item has the key's fingerprint; otherwise makes the call a
    /// pending one. A late hit is written to `hit`, not returned: returning it makes the compiler
    /// spill the inlined fast path's result to memory.
    #[inline(always)]
    fn start_miss<'a, A, R, O>(
        &'a self,
        miss: LookupMiss<'a, K, V, W, S>,
        (fingerprint, args): (Fingerprint, A),
        leader: impl Fn() -> Leader,
        counts_miss: bool,
        hit: &mut Option<(R, CacheStatus)>,
    ) -> AfterMiss<K, W>
    where
        A: Args<Key = K>,
        O: Outcome<R, Value = V, WaiterValue = W>,
    {
        let mut key = None;
        if switch::is_off() {
            self.bypass_miss(miss);
            return AfterMiss::Compute(None);
        }
        match miss {
            LookupMiss::Absent(pin) => {
                let mut pin = self.engine.unpack(pin);
                if pin.is_growing() {
                    let coarse_now = self.coarse_now();
                    let key_eq = |key: &K| args.matches(key);
                    let found = self.lookup_in::<_, true, true>(
                        &mut pin,
                        fingerprint,
                        coarse_now,
                        key_eq,
                        &O::from_stored,
                    );
                    if found.is_some() {
                        *hit = found;
                        self.release(pin);
                        return AfterMiss::Compute(None);
                    }
                }
                // A call with a second tier has not counted its miss: it takes the slow path.
                match args.copy_key().filter(|_| counts_miss) {
                    Some(copy) => match self.engine.start_first(pin, fingerprint, copy, leader()) {
                        Ok(id) => return AfterMiss::Compute(Some(id)),
                        Err(copy) => key = Some(copy),
                    },
                    None => self.release(pin),
                }
            }
            LookupMiss::NotTried => {
                match self.lookup_slow(fingerprint, |key| args.matches(key), &O::from_stored) {
                    Ok(None) => (),
                    Ok(found) => {
                        *hit = found;
                        return AfterMiss::Compute(None);
                    }
                    Err(Reentrant) => {
                        self.count_reentrant_miss();
                        return AfterMiss::Compute(None);
                    }
                }
            }
        }
        drop(RunDeferredOnDrop(self));
        let key = key.unwrap_or_else(|| args.into_key());
        AfterMiss::Pending(PendingCall::new(
            fingerprint,
            (key, A::keys_equal),
            self.single_flight.may_wait(),
            (leader(), counts_miss),
        ))
    }

    /// Counts a miss of a call that computes past the cache, because caches are switched off.
    #[cold]
    #[inline(never)]
    fn bypass_miss<'a>(&'a self, miss: LookupMiss<'a, K, V, W, S>) {
        match miss {
            LookupMiss::Absent(pin) => {
                let mut pin = self.engine.unpack(pin);
                pin.count_miss();
                self.release(pin);
            }
            LookupMiss::NotTried => self.count_miss(),
        }
    }

    /// Runs a thread's call until it has a result or is to compute. Blocks the thread meanwhile.
    #[inline(never)]
    fn run_blocking<R, O>(
        &self,
        mut call: PendingCall<K, W>,
        hit: &mut Option<(R, CacheStatus)>,
    ) -> Option<InFlightId>
    where
        O: Outcome<R, Value = V, WaiterValue = W>,
    {
        loop {
            match self.step::<R, O>(&mut call) {
                Step::Hit(result, status) => {
                    *hit = Some((result, status));
                    return None;
                }
                Step::Compute(id) => return id,
                Step::Wait => call.wait_blocking(),
            }
        }
    }

    /// Advances a call until it must wait.
    pub(crate) fn step<R, O>(&self, call: &mut PendingCall<K, W>) -> Step<R>
    where
        O: Outcome<R, Value = V, WaiterValue = W>,
    {
        loop {
            if let Some(wait) = &call.wait {
                match wait.waiter.completion() {
                    None if wait.has_given_up => call.may_join = false,
                    None => return Step::Wait,
                    Some(Completion::Value(value, status)) => {
                        if *status == CacheStatus::Stale {
                            self.count_stale();
                        }
                        return Step::Hit(O::from_leader(value), *status);
                    }
                    Some(Completion::NotCloneable) => call.may_join = false,
                    // The leader panicked or was dropped: this waiter competes to lead below.
                    Some(Completion::Cancelled) => (),
                }
                self.uncount_join(wait.cleared_at);
                call.wait = None;
            }
            if switch::is_off() {
                self.count_miss();
                return Step::Compute(None);
            }
            match self.try_start(call, OnExisting::Keep) {
                Ok(Attempt::Compute(id)) => {
                    if id.is_none() {
                        self.count_miss();
                    }
                    return Step::Compute(id);
                }
                Ok(Attempt::Wait(wait)) => {
                    call.wait = Some(wait);
                    call.deadline(self.single_flight);
                }
                Ok(Attempt::AlreadyStored) => {
                    if let Some((result, status)) = self.lookup_again::<R, O>(call) {
                        return Step::Hit(result, status);
                    }
                }
                Err(Reentrant) => {
                    self.count_reentrant_miss();
                    return Step::Compute(None);
                }
            }
        }
    }

    /// Looks for an entry that was stored since the first lookup.
    fn lookup_again<R, O>(&self, call: &PendingCall<K, W>) -> Option<(R, CacheStatus)>
    where
        O: Outcome<R, Value = V, WaiterValue = W>,
    {
        let key = call.key.as_ref()?;
        let key_eq = |other: &K| (call.keys_equal)(key, other);
        self.lookup_slow(call.fingerprint, key_eq, &O::from_stored).ok()?
    }

    /// Tries to start the computation of a pending call.
    fn try_start(
        &self,
        call: &mut PendingCall<K, W>,
        on_existing: OnExisting,
    ) -> Result<Attempt<W>, Reentrant> {
        let &mut PendingCall { fingerprint, keys_equal, leader, counts_miss, .. } = call;
        let times = self.times();
        let (mut compared, mut garbage) = (Compared::default(), Garbage::new());
        // Within a pin it would wait with the pin held, perhaps for a body that needs it released.
        let mut may_wait = call.may_join && !ReadScope::is_active();
        loop {
            let start = Start {
                fingerprint,
                compared: &compared,
                key: &mut call.key,
                leader,
                on_existing,
                may_wait,
                counts_miss,
                times,
                new_wait_list: WaitList::new,
            };
            match self.engine.start(None, start, &mut garbage)? {
                Started::NotCompared => {
                    let key = call.key.as_ref();
                    let key_eq = |other: &K| key.is_some_and(|key| keys_equal(key, other));
                    self.compare(fingerprint, &mut compared, key_eq)?;
                }
                Started::AlreadyStored => return Ok(Attempt::AlreadyStored),
                Started::Compute(id) => return Ok(Attempt::Compute(Some(id))),
                Started::Full => return Ok(Attempt::Compute(None)),
                Started::Wait(waiting) => match self.join(&waiting) {
                    Some(wait) => return Ok(Attempt::Wait(wait)),
                    None => may_wait = false,
                },
            }
        }
    }

    /// Makes a call wait for a computation; `None` if it would wait for itself.
    fn join(&self, waiting: &Waiting<Arc<WaitList<W>>>) -> Option<ActiveWait<W>> {
        let Waiting { id, leader, ref wait_list, cleared_at } = *waiting;
        let Some(edge) = WaitEdge::add(leader, self.computation_id(id.generation)) else {
            self.uncount_join(cleared_at);
            return None;
        };
        Some(ActiveWait::new(Waiter::new(wait_list), edge, cleared_at))
    }

    /// Starts a computation for a task, without counting, unless there is one for the key, or a
    /// fresh entry.
    pub(super) fn start_background<A>(
        &self,
        fingerprint: Fingerprint,
        args: A,
    ) -> Option<InFlightId>
    where
        A: Args<Key = K>,
    {
        let key = (args.into_key(), A::keys_equal as fn(&K, &K) -> bool);
        let mut call = PendingCall::new(fingerprint, key, false, (Leader::TASK, false));
        match self.try_start(&mut call, OnExisting::Keep) {
            Ok(Attempt::Compute(id)) => id,
            Ok(Attempt::Wait(_) | Attempt::AlreadyStored) | Err(Reentrant) => None,
        }
    }

    /// Starts a computation whose result replaces the entry, without counting. `None` if the
    /// result will not be stored.
    pub(crate) fn start_replacing<A>(&self, args: A, leader: Leader) -> Option<InFlightId>
    where
        A: Args<Key = K>,
    {
        if self.is_shut() || switch::is_off() {
            return None;
        }
        let fingerprint = self.fingerprint(&args);
        drop(RunDeferredOnDrop(self));
        let key = (args.into_key(), A::keys_equal as fn(&K, &K) -> bool);
        let mut call = PendingCall::new(fingerprint, key, false, (leader, false));
        match self.try_start(&mut call, OnExisting::Replace) {
            Ok(Attempt::Compute(id)) => id,
            Ok(Attempt::Wait(_) | Attempt::AlreadyStored) | Err(Reentrant) => None,
        }
    }
}
