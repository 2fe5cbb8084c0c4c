//! The lookup of a call: it reads a value, takes the lease, or waits for the holder of the lease.

use std::mem;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use super::checked::CheckedCodec;
use super::computation::SharedComputation;
use super::counters::{Counter, Counters};
use super::lease::{Lease, LeaseWait, Patience};
use super::second_tier::{Acquired, Acquisition, Found, OnValue};
use crate::base::clock;
use crate::function::miss::Runner;

/// The maximum number of reads of a value that changes while it is read.
const MAX_READS: usize = 4;

/// The outcome of a lookup in the tier.
pub(super) enum SharedLookup<V> {
    /// There is a value.
    Hit {
        value: V,
        /// In nanoseconds of the clock, counted from the query: the tier counts from then on, or
        /// later.
        expires_at: u64,
    },
    /// There is no value that this function can use.
    Compute,
    /// Unknown: the tier does not say.
    Unavailable,
    /// Another process computes it, and the call waits for that no longer.
    Leased,
}

impl SharedComputation {
    /// Reads the value. Without one, becomes the process that computes, or waits for that process.
    /// Reads, and if reads mostly find nothing, requests the lease in the same query.
    pub(super) async fn read_or_acquire<V, C: CheckedCodec<V>>(
        &mut self,
        patience: Patience,
        runner: Runner,
    ) -> SharedLookup<V> {
        if self.registered.mostly_misses() && self.tier.may_store(&self.key) {
            return self.acquire_lease::<V, C>(patience, runner, true).await;
        }
        match self.read::<V, C>(runner, true).await {
            SharedLookup::Compute if self.may_store => {
                self.acquire_lease::<V, C>(patience, runner, false).await
            }
            // Without the lease: the result is not stored, so no call need wait for it.
            lookup => lookup,
        }
    }

    /// Reads the value. Only a call's first query counts what it does not find.
    async fn read<V, C: CheckedCodec<V>>(
        &mut self,
        runner: Runner,
        is_first: bool,
    ) -> SharedLookup<V> {
        for read in 0..MAX_READS {
            let _ = self.listener.take_changed();
            // A removal is not confirmed: the value is outdated.
            if self.tier.excludes(&self.key, self.function.parts) {
                return SharedLookup::Unavailable;
            }
            let asked_at = clock::now();
            let answer = self.tier.clone().read(&[&self.key], runner).await;
            let found = self.answer(answer).and_then(|mut found| found.pop());
            let Some(found) = found else { return SharedLookup::Unavailable };
            let lookup = self.decode::<V, C>(&found, asked_at, is_first && read == 0);
            if self.is_current(&lookup) {
                return lookup;
            }
        }
        // It changes all the time.
        SharedLookup::Compute
    }

    /// Decodes the answer to a query that was sent at `asked_at`.
    fn decode<V, C: CheckedCodec<V>>(
        &mut self,
        found: &Found,
        asked_at: u64,
        is_first: bool,
    ) -> SharedLookup<V> {
        self.may_store = true;
        self.is_unusable = !matches!(found, Found::Nothing);
        let unusable = |counter: fn(&Counters) -> &Counter, why| {
            if is_first {
                self.count(counter);
                self.function.report_skipped(why);
            }
        };
        match found {
            Found::Value(bytes, millis) => {
                let nanos = millis.map(|millis| millis.saturating_mul(1_000_000));
                let expires_at = nanos.map_or(u64::MAX, |nanos| asked_at.saturating_add(nanos));
                self.listener.record_value(asked_at, expires_at);
                match C::decode(bytes) {
                    Some(value) => return SharedLookup::Hit { value, expires_at },
                    None => {
                        unusable(|counters| &counters.undecodable, "not what the function returns");
                        self.may_store =
                            !self.registered.is_young(self.key.hash(), nanos, asked_at);
                    }
                }
            }
            Found::Nothing => (),
            Found::TooLarge => unusable(|counters| &counters.too_large, "too large"),
            Found::OtherType => {
                unusable(|counters| &counters.undecodable, "of another type");
                // Another program uses the key.
                self.may_store = false;
            }
            // The tier has recorded that.
            Found::Refused => return SharedLookup::Unavailable,
        }
        if is_first {
            self.count(|counters| &counters.shared_misses);
            self.registered.record_read(true);
        }
        SharedLookup::Compute
    }

