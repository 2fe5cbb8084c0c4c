//! What a `key = ..` expression sees of a pattern's names: what is `Copy`, by value, as the body
//! does; anything else by reference, since the argument is still the body's.

// A ladder is asked by method calls, though the answer is in the type.
#![allow(clippy::unused_self)]

use crate::ladder::Rung;

/// Asks how a name is seen that is bound to this: `bound(id).value()`.
#[inline]
pub fn bound<T: ?Sized>(value: &T) -> Rung<Bound<'_, T>> {
    Rung(Bound(value))
}

/// A part of an argument, of which it is not known yet whether it can be copied.
pub struct Bound<'a, T: ?Sized>(&'a T);

impl<T: Copy> Rung<Bound<'_, T>> {
    #[inline]
    pub fn value(&self) -> T {
        *self.0.0
    }
}

impl<'a, T: ?Sized> Bound<'a, T> {
    #[inline]
    pub fn value(&self) -> &'a T {
        self.0
    }
}
