//! The interface of one call: [`Entry`], the entry for its arguments, whether it exists or not, and
//! [`Finish`], the right to compute it.
//!
//! A cached function has one hidden function, `__entry`, that returns an `impl Entry`. It alone
//! determines the types of the cache. The other generated functions see the associated types of
//! the entry, so that the compiler checks them without the types of the cache.

use std::marker::PhantomData;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use super::background::Missed;
use super::background::pool::Slot;
use super::background::spawner::Spawner;
use super::body_run::BodyFuture;
use crate::base::info::CacheStatus;
use crate::types::keep::Decide;

/// A result with its status, or the value with which the call continues.
pub(crate) type Found<R, Otherwise> = Result<(R, CacheStatus), Otherwise>;

/// The entry for the arguments of a call. An invalidation returns whether there was an entry, or
/// with Redis, an `Invalidation`.
pub trait Entry<Invalidation = bool>: Sized {
    /// The return type of the function.
    type Return;

    /// The right to compute the result. It borrows nothing from the arguments: the body may take
    /// them.
    type Miss: Finish<Self::Return> + 'static;

    /// Looks for the entry, counts, and returns the result of a hit. May block the thread until
    /// another call with an equal key has computed.
    ///
    /// # Errors
    ///
    /// The right to compute, if there is no entry.
    fn lookup(self) -> Found<Self::Return, Self::Miss>;

    /// `cache_refresh(..)`: starts a computation whose result replaces the entry. Counts nothing.
    fn refresh(self) -> Self::Miss;

    /// Same as [`Entry::refresh`], for a value that is not computed.
    fn insert(self) -> Self::Miss;

    /// `cache_insert(..)`.
    fn store(self, value: Self::Return) {
        let _ = self.insert().finish(value);
    }

    /// Same as [`Entry::store`], if `cache_if` accepts the value.
    fn store_if(self, value: Self::Return, cache_if: impl Decide<Self::Return>) {
        let _ = self.insert().finish_if(value, cache_if);
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

/// The entry for the arguments of a function with `refresh = "background"`.
pub trait RefreshedEntry<Invalidation = bool>: Entry<Invalidation> {
    /// Same as [`Entry::lookup`], but returns a stale result that is to be refreshed.
    ///
    /// # Errors
    ///
    /// The right to compute, by this call or in the background.
    #[allow(clippy::type_complexity)]
    fn lookup_or_refresh(
        self,
    ) -> Found<Self::Return, Missed<Self::Return, Self::Miss, Self::Miss, Slot>>;
}

/// The entry for the arguments of an `async fn` with `refresh = "background"`.
pub trait RefreshedAsyncEntry: AsyncEntry {
    /// Same as [`RefreshedEntry::lookup_or_refresh`], for a task.
    ///
    /// # Errors
    ///
    /// The call to await, or the right to compute in the background.
    #[allow(clippy::type_complexity)]
    fn lookup_or_refresh_async(
        self,
    ) -> Found<Self::Return, Missed<Self::Return, Self::Missed, Self::Miss, Spawner>>;
}

/// The entry for the arguments of an `async fn`. It waits without blocking its thread.
pub trait AsyncEntry: Entry {
    /// A call that found no entry.
    type Missed: Wait<Self::Return, Self::Miss> + 'static;

    /// Same as [`Entry::lookup`], for a task.
    ///
    /// # Errors
    ///
    /// The call to await, if there is no entry.
    fn lookup_async(self) -> Found<Self::Return, Self::Missed>;

    /// Same as [`Entry::refresh`], for a task.
    fn refresh_async(self) -> Self::Miss;
}

/// A task's call that found no entry: it computes, or waits for a call that does.
pub trait Wait<R, M>: Sized {
    /// Advances the call until it must wait. Ready with a result, or the right to compute.
    fn poll(&mut self, context: &mut Context<'_>) -> Poll<Found<R, M>>;
}

/// Waits until a call has a result, or the right to compute it.
// Not a method that returns `impl Future`: callers would not know whether it is `Send`.
#[must_use = "it waits when it is polled"]
pub struct Waiting<R, M, W> {
    missed: W,
    types: PhantomData<fn() -> (R, M)>,
}

impl<R, M, W: Wait<R, M>> Waiting<R, M, W> {
    /// Makes the future of a call.
    pub fn new(missed: W) -> Self {
        Waiting { missed, types: PhantomData }
    }
}

// The call is not pinned.
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
    fn run<'a, F: Future>(&'a self, body: Pin<&'a mut F>) -> BodyFuture<'a, F>;

    /// Starts the body of a refresh in the background. Returns whether its result is still wanted.
    fn begin_refresh(&mut self) -> bool;

    /// Runs the body of a refresh, if it is no future.
    fn run_refresh<T>(&self, body: impl FnOnce() -> T) -> T;

    /// Records the arguments of the computation.
    #[cfg(feature = "tracing")]
    fn trace(&self, arguments: &[(&str, &dyn std::fmt::Debug)]);
}

/// The right to compute a result `R` and to store it.
#[must_use = "the result is stored by `finish`"]
pub trait Finish<R>: Compute {
    /// Stores the result, if it can be stored. Returns it with its status.
    fn finish(self, result: R) -> (R, CacheStatus);

    /// Same as [`Finish::finish`], but stores the result only if `cache_if` accepts it.
    fn finish_if(self, result: R, cache_if: impl Decide<R>) -> (R, CacheStatus);
}
