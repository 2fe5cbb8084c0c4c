//! Values in Redis: the JSON of what is stored.

// A ladder is asked by method calls, though the answer is in the type.
#![allow(clippy::unused_self)]

use std::marker::PhantomData;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::check::{Good, NotSerializable, Verdict};
use crate::ladder::Rung;
use crate::outcome::{Outcome, Unstorable};

/// How values of one type are written and read.
pub trait Codec<V> {
    /// The bytes of a value; `None` if it has none.
    fn encode(value: &V) -> Option<Vec<u8>>;

    /// The value of these bytes, if they are one.
    fn decode(bytes: &[u8]) -> Option<V>;
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
}

/// Stands in where there is no way; the error is reported at the return type.
pub struct NoCodec;

impl<V> Codec<V> for NoCodec {
    fn encode(_: &V) -> Option<Vec<u8>> {
        None
    }

    fn decode(_: &[u8]) -> Option<V> {
        None
    }
}

/// Asks how what a function returns is written: `codec(&outcome).codec()`.
pub fn codec<O: Outcome>(_: &O) -> Rung<Rung<CodecOf<O>>> {
    Rung(Rung(CodecOf(PhantomData)))
}

/// Values of which it is not known yet whether they can be written.
pub struct CodecOf<O>(PhantomData<fn() -> O>);

impl<O: Outcome> Rung<Rung<CodecOf<O>>>
where
    O::Value: Serialize + DeserializeOwned,
{
    pub fn codec(&self) -> Json {
        Json
    }

    pub fn verdict(&self) -> Verdict<(), Good> {
        Verdict::new()
    }
}

/// There is an error about the type already.
impl<R> Rung<CodecOf<Unstorable<R>>> {
    pub fn codec(&self) -> NoCodec {
        NoCodec
    }

    pub fn verdict(&self) -> Verdict<(), Good> {
        Verdict::new()
    }
}

impl<O: Outcome> CodecOf<O> {
    pub fn codec(&self) -> NoCodec {
        NoCodec
    }

    pub fn verdict(&self) -> Verdict<O::Value, NotSerializable> {
        Verdict::new()
    }
}
