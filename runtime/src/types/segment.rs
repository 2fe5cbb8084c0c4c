//! The text of an argument in a key: of a float, by its `Display`, or by its `Debug`.
//!
//! The type decides, by [autoderef specialization](crate::types::specialize). An argument that
//! cannot be written compiles all the same; `diagnostics` reports it.

// Autoderef specialization needs methods, although the result depends on the type alone.
#![allow(clippy::unused_self)]

use std::fmt::{Debug, Display};

use super::key_writer::KeyWriter;
use crate::types::key::{ByCopy, ByEq, ByTotalEq, NotAKey, UnsharedKey};
use crate::types::specialize::autoderef;

autoderef!(['a, T: ?Sized] ['a, T]: TryFloat TryDisplay NoText);

/// The last step: an argument that cannot be written.
pub struct NoText<'a, T: ?Sized>(&'a T);

/// Chooses how an argument is written: `segment(&x).segment().write(key)`, by the first step whose
/// bounds the type meets.
pub fn segment<T: ?Sized>(argument: &T) -> TryFloat<'_, T> {
    TryFloat(TryDisplay(NoText(argument)))
}

autoderef!(['a, T: ?Sized] ['a, T]: TryDebugFloat TryDebug NoDebugText);

/// The last step: an argument without `Debug`.
pub struct NoDebugText<'a, T: ?Sized>(&'a T);

/// Same as [`segment`] for an argument that is written by its `Debug`.
pub fn debug_segment<T: ?Sized>(argument: &T) -> TryDebugFloat<'_, T> {
    TryDebugFloat(TryDebug(NoDebugText(argument)))
}

/// A float. `-0.0` is `0.0`, and there is one NaN, as in memory.
pub struct FloatText<F>(F);

/// By `Display`.
pub struct Text<'a, T: ?Sized>(&'a T);

/// By `Debug`.
pub struct DebugText<'a, T: ?Sized>(&'a T);

/// Stands for an argument that cannot be written. The error is reported at the argument's type.
pub struct Unwritable;

macro_rules! floats {
    ($($float:ty)+) => {$(
        impl TryFloat<'_, $float> {
            pub fn segment(&self) -> FloatText<$float> {
                FloatText(*self.0.0.0)
            }
        }

        impl TryDebugFloat<'_, $float> {
            pub fn segment(&self) -> FloatText<$float> {
                FloatText(*self.0.0.0)
            }
        }

        impl FloatText<$float> {
            /// Writes it.
            pub fn write(self, key: &mut KeyWriter<'_>) {
                // All zeros are the one without a sign.
                key.argument(format_args!("{:?}", self.0 + 0.0));
            }

            /// Writes its hash.
            #[cfg(feature = "__tier")]
            pub fn hash(self, key: &mut KeyWriter<'_>) {
                key.hash(format_args!("{:?}", self.0 + 0.0));
            }
        }
    )+};
}

floats!(f32 f64);

impl<'a, T: ?Sized + Display> TryDisplay<'a, T> {
    pub fn segment(&self) -> Text<'a, T> {
        Text(self.0.0)
    }
}

impl<T: ?Sized + Display> Text<'_, T> {
    /// Writes it.
    pub fn write(self, key: &mut KeyWriter<'_>) {
        key.argument(format_args!("{}", self.0));
    }

    /// Writes its hash.
    #[cfg(feature = "__tier")]
    pub fn hash(self, key: &mut KeyWriter<'_>) {
        key.hash(format_args!("{}", self.0));
    }
}

impl<'a, T: ?Sized + Debug> TryDebug<'a, T> {
    pub fn segment(&self) -> DebugText<'a, T> {
        DebugText(self.0.0)
    }
}

impl<T: ?Sized + Debug> DebugText<'_, T> {
    /// Writes it.
    pub fn write(self, key: &mut KeyWriter<'_>) {
        key.argument(format_args!("{:?}", self.0));
    }
}

impl<T: ?Sized> NoDebugText<'_, T> {
    pub fn segment(&self) -> Unwritable {
        Unwritable
    }
}

impl<T: ?Sized> NoText<'_, T> {
    pub fn segment(&self) -> Unwritable {
        Unwritable
    }
}

/// Stands for an argument that cannot be a key in memory either. The error about that is enough.
pub struct Said;

macro_rules! unwritable {
    ($($unwritable:ident)+) => {$(
        impl $unwritable {
            /// Writes no key.
            pub fn write(self, key: &mut KeyWriter<'_>) {
                key.fail();
            }

            /// Writes no key.
            #[cfg(feature = "__tier")]
            pub fn hash(self, key: &mut KeyWriter<'_>) {
                key.fail();
            }
        }
    )+};
}

unwritable!(Unwritable Said);

/// The part of an argument in a key in memory, if its key in a second tier depends on it.
pub trait InMemory {
    /// How it is written, given how it could be.
    type Segment<S>;

    /// Returns `segment`, unless there is an error about the argument already.
    fn segment<S>(&self, segment: S) -> Self::Segment<S>;
}

macro_rules! in_memory {
    ($([$($generics:tt)*] $argument:ty;)+) => {$(
        impl<$($generics)*> InMemory for $argument {
            type Segment<S> = S;

            fn segment<S>(&self, segment: S) -> S {
                segment
            }
        }
    )+};
}

in_memory! {
    [A] ByCopy<'_, A>;
    [A: ?Sized] ByEq<'_, A>;
    [A: ?Sized] ByTotalEq<'_, A>;
    [] UnsharedKey;
}

impl InMemory for NotAKey {
    type Segment<S> = Said;

    fn segment<S>(&self, _: S) -> Said {
        Said
    }
}

#[cfg(test)]
mod tests {
    use super::{debug_segment, segment};
    use crate::types::key_writer::KeyWriter;

    #[test]
    fn arguments_are_escaped() {
        let key = KeyWriter::key(&[7; 32], |key| {
            key.literal("k:");
            segment("a:ü%").segment().write(key);
            key.literal(":");
            segment(&-0.0_f64).segment().write(key);
            key.literal(":");
            segment(&f32::NAN).segment().write(key);
            segment(&-3_i8).segment().write(key);
            key.escape("-.");
            debug_segment(&Some("a-b")).segment().write(key);
            debug_segment(&-0.0_f32).segment().write(key);
        });
        let expected = "k:a%3A%C3%BC%25:0.0:NaN-3Some%28%22a%2Db%22%290%2E0";
        assert_eq!(key.as_deref(), Some(expected));
    }

    #[cfg(feature = "__tier")]
    #[test]
    fn the_hash_of_an_argument_is_keyed() {
        let hash =
            |secret| KeyWriter::key(&[secret; 32], |key| segment("token").segment().hash(key));
        assert_ne!(hash(1), hash(2));
        assert_eq!(hash(1).map(|key| key.len()), Some(64));
    }

    #[test]
    fn an_argument_that_cannot_be_written_makes_no_key() {
        assert_eq!(KeyWriter::key(&[7; 32], |key| segment(&()).segment().write(key)), None);
    }
}
