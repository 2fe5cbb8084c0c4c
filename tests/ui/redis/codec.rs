//! Codecs that cannot write a result, and paths of things that are no codec.

use functools::codec::{Codec, CodecError, Json, MessagePack};
use functools::lru_cache;

#[derive(Clone, Debug)]
struct Plain(u64);

struct Ids;

impl Codec<u64> for Ids {
    fn encode(value: &u64) -> Result<Vec<u8>, CodecError> {
        Ok(value.to_le_bytes().to_vec())
    }

    fn decode(bytes: &[u8]) -> Result<u64, CodecError> {
        Ok(u64::from_le_bytes(bytes.try_into()?))
    }
}

struct NoCodecAtAll;

mod codecs {}

static A_STATIC: u64 = 5;

fn a_function() -> u64 {
    A_STATIC
}

#[lru_cache(redis(key = "item:{id}", codec = MessagePack))]
fn without_serde(id: u64) -> Plain {
    Plain(id)
}

#[lru_cache(redis(key = "item:{id}", codec = Json))]
async fn without_serde_of_a_task(id: u64) -> Result<Plain, String> {
    Err(id.to_string())
}

#[lru_cache(redis(key = "item:{id}", codec = Ids))]
fn of_another_type(id: u64) -> String {
    id.to_string()
}

#[lru_cache(redis(key = "item:{id}", codec = NoCodecAtAll))]
fn no_codec(id: u64) -> u64 {
    id
}

#[lru_cache(redis(key = "item:{id}", codec = codecs::Undeclared))]
async fn in_another_module(id: u64) -> u64 {
    id
}

#[lru_cache(redis(key = "item:{id}", codec = Undeclared))]
fn nowhere(id: u64) -> u64 {
    id
}

#[lru_cache(redis(key = "item:{id}", codec = a_function))]
fn a_function_as_the_codec(id: u64) -> u64 {
    id
}

// The error about the result is enough.
#[lru_cache(redis(key = "item:{id}", codec = NoCodecAtAll))]
fn not_even_cloned(id: u64) -> std::sync::Mutex<u64> {
    std::sync::Mutex::new(id)
}

fn main() {
    println!("{:?} {}", without_serde(1), no_codec(2));
}
