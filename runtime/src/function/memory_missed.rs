//! [`MemoryMissed`], a task's call that found no entry in memory: it computes, or waits for a call
//! that does.

use std::marker::PhantomData;
use std::mem;
use std::task::{Context, Poll};

use super::entry::{Found, Wait};
use super::instance::InstanceScope;
use super::miss::{MissGuard, Purpose, Runner};
use super::tags::{Attach, Tagger};
use crate::cache::{AfterMiss, Cache, Step};
use crate::engine::{Elapsed, InFlightId};
use crate::inflight::completion::Completion;
use crate::types::result::Outcome;
use crate::types::weight::Weigh;

/// A task's call that found no entry in memory. `T` is its tags.
pub struct MemoryMissed<S: InstanceScope, K: 'static, V: 'static, W: 'static, O, G, T> {
    /// Taken when it is ready.
    cache: Option<S::CachePtr<Cache<K, V, W, S>>>,
    missed: AfterMiss<K, W>,
    weigher: G,
    tags: T,
    outcome: PhantomData<fn() -> O>,
}

/// Cancels a computation if writing its tags panics.
struct CancelOnPanic<'a, S: InstanceScope, K: 'static, V: 'static, W: 'static> {
    cache: &'a Cache<K, V, W, S>,
    id: InFlightId,
}

impl<S: InstanceScope, K: 'static, V: 'static, W: 'static> Drop for CancelOnPanic<'_, S, K, V, W> {
    fn drop(&mut self) {
        self.cache.finish_unstored(self.id, Elapsed::NotRun.into(), || Completion::Cancelled);
    }
}

impl<S, K, V, W, O, G, T> MemoryMissed<S, K, V, W, O, G, T>
where
    S: InstanceScope,
    K: 'static,
    V: 'static,
    W: 'static,
    T: Attach<S::CachePtr<Cache<K, V, W, S>>>,
{
    /// Makes the call. Writes its tags, as long as it has the arguments.
    #[inline]
    pub(super) fn new<P>(
        cache: S::CachePtr<Cache<K, V, W, S>>,
        missed: AfterMiss<K, W>,
        weigher: G,
        tagger: P,
    ) -> Self
    where
        P: Tagger<S::CachePtr<Cache<K, V, W, S>>, Kept = T>,
    {
        let started = match missed {
            AfterMiss::Compute(id) => id,
            AfterMiss::Pending(_) => None,
        };
        let guard = started.map(|id| CancelOnPanic { cache: &*cache, id });
        let tags = tagger.keep();
        mem::forget(guard);
        MemoryMissed { cache: Some(cache), missed, weigher, tags, outcome: PhantomData }
    }
}

impl<S, K, V, W, R, O, G, T> Wait<R, MissGuard<S, K, V, W, O, G>>
    for MemoryMissed<S, K, V, W, O, G, T>
where
    S: InstanceScope,
    K: 'static,
    V: 'static,
    W: 'static,
    O: Outcome<R, Value = V, WaiterValue = W>,
    G: Weigh<K, R>,
    T: Attach<S::CachePtr<Cache<K, V, W, S>>>,
{
    fn poll(&mut self, context: &mut Context<'_>) -> Poll<Found<R, MissGuard<S, K, V, W, O, G>>> {
        let Some(cache) = self.cache.take() else { unreachable!("it is polled after it is ready") };
        let id = match &mut self.missed {
            AfterMiss::Compute(id) => *id,
            AfterMiss::Pending(call) => loop {
                match cache.step::<R, O>(call) {
                    Step::Hit(result, status) => return Poll::Ready(Ok((result, status))),
                    Step::Compute(id) => break id,
                    Step::Wait => (),
                }
                if call.poll_wait(context).is_pending() {
                    self.cache = Some(cache);
                    return Poll::Pending;
                }
            },
        };
        let miss = MissGuard::start(cache, id, self.weigher, Purpose::Call, Runner::Task);
        miss.with_id(|cache, id| self.tags.attach(cache, id));
        Poll::Ready(Err(miss))
    }
}