    /// Whether the key has not changed since it was queried. From then on a change discards the
    /// value.
    fn is_current<V>(&self, lookup: &SharedLookup<V>) -> bool {
        match lookup {
            SharedLookup::Hit { .. } => {
                let is_current = self.listener.commit_read();
                if is_current {
                    self.count(|counters| &counters.shared_hits);
                    self.registered.record_read(false);
                }
                is_current
            }
            _ => !self.listener.take_changed(),
        }
    }

    /// Becomes the process that computes, or finds the value that another one has stored.
    async fn acquire_lease<V, C: CheckedCodec<V>>(
        &mut self,
        patience: Patience,
        runner: Runner,
        mut is_first: bool,
    ) -> SharedLookup<V> {
        let mut wait = LeaseWait::new(patience, self.tier.settings().lease);
        loop {
            // The answer contains all changes so far.
            let _ = self.listener.take_changed();
            if self.tier.excludes(&self.key, self.function.parts) {
                return SharedLookup::Unavailable;
            }
            let mut lease = Lease::requested(&self.tier, &self.key);
            let asked_at = clock::now();
            let on_value = match is_first {
                true => OnValue::Read,
                false if self.is_unusable => OnValue::Take,
                // The call has just read, and found nothing.
                false => OnValue::Leave,
            };
            let answer = self.tier.clone().acquire_lease(&self.key, &lease.token, on_value).await;
            let Some(Acquired { lease: acquired, found }) = self.answer(answer) else {
                return SharedLookup::Unavailable;
            };
            let is_taken = matches!(acquired, Acquisition::Taken);
            lease.is_held = is_taken;
            let lookup = self.decode::<V, C>(&found, asked_at, mem::take(&mut is_first));
            if self.is_current(&lookup) {
                match lookup {
                    SharedLookup::Compute if !self.may_store => return SharedLookup::Compute,
                    SharedLookup::Compute if is_taken => {
                        lease.keep();
                        self.lease = Some(lease);
                        return SharedLookup::Compute;
                    }
                    SharedLookup::Compute => (),
                    lookup => return lookup,
                }
            }
            drop(lease);
            let Acquisition::Held { holder, millis } = acquired else {
                // A value was removed or stored meanwhile, or is none that this function can use.
                if wait.is_over() && !matches!(acquired, Acquisition::Found) {
                    return SharedLookup::Unavailable;
                }
                if on_value == OnValue::Leave && matches!(acquired, Acquisition::Found) {
                    let lookup = self.read::<V, C>(runner, false).await;
                    if !matches!(lookup, SharedLookup::Compute) {
                        return lookup;
                    }
                    self.is_unusable = true;
                }
                continue;
            };
            if !self.should_wait(&mut wait, holder, Duration::from_millis(millis)) {
                return SharedLookup::Leased;
            }
            if self.wait_for_change(wait.next_request()).await {
                let lookup = self.read::<V, C>(runner, false).await;
                if !matches!(lookup, SharedLookup::Compute) {
                    return lookup;
                }
            }
        }
    }

    /// Whether to wait for the holder of the lease, which lasts for that long.
    fn should_wait(&self, wait: &mut LeaseWait, holder: String, remaining: Duration) -> bool {
        let hash = self.key.hash();
        if self.registered.has_outwaited(hash, &holder) {
            return false;
        }
        let should_wait = wait.should_wait(&holder, remaining);
        if !should_wait && wait.is_time_up() {
            self.registered.outwait(hash, holder);
        }
        should_wait
    }

    /// Waits until the key or the link changes, or until then. Returns whether the key has changed.
    async fn wait_for_change(&self, until: Instant) -> bool {
        let poll = |context: &mut Context<'_>| match self.listener.poll_changed(context) {
            Poll::Ready(()) => Poll::Ready(true),
            Poll::Pending if !self.is_same_epoch() || !self.tier.is_usable() => Poll::Ready(false),
            Poll::Pending => Poll::Pending,
        };
        self.tier.timer().until(until, poll).await.unwrap_or(false)
    }
}
