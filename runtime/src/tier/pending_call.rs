//! [`PendingSharedCall`], a call that found nothing in memory: it reads from the tier, waits for
//! another call of the same key, or computes.
//!
//! Each query has a limit, so the call has a result whatever the tier does.

use std::future::poll_fn;
use std::marker::PhantomData;
use std::mem;
use std::pin::Pin;
use std::task::{Context, Poll};

use super::checked::CheckedCodec;
use super::computation::{CacheOf, Destination, MissOf, SharedComputation};
use super::lease::Patience;
use super::lookup::SharedLookup;
use super::miss::{SharedMissGuard, SharedMissOf};
use super::shared_function::SharedFunction;
use crate::base::clock;
use crate::base::info::CacheStatus;
use crate::base::single_flight::SingleFlight;
use crate::cache::{AfterMiss, Cache, MemoryTier, PendingCall, Step};
use crate::engine::{Discarded, Elapsed};
use crate::function::entry::Found;
use crate::function::find::CacheIn;
use crate::function::miss::{MissGuard, Purpose, Runner};
use crate::types::keep::Decide;
use crate::types::key_writer::KeyWriter;
use crate::types::result::Outcome;
use crate::types::storable::Process;
use crate::types::tag::{Tags, WriteTags};
use crate::types::weight::Weigh;

/// A result with its status, or the right to compute it.
pub(super) type Resolved<K, R, O, C, G> = Found<R, SharedMissOf<K, R, O, C, G>>;

/// A call that found nothing in memory.
#[must_use = "it is resolved, and then finished"]
pub struct PendingSharedCall<K: 'static, R, O: Outcome<R>, C, W, P, G, T> {
    pub(super) after_miss: AfterMiss<K, O::WaiterValue>,
    pub(super) cache: &'static CacheOf<K, R, O>,
    pub(super) function: &'static SharedFunction,
    /// Writes the key in the tier.
    pub(super) key: W,
    pub(super) cache_if: P,
    pub(super) weigher: G,
    pub(super) tagger: T,
    pub(super) codec: PhantomData<fn() -> C>,
}

