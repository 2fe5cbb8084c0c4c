//! What generated code does with the arguments of one call: [`Entry`], the entry for them, whether
//! it exists or not, and [`Fill`], the right to compute it.
//!
//! A cached function has one hidden function, `__entry`, that returns an `impl Entry`. That function
//! determines the types of the cache: how each argument takes part in the key, how the result is
//! stored, and whether threads may share both. What follows from an entry are associated types, so
//! that the compiler checks the functions that call `__entry` without the types of the cache.

use std::marker::PhantomData;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use crate::args::Args;
use crate::cache::{Cache, Missed, Progress};
use crate::flight::{Leader, Run};
use crate::info::CacheStatus;
use crate::instance::CacheFor;
use crate::miss::{Miss, Purpose};
use crate::outcome::Outcome;
use crate::scope::{Fits, Scope};

/// A result and where it came from, or what else there is to do.
pub(crate) type Found<R, Otherwise> = Result<(R, CacheStatus), Otherwise>;

/// The entry for some arguments. An invalidation returns whether there was an entry, or with Redis,
/// an `Invalidation`.
pub trait Entry<Invalidation = bool>: Sized {
    /// What the function returns.
    type Return;

    /// The right to compute the result. It borrows nothing from the arguments, which the body may
    /// take.
    type Miss: Fill<Self::Return> + 'static;

    /// A call: counts, and returns the result of a hit. It may block the thread until another call
    /// that computes the same result has ended.
    ///
    /// # Errors
    ///
    /// A miss, to be filled.
    fn lookup(self) -> Found<Self::Return, Self::Miss>;

    /// `cache_refresh(..)`: a miss in any case, uncounted, whose result replaces the entry.
    fn refresh(self) -> Self::Miss;

    /// The same, for a value that is not computed.
    fn insert(self) -> Self::Miss;

    /// `cache_insert(..)`.
    fn store(self, value: Self::Return) {
        let _ = self.insert().fill(value);
    }

    /// Same as [`Entry::store`], if `cache_if` says that the value may be stored.
    fn store_if(self, value: Self::Return, cache_if: impl FnOnce(&Self::Return) -> bool) {
        let _ = self.insert().fill_if(value, cache_if);
    }

    /// `cache_invalidate(..)`.
    fn invalidate(self) -> Invalidation;

    /// `cache_peek(..)`, in memory.
    fn peek(self) -> Option<Self::Return>;

    /// `cache_contains(..)`, in memory.
    fn contains(self) -> bool;

    /// `cache_ttl(..)`, in memory.
    fn ttl(self) -> Option<Duration>;
}

/// The entry for the arguments of an `async fn`, which waits without blocking its thread.
pub trait AsyncEntry: Entry {
    /// A call that found nothing in memory.
    type Missed: Wait<Self::Return, Self::Miss> + 'static;

    /// Same as [`Entry::lookup`], for a task.
    ///
    /// # Errors
    ///
    /// A call that found nothing, to be awaited.
    fn lookup_async(self) -> Found<Self::Return, Self::Missed>;

    /// Same as [`Entry::refresh`], for a task.
    fn refresh_async(self) -> Self::Miss;
}

/// A task's call that found nothing: it computes, or waits for another that does.
pub trait Wait<R, M>: Sized {
    /// Goes on as far as it can without waiting. Ready with a hit, or with a miss to be filled.
    fn poll(&mut self, context: &mut Context<'_>) -> Poll<Found<R, M>>;
}

/// Waits until there is a hit, or a miss to be filled.
// Not a method that returns `impl Future`, of which nobody would know whether it is `Send`.
#[must_use = "it waits when it is polled"]
pub struct Waiting<R, M, W> {
    missed: W,
    types: PhantomData<fn() -> (R, M)>,
}

impl<R, M, W: Wait<R, M>> Waiting<R, M, W> {
    /// Begins to wait.
    pub fn new(missed: W) -> Self {
        Waiting { missed, types: PhantomData }
    }
}

// What it waits for is not pinned.
impl<R, M, W> Unpin for Waiting<R, M, W> {}

impl<R, M, W: Wait<R, M>> Future for Waiting<R, M, W> {
    type Output = Found<R, M>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        self.missed.poll(context)
    }
}

/// The right to compute a result.
pub trait Compute: Sized {
    /// Runs a body that is a future.
    fn run<'a, F: Future>(&'a self, body: Pin<&'a mut F>) -> Run<'a, F>;

    /// Records the arguments with which the body runs.
    #[cfg(feature = "tracing")]
    fn trace(&self, arguments: &[(&str, &dyn std::fmt::Debug)]);
}

/// The right to compute a result `R` and to store it.
#[must_use = "the result is stored by `fill`"]
pub trait Fill<R>: Compute {
    /// Stores what of the result can be stored. Returns the result, and where it came from.
    fn fill(self, result: R) -> (R, CacheStatus);

    /// Same as [`Fill::fill`], if `cache_if` says that the result may be stored.
    fn fill_if(self, result: R, cache_if: impl FnOnce(&R) -> bool) -> (R, CacheStatus);
}

