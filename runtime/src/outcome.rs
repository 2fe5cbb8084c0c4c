//! What of a function's result is kept, and how a hit makes a result of it again. Decided by the
//! return type: of a `Result` the `Ok`, of everything else the whole.

// A ladder chooses by a method call, though the choice is in the type.
#![allow(clippy::unused_self)]

use std::marker::PhantomData;

use crate::check::{Good, NotFallible};
use crate::ladder::ladder;
use crate::scope::{Fits, Process, Scope, Thread};

/// The way from a result `R` of a function to what is stored, and back.
///
/// It is a marker that does not name `R`. So a miss owns all that is in its type, though an error
/// may borrow.
pub trait Outcome<R>: 'static {
    /// What an entry holds.
    type Value: 'static;

    /// What those who wait for a computation get.
    type Shared: 'static;

    /// Whether there is something to store.
    fn is_kept(result: &R) -> bool;

    /// A copy of what is to be stored.
    fn keep(result: &R) -> Option<Self::Value>;

    /// The result of a hit.
    fn restore(value: &Self::Value) -> R;

    /// A copy of the result, kept or not, for those who wait for it.
    fn share(result: &R) -> Option<Self::Shared>;

    /// The result of one who waited.
    fn receive(shared: &Self::Shared) -> R;

    /// Whether it is an `Err`.
    fn is_error(_: &R) -> bool {
        false
    }
}

/// Stores the result as it is.
pub struct Whole;

impl<R: Clone + 'static> Outcome<R> for Whole {
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
pub struct OkOnly;

impl<T: Clone + 'static, E> Outcome<Result<T, E>> for OkOnly {
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
pub struct OkOrSharedErr;

impl<T: Clone + 'static, E: Clone + 'static> Outcome<Result<T, E>> for OkOrSharedErr {
    type Value = T;
    type Shared = Result<T, E>;

    #[inline]
    fn is_kept(result: &Result<T, E>) -> bool {
        result.is_ok()
    }

    #[inline]
    fn keep(result: &Result<T, E>) -> Option<T> {
        OkOnly::keep(result)
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

/// Defines what stands in for a result that cannot be stored. The error is reported once, at the
/// return type.
macro_rules! unstorable {
    ($($(#[$attribute:meta])* $unstorable:ident)+) => {$(
        $(#[$attribute])*
        pub struct $unstorable;

        impl<R> Outcome<R> for $unstorable {
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
    )+};
}

unstorable! {
    /// What is to be stored lacks `Clone`.
    NotCloned

    /// It lacks `Send` or `Sync`, and the cache is shared by threads.
    UnsharedResult
}

ladder!(
    [S, R] [S, R]:
    TryOkAndErr TryOk TryUnsharedOk TryAnyOk TryWhole TryUnsharedWhole NoOutcome
);

/// The last step: a result that is not even `Clone`.
pub struct NoOutcome<S, R>(PhantomData<fn() -> (S, R)>);

macro_rules! probes {
    ($($scope:ident)+) => {$(
        // Of each scope, see `args`.
        impl $scope {
            /// Chooses how a function that returns `R` is cached: `returns::<R>().outcome()` is that
            /// of the first step whose bounds the type meets.
            #[inline]
            #[must_use]
            pub fn returns<R>() -> TryOkAndErr<Self, R> {
                TryOkAndErr(TryOk(TryUnsharedOk(TryAnyOk(Self::returns_whole()))))
            }

            /// Same as `returns` for `cache_err = true`: a `Result` is no special case.
            #[inline]
            #[must_use]
            pub fn returns_whole<R>() -> TryWhole<Self, R> {
                TryWhole(TryUnsharedWhole(NoOutcome(PhantomData)))
            }
        }
    )+};
}

probes!(Process Thread);

impl<S: Scope, T: Clone + Fits<S>, E: Clone + Fits<S>> TryOkAndErr<S, Result<T, E>> {
    #[inline]
    pub fn outcome(&self) -> OkOrSharedErr {
        OkOrSharedErr
    }
}

impl<S: Scope, T: Clone + Fits<S>, E> TryOk<S, Result<T, E>> {
    #[inline]
    pub fn outcome(&self) -> OkOnly {
        OkOnly
    }
}

impl<S: Scope, T: Clone, E> TryUnsharedOk<S, Result<T, E>> {
    pub fn outcome(&self) -> UnsharedResult {
        UnsharedResult
    }
}

impl<S: Scope, T, E> TryAnyOk<S, Result<T, E>> {
    pub fn outcome(&self) -> NotCloned {
        NotCloned
    }
}

impl<S: Scope, R: Clone + Fits<S>> TryWhole<S, R> {
    #[inline]
    pub fn outcome(&self) -> Whole {
        Whole
    }
}

impl<S: Scope, R: Clone> TryUnsharedWhole<S, R> {
    pub fn outcome(&self) -> UnsharedResult {
        UnsharedResult
    }
}

impl<S: Scope, R> NoOutcome<S, R> {
    pub fn outcome(&self) -> NotCloned {
        NotCloned
    }
}

ladder!([R] [R]: TryFallible Infallible);

/// The last step: a return type that is no `Result`.
pub struct Infallible<R>(PhantomData<R>);

/// Chooses whether a return type has errors: `fallible::<R>().verdict()`.
#[must_use]
pub fn fallible<R>() -> TryFallible<R> {
    TryFallible(Infallible(PhantomData))
}

impl<T, E> TryFallible<Result<T, E>> {
    pub fn verdict(&self) -> Good {
        Good
    }
}

impl<R> Infallible<R> {
    pub fn verdict(&self) -> NotFallible {
        NotFallible
    }
}

ladder!(['a, R] ['a, R]: TryOption TryOkOption NoOption);

/// The last step: a result whose type has no `None`.
pub struct NoOption<'a, R>(&'a R);

/// Returns whether a result is a `None`, or an `Ok(None)`: `nothing(&result).is_nothing()`.
#[inline]
pub fn nothing<R>(result: &R) -> TryOption<'_, R> {
    TryOption(TryOkOption(NoOption(result)))
}

impl<T> TryOption<'_, Option<T>> {
    #[inline]
    pub fn is_nothing(&self) -> bool {
        self.0.0.0.is_none()
    }
}

impl<T, E> TryOkOption<'_, Result<Option<T>, E>> {
    #[inline]
    pub fn is_nothing(&self) -> bool {
        matches!(self.0.0, Ok(None))
    }
}

impl<R> NoOption<'_, R> {
    #[inline]
    pub fn is_nothing(&self) -> bool {
        false
    }
}
