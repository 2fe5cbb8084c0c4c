//! [`Shared`], the engine that all threads use: the table with its types, the writer's mutex, and
//! readers.
//!
//! The protocol of readers and writers is in the documentation of [`Shared`].

#![allow(unsafe_code)]

use std::marker::PhantomData;
use std::ops::Range;

use super::counters::{Discarded, Elapsed};
use super::limbo::Reclaim;
use super::pin::{CompactPin, Position, SharedPin};
use super::shim::Mutex;
use super::stripes::{Backoff, Stripe};
use super::table::{Table, Writer};
use super::thread::{self, CallerThread, Leader, ReadScope, STRIPES};
use super::types::{
    Compared, Complete, Config, Ended, Engine, Fingerprint, Garbage, InFlightId, OnExisting,
    Reentrant, Snapshot, Start, Started, Times,
};
use super::wait_lists::WaitLists;

/// An engine for any number of threads.
///
/// # Protocol
///
/// A **reader** pins: it holds its stripe by a compare-and-swap of the stripe's word, which says
/// from then on that it *searches*. It loads an array of buckets, a slot's number from a bucket or
/// from the link of another slot, the block of that slot, and the slot's state. If the state is
/// that of an item with the fingerprint, it reads the key. Once it has found an entry and logged
/// its hit, it stores in its word that it *clones* that one slot, by its address, and reads the
/// value (or the key, to weigh an entry). At the end it frees the word.
///
/// A **writer** holds the mutex. It alone changes slots, buckets and links. It writes a key or a
/// value only into a slot whose state lets no reader read it, and publishes it by storing the
/// state.
///
/// An object that a writer makes unreachable (a slot that it marks as retired, an array that it
/// replaces, the storage that a clear takes out) is **retired**. It is **reclaimed** (dropped,
/// freed, used again) when the writer has seen each stripe, after that, free, or cloning another
/// slot.
///
/// That is safe: the reader's compare-and-swap and its loads of arrays, blocks and states, and the
/// writer's stores that retire and its loads of the words, are `SeqCst`, so all of them have one
/// order. If the writer's load of a word comes before the reader's compare-and-swap, then the
/// reader's loads come after the writer's store, and it does not find the retired object. Else the
/// writer sees that the reader searches, or a later word. A later word was stored with `Release`,
/// and the writer's load acquires it: all that the reader did before is over.
///
/// Several threads may read a key or a value at once, and another one than its maker may drop it.
/// So both are `Send + Sync`.
///
/// **User code** runs within a pin (`Eq` of keys while it searches, `Clone` of a value and a weight
/// of key and result while it clones), never with the mutex held. Within a pin a thread waits for
/// no reader and no computation, see [`Reentrant`]. It may wait for the mutex, since a writer that
/// holds it waits for no reader.
pub struct Shared<K, V, F> {
    pub(super) table: Table,
    pub(super) writer: Mutex<(Writer, WaitLists<F>)>,
    types: PhantomData<(K, V)>,
}

// SAFETY: keys and values are shared and dropped by any thread, see the protocol: `Send + Sync`. An
// `F` is reached with the mutex held.
unsafe impl<K: Send + Sync, V: Send + Sync, F: Send> Sync for Shared<K, V, F> {}
// SAFETY: it owns its keys, values and wait lists.
unsafe impl<K: Send, V: Send, F: Send> Send for Shared<K, V, F> {}

impl<K: 'static, V: 'static, F: Clone + 'static> Shared<K, V, F> {
    /// Same as `Engine::maintain`, unless within a pin.
    #[cold]
    #[inline(never)]
    fn maintain_after_start(&self) {
        if !ReadScope::is_active() {
            self.maintain(&mut Garbage::new());
        }
    }
}

