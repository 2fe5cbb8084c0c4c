//! The arguments of a refresh in the background: made owned, to be sent to another thread or task.

// Autoderef specialization needs methods, although the choice depends on the type alone.
#![allow(clippy::unused_self)]

use std::borrow::{Borrow as _, ToOwned};
use std::marker::PhantomData;

use super::diagnostics::{checks, passes};
use super::specialize::autoderef;

/// The argument that a reference refers to, made owned.
pub struct Owned<T: ?Sized + ToOwned>(T::Owned);

impl<T: ?Sized + ToOwned> Owned<T> {
    /// Returns the argument as the body takes it.
    pub fn get(&self) -> &T {
        self.0.borrow()
    }
}

/// The argument can be moved to the background.
pub struct Movable;

/// The argument cannot be sent to the background.
pub struct NotSent<T: ?Sized>(PhantomData<fn(&T)>);

impl<T: ?Sized> NotSent<T> {
    /// Takes the place of `Owned::get`, so that nothing else is reported.
    pub fn get(&self) -> &T {
        unreachable!("it does not compile")
    }
}

autoderef!(['a, T: ?Sized] ['a, T]: TryOwned NotOwned);

/// Makes an argument owned, if that can be sent: `owned(argument).argument()`.
#[inline]
pub fn owned<T: ?Sized>(argument: &T) -> TryOwned<'_, T> {
    TryOwned(NotOwned(argument))
}

/// The last step: an argument that cannot be made owned, or not be sent.
pub struct NotOwned<'a, T: ?Sized>(&'a T);

impl<T: ?Sized + ToOwned<Owned: Send>> TryOwned<'_, T> {
    #[inline]
    pub fn argument(&self) -> Owned<T> {
        Owned(self.0.0.to_owned())
    }
}

impl<T: ?Sized> NotOwned<'_, T> {
    pub fn argument(&self) -> NotSent<T> {
        NotSent(PhantomData)
    }
}

autoderef!([T] [T]: TryMovable NotMovable);

/// Probes whether an argument can be moved to the background: `movable(&argument).verdict()`.
#[inline]
pub fn movable<T>(_: &T) -> TryMovable<T> {
    TryMovable(NotMovable(PhantomData))
}

/// The last step: an argument that cannot be sent.
pub struct NotMovable<T>(PhantomData<fn() -> T>);

impl<T: Send> TryMovable<T> {
    #[inline]
    pub fn verdict(&self) -> Movable {
        Movable
    }
}

impl<T> NotMovable<T> {
    pub fn verdict(&self) -> NotSent<T> {
        NotSent(PhantomData)
    }
}

checks! {
    /// Holds for arguments that can be sent to the background.
    #[diagnostic::on_unimplemented(
        message = "`{T}` cannot be sent to the background, where `refresh = \"background\"` runs \
                   the body",
        label = "needs `Clone` and `Send`",
        note = "take an `Arc` of it, or a pool, which both are cheap to clone; or leave the \
                refresh to a caller: remove `refresh`"
    )]
    SentToBackground

    /// Holds for arguments without a named type that can be sent to the background.
    #[diagnostic::on_unimplemented(
        message = "this argument cannot be sent to the background, where `refresh = \
                   \"background\"` runs the body",
        label = "needs `Send + 'static`, and `Clone` if it is a reference",
        note = "require that, as in `impl Fn() -> u32 + Send + 'static`, or take an `Arc`; or \
                leave the refresh to a caller: remove `refresh`"
    )]
    ClosureSentToBackground
}

passes! {
    [A: ?Sized + ToOwned] Owned<A>: SentToBackground ClosureSentToBackground;
    [] Movable: SentToBackground ClosureSentToBackground;
}
