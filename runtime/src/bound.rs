//! What a `key = ..` expression sees of a pattern's names: what is `Copy`, by value, as the body
//! does; anything else by reference, since the argument is still the body's.

// A ladder chooses by a method call, though the choice is in the type.
#![allow(clippy::unused_self)]

use crate::ladder::ladder;

ladder!(['a, T: ?Sized] ['a, T]: TryCopied Borrowed);

/// Chooses how a name is seen that is bound to this: `bound(id).value()`.
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
