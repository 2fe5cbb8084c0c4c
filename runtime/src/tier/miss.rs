//! [`SharedMissGuard`], the right to compute a result, to store it and to share it.
//!
//! It is a [`MissGuard`] with a [`Destination`]. How a result reaches the tier is in `store`.

use std::marker::PhantomData;
use std::pin::Pin;

use super::checked::CheckedCodec;
use super::computation::Destination;
use super::store::PendingStore;
use crate::base::clock;
use crate::base::info::CacheStatus;
use crate::base::switch;
use crate::function::body_run::BodyFuture;
use crate::function::entry::{Compute, Finish};
use crate::function::miss::{MissGuard, Purpose, Runner};
use crate::inflight::parker::block_on;
use crate::types::keep::{Decide, Keep};
use crate::types::result::Outcome;
use crate::types::storable::Process;
use crate::types::weight::Weigh;

/// The right to share a result of a cache with these keys and this outcome.
pub(super) type SharedMissOf<K, R, O, C, G> =
    SharedMissGuard<K, <O as Outcome<R>>::Value, <O as Outcome<R>>::WaiterValue, O, C, G>;

/// The right to compute a result, to store it and to share it.
#[must_use = "the result is stored by `finish`"]
pub struct SharedMissGuard<K: 'static, V: 'static, W: 'static, O, C, G> {
    // Dropped first: this gives up the lease, before the next waiter requests it.
    pub(super) destination: Destination,
    pub(super) miss: MissGuard<Process, K, V, W, O, G>,
    codec: PhantomData<fn() -> C>,
}

impl<K: 'static, V: 'static, W: 'static, O, C, G> SharedMissGuard<K, V, W, O, C, G> {
    /// Makes the guard of a computation whose body has not started.
    pub(super) fn new(miss: MissGuard<Process, K, V, W, O, G>, destination: Destination) -> Self {
        SharedMissGuard { destination, miss, codec: PhantomData }
    }

    /// Makes the guard of a computation whose body starts now.
    pub(super) fn start(
        mut miss: MissGuard<Process, K, V, W, O, G>,
        destination: Destination,
        runner: Runner,
    ) -> Self {
        miss.start_body(runner);
        SharedMissGuard::new(miss, destination)
    }
}

