//! Values in a second tier: the [`Codec`] that writes and reads them.
//!
//! A value is stored only if the codec reads it back unchanged: `checked` compares both.

use serde::Serialize;
use serde::de::DeserializeOwned;

/// Why a codec cannot write or read a value. It is counted, and shown nowhere.
pub type CodecError = Box<dyn std::error::Error + Send + Sync>;

/// Writes results of type `T` as bytes, and reads them back: `redis(key = .., codec = PATH)`.
///
/// Implement it for a type of your own to compress or to encrypt what another codec writes, or for
/// types without `serde`:
///
/// ```
/// use functools::codec::{Codec, CodecError, Json};
/// use functools::lru_cache;
/// use serde::Serialize;
/// use serde::de::DeserializeOwned;
///
/// /// JSON whose bits are inverted, so that a glance at the server does not show it.
/// struct Inverted;
///
/// impl<T: Serialize + DeserializeOwned> Codec<T> for Inverted {
///     fn encode(value: &T) -> Result<Vec<u8>, CodecError> {
///         Ok(Json::encode(value)?.into_iter().map(|byte| !byte).collect())
///     }
///
///     fn decode(bytes: &[u8]) -> Result<T, CodecError> {
///         Json::decode(&bytes.iter().map(|byte| !byte).collect::<Vec<_>>())
///     }
/// }
///
/// #[lru_cache(ttl = "60s", redis(key = "square:{n}", codec = Inverted))]
/// fn square(n: u64) -> u64 {
///     n * n
/// }
///
/// assert_eq!(square(3), 9);
/// ```
///
/// A result that the codec does not give back unchanged is not shared, and counted. Two results are
/// compared as serde sees them; without `Serialize`, by `PartialEq`; without that, by their bytes.
///
/// A panic in a codec reaches the caller, and nothing is stored.
pub trait Codec<T> {
    /// Returns the bytes of a value.
    ///
    /// # Errors
    ///
    /// If the value has none. Then it is not shared.
    fn encode(value: &T) -> Result<Vec<u8>, CodecError>;

    /// Returns the value that these bytes stand for.
    ///
    /// Anyone who can write to the server chooses the bytes: bound what they can make it allocate.
    ///
    /// # Errors
    ///
    /// If they stand for none. Then the call is a miss.
    fn decode(bytes: &[u8]) -> Result<T, CodecError>;
}

/// JSON, by `serde_json`: the codec of functions that name none.
#[derive(Debug)]
pub struct Json;

impl<T: Serialize + DeserializeOwned> Codec<T> for Json {
    fn encode(value: &T) -> Result<Vec<u8>, CodecError> {
        Ok(serde_json::to_vec(value)?)
    }

    fn decode(bytes: &[u8]) -> Result<T, CodecError> {
        Ok(serde_json::from_slice(bytes)?)
    }
}

/// `MessagePack`, by `rmp-serde`: smaller than JSON and quicker to read. It keeps a NaN, bytes, and
/// maps whose keys are not text.
///
/// Fields have their names, so that a struct may get new ones with `#[serde(default)]`. Needs the
/// feature `msgpack`.
///
/// ```
/// use functools::codec::MessagePack;
/// use functools::lru_cache;
///
/// #[lru_cache(ttl = "60s", redis(key = "ratio:{a}:{b}", codec = MessagePack))]
/// fn ratio(a: u32, b: u32) -> f64 {
///     f64::from(a) / f64::from(b)
/// }
///
/// assert!(ratio(0, 0).is_nan());
/// ```
#[cfg(feature = "msgpack")]
#[derive(Debug)]
pub struct MessagePack;

#[cfg(feature = "msgpack")]
impl<T: Serialize + DeserializeOwned> Codec<T> for MessagePack {
    fn encode(value: &T) -> Result<Vec<u8>, CodecError> {
        Ok(rmp_serde::to_vec_named(value)?)
    }

    fn decode(bytes: &[u8]) -> Result<T, CodecError> {
        let mut reader = rmp_serde::Deserializer::new(bytes);
        // The depth of JSON: a value from the server must not overflow the stack.
        reader.set_max_depth(128);
        let value = T::deserialize(&mut reader)?;
        if reader.get_ref().is_empty() { Ok(value) } else { Err("bytes follow the value".into()) }
    }
}
