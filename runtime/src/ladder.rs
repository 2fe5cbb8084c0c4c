//! Choosing by type what to do, where traits cannot overlap.
//!
//! `Result<T, E>` is treated otherwise than other return types, floats otherwise than what has
//! `Eq`, whatever the types are called in the source. Rust has no specialization, but a method call
//! walks from a type to what it dereferences to and takes the first method whose bounds hold. A
//! subject wrapped in rungs, with one method of the same name on each, is such a choice:
//! `Rung<Rung<Subject>>` is tried first, then `Rung<Subject>`, then `Subject`.

use std::ops::Deref;

/// One rung; what lies below is tried when the bounds of this one's method are not met.
pub struct Rung<Below>(pub Below);

impl<Below> Deref for Rung<Below> {
    type Target = Below;

    #[inline]
    fn deref(&self) -> &Below {
        &self.0
    }
}
