//! The record of an argument named in `trace(..)`: by its `Debug`.

use std::fmt::Debug;

use super::diagnostics::{checks, passes};
use super::specialize::autoderef;

autoderef!(['a, T] ['a, T]: TryDebug NoDebug);

/// The last step: an argument without `Debug`.
pub struct NoDebug<'a, T>(&'a T);

/// Chooses how an argument is recorded: `traced(&x).argument()`, by the first step whose bounds
/// the type meets.
pub fn traced<T>(argument: &T) -> TryDebug<'_, T> {
    TryDebug(NoDebug(argument))
}

/// An argument whose value the span has.
pub struct Traced<'a>(&'a dyn Debug);

/// Stands in for an argument without `Debug`; the error is reported at the argument.
pub struct Untraced;

impl<'a, T: Debug> TryDebug<'a, T> {
    pub fn argument(&self) -> Traced<'a> {
        Traced(self.0.0)
    }
}

impl<T> NoDebug<'_, T> {
    // Autoderef specialization needs a method, although the result depends on the type alone.
    #[allow(clippy::unused_self)]
    pub fn argument(&self) -> Untraced {
        Untraced
    }
}

impl<'a> Traced<'a> {
    /// Returns the value to record.
    #[must_use]
    pub fn recorded(self) -> &'a dyn Debug {
        self.0
    }
}

impl Untraced {
    /// Returns a value that records nothing.
    #[must_use]
    pub fn recorded(self) -> &'static dyn Debug {
        &()
    }
}

checks! {
    /// Holds for arguments whose values the span of a computation can have.
    #[diagnostic::on_unimplemented(
        message = "this argument cannot be traced",
        label = "needs `Debug`",
        note = "derive or require it: `#[derive(Debug)]`; or leave the argument out of `trace(..)`"
    )]
    Traceable
}

passes! {
    [] Traced<'_>: Traceable;
}
