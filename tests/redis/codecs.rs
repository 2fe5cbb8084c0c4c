//! `codec = PATH`: MessagePack, and codecs of the program's own (section 8).

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};

use functools::codec::{Codec, CodecError, Json, MessagePack};
use functools::redis::{FunctionStats, Tier};
use functools::{CacheStatus, lru_cache};
use redis::Commands as _;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::server::{Server, eventually};
use crate::{install, set, stored};

/// How one process and another call a function with this codec, and what is in Redis.
macro_rules! through_redis {
    ($server:ident, $codec:ty, $type:ty, $value:expr) => {{
        static HERE: Tier = Tier::new();
        static THERE: Tier = Tier::new();
        #[lru_cache(ttl = "60s", redis(key = "value", tier = HERE, codec = $codec))]
        fn here() -> $type {
            $value
        }
        #[lru_cache(ttl = "60s", redis(key = "value", tier = THERE, codec = $codec))]
        fn there() -> $type {
            $value
        }
        let (_here, _there) = (install(&HERE, &$server), install(&THERE, &$server));
        let () = redis::cmd("FLUSHALL").query(&mut $server.client()).expect("FLUSHALL");
        here();
        let bytes: Option<Vec<u8>> = $server.client().get("value").expect("GET");
        let (read, status) = there::with_status();
        let stats = here::cache_stats().redis.expect("a Redis");
        (bytes, read, status, unshared(stats))
    }};
}

/// Stores, and what was not stored: unencodable, unreadable, altered.
fn unshared(stats: FunctionStats) -> [u64; 4] {
    [stats.stores, stats.unencodable, stats.unreadable, stats.altered]
}

const STORED: [u64; 4] = [1, 0, 0, 0];
const ALTERED: [u64; 4] = [0, 0, 0, 1];

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Point {
    x: u8,
    y: Option<bool>,
}

#[test]
fn message_pack_is_what_other_languages_read() {
    let server = Server::start();
    let point = Point { x: 7, y: None };
    let (bytes, read, status, counts) =
        through_redis!(server, MessagePack, Point, Point { x: 7, y: None });
    assert_eq!(bytes.as_deref(), Some(&b"\x82\xa1x\x07\xa1y\xc0"[..]));
    assert_eq!((read, status, counts), (point, CacheStatus::Shared, STORED));
}

#[test]
fn message_pack_keeps_what_json_does_not() {
    let server = Server::start();
    let (_, read, status, counts) = through_redis!(server, MessagePack, f64, -f64::NAN);
    assert_eq!((read.to_bits(), status), ((-f64::NAN).to_bits(), CacheStatus::Shared));
    assert_eq!(counts, STORED);
    type Pairs = BTreeMap<(u8, u8), String>;
    let pairs = || Pairs::from([((1, 2), "a".to_owned())]);
    let (_, read, status, counts) = through_redis!(
        server,
        MessagePack,
        BTreeMap<(u8, u8), String>,
        BTreeMap::from([((1, 2), "a".to_owned())])
    );
    assert_eq!((read, status, counts), (pairs(), CacheStatus::Shared, STORED));
}

#[test]
fn a_result_that_message_pack_changes_is_not_shared() {
    let server = Server::start();
    let (bytes, read, status, counts) =
        through_redis!(server, MessagePack, Option<Option<u8>>, Some(None));
    assert_eq!((bytes, read, status, counts), (None, Some(None), CacheStatus::Miss, ALTERED));
}

#[test]
fn what_is_no_message_pack_of_the_type_is_a_miss() {
    static TIER: Tier = Tier::new();
    #[lru_cache(ttl = "60s", redis(key = "packed:{id}", tier = TIER, codec = MessagePack))]
    fn packed(id: usize) -> Vec<u32> {
        vec![id as u32]
    }
    let server = Server::start();
    let tier = install(&TIER, &server);
    let mut client = server.client();
    let values: [&[u8]; 6] = [
        b"",
        b"[1]",
        b"\x91",
        b"\x91\x01\x01",
        // An array of 4,294,967,295 elements, and a tower of arrays.
        b"\xdd\xff\xff\xff\xff",
        &[0x91; 100_000],
    ];
    for (id, value) in values.into_iter().enumerate() {
        let () = client.set_ex(format!("packed:{id}"), value, 60).expect("SET");
        assert_eq!(packed::with_status(id), (vec![id as u32], CacheStatus::Miss), "{value:?}");
    }
    assert_eq!(tier.stats().undecodable, values.len() as u64);
}

/// JSON, backwards.
struct Backwards;

impl<T: Serialize + DeserializeOwned> Codec<T> for Backwards {
    fn encode(value: &T) -> Result<Vec<u8>, CodecError> {
        Ok(Json::encode(value)?.into_iter().rev().collect())
    }

    fn decode(bytes: &[u8]) -> Result<T, CodecError> {
        Json::decode(&bytes.iter().rev().copied().collect::<Vec<_>>())
    }
}

#[test]
fn a_codec_may_wrap_another() {
    let server = Server::start();
    let (bytes, read, status, counts) = through_redis!(server, Backwards, u32, 120);
    assert_eq!(bytes.as_deref(), Some(&b"021"[..]));
    assert_eq!((read, status, counts), (120, CacheStatus::Shared, STORED));
    // As the codec that it wraps.
    let (bytes, read, status, counts) = through_redis!(server, Backwards, Option<()>, Some(()));
    assert_eq!((bytes, read, status, counts), (None, Some(()), CacheStatus::Miss, ALTERED));
}

