//! [`Outcome`], which part of a function's result is stored, and how a hit makes a result of it.
//!
//! The return type decides: the `Ok` of a `Result`, the whole of any other type. It never looks
//! into a cache.

// Autoderef specialization needs methods, although the result depends on the type alone.
#![allow(clippy::unused_self)]

use std::marker::PhantomData;

use super::specialize::autoderef;
use super::storable::{Process, StorableIn, Thread};

/// Converts the result `R` of a function to a stored value and back.
///
/// Its implementors do not name `R`: the type of a guard that holds one is `'static`, although an
/// error may borrow.
pub trait Outcome<R>: 'static {
    /// The stored value of an entry.
    type Value: 'static;

    /// The value that a computation gives its waiters.
    type WaiterValue: 'static;

    /// Whether the result has a part to store.
    fn should_store(result: &R) -> bool;

    /// Clones the part to store.
    fn to_stored(result: &R) -> Option<Self::Value>;

    /// Makes the result of a hit.
    fn from_stored(value: &Self::Value) -> R;

    /// Clones the result, stored or not, for waiters. `None` if it cannot be cloned.
    fn to_waiters(result: &R) -> Option<Self::WaiterValue>;

    /// Makes the result of a waiter.
    fn from_leader(shared: &Self::WaiterValue) -> R;

    /// Calls `look` with the result of a hit.
    fn look_at<T>(value: &Self::Value, look: impl FnOnce(&R) -> T) -> T {
        look(&Self::from_stored(value))
    }

    /// Whether the result is an `Err`.
    fn is_error(_: &R) -> bool {
        false
    }
}

/// Stores the whole result.
pub struct Whole;

impl<R: Clone + 'static> Outcome<R> for Whole {
    type Value = R;
    type WaiterValue = R;

    #[inline]
    fn should_store(_: &R) -> bool {
        true
    }

    #[inline]
    fn to_stored(result: &R) -> Option<R> {
        Some(result.clone())
    }

    #[inline]
    fn from_stored(value: &R) -> R {
        value.clone()
    }

    fn look_at<T>(value: &R, look: impl FnOnce(&R) -> T) -> T {
        look(value)
    }

    fn to_waiters(result: &R) -> Option<R> {
        Some(result.clone())
    }

    fn from_leader(shared: &R) -> R {
        shared.clone()
    }
}

/// Stores the value of an `Ok`. Only the leader returns an `Err`: waiters compute.
pub struct OkOnly;

impl<T: Clone + 'static, E> Outcome<Result<T, E>> for OkOnly {
    type Value = T;
    type WaiterValue = T;

    #[inline]
    fn should_store(result: &Result<T, E>) -> bool {
        result.is_ok()
    }

    #[inline]
    fn to_stored(result: &Result<T, E>) -> Option<T> {
        result.as_ref().ok().cloned()
    }

    #[inline]
    fn from_stored(value: &T) -> Result<T, E> {
        Ok(value.clone())
    }

    fn to_waiters(result: &Result<T, E>) -> Option<T> {
        Self::to_stored(result)
    }

    fn from_leader(shared: &T) -> Result<T, E> {
        Self::from_stored(shared)
    }

    fn is_error(result: &Result<T, E>) -> bool {
        result.is_err()
    }
}

/// Stores the value of an `Ok`. Waiters get a clone of an `Err`.
pub struct OkOrSharedErr;

impl<T: Clone + 'static, E: Clone + 'static> Outcome<Result<T, E>> for OkOrSharedErr {
    type Value = T;
    type WaiterValue = Result<T, E>;

    #[inline]
    fn should_store(result: &Result<T, E>) -> bool {
        result.is_ok()
    }

    #[inline]
    fn to_stored(result: &Result<T, E>) -> Option<T> {
        OkOnly::to_stored(result)
    }

    #[inline]
    fn from_stored(value: &T) -> Result<T, E> {
        Ok(value.clone())
    }

    fn to_waiters(result: &Result<T, E>) -> Option<Result<T, E>> {
        Some(result.clone())
    }

