//! The value of `ttl`: a duration for all results, or a function of the result.
//!
//! The type of the value decides which.

// Autoderef specialization needs methods, although the choice depends on the type alone.
#![allow(clippy::unused_self, clippy::unnecessary_wraps)]

use std::marker::PhantomData;
use std::time::Duration;

use super::keep::Keep;
use super::specialize::autoderef;

/// The return value of a `ttl` that is a function of the result. A trait, so that the message about
/// another type is written here.
#[diagnostic::on_unimplemented(
    message = "a `ttl` of the result must be a `Duration` or an `Option<Duration>`, found `{Self}`",
    label = "expected a `Duration` or an `Option<Duration>`, found `{Self}`",
    note = "for a number of seconds, write `Duration::from_secs(..)`; with `None` the result is \
            not stored"
)]
pub trait ResultTtl {
    /// Returns whether to store the result, and for how long. A duration of zero is over before it
    /// begins: the result is not stored.
    fn keep(self) -> Keep;
}

#[diagnostic::do_not_recommend]
impl ResultTtl for Duration {
    #[inline]
    fn keep(self) -> Keep {
        if self.is_zero() { Keep::No } else { Keep::For(self) }
    }
}

#[diagnostic::do_not_recommend]
impl ResultTtl for Option<Duration> {
    #[inline]
    fn keep(self) -> Keep {
        self.map_or(Keep::No, ResultTtl::keep)
    }
}

/// The `ttl` of the cache.
#[doc(hidden)]
#[derive(Clone, Copy)]
pub struct OfCache;

#[diagnostic::do_not_recommend]
impl ResultTtl for OfCache {
    #[inline]
    fn keep(self) -> Keep {
        Keep::Yes
    }
}

autoderef!([T] [T]: TryDuration TryOptional TryOfCache OtherResultTtl);

/// Chooses by the return type of a function of the result: `result_ttl(value).value()`. The
/// first step makes a value whose type is not known yet, such as that of `into()`, a `Duration`.
#[inline]
pub fn result_ttl<T>(value: T) -> TryDuration<T> {
    TryDuration(TryOptional(TryOfCache(OtherResultTtl(value))))
}

/// The last step: a value of another type.
pub struct OtherResultTtl<T>(T);

impl TryDuration<Duration> {
    #[inline]
    pub fn value(&self) -> Duration {
        self.0.0.0.0
    }
}

impl TryOptional<Option<Duration>> {
    #[inline]
    pub fn value(&self) -> Option<Duration> {
        self.0.0.0
    }
}

impl TryOfCache<OfCache> {
    #[inline]
    pub fn value(&self) -> OfCache {
        self.0.0
    }
}

impl<T> OtherResultTtl<T> {
    pub fn value(&self) -> T {
        unreachable!("it does not compile")
    }
}

/// The value of an expression for a `ttl` of all results. A trait, so that the message about
/// another type is written here.
#[diagnostic::on_unimplemented(
    message = "expected a `Duration`, found `{Self}`",
    label = "expected a `Duration`, found `{Self}`",
    note = "a `ttl` is a text, such as `\"60s\"`; a `Duration` expression; or a closure or the \
            path of a function of the result, to a `Duration` or an `Option<Duration>`",
    note = "for a number of seconds `TTL`, write `Duration::from_secs(TTL)`"
)]
pub trait DurationTtl {
    /// The value.
    fn duration(self) -> Duration;
}

#[diagnostic::do_not_recommend]
impl DurationTtl for Duration {
    #[inline]
    fn duration(self) -> Duration {
        self
    }
}

/// The value of `ttl`, given as a path: a `Duration`, or a function of a result `R`. A trait, so
/// that the message about another type is written here.
#[diagnostic::on_unimplemented(
    message = "expected a `ttl`, found `{Self}`",
    label = "neither a `Duration` nor a function of `&{R}`",
    note = "a `ttl` is a text, such as `\"60s\"`; a `Duration` expression; or a closure or a \
            function of the result, `Fn(&{R}) -> Duration` or `Fn(&{R}) -> Option<Duration>`",
    note = "for a number of seconds `TTL`, write `Duration::from_secs(TTL)`"
)]
pub trait Ttl<R> {
    /// Its return value for a result.
    type Returned;

    /// Returns the ttl of a result.
    fn of(self, result: &R) -> Self::Returned;
}

/// A `ttl` for all results.
#[doc(hidden)]
pub struct ForAll;

#[diagnostic::do_not_recommend]
impl<R> Ttl<R> for ForAll {
    type Returned = OfCache;

    #[inline]
    fn of(self, _: &R) -> OfCache {
        OfCache
    }
}

/// A function of the result.
#[doc(hidden)]
pub struct OfResult<F>(F);

#[diagnostic::do_not_recommend]
impl<R, T, F: Fn(&R) -> T> Ttl<R> for OfResult<F> {
    type Returned = T;

    #[inline]
    fn of(self, result: &R) -> T {
        self.0(result)
    }
}

autoderef!(['a, R, T] ['a, R, T]: TryForAll TryOfResult NoTtl);

/// Chooses by the type of a path's value: `ttl_by_type::<R, _>(&value).ttl()` is for all results,
/// or a function of the result.
#[inline]
pub fn ttl_by_type<R, T>(value: &T) -> TryForAll<'_, R, T> {
    TryForAll(TryOfResult(NoTtl(value, PhantomData)))
}

/// The last step: neither a `Duration` nor a function of the result.
pub struct NoTtl<'a, R, T>(&'a T, PhantomData<fn(&R)>);

impl<R> TryForAll<'_, R, Duration> {
    #[inline]
    pub fn ttl(&self) -> ForAll {
        ForAll
    }
}

impl<'a, R, T, F: Fn(&R) -> T> TryOfResult<'a, R, F> {
    #[inline]
    pub fn ttl(&self) -> OfResult<&'a F> {
        OfResult(self.0.0)
    }
}

impl<R, T> NoTtl<'_, R, T> {
    pub fn ttl(&self) -> T {
        unreachable!("it does not compile")
    }
}

autoderef!(['a, T] ['a, T]: TryFixed NotFixed);

/// Returns the value of a path if it is a `ttl` for all results: `fixed_ttl(&value).ttl()`.
#[inline]
pub fn fixed_ttl<T>(value: &T) -> TryFixed<'_, T> {
    TryFixed(NotFixed(value))
}

/// The last step: no `Duration`.
pub struct NotFixed<'a, T>(&'a T);

impl TryFixed<'_, Duration> {
    #[inline]
    pub fn ttl(&self) -> Option<Duration> {
        Some(*self.0.0)
    }
}

impl<T> NotFixed<'_, T> {
    #[inline]
    pub fn ttl(&self) -> Option<Duration> {
        None
    }
}