/// Types that serde does not know: with `==`, and without.
#[derive(Debug, Clone, PartialEq)]
struct Compared(u8);

#[derive(Debug, Clone)]
struct NotCompared(u8);

/// One byte each. It loses the highest bit.
struct Byte;

impl Codec<Compared> for Byte {
    fn encode(value: &Compared) -> Result<Vec<u8>, CodecError> {
        Ok(vec![value.0 & 0x7f])
    }

    fn decode(bytes: &[u8]) -> Result<Compared, CodecError> {
        Ok(Compared(*bytes.first().ok_or("no byte")?))
    }
}

impl Codec<NotCompared> for Byte {
    fn encode(value: &NotCompared) -> Result<Vec<u8>, CodecError> {
        match value.0 {
            0 => Err("zero".into()),
            byte => Ok(vec![byte]),
        }
    }

    fn decode(bytes: &[u8]) -> Result<NotCompared, CodecError> {
        match bytes {
            [1] => Err("one".into()),
            // It is written as another byte again.
            [2] => Ok(NotCompared(3)),
            bytes => Ok(NotCompared(*bytes.first().ok_or("no byte")?)),
        }
    }
}

#[test]
fn a_codec_may_do_without_serde() {
    let server = Server::start();
    let (bytes, read, status, counts) = through_redis!(server, Byte, Compared, Compared(5));
    assert_eq!((bytes, read, status), (Some(vec![5]), Compared(5), CacheStatus::Shared));
    assert_eq!(counts, STORED);
    let (bytes, _, status, counts) = through_redis!(server, Byte, Compared, Compared(0xff));
    assert_eq!((bytes, status, counts), (None, CacheStatus::Miss, ALTERED));

    let (bytes, read, status, counts) = through_redis!(server, Byte, NotCompared, NotCompared(5));
    assert_eq!((bytes, read.0, status), (Some(vec![5]), 5, CacheStatus::Shared));
    assert_eq!(counts, STORED);
    let (_, _, status, counts) = through_redis!(server, Byte, NotCompared, NotCompared(0));
    assert_eq!((status, counts), (CacheStatus::Miss, [0, 1, 0, 0]));
    let (_, _, status, counts) = through_redis!(server, Byte, NotCompared, NotCompared(1));
    assert_eq!((status, counts), (CacheStatus::Miss, [0, 0, 1, 0]));
    let (_, _, status, counts) = through_redis!(server, Byte, NotCompared, NotCompared(2));
    assert_eq!((status, counts), (CacheStatus::Miss, ALTERED));
}

#[test]
fn a_codec_stores_the_ok_of_a_result() {
    static TIER: Tier = Tier::new();
    #[lru_cache(ttl = "60s", redis(key = "half:{n}", tier = TIER, codec = Byte))]
    async fn half(n: u8) -> Result<Compared, std::fmt::Error> {
        if n.is_multiple_of(2) { Ok(Compared(n / 2)) } else { Err(std::fmt::Error) }
    }
    let server = Server::start();
    let _tier = install(&TIER, &server);
    let mut client = server.client();
    assert_eq!(crate::common::block_on(half(8)), Ok(Compared(4)));
    assert_eq!(client.get("half:8"), Ok(vec![4_u8]));
    assert!(crate::common::block_on(half(7)).is_err());
    assert_eq!(client.exists("half:7"), Ok(false));
}

static PANICS: AtomicBool = AtomicBool::new(false);

/// JSON, until it panics.
struct Panicking;

impl Codec<u64> for Panicking {
    fn encode(value: &u64) -> Result<Vec<u8>, CodecError> {
        assert!(!PANICS.load(SeqCst), "encode");
        Json::encode(value)
    }

    fn decode(bytes: &[u8]) -> Result<u64, CodecError> {
        assert!(!PANICS.load(SeqCst), "decode");
        Json::decode(bytes)
    }
}

#[test]
fn a_panic_in_a_codec_reaches_the_caller_and_stores_nothing() {
    static TIER: Tier = Tier::new();
    #[lru_cache(ttl = "60s", redis(key = "panics:{n}", tier = TIER, codec = Panicking))]
    fn identity(n: u64) -> u64 {
        n
    }
    let server = Server::start();
    let tier = install(&TIER, &server);
    let mut client = server.client();
    PANICS.store(true, SeqCst);
    assert!(std::panic::catch_unwind(|| identity(1)).is_err(), "it encodes");
    set(&mut client, "panics:2", "2");
    assert!(std::panic::catch_unwind(|| identity(2)).is_err(), "it decodes");
    PANICS.store(false, SeqCst);
    eventually("the lease is given up", || server.keys() == ["panics:2"]);
    assert_eq!(identity::with_status(1), (1, CacheStatus::Miss));
    stored(&mut client, "panics:1");
    assert_eq!(identity::with_status(2), (2, CacheStatus::Shared));
    let info = identity::cache_info();
    assert_eq!((info.hits, info.misses), (1, 3));
    assert_eq!((tier.stats().errors, tier.stats().timeouts), (0, 0));
}
