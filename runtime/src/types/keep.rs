//! [`Keep`], whether a result is stored and for how long, and [`Decide`], which returns it for a
//! result: `cache_if`, and a `ttl` that depends on the result.

use std::time::Duration;

/// Whether a result is stored, and for how long.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Keep {
    /// It is not stored.
    No,
    /// It is stored, for the `ttl` of the cache if there is one.
    Yes,
    /// It is stored for this long.
    For(Duration),
}

impl Keep {
    /// Whether the result is stored.
    #[inline(always)]
    pub(crate) fn is_stored(self) -> bool {
        !matches!(self, Keep::No)
    }
}

impl From<bool> for Keep {
    #[inline(always)]
    fn from(is_stored: bool) -> Self {
        if is_stored { Keep::Yes } else { Keep::No }
    }
}

/// Decides about a result. It is a closure or a function of a reference to the result.
pub trait Decide<R> {
    /// Returns whether to store it, and for how long.
    fn decide(self, result: &R) -> Keep;
}

impl<R, D: Into<Keep>, F: FnOnce(&R) -> D> Decide<R> for F {
    #[inline(always)]
    fn decide(self, result: &R) -> Keep {
        self(result).into()
    }
}
