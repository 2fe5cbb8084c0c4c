//! [`PendingStore`], a computed result on its way into the tier, and then into memory.

use std::marker::PhantomData;

use super::computation::{MissOf, SharedComputation};
use super::second_tier::{Failure, LeasedValue, NewValue, StoreReply, Stored};
use crate::base::clock;
use crate::base::info::CacheStatus;
use crate::engine::Elapsed;
use crate::function::miss::Purpose;
use crate::types::keep::Keep;
use crate::types::result::Outcome;

/// A result on its way into the tier, and then into memory. If it is dropped on the way, it
/// continues without its caller.
pub(super) struct PendingStore<K: 'static, R, O: Outcome<R>, C, G> {
    /// The right to store it in memory, the value, and its weight.
    #[allow(clippy::type_complexity)]
    pending: Option<(MissOf<K, R, O, G>, (O::Value, u64))>,
    elapsed: Elapsed,
    /// When it expires, in nanoseconds of the clock; in the tier at the same time.
    expires_at: u64,
    pub(super) computation: Box<SharedComputation>,
    pub(super) bytes: Option<Vec<u8>>,
    /// Whether it has been decided to send it, or not to.
    is_decided: bool,
    /// The reply, once it is sent.
    reply: Option<Box<dyn StoreReply>>,
    codec: PhantomData<fn() -> C>,
}

