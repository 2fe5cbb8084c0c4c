//! What of a function's result is kept, and how a hit makes a result of it again. Decided by the
//! return type: of a `Result` the `Ok`, of everything else the whole.

// A ladder is asked by method calls, though the answer is in the type.
#![allow(clippy::unused_self)]

use std::marker::PhantomData;

use crate::check::{Good, NotCloned, NotFallible, NotShared, Verdict};
use crate::ladder::Rung;
use crate::scope::{Fits, Scope};

/// The way from a result to what is stored, and back.
pub trait Outcome {
    /// What the function returns.
    type Return;

    /// What an entry holds.
    type Value: 'static;

    /// What those who wait for a computation get.
    type Shared: 'static;

    /// Whether there is something to store.
    fn is_kept(result: &Self::Return) -> bool;

    /// A copy of what is to be stored.
    fn keep(result: &Self::Return) -> Option<Self::Value>;

    /// The result of a hit.
    fn restore(value: &Self::Value) -> Self::Return;

    /// A copy of the result, kept or not, for those who wait for it.
    fn share(result: &Self::Return) -> Option<Self::Shared>;

    /// The result of one who waited.
    fn receive(shared: &Self::Shared) -> Self::Return;

    /// Whether it is an `Err`.
    fn is_error(_: &Self::Return) -> bool {
        false
    }
}

/// Stores the result as it is.
// As what returns one: it holds none, and is `Send` whatever it is about. So are the others.
pub struct Whole<R>(PhantomData<fn() -> R>);

impl<R: Clone + 'static> Outcome for Whole<R> {
    type Return = R;
    type Value = R;
    type Shared = R;

    #[inline]
    fn is_kept(_: &R) -> bool {
        true
    }

    #[inline]
    fn keep(result: &R) -> Option<R> {
        Some(result.clone())
    }

    #[inline]
    fn restore(value: &R) -> R {
        value.clone()
    }

    fn share(result: &R) -> Option<R> {
        Some(result.clone())
    }

    fn receive(shared: &R) -> R {
        shared.clone()
    }
}

/// Stores what is in an `Ok`; an `Err` passes through, to its caller alone.
pub struct OkOnly<T, E>(PhantomData<fn() -> (T, E)>);

impl<T: Clone + 'static, E> Outcome for OkOnly<T, E> {
    type Return = Result<T, E>;
    type Value = T;
    type Shared = T;

    #[inline]
    fn is_kept(result: &Result<T, E>) -> bool {
        result.is_ok()
    }

    #[inline]
    fn keep(result: &Result<T, E>) -> Option<T> {
        result.as_ref().ok().cloned()
    }

    #[inline]
    fn restore(value: &T) -> Result<T, E> {
        Ok(value.clone())
    }

    fn share(result: &Result<T, E>) -> Option<T> {
        Self::keep(result)
    }

    fn receive(shared: &T) -> Result<T, E> {
        Self::restore(shared)
    }

    fn is_error(result: &Result<T, E>) -> bool {
        result.is_err()
    }
}

/// Likewise; an `Err` reaches those who wait for it, too.
pub struct OkOrSharedErr<T, E>(PhantomData<fn() -> (T, E)>);

impl<T: Clone + 'static, E: Clone + 'static> Outcome for OkOrSharedErr<T, E> {
    type Return = Result<T, E>;
    type Value = T;
    type Shared = Result<T, E>;

    #[inline]
    fn is_kept(result: &Result<T, E>) -> bool {
        result.is_ok()
    }

    #[inline]
    fn keep(result: &Result<T, E>) -> Option<T> {
        OkOnly::<T, E>::keep(result)
    }

    #[inline]
    fn restore(value: &T) -> Result<T, E> {
        Ok(value.clone())
    }

    fn share(result: &Result<T, E>) -> Option<Result<T, E>> {
        Some(result.clone())
    }

    fn receive(shared: &Result<T, E>) -> Result<T, E> {
        shared.clone()
    }

    fn is_error(result: &Result<T, E>) -> bool {
        result.is_err()
    }
}

/// Stands in for a result that cannot be stored; the error is reported at the return type.
pub struct Unstorable<R>(PhantomData<fn() -> R>);

impl<R> Outcome for Unstorable<R> {
    type Return = R;
    type Value = std::convert::Infallible;
    type Shared = std::convert::Infallible;

    fn is_kept(_: &R) -> bool {
        false
    }

    fn keep(_: &R) -> Option<Self::Value> {
        None
    }

    fn restore(value: &Self::Value) -> R {
        match *value {}
    }

    fn share(_: &R) -> Option<Self::Shared> {
        None
    }

    fn receive(shared: &Self::Shared) -> R {
        match *shared {}
    }
}

