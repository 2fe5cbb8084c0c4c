//! [`CheckedCodec`], the codec of one function: it writes only values that it reads back unchanged.
//!
//! Generated code chooses it by the type of the result. A result that cannot be written compiles
//! all the same; `diagnostics` reports it.

// Autoderef specialization needs methods, although the result depends on the type alone.
#![allow(clippy::unused_self)]

use std::marker::PhantomData;

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::codec::{Codec, Json};
use super::digest::digest;
use crate::types::result::{NotCloned, Outcome, UnsharedResult};
use crate::types::specialize::autoderef;

/// Writes values that it reads back unchanged.
pub trait CheckedCodec<V>: 'static {
    /// Returns the bytes of a value that has at most `cap` of them.
    ///
    /// # Errors
    ///
    /// Why it is not shared.
    ///
    /// # Cost
    ///
    /// If the value cannot be written, cannot be read back, or differs when it is read back.
    fn encode_unchanged(value: &V, cap: usize) -> Result<Vec<u8>, Unshared>;

    /// Returns the value of these bytes, if they have one.
    fn decode(bytes: &[u8]) -> Option<V>;
}

/// Why a result is not shared.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Unshared {
    /// The codec has no bytes for it.
    Unencodable,
    /// It has more bytes than the cap.
    TooLarge,
    /// The codec does not read its own bytes.
    Unreadable,
    /// The codec reads another value from its bytes.
    Altered,
}

impl Unshared {
    /// The reason in words.
    pub(super) fn reason(self) -> &'static str {
        match self {
            Unshared::Unencodable => "the codec cannot write the result",
            Unshared::TooLarge => "the result is larger than the cap",
            Unshared::Unreadable => "the codec cannot read back the result",
            Unshared::Altered => "the codec reads back another result",
        }
    }
}

/// Whether a value was read back as it was.
pub trait Comparison<V, C>: 'static {
    fn is_same(value: &V, read: &V, bytes: &[u8]) -> bool;
}

/// Compares values as serde sees them, by their digests.
pub struct BySerde;

impl<V: Serialize, C> Comparison<V, C> for BySerde {
    fn is_same(value: &V, read: &V, _: &[u8]) -> bool {
        // A value without a digest is not shared.
        digest(value).is_some_and(|digest_of_value| Some(digest_of_value) == digest(read))
    }
}

/// Compares values with `==`.
pub struct ByEq;

impl<V: PartialEq, C> Comparison<V, C> for ByEq {
    fn is_same(value: &V, read: &V, _: &[u8]) -> bool {
        value == read
    }
}

/// Compares the bytes of values.
pub struct ByBytes;

impl<V, C: Codec<V> + 'static> Comparison<V, C> for ByBytes {
    fn is_same(_: &V, read: &V, bytes: &[u8]) -> bool {
        C::encode(read).is_ok_and(|again| again == bytes)
    }
}

/// A codec, and how values are compared.
pub struct Checked<C, S>(PhantomData<fn() -> (C, S)>);

impl<V, C: Codec<V> + 'static, S: Comparison<V, C>> CheckedCodec<V> for Checked<C, S> {
    fn encode_unchanged(value: &V, cap: usize) -> Result<Vec<u8>, Unshared> {
        let bytes = C::encode(value).map_err(|_| Unshared::Unencodable)?;
        if bytes.len() > cap {
            return Err(Unshared::TooLarge);
        }
        let read = C::decode(&bytes).map_err(|_| Unshared::Unreadable)?;
        if S::is_same(value, &read, &bytes) { Ok(bytes) } else { Err(Unshared::Altered) }
    }

    fn decode(bytes: &[u8]) -> Option<V> {
        C::decode(bytes).ok()
    }
}

/// Stands for a codec that does not exist. The error is reported at the return type, or at the
/// path of the codec.
pub struct NoCodec;

/// Stands for the codec of a type about which there is an error already.
pub struct Unneeded;

macro_rules! never {
    ($($codec:ident)+) => {$(
        impl<V> CheckedCodec<V> for $codec {
            fn encode_unchanged(_: &V, _: usize) -> Result<Vec<u8>, Unshared> {
                Err(Unshared::Unencodable)
            }

            fn decode(_: &[u8]) -> Option<V> {
                None
            }
        }
    )+};
}

never!(NoCodec Unneeded);

autoderef!([R, O] [R, O]: TrySerde TryUnstorable Unwritten);

/// The last step: results that cannot be written and read.
pub struct Unwritten<R, O>(PhantomData<fn() -> (R, O)>);

/// Chooses the codec of a function that names none: `codec(&outcome).codec()`.
pub fn codec<R, O: Outcome<R>>(_: &O) -> TrySerde<R, O> {
    TrySerde(TryUnstorable(Unwritten(PhantomData)))
}

impl<R, O: Outcome<R, Value: Serialize + DeserializeOwned>> TrySerde<R, O> {
    pub fn codec(&self) -> Checked<Json, BySerde> {
        Checked(PhantomData)
    }
}

impl<R> TryUnstorable<R, NotCloned> {
    pub fn codec(&self) -> Unneeded {
        Unneeded
    }
}

impl<R> TryUnstorable<R, UnsharedResult> {
    pub fn codec(&self) -> Unneeded {
        Unneeded
    }
}

impl<R, O: Outcome<R>> Unwritten<R, O> {
    pub fn codec(&self) -> NoCodec {
        NoCodec
    }
}

autoderef!(
    [C, R, O] [C, R, O]: TryOwnBySerde TryOwnByEq TryOwnByBytes TryOwnUnstorable OwnUnwritten
);

/// The last step: results that the codec does not write.
pub struct OwnUnwritten<C, R, O>(PhantomData<fn() -> C>, Unwritten<R, O>);

/// Chooses how the values of a function's own codec `C` are compared:
/// `own_codec::<C, _, _>(&outcome).codec()`.
pub fn own_codec<C, R, O: Outcome<R>>(_: &O) -> TryOwnBySerde<C, R, O> {
    let last = OwnUnwritten(PhantomData, Unwritten(PhantomData));
    TryOwnBySerde(TryOwnByEq(TryOwnByBytes(TryOwnUnstorable(last))))
}

impl<C: Codec<O::Value>, R, O: Outcome<R, Value: Serialize>> TryOwnBySerde<C, R, O> {
    pub fn codec(&self) -> Checked<C, BySerde> {
        Checked(PhantomData)
    }
}

impl<C: Codec<O::Value>, R, O: Outcome<R, Value: PartialEq>> TryOwnByEq<C, R, O> {
    pub fn codec(&self) -> Checked<C, ByEq> {
        Checked(PhantomData)
    }
}

impl<C: Codec<O::Value>, R, O: Outcome<R>> TryOwnByBytes<C, R, O> {
    pub fn codec(&self) -> Checked<C, ByBytes> {
        Checked(PhantomData)
    }
}

impl<C, R> TryOwnUnstorable<C, R, NotCloned> {
    pub fn codec(&self) -> Unneeded {
        Unneeded
    }
}

impl<C, R> TryOwnUnstorable<C, R, UnsharedResult> {
    pub fn codec(&self) -> Unneeded {
        Unneeded
    }
}

impl<C, R, O: Outcome<R>> OwnUnwritten<C, R, O> {
    pub fn codec(&self) -> NoCodec {
        NoCodec
    }
}
