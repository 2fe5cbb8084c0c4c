//! Whether a function's return type is a `Result`, which `stale_on_error` needs.

// Autoderef specialization needs methods, although the result depends on the type alone.
#![allow(clippy::unused_self)]

use std::marker::PhantomData;

use super::specialize::autoderef;

/// The return type is a `Result`.
pub struct Fallible;

/// The return type is no `Result`.
pub struct NotFallible;

autoderef!([R] [R]: TryFallible Infallible);

/// The last step: a return type that is no `Result`.
pub struct Infallible<R>(PhantomData<R>);

/// Probes whether a return type is a `Result`: `fallible::<R>().verdict()`.
#[must_use]
pub fn fallible<R>() -> TryFallible<R> {
    TryFallible(Infallible(PhantomData))
}

impl<T, E> TryFallible<Result<T, E>> {
    pub fn verdict(&self) -> Fallible {
        Fallible
    }
}

impl<R> Infallible<R> {
    pub fn verdict(&self) -> NotFallible {
        NotFallible
    }
}