/// Asks how a function that returns `R` is cached: `returns::<S, R>().outcome()` is answered by the
/// first `Rung` whose bounds the type meets.
#[inline]
#[must_use]
#[allow(clippy::type_complexity)]
pub fn returns<S: Scope, R>() -> Rung<Rung<Rung<Rung<Rung<Rung<Returns<S, R>>>>>>> {
    Rung(Rung(Rung(Rung(returns_whole()))))
}

/// As [`returns`], for `cache_err = true`: a `Result` is no special case.
#[inline]
#[must_use]
pub fn returns_whole<S: Scope, R>() -> Rung<Rung<Returns<S, R>>> {
    Rung(Rung(Returns(PhantomData)))
}

/// A return type of which it is not known yet what it can do.
pub struct Returns<S, R>(PhantomData<fn() -> (S, R)>);

impl<S: Scope, T: Clone + Fits<S>, E: Clone + Fits<S>>
    Rung<Rung<Rung<Rung<Rung<Rung<Returns<S, Result<T, E>>>>>>>>
{
    #[inline]
    pub fn outcome(&self) -> OkOrSharedErr<T, E> {
        OkOrSharedErr(PhantomData)
    }

    pub fn verdict(&self) -> Verdict<(), Good> {
        Verdict::new()
    }
}

impl<S: Scope, T: Clone + Fits<S>, E> Rung<Rung<Rung<Rung<Rung<Returns<S, Result<T, E>>>>>>> {
    #[inline]
    pub fn outcome(&self) -> OkOnly<T, E> {
        OkOnly(PhantomData)
    }

    pub fn verdict(&self) -> Verdict<(), Good> {
        Verdict::new()
    }
}

impl<S: Scope, T: Clone, E> Rung<Rung<Rung<Rung<Returns<S, Result<T, E>>>>>> {
    pub fn outcome(&self) -> Unstorable<Result<T, E>> {
        Unstorable(PhantomData)
    }

    pub fn verdict(&self) -> Verdict<T, NotShared> {
        Verdict::new()
    }
}

impl<S: Scope, T, E> Rung<Rung<Rung<Returns<S, Result<T, E>>>>> {
    pub fn outcome(&self) -> Unstorable<Result<T, E>> {
        Unstorable(PhantomData)
    }

    pub fn verdict(&self) -> Verdict<T, NotCloned> {
        Verdict::new()
    }
}

impl<S: Scope, R: Clone + Fits<S>> Rung<Rung<Returns<S, R>>> {
    #[inline]
    pub fn outcome(&self) -> Whole<R> {
        Whole(PhantomData)
    }

    pub fn verdict(&self) -> Verdict<(), Good> {
        Verdict::new()
    }
}

impl<S: Scope, R: Clone> Rung<Returns<S, R>> {
    pub fn verdict(&self) -> Verdict<R, NotShared> {
        Verdict::new()
    }
}

impl<S: Scope, R> Returns<S, R> {
    pub fn outcome(&self) -> Unstorable<R> {
        Unstorable(PhantomData)
    }

    pub fn verdict(&self) -> Verdict<R, NotCloned> {
        Verdict::new()
    }
}

/// Asks whether a return type has errors: `fallible::<R>().verdict()`.
#[must_use]
pub fn fallible<R>() -> Rung<Fallible<R>> {
    Rung(Fallible(PhantomData))
}

/// A return type of which it is not known yet whether it is a `Result`.
pub struct Fallible<R>(PhantomData<R>);

impl<T, E> Rung<Fallible<Result<T, E>>> {
    pub fn verdict(&self) -> Verdict<(), Good> {
        Verdict::new()
    }
}

impl<R> Fallible<R> {
    pub fn verdict(&self) -> Verdict<R, NotFallible> {
        Verdict::new()
    }
}

/// Asks whether a result is a `None`, or an `Ok(None)`: `nothing(&result).is_nothing()`.
#[inline]
pub fn nothing<R>(result: &R) -> Rung<Nothing<'_, R>> {
    Rung(Nothing(result))
}

/// A result of which it is not known yet whether its type has a `None`.
pub struct Nothing<'a, R>(&'a R);

impl<T> Rung<Nothing<'_, Option<T>>> {
    #[inline]
    pub fn is_nothing(&self) -> bool {
        self.0.0.is_none()
    }
}

impl<T, E> Rung<Nothing<'_, Result<Option<T>, E>>> {
    #[inline]
    pub fn is_nothing(&self) -> bool {
        matches!(self.0.0, Ok(None))
    }
}

impl<R> Nothing<'_, R> {
    #[inline]
    pub fn is_nothing(&self) -> bool {
        false
    }
}

/// Asks a `cache_if` predicate.
#[inline]
pub fn predicate<R, F: Fn(&R) -> bool>(cache_if: F, result: &R) -> bool {
    cache_if(result)
}
