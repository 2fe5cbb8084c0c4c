//! Values in Redis: the JSON of what is stored.

// A ladder chooses by a method call, though the choice is in the type.
#![allow(clippy::unused_self)]

use std::marker::PhantomData;

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::digest::digest;
use crate::ladder::ladder;
use crate::outcome::{NotCloned, Outcome, UnsharedResult};

/// How values of one type are written and read.
pub trait Codec<V>: 'static {
    /// The bytes of a value; `None` if it has none.
    fn encode(value: &V) -> Option<Vec<u8>>;

    /// The value of these bytes, if they are one.
    fn decode(bytes: &[u8]) -> Option<V>;

    /// Whether two values are the same, as far as they are written.
    fn is_same(one: &V, other: &V) -> bool;
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
            Unshared::Unencodable => "the result cannot be written as JSON",
            Unshared::TooLarge => "the result is larger than the cap",
            Unshared::Unreadable => "the result cannot be read back from its JSON",
            Unshared::Altered => "the result's JSON is that of another value",
        }
    }
}

/// Returns the bytes of a value that has at most `cap` of them and is read back from them
/// unchanged.
///
/// # Errors
///
/// Why it is not shared.
///
/// # Cost
///
/// That of writing the value, of reading it, and of two digests.
pub fn encode_unchanged<V, C: Codec<V>>(value: &V, cap: usize) -> Result<Vec<u8>, Unshared> {
    let bytes = C::encode(value).ok_or(Unshared::Unencodable)?;
    if bytes.len() > cap {
        return Err(Unshared::TooLarge);
    }
    let read = C::decode(&bytes).ok_or(Unshared::Unreadable)?;
    if C::is_same(value, &read) { Ok(bytes) } else { Err(Unshared::Altered) }
}

/// By `serde_json`.
pub struct Json;

impl<V: Serialize + DeserializeOwned> Codec<V> for Json {
    fn encode(value: &V) -> Option<Vec<u8>> {
        serde_json::to_vec(value).ok()
    }

    fn decode(bytes: &[u8]) -> Option<V> {
        serde_json::from_slice(bytes).ok()
    }

    fn is_same(one: &V, other: &V) -> bool {
        // What cannot be compared is not shared.
        digest(one).is_some_and(|digest_of_one| Some(digest_of_one) == digest(other))
    }
}

/// Stands in where there is no way; the error is reported at the return type.
pub struct NoCodec;

/// Stands in where there is an error about the type already.
pub struct Unneeded;

macro_rules! never {
    ($($codec:ident)+) => {$(
        impl<V> Codec<V> for $codec {
            fn encode(_: &V) -> Option<Vec<u8>> {
                None
            }

            fn decode(_: &[u8]) -> Option<V> {
                None
            }

            fn is_same(_: &V, _: &V) -> bool {
                false
            }
        }
    )+};
}

never!(NoCodec Unneeded);

ladder!([R, O] [R, O]: TrySerde TryUnstorable Unwritten);

/// The last step: values that cannot be written and read.
pub struct Unwritten<R, O>(PhantomData<fn() -> (R, O)>);

/// Chooses how what a function returns is written: `codec(&outcome).codec()` is that of the first
/// step whose bounds the type meets.
pub fn codec<R, O: Outcome<R>>(_: &O) -> TrySerde<R, O> {
    TrySerde(TryUnstorable(Unwritten(PhantomData)))
}

impl<R, O: Outcome<R, Value: Serialize + DeserializeOwned>> TrySerde<R, O> {
    pub fn codec(&self) -> Json {
        Json
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
