//! [`TotalEq`], equality and hashing for floats as keys: `-0.0` equals `0.0`, and every NaN equals
//! every NaN. Also for tuples, arrays, slices, vectors and options with floats.

use std::hash::{Hash, Hasher};

/// A total equality, for types that have no `Eq` because of a float.
pub trait TotalEq {
    /// Whether both are equal as keys.
    fn total_eq(&self, other: &Self) -> bool;

    /// Feeds the value to a hasher; equal values have equal hashes.
    fn total_hash<H: Hasher>(&self, state: &mut H);
}

macro_rules! total_float {
    ($($float:ty)+) => {
        $(impl TotalEq for $float {
            #[inline]
            fn total_eq(&self, other: &Self) -> bool {
                self == other || (self.is_nan() && other.is_nan())
            }

            #[inline]
            fn total_hash<H: Hasher>(&self, state: &mut H) {
                let one = if self.is_nan() {
                    Self::NAN
                } else if *self == 0.0 {
                    0.0
                } else {
                    *self
                };
                one.to_bits().hash(state);
            }
        })+
    };
}

/// The types that may be beside a float in a tuple.
macro_rules! total_by_eq {
    ($($plain:ty)+) => {
        $(impl TotalEq for $plain {
            #[inline]
            fn total_eq(&self, other: &Self) -> bool {
                self == other
            }

            #[inline]
            fn total_hash<H: Hasher>(&self, state: &mut H) {
                self.hash(state);
            }
        })+
    };
}

macro_rules! total_tuple {
    ($($name:ident $index:tt),+) => {
        impl<$($name: TotalEq),+> TotalEq for ($($name,)+) {
            #[inline]
            fn total_eq(&self, other: &Self) -> bool {
                $(self.$index.total_eq(&other.$index))&&+
            }

            #[inline]
            fn total_hash<Hash: Hasher>(&self, state: &mut Hash) {
                $(self.$index.total_hash(state);)+
            }
        }
    };
}

total_float!(f32 f64);
total_by_eq!(bool char str String u8 u16 u32 u64 u128 usize i8 i16 i32 i64 i128 isize);
total_tuple!(A 0);
total_tuple!(A 0, B 1);
total_tuple!(A 0, B 1, C 2);
total_tuple!(A 0, B 1, C 2, D 3);
total_tuple!(A 0, B 1, C 2, D 3, E 4);
total_tuple!(A 0, B 1, C 2, D 3, E 4, F 5);

impl<T: TotalEq> TotalEq for [T] {
    #[inline]
    fn total_eq(&self, other: &Self) -> bool {
        self.len() == other.len() && self.iter().zip(other).all(|(one, two)| one.total_eq(two))
    }

    #[inline]
    fn total_hash<H: Hasher>(&self, state: &mut H) {
        state.write_usize(self.len());
        for item in self {
            item.total_hash(state);
        }
    }
}

impl<T: TotalEq, const N: usize> TotalEq for [T; N] {
    #[inline]
    fn total_eq(&self, other: &Self) -> bool {
        self.as_slice().total_eq(other.as_slice())
    }

    #[inline]
    fn total_hash<H: Hasher>(&self, state: &mut H) {
        self.as_slice().total_hash(state);
    }
}

impl<T: TotalEq> TotalEq for Vec<T> {
    #[inline]
    fn total_eq(&self, other: &Self) -> bool {
        self.as_slice().total_eq(other.as_slice())
    }

    #[inline]
    fn total_hash<H: Hasher>(&self, state: &mut H) {
        self.as_slice().total_hash(state);
    }
}

impl<T: TotalEq> TotalEq for Option<T> {
    #[inline]
    fn total_eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Some(one), Some(two)) => one.total_eq(two),
            (None, None) => true,
            _ => false,
        }
    }

    #[inline]
    fn total_hash<H: Hasher>(&self, state: &mut H) {
        state.write_u8(u8::from(self.is_some()));
        if let Some(value) = self {
            value.total_hash(state);
        }
    }
}