/// An entry of a cache in memory.
pub struct MemoryEntry<S: Scope, A: Args, R, O: Outcome<R>, const TIMED: bool>
where
    CacheFor<A, R, O, S>: Fits<S>,
{
    pub(crate) cache: S::Pointer<CacheFor<A, R, O, S>>,
    pub(crate) args: A,
    pub(crate) outcome: PhantomData<fn() -> (R, O)>,
}

impl<S: Scope, A: Args, R, O: Outcome<R>, const TIMED: bool> Entry
    for MemoryEntry<S, A, R, O, TIMED>
where
    CacheFor<A, R, O, S>: Fits<S>,
{
    type Return = R;
    type Miss = Miss<S, A::Key, O::Value, O::Shared, O>;

    // Where nothing is optimized, all its locals would have a place in the frames of a recursion.
    #[cfg_attr(debug_assertions, inline(never))]
    #[cfg_attr(not(debug_assertions), inline(always))]
    fn lookup(self) -> Found<R, Self::Miss> {
        let MemoryEntry { cache, args, .. } = self;
        let found = cache.lookup::<_, _, _, TIMED>(args, O::restore, None, |unfound, tag, args| {
            let mut hit = None;
            let begun = cache.missed_by_thread::<A, R, O>(unfound, tag, args, &mut hit);
            hit.ok_or(begun)
        });
        match found {
            Ok(hit) => Ok(hit),
            Err(begun) => Err(Miss::begun_by_thread(cache, begun, Purpose::Call)),
        }
    }

    fn refresh(self) -> Self::Miss {
        let begun = self.cache.begin(self.args, Leader::this_thread());
        Miss::begun_by_thread(self.cache, begun, Purpose::Refresh)
    }

    fn insert(self) -> Self::Miss {
        let begun = self.cache.begin(self.args, Leader::this_thread());
        Miss::by_thread(self.cache, begun, Purpose::Insert)
    }

    fn invalidate(self) -> bool {
        self.cache.invalidate(self.args)
    }

    fn peek(self) -> Option<R> {
        self.cache.peek(&self.args, O::restore)
    }

    fn contains(self) -> bool {
        self.cache.peek(&self.args, |_| ()).is_some()
    }

    fn ttl(self) -> Option<Duration> {
        self.cache.ttl(&self.args)
    }
}

impl<S: Scope, A: Args, R, O: Outcome<R>, const TIMED: bool> AsyncEntry
    for MemoryEntry<S, A, R, O, TIMED>
where
    CacheFor<A, R, O, S>: Fits<S>,
{
    type Missed = MemoryMissed<S, A::Key, O::Value, O::Shared, O>;

    #[inline]
    fn lookup_async(self) -> Found<R, Self::Missed> {
        let MemoryEntry { cache, args, .. } = self;
        let missed = |unfound, tag, args| {
            let mut hit = None;
            let missed = cache.missed_by_task::<A, R, O>(unfound, tag, args, &mut hit);
            hit.ok_or(missed)
        };
        let bypass = Missed::Begun(None);
        match cache.lookup::<_, _, _, TIMED>(args, O::restore, bypass, missed) {
            Ok(hit) => Ok(hit),
            Err(missed) => Err(MemoryMissed { cache: Some(cache), missed, outcome: PhantomData }),
        }
    }

    fn refresh_async(self) -> Self::Miss {
        let begun = self.cache.begin(self.args, Leader::TASK);
        Miss::begun_by_task(self.cache, begun, Purpose::Refresh)
    }
}

/// A task's call that found nothing in memory.
pub struct MemoryMissed<S: Scope, K: 'static, V: 'static, W: 'static, O> {
    /// Until it is ready.
    cache: Option<S::Pointer<Cache<K, V, W, S>>>,
    missed: Missed<K, W>,
    outcome: PhantomData<fn() -> O>,
}

impl<S, K, V, W, R, O> Wait<R, Miss<S, K, V, W, O>> for MemoryMissed<S, K, V, W, O>
where
    S: Scope,
    K: 'static,
    V: 'static,
    W: 'static,
    O: Outcome<R, Value = V, Shared = W>,
{
    fn poll(&mut self, context: &mut Context<'_>) -> Poll<Found<R, Miss<S, K, V, W, O>>> {
        let Some(cache) = self.cache.take() else { unreachable!("it is polled after it is ready") };
        let begun = match &mut self.missed {
            Missed::Begun(begun) => *begun,
            Missed::Calls(call) => loop {
                match cache.advance::<R, O>(call) {
                    Progress::Found(result, status) => return Poll::Ready(Ok((result, status))),
                    Progress::Begun(begun) => break begun,
                    Progress::Waits => (),
                }
                if call.poll_wait(context).is_pending() {
                    self.cache = Some(cache);
                    return Poll::Pending;
                }
            },
        };
        Poll::Ready(Err(Miss::begun_by_task(cache, begun, Purpose::Call)))
    }
}