impl<K: 'static, R, O: Outcome<R>, C, G> PendingStore<K, R, O, C, G> {
    /// Makes the store of a value with its weight. Without `bytes` the tier cannot store it.
    pub(super) fn new(
        miss: MissOf<K, R, O, G>,
        (value, weight, keep): (O::Value, u64, Keep),
        elapsed: Elapsed,
        computation: Box<SharedComputation>,
        bytes: Option<Vec<u8>>,
    ) -> Self {
        // Once for memory and tier: the deadline may be random.
        let expires_at = miss.cache().deadline(keep, clock::now());
        let (pending, is_decided, reply) = (Some((miss, (value, weight))), false, None);
        let codec = PhantomData;
        PendingStore { pending, elapsed, expires_at, computation, bytes, is_decided, reply, codec }
    }

    /// Returns for how many milliseconds the tier stores it; `None` for ever.
    fn millis_left(&self) -> Option<u64> {
        let left = || self.expires_at.saturating_sub(clock::now()) / 1_000_000;
        (self.expires_at != u64::MAX).then(|| left().max(1))
    }

    /// Stores it in memory for `l1_ttl`: a change would not be reported.
    pub(super) fn store_for_l1_ttl(mut self, result: &R) {
        let now = clock::now();
        let deadline = self.computation.deadline(now, self.expires_at, false);
        if let Some((miss, value)) = self.pending.take() {
            let _within = miss.enter_computation();
            miss.store_until(value, (now, deadline), self.elapsed, result);
        }
    }

    /// Stores it in the tier, and then in memory.
    pub(super) async fn run(mut self) -> (R, CacheStatus) {
        let is_sent = self.send();
        let reply = match &mut self.reply {
            Some(reply) => reply.wait().await,
            None if is_sent => Err(Failure::Down),
            // The key has changed before it was sent.
            None => Ok(Stored::Revoked),
        };
        match self.apply_reply(reply) {
            Some(result) => (result, CacheStatus::Miss),
            None => unreachable!("only `apply_reply` takes the pending value"),
        }
    }

    /// Sends the value, if it is current. Returns whether it is.
    fn send(&mut self) -> bool {
        self.is_decided = true;
        let ttl = self.millis_left();
        let SharedComputation { function, registered, tier, key, listener, lease, .. } =
            &mut *self.computation;
        let (Some(bytes), Some(lease)) = (&self.bytes, lease) else { return false };
        if listener.has_changed() {
            return false;
        }
        listener.record_sent(self.expires_at);
        let (function, registered, hash) = (*function, *registered, key.hash());
        let counting = tier.clone();
        let on_unclaimed = move |stored| match stored {
            Stored::Done => {
                counting.counters().stores.count();
                function.counters.stores.count();
            }
            Stored::Revoked => registered.invalidate(hash),
            Stored::Unknown => (),
        };
        let on_unclaimed = Box::new(on_unclaimed);
        let (token, parts) = (lease.token.as_str(), function.parts);
        let value = LeasedValue { key, token, parts, bytes, ttl, on_unclaimed };
        self.reply = tier.clone().store(vec![value]).pop().flatten();
        // The query gives it up.
        lease.is_held = self.reply.is_none();
        true
    }

    /// Stores the value in memory as the reply permits.
    fn apply_reply(&mut self, reply: Result<Stored, Failure>) -> Option<R> {
        let (now, expires_at) = (clock::now(), self.expires_at);
        let (miss, value) = self.pending.take()?;
        let computation = &mut self.computation;
        let deadline = match reply {
            Ok(Stored::Done) => {
                computation.count(|counters| &counters.stores);
                computation.invalidate_siblings();
                if computation.listener.has_changed() {
                    // Since it was sent. The change is newer.
                    computation.remove();
                    None
                } else {
                    Some(computation.deadline(now, expires_at, true))
                }
            }
            // An invalidation or a refresh has taken the lease.
            Ok(Stored::Revoked) => None,
            Ok(Stored::Unknown) | Err(_) => {
                if let Err(failure) = reply {
                    computation.function.record_failure(failure);
                }
                if miss.purpose() == Purpose::Refresh {
                    computation.queue_removal();
                }
                Some(computation.deadline(now, expires_at, false))
            }
        };
        let _within = miss.enter_computation();
        let result = O::from_stored(&value.0);
        match deadline {
            Some(deadline) => {
                miss.store_until(value, (now, deadline), self.elapsed, &result);
                computation.recheck_tracking(now);
            }
            None => miss.finish_waiters_only(self.elapsed.into(), &result),
        }
        Some(result)
    }

    /// Stores an inserted value in memory, and replaces the value in the tier without a wait: by
    /// the bytes, or by nothing without them. If that fails, the value in the tier is removed
    /// later.
    pub(super) fn insert(mut self) {
        let (now, ttl) = (clock::now(), self.millis_left());
        let SharedComputation { function, registered, tier, key, listener, epoch, .. } =
            &*self.computation;
        let bytes = self.bytes.take();
        let deadline = self.computation.deadline(now, self.expires_at, bytes.is_some());
        listener.record_sent(self.expires_at);
        let (function, registered, epoch) = (*function, *registered, *epoch);
        let (to_tier, sent_key, is_stored) = (tier.clone(), key.clone(), bytes.is_some());
        let then = move |is_done: bool| {
            if !is_done {
                to_tier.queue_removal(sent_key.name(), function.parts);
                if to_tier.link_epoch(&sent_key, registered).is_some_and(|now| Some(now) != epoch) {
                    // A later connection may have read the value that it was to replace.
                    registered.invalidate(sent_key.hash());
                }
            } else if is_stored {
                to_tier.counters().stores.count();
                function.counters.stores.count();
            }
        };
        let value = NewValue { key, bytes: bytes.as_deref(), ttl, then: Box::new(then) };
        tier.clone().insert(vec![value]);
        self.computation.invalidate_siblings();
        if let Some((miss, value)) = self.pending.take() {
            let result = O::from_stored(&value.0);
            miss.store_until(value, (now, deadline), self.elapsed, &result);
        }
    }
}

impl<K: 'static, R, O: Outcome<R>, C, G> Drop for PendingStore<K, R, O, C, G> {
    fn drop(&mut self) {
        if self.pending.is_none() {
            return;
        }
        let is_wanted = self.is_decided || self.send();
        let reply = match self.reply.as_mut().map(|reply| reply.take()) {
            Some(Some(reply)) => reply,
            // The key has changed before it was sent.
            None if !is_wanted => Ok(Stored::Revoked),
            // In memory for `l1_ttl`, until the tier replies. Nothing has failed.
            _ => Err(Failure::Down),
        };
        drop(self.apply_reply(reply));
    }
}