impl<K: 'static, V: 'static, W: 'static, O, C: CheckedCodec<V>, G>
    SharedMissGuard<K, V, W, O, C, G>
{
    /// Same as `finish`, for a task.
    ///
    /// # Errors
    ///
    /// The future to await, if the result is still to be stored. It holds no error of the function.
    #[allow(clippy::type_complexity)]
    pub fn finish_async<R>(
        self,
        result: R,
    ) -> Result<(R, CacheStatus), Pin<Box<impl Future<Output = (R, CacheStatus)>>>>
    where
        O: Outcome<R, Value = V, WaiterValue = W>,
        G: Weigh<K, R>,
    {
        self.finish_async_if(result, |_: &R| true)
    }

    /// Same as `finish_if`, for a task.
    ///
    /// # Errors
    ///
    /// See [`SharedMissGuard::finish_async`].
    #[allow(clippy::type_complexity)]
    pub fn finish_async_if<R>(
        self,
        result: R,
        cache_if: impl Decide<R>,
    ) -> Result<(R, CacheStatus), Pin<Box<impl Future<Output = (R, CacheStatus)>>>>
    where
        O: Outcome<R, Value = V, WaiterValue = W>,
        G: Weigh<K, R>,
    {
        self.finish_in_memory(result, cache_if).map_err(|store| Box::pin(store.run()))
    }

    /// Stores the result in memory, if the tier is not to store it.
    ///
    /// # Errors
    ///
    /// The store of a result that goes into the tier first.
    #[allow(clippy::type_complexity, clippy::result_large_err)]
    pub(super) fn finish_in_memory<R>(
        self,
        result: R,
        cache_if: impl Decide<R>,
    ) -> Result<(R, CacheStatus), PendingStore<K, R, O, C, G>>
    where
        O: Outcome<R, Value = V, WaiterValue = W>,
        G: Weigh<K, R>,
    {
        let SharedMissGuard { mut miss, destination, .. } = self;
        let elapsed = miss.stop_timer();
        let within = miss.enter_computation();
        if matches!(destination, Destination::Memory) {
            drop(within);
            return Ok(miss.finish_timed(elapsed, result, cache_if));
        }
        if switch::is_off() {
            // Dropping the destination gives up the lease.
            miss.finish_waiters_only(elapsed.into(), &result);
            return Ok((result, CacheStatus::Miss));
        }
        let keep = match O::should_store(&result) {
            true => cache_if.decide(&result),
            false => Keep::No,
        };
        let should_store = keep.is_stored();
        // Before anything is sent: a user's `weight` may panic.
        let weight = if should_store { miss.weight(&result) } else { 0 };
        let value = if should_store { O::to_stored(&result) } else { None };
        let (value, computation) = match (value, destination) {
            (Some(value), Destination::MemoryFor(l1_ttl)) => {
                let now = clock::now();
                let deadline = now.saturating_add(clock::nanos(l1_ttl));
                let deadline = deadline.min(miss.cache().deadline(keep, now));
                let status = miss.status_of(weight);
                miss.store_until((value, weight), (now, deadline), elapsed, &result);
                return Ok((result, status));
            }
            (Some(value), Destination::SecondTier(computation)) => (value, computation),
            // Dropping the destination gives up the lease.
            _ => return Ok(miss.finish_timed(elapsed, result, |_: &R| false)),
        };
        let bytes = C::encode_unchanged(&value, computation.tier.settings().value_cap);
        let bytes = bytes.map_err(|why| computation.count_unshared(why)).ok();
        drop(within);
        let (purpose, status) = (miss.purpose(), miss.status_of(weight));
        let has_lease = computation.lease.is_some() && computation.may_store;
        let store = PendingStore::new(miss, (value, weight, keep), elapsed, computation, bytes);
        let has_bytes = store.bytes.is_some();
        match purpose {
            Purpose::Insert => {
                store.insert();
                Ok((result, CacheStatus::Miss))
            }
            // The value in the tier is outdated all the same.
            Purpose::Refresh if !has_bytes => {
                store.insert();
                Ok((result, CacheStatus::Miss))
            }
            Purpose::Call | Purpose::Background | Purpose::Refresh if has_bytes && has_lease => {
                Err(store)
            }
            Purpose::Call | Purpose::Background | Purpose::Refresh => {
                if purpose == Purpose::Refresh {
                    store.computation.queue_removal();
                }
                store.store_for_l1_ttl(&result);
                Ok((result, status))
            }
        }
    }
}

impl<K: 'static, V: 'static, W: 'static, O, C, G> Compute for SharedMissGuard<K, V, W, O, C, G> {
    fn run<'a, F: Future>(&'a self, body: Pin<&'a mut F>) -> BodyFuture<'a, F> {
        self.miss.run(body)
    }

    fn begin_refresh(&mut self) -> bool {
        self.miss.begin_refresh()
    }

    fn run_refresh<T>(&self, body: impl FnOnce() -> T) -> T {
        self.miss.run_refresh(body)
    }

    #[cfg(feature = "tracing")]
    fn trace(&self, arguments: &[(&str, &dyn std::fmt::Debug)]) {
        self.miss.trace(arguments);
    }
}

impl<K, V, W, R, O, C, G> Finish<R> for SharedMissGuard<K, V, W, O, C, G>
where
    K: 'static,
    V: 'static,
    W: 'static,
    O: Outcome<R, Value = V, WaiterValue = W>,
    C: CheckedCodec<V>,
    G: Weigh<K, R>,
{
    fn finish(self, result: R) -> (R, CacheStatus) {
        self.finish_if(result, |_: &R| true)
    }

    // Blocks the thread until the tier has replied.
    fn finish_if(self, result: R, cache_if: impl Decide<R>) -> (R, CacheStatus) {
        match self.finish_in_memory(result, cache_if) {
            Ok(finished) => finished,
            Err(store) => block_on(store.run()),
        }
    }
}