    fn from_leader(shared: &Result<T, E>) -> Result<T, E> {
        shared.clone()
    }

    fn is_error(result: &Result<T, E>) -> bool {
        result.is_err()
    }
}

/// Defines stand-ins for a result that cannot be stored. The error is reported once, at the return
/// type.
macro_rules! unstorable {
    ($($(#[$attribute:meta])* $unstorable:ident)+) => {$(
        $(#[$attribute])*
        pub struct $unstorable;

        impl<R> Outcome<R> for $unstorable {
            type Value = std::convert::Infallible;
            type WaiterValue = std::convert::Infallible;

            fn should_store(_: &R) -> bool {
                false
            }

            fn to_stored(_: &R) -> Option<Self::Value> {
                None
            }

            fn from_stored(value: &Self::Value) -> R {
                match *value {}
            }

            fn to_waiters(_: &R) -> Option<Self::WaiterValue> {
                None
            }

            fn from_leader(shared: &Self::WaiterValue) -> R {
                match *shared {}
            }
        }
    )+};
}

unstorable! {
    /// The part to store lacks `Clone`.
    NotCloned

    /// The part to store lacks `Send` or `Sync`, and threads share the cache.
    UnsharedResult
}

autoderef!(
    [S, R] [S, R]:
    TryOkAndErr TryOk TryUnsharedOk TryAnyOk TryWhole TryUnsharedWhole NoOutcome
);

/// The last step: a result without `Clone`.
pub struct NoOutcome<S, R>(PhantomData<fn() -> (S, R)>);

macro_rules! probes {
    ($($scope:ident)+) => {$(
        // One for each scope, as in `key`.
        impl $scope {
            /// Chooses how the result of a function is stored: `returns::<R>().outcome()` is the
            /// method of the first step whose bounds the type meets.
            #[inline]
            #[must_use]
            pub fn returns<R>() -> TryOkAndErr<Self, R> {
                TryOkAndErr(TryOk(TryUnsharedOk(TryAnyOk(Self::returns_whole()))))
            }

            /// Same as `returns` for `cache_err = true`: the whole of a `Result` is stored.
            #[inline]
            #[must_use]
            pub fn returns_whole<R>() -> TryWhole<Self, R> {
                TryWhole(TryUnsharedWhole(NoOutcome(PhantomData)))
            }
        }
    )+};
}

probes!(Process Thread);

impl<S, T: Clone + StorableIn<S>, E: Clone + StorableIn<S>> TryOkAndErr<S, Result<T, E>> {
    #[inline]
    pub fn outcome(&self) -> OkOrSharedErr {
        OkOrSharedErr
    }
}

impl<S, T: Clone + StorableIn<S>, E> TryOk<S, Result<T, E>> {
    #[inline]
    pub fn outcome(&self) -> OkOnly {
        OkOnly
    }
}

impl<S, T: Clone, E> TryUnsharedOk<S, Result<T, E>> {
    pub fn outcome(&self) -> UnsharedResult {
        UnsharedResult
    }
}

impl<S, T, E> TryAnyOk<S, Result<T, E>> {
    pub fn outcome(&self) -> NotCloned {
        NotCloned
    }
}

impl<S, R: Clone + StorableIn<S>> TryWhole<S, R> {
    #[inline]
    pub fn outcome(&self) -> Whole {
        Whole
    }
}

impl<S, R: Clone> TryUnsharedWhole<S, R> {
    pub fn outcome(&self) -> UnsharedResult {
        UnsharedResult
    }
}

impl<S, R> NoOutcome<S, R> {
    pub fn outcome(&self) -> NotCloned {
        NotCloned
    }
}

autoderef!(['a, R] ['a, R]: TryOption TryOkOption NoOption);

/// The last step: a result whose type has no `None`.
pub struct NoOption<'a, R>(&'a R);

/// Probes whether a result is a `None`, or an `Ok(None)`: `nothing(&result).is_nothing()`.
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