impl<K, R, O, C, W, P, G, T> PendingSharedCall<K, R, O, C, W, P, G, T>
where
    K: 'static,
    O: Outcome<R>,
    C: CheckedCodec<O::Value>,
    W: FnOnce(&mut KeyWriter<'_>),
    P: Decide<R>,
    G: Weigh<K, R>,
    T: WriteTags,
    CacheOf<K, R, O>: CacheIn<Process> + MemoryTier,
{
    /// Reads from the tier, waits for another call of the same key, or computes.
    // In a box: a caller's future has room for it, also if all its calls are hits.
    #[allow(clippy::type_complexity)]
    pub fn resolve(self) -> Pin<Box<impl Future<Output = Resolved<K, R, O, C, G>>>> {
        Box::pin(self.resolve_for(Runner::Task))
    }

    /// Same as [`PendingSharedCall::resolve`], for a thread or a task.
    pub(super) async fn resolve_for(self, runner: Runner) -> Resolved<K, R, O, C, G> {
        let PendingSharedCall {
            after_miss, cache, function, key, cache_if, weigher, tagger, ..
        } = self;
        let guard = |id| MissGuard::new(cache, id, weigher, Purpose::Call, runner);
        let compute = |miss, destination| SharedMissGuard::start(miss, destination, runner);
        let AfterMiss::Pending(mut call) = after_miss else {
            return Err(compute(guard(None), Destination::Memory));
        };
        let uncounted = Uncounted(cache);
        wait_until_tracked(function, cache).await;
        // The steps count the call, or let it wait, and count it then.
        mem::forget(uncounted);
        let miss = loop {
            match cache.step::<R, O>(&mut call) {
                Step::Hit(result, status) => return Ok((result, status)),
                Step::Compute(None) => return Err(compute(guard(None), Destination::Memory)),
                Step::Compute(id) => break guard(id),
                Step::Wait => (),
            }
            poll_fn(|context| call.poll_wait(context)).await;
        };
        let uncounted = Uncounted(cache);
        let tags = attach_tags(&miss, tagger);
        let mut computation = match SharedComputation::start(function, &miss, key, tags) {
            Ok(computation) => computation,
            Err(destination) => {
                drop(uncounted);
                return Err(compute(miss, destination));
            }
        };
        let patience = call.patience(cache.single_flight());
        match computation.read_or_acquire::<O::Value, C>(patience, runner).await {
            SharedLookup::Hit { value, expires_at } => {
                mem::forget(uncounted);
                let result = finish_hit(miss, &computation, value, expires_at, cache_if);
                Ok((result, CacheStatus::Shared))
            }
            SharedLookup::Compute | SharedLookup::Unavailable => {
                drop(uncounted);
                computation.listener.stop_rereading();
                Err(compute(miss, Destination::SecondTier(computation)))
            }
        }
    }
}

/// Tags a computation, before it reads or starts, and returns its tags.
pub(super) fn attach_tags<K, R, O, G>(miss: &MissOf<K, R, O, G>, tagger: impl WriteTags) -> Tags
where
    K: 'static,
    O: Outcome<R>,
    CacheOf<K, R, O>: CacheIn<Process> + MemoryTier,
{
    let tags = tagger.write();
    if let Some(id) = miss.id().filter(|_| !tags.as_slice().is_empty()) {
        miss.cache().tag(id, &tags);
    }
    tags
}

/// Stores a value that was found in the tier in memory, unless `cache_if` refuses it.
fn finish_hit<K, R, O, G>(
    miss: MissOf<K, R, O, G>,
    computation: &SharedComputation,
    value: O::Value,
    expires_at: u64,
    cache_if: impl Decide<R>,
) -> R
where
    K: 'static,
    O: Outcome<R>,
    G: Weigh<K, R>,
{
    let _within = miss.enter_computation();
    let cache = miss.cache();
    cache.count_shared_hit();
    let result = O::from_stored(&value);
    let keep = cache_if.decide(&result);
    if keep.is_stored() {
        let weight = miss.weight(&result);
        let now = clock::now();
        let deadline = cache.deadline(keep, now).min(expires_at);
        let deadline = computation.deadline(now, deadline, true);
        miss.store_until((value, weight), (now, deadline), Elapsed::NotRun, &result);
        computation.recheck_tracking(now);
    } else {
        let refused = Discarded { is_refused: true, ..Elapsed::NotRun.into() };
        miss.finish_waiters_only(refused, &result);
    }
    result
}

impl<K, W> PendingCall<K, W> {
    /// Returns for how long it waits for another process.
    fn patience(&mut self, single_flight: SingleFlight) -> Patience {
        match self.deadline(single_flight) {
            // The call must not wait, or waits for a call of this process.
            _ if !self.may_join() => Patience::None,
            Some(deadline) => Patience::Until(deadline),
            None => Patience::Lease,
        }
    }
}

/// A call that is not counted yet. If it is dropped, as by a panic or a cancellation, it is a miss.
struct Uncounted<K: 'static, V: 'static, W: 'static>(&'static Cache<K, V, W, Process>);

impl<K: 'static, V: 'static, W: 'static> Drop for Uncounted<K, V, W> {
    fn drop(&mut self) {
        self.0.count_miss();
    }
}

/// Waits for the first connection, and then until changes to the function's keys are reported: its
/// first call registers it.
pub(super) async fn wait_until_tracked<K, V, W>(
    function: &'static SharedFunction,
    cache: &'static Cache<K, V, W, Process>,
) where
    Cache<K, V, W, Process>: CacheIn<Process> + MemoryTier,
{
    let Some(tier) = function.tier() else { return };
    let Some(registered) = function.register(cache) else { return };
    if tier.is_ready(registered) {
        return;
    }
    let poll = |_: &mut Context<'_>| {
        if tier.is_ready(registered) { Poll::Ready(()) } else { Poll::Pending }
    };
    let _ = tier.timer().until(tier.deadline(), poll).await;
}
