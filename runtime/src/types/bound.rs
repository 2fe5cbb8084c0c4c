//! The names of an argument pattern in a `key = ..` expression: a `Copy` value by value, as in the
//! body; any other by reference, since the body takes it later.

// Autoderef specialization needs methods, although the result depends on the type alone.
#![allow(clippy::unused_self)]

use super::specialize::autoderef;

autoderef!(['a, T: ?Sized] ['a, T]: TryCopied Borrowed);

/// Chooses how a `key = ..` expression gets the value of a name: `bound(id).value()`.
#[inline]
pub fn bound<T: ?Sized>(value: &T) -> TryCopied<'_, T> {
    TryCopied(Borrowed(value))
}

/// The last step: a part of an argument that cannot be copied.
pub struct Borrowed<'a, T: ?Sized>(&'a T);

impl<T: Copy> TryCopied<'_, T> {
    #[inline]
    pub fn value(&self) -> T {
        *self.0.0
    }
}

impl<'a, T: ?Sized> Borrowed<'a, T> {
    #[inline]
    pub fn value(&self) -> &'a T {
        self.0
    }
}