impl<K: 'static, V: 'static, F: Clone + 'static> Engine<K, V, F> for Shared<K, V, F> {
    type Position = Position<K, V>;
    type Pin<'a> = SharedPin<'a, K, V>;
    /// The number of a slot.
    type Place = u32;
    type Places = Range<u32>;
    type CompactPin<'a> = CompactPin<'a>;

    fn new(config: &Config) -> Self {
        let (table, writer) = Table::new::<K, V>(config);
        Shared { table, writer: Mutex::new((writer, WaitLists::new())), types: PhantomData }
    }

    #[inline(always)]
    fn pin(&self) -> Option<SharedPin<'_, K, V>> {
        let stripe = self.table.stripes.get(thread::stripe())?.try_pin()?;
        Some(SharedPin::new(&self.table, stripe, false))
    }

    #[inline(always)]
    fn pack<'a>(&'a self, pin: SharedPin<'a, K, V>) -> CompactPin<'a> {
        pin.pack()
    }

    #[inline(always)]
    fn unpack<'a>(&'a self, pin: CompactPin<'a>) -> SharedPin<'a, K, V> {
        SharedPin::unpack(&self.table, pin)
    }

    fn pin_slow(&self) -> Result<SharedPin<'_, K, V>, Reentrant> {
        /// After this many attempts another stripe is tried: the reader may be in a user's `Clone`.
        const ATTEMPTS: usize = 8;
        let caller = CallerThread::current();
        let mut backoff = Backoff::default();
        for attempt in 0_usize.. {
            let hops = attempt / ATTEMPTS;
            let index = caller.stripe.wrapping_add(hops) % STRIPES;
            let mut stripe = self.table.stripes.get(index);
            if stripe.is_none() {
                self.table.make_stripe(&mut self.writer.lock().0, index);
                stripe = self.table.stripes.get(index);
            }
            if let Some(pin) = stripe.and_then(Stripe::try_pin) {
                return Ok(SharedPin::new(&self.table, pin, ReadScope::is_active()));
            }
            if !caller.may_block {
                break;
            }
            backoff.wait();
        }
        Err(Reentrant)
    }

    #[inline]
    fn start(
        &self,
        pin: Option<SharedPin<'_, K, V>>,
        mut start: Start<'_, K, F>,
        garbage: &mut Garbage<K, V>,
    ) -> Result<Started<F>, Reentrant> {
        let (mut guard, was_waited_for) = self.lock_from(pin);
        let (writer, lists) = &mut *guard;
        if !self.table.is_covered(start.fingerprint, start.compared) {
            return Ok(Started::NotCompared);
        }
        let group = start.compared.equal.filter(|&group| {
            self.table.find_in_group(start.fingerprint, group, |_, _| true).is_some()
        });
        let mut started = None;
        if let Some(group) = group
            && start.on_existing == OnExisting::Keep
        {
            started = self.find_started(writer, lists, &start, group);
        }
        let started = started.unwrap_or_else(|| {
            let id = self.start_in_flight(writer, &mut start, group);
            if id.is_some() {
                writer.counters.misses += u64::from(start.counts_miss);
            }
            id.map_or(Started::Full, Started::Compute)
        });
        let when = if group.is_some() { Reclaim::Urgently } else { Reclaim::Now };
        self.unlock(guard, when, garbage);
        if was_waited_for {
            self.maintain_after_start();
        }
        Ok(started)
    }

    #[inline]
    fn start_first(
        &self,
        pin: SharedPin<'_, K, V>,
        fingerprint: Fingerprint,
        key: K,
        leader: Leader,
    ) -> Result<InFlightId, K> {
        let (mut guard, was_waited_for) = self.lock_from(Some(pin));
        let writer = &mut guard.0;
        if !self.table.is_absent(fingerprint) {
            return Err(key);
        }
        let Some(number) = self.table.allocate(writer) else { return Err(key) };
        let Some((item, slot)) = self.slot(number) else { return Err(key) };
        self.write_key(item, key);
        let manner = (leader, OnExisting::Keep);
        let id = self.table.publish_in_flight(writer, slot, fingerprint, None, manner);
        writer.counters.misses += 1;
        drop(guard);
        if was_waited_for {
            self.maintain_after_start();
        }
        Ok(id)
    }

    #[inline]
    fn complete_sole(
        &self,
        id: InFlightId,
        value: V,
        elapsed: Elapsed,
        garbage: &mut Garbage<K, V>,
    ) -> Result<Option<u64>, V> {
        if !self.table.is_plain {
            return Err(value);
        }
        let (mut guard, when) = self.lock_contended();
        let writer = &mut guard.0;
        // Under the mutex, since a clear takes the slots out. If it has, or if an invalidation has
        // removed the computation, `complete` discards the result.
        let Some((item, slot)) = self.slot(id.slot()).filter(|(_, slot)| slot.is_sole(id)) else {
            return Err(value);
        };
        let sampling_mask = writer.counters.count(elapsed);
        self.table.make_room(writer, id, 0, 0);
        self.publish(writer, (item, slot), value);
        self.unlock(guard, when, garbage);
        Ok(sampling_mask)
    }

    #[cold]
    fn complete(
        &self,
        id: InFlightId,
        complete: Complete<V>,
        garbage: &mut Garbage<K, V>,
    ) -> Result<Ended<F>, Reentrant> {
        let mut guard = self.writer.lock();
        let (writer, lists) = &mut *guard;
        let Complete { value, elapsed, weight, deadline, times } = complete;
        let sampling_mask = writer.counters.count(elapsed);
        let wait_list = lists.take(id.generation);
        let calls = self.table.other_calls(id);
        let others = calls.into_iter().filter_map(|call| lists.take(call)).collect();
        let is_stored = self.admit(writer, id, weight, times);
        match self.slot(id.slot()).filter(|_| is_stored) {
            Some(slot) => {
                let now = times.map_or(0, |times| times.now);
                self.table.make_room(writer, id, weight, now);
                self.table.set_bounds(writer, id.slot(), deadline, weight);
                self.publish(writer, slot, value);
            }
            None => garbage.push(None, Some(value)),
        }
        self.unlock(guard, Reclaim::Urgently, garbage);
        Ok(Ended { wait_list, others, sampling_mask })
    }

    fn discard(
        &self,
        id: InFlightId,
        discarded: Discarded,
        superseded: Option<u64>,
        garbage: &mut Garbage<K, V>,
    ) -> Result<Ended<F>, Reentrant> {
        let mut guard = self.writer.lock();
        let (writer, lists) = &mut *guard;
        let sampling_mask = writer.counters.count_discarded(discarded);
        if let (Some(now), Some(group)) = (superseded, self.table.group_of(id)) {
            self.table.expire_group(writer, id.fingerprint(), group, now);
        }
        self.reject(writer, id);
        // So that hits before and after it have an order, as those before and after a result do.
        self.table.raise_epoch();
        let wait_list = lists.take(id.generation);
        self.unlock(guard, Reclaim::Urgently, garbage);
        Ok(Ended { wait_list, others: Vec::new(), sampling_mask })
    }

    fn remove(
        &self,
        fingerprint: Fingerprint,
        compared: &Compared,
        times: Option<Times>,
        garbage: &mut Garbage<K, V>,
    ) -> Result<Option<bool>, Reentrant> {
        let mut guard = self.writer.lock();
        let writer = &mut guard.0;
        if !self.table.is_covered(fingerprint, compared) {
            return Ok(None);
        }
        let Some(group) = compared.equal else { return Ok(Some(false)) };
        if let Some(times) = times {
            self.table.expire_group(writer, fingerprint, group, times.now);
        }
        let has_entry = self.table.remove_group(writer, fingerprint, group);
        self.table.raise_epoch();
        self.unlock(guard, Reclaim::Urgently, garbage);
        Ok(Some(has_entry))
    }

    fn places(&self) -> Result<Range<u32>, Reentrant> {
        Ok(self.slots())
    }

    fn remove_found(
        &self,
        pin: SharedPin<'_, K, V>,
        position: Position<K, V>,
        times: Option<Times>,
        garbage: &mut Garbage<K, V>,
    ) -> Result<bool, Reentrant> {
        Ok(self.remove_pinned(pin, position, times, garbage))
    }

    fn uncount_join(&self, cleared_at: u64) -> Result<bool, Reentrant> {
        let mut guard = self.writer.lock();
        let writer = &mut guard.0;
        let is_counted = writer.cleared_at == cleared_at;
        writer.counters.joined -= u64::from(is_counted);
        Ok(is_counted)
    }

    fn clear(
        &self,
        resets: bool,
        now: Option<u64>,
        before: &mut dyn FnMut(&Snapshot),
    ) -> Result<(), Reentrant> {
        let times = now.map(|now| Times { now, stale: u64::MAX, purge_cutoff: 0 });
        let mut garbage = Garbage::new();
        let mut guard = self.lock_noting_expired(times, &mut garbage);
        let writer = &mut guard.0;
        let shown = self.table.snapshot(writer, times);
        before(&shown);
        self.table.clear(writer);
        if resets {
            self.table.reset_counters(writer);
        } else {
            writer.counters.expirations += shown.expired as u64;
        }
        // Also of an outer pin of this thread, which drops the garbage when it leaves.
        self.table.request_attention(writer);
        drop(guard);
        self.drop_cleared();
        Ok(())
    }

    fn snapshot(
        &self,
        times: Option<Times>,
        show: &mut dyn FnMut(&Snapshot),
        garbage: &mut Garbage<K, V>,
    ) -> Result<(), Reentrant> {
        let guard = self.lock_noting_expired(times, garbage);
        show(&self.table.snapshot(&guard.0, times));
        self.unlock(guard, Reclaim::Urgently, garbage);
        Ok(())
    }

    fn find_settled(
        &self,
        pin: &SharedPin<'_, K, V>,
        fingerprint: Fingerprint,
        mut key_eq: impl FnMut(&K) -> bool,
    ) -> Option<Position<K, V>> {
        let mut before = 0;
        loop {
            let changes = match pin.find_or_changes(fingerprint, &mut key_eq) {
                Ok(position) => return Some(position),
                Err(changes) => changes,
            };
            if changes == before {
                return None;
            }
            before = changes;
            // A writer removes the old entry before it publishes the new one, both with the mutex
            // held, under which no user code runs.
            drop(self.writer.lock());
        }
    }

    fn rough_snapshot(&self) -> Snapshot {
        self.table.rough_snapshot()
    }

    #[cold]
    fn maintain(&self, garbage: &mut Garbage<K, V>) {
        let guard = self.writer.lock();
        self.table.raise_epoch();
        self.table.stripes.iter().for_each(Stripe::forget_request);
        let has_arenas = guard.0.limbo.arenas() > 0;
        self.unlock(guard, Reclaim::Urgently, garbage);
        if has_arenas {
            self.drop_cleared();
        }
    }
}

impl<K, V, F> Drop for Shared<K, V, F> {
    fn drop(&mut self) {
        // A `&mut self` has no readers.
        self.table.arena.drop_items::<K, V>();
        self.writer.get_mut().0.limbo.drop_arenas::<K, V>();
    }
}
