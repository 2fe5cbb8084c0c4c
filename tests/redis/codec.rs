//! Values that JSON may not give back as they were: they come from Redis to the last bit, or they
//! are not shared, are counted with the reason, and stay in memory.

use std::collections::{BTreeMap, BTreeSet, BinaryHeap, HashMap, HashSet};
use std::fmt::Debug;
use std::net::IpAddr;
use std::time::Duration;

use functools::redis::{FunctionStats, Tier};
use functools::{CacheStatus, lru_cache};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::install;
use crate::server::Server;

/// What became of a value.
#[derive(Debug, PartialEq, Eq)]
enum Shared {
    Unchanged,
    Unencodable,
    Unreadable,
    Altered,
}

impl Shared {
    fn of(stats: FunctionStats) -> Self {
        match (stats.stores, stats.unencodable, stats.unreadable, stats.altered) {
            (1, 0, 0, 0) => Shared::Unchanged,
            (0, 1, 0, 0) => Shared::Unencodable,
            (0, 0, 1, 0) => Shared::Unreadable,
            (0, 0, 0, 1) => Shared::Altered,
            _ => panic!("{stats:?}"),
        }
    }
}

/// One process computes a value, another asks for it. Says what became of it, and that the other
/// has it as it was.
macro_rules! through_redis {
    ($server:ident, $type:ty, $value:expr) => {{
        static HERE: Tier = Tier::new();
        static THERE: Tier = Tier::new();
        #[lru_cache(ttl = "60s", redis(key = "value", tier = HERE))]
        fn here() -> $type {
            $value
        }
        #[lru_cache(ttl = "60s", redis(key = "value", tier = THERE))]
        fn there() -> $type {
            $value
        }
        let (_here, _there) = (install(&HERE, &$server), install(&THERE, &$server));
        let () = redis::cmd("FLUSHALL").query(&mut $server.client()).expect("FLUSHALL");
        let (computed, status) = here::with_status();
        assert_eq!(status, CacheStatus::Miss);
        assert!(here::cache_contains(), "it is in memory in any case: {computed:?}");
        let shared = Shared::of(here::cache_stats().redis.expect("a Redis"));
        let (read, status) = there::with_status();
        let is_shared = shared == Shared::Unchanged;
        assert_eq!(status == CacheStatus::Shared, is_shared, "{computed:?}: {status:?}");
        same(&computed, &read);
        assert_eq!(there::cache_stats().redis.expect("a Redis").undecodable, 0);
        shared
    }};
}

/// As they print, which tells `Some(None)` from `None`, and the text of an own type, which tells
/// all bits.
fn same<T: Debug>(one: &T, other: &T) {
    assert_eq!(format!("{one:?}"), format!("{other:?}"));
}

/// A float whose `Debug` tells every bit.
#[derive(Clone, Copy, Serialize, Deserialize)]
#[serde(transparent)]
struct Bits(f64);

impl Debug for Bits {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:016x}", self.0.to_bits())
    }
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Flattened {
    name: String,
    #[serde(flatten)]
    rest: BTreeMap<u8, u8>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "kind")]
enum Tagged {
    Number { n: i128 },
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Defaulted {
    #[serde(default = "five", skip_serializing_if = "is_zero")]
    n: u8,
}

fn five() -> u8 {
    5
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "as serde wants it")]
fn is_zero(n: &u8) -> bool {
    *n == 0
}

/// A list in a list in a list.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Nested(Vec<Nested>);

fn nested(depth: usize) -> Nested {
    (0..depth).fold(Nested(Vec::new()), |inner, _| Nested(vec![inner]))
}

/// A key that is no text.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
struct Point(u8, u8);

#[test]
fn what_becomes_of_each_value() {
    use Shared::{Altered, Unchanged, Unencodable, Unreadable};

    let server = Server::start();
    let all = [
        ("Some(None)", through_redis!(server, Option<Option<u32>>, Some(None)), Altered),
        ("Some(())", through_redis!(server, Option<()>, Some(())), Altered),
        ("Some(NaN)", through_redis!(server, Option<f64>, Some(f64::NAN)), Altered),
        ("Some(inf)", through_redis!(server, Option<f64>, Some(f64::INFINITY)), Altered),
        (
            "Some(null)",
            through_redis!(server, Option<serde_json::Value>, Some(serde_json::Value::Null)),
            Altered,
        ),
        (
            "Vec of Some(None)",
            through_redis!(server, Vec<Option<Option<u8>>>, vec![None, Some(None)]),
            Altered,
        ),
        ("NaN", through_redis!(server, f64, f64::NAN), Unreadable),
        (
            "a list with infinity",
            through_redis!(server, Vec<f64>, vec![1.0, f64::NEG_INFINITY]),
            Unreadable,
        ),
        (
            "integer keys, flattened",
            through_redis!(
                server,
                Flattened,
                Flattened { name: "a".to_owned(), rest: BTreeMap::from([(1, 2)]) }
            ),
            Unreadable,
        ),
        (
            "i128 in a tagged enum",
            through_redis!(server, Tagged, Tagged::Number { n: i128::MAX }),
            Unreadable,
        ),
        ("nesting beyond 128", through_redis!(server, Nested, nested(200)), Unreadable),
        (
            "a default that is not the value left out",
            through_redis!(server, Defaulted, Defaulted { n: 0 }),
            Altered,
        ),
        (
            "keys that are no text",
            through_redis!(server, BTreeMap<Point, u8>, BTreeMap::from([(Point(1, 2), 3)])),
            Unencodable,
        ),
        ("None", through_redis!(server, Option<Option<u32>>, None), Unchanged),
        ("Some(Some(_))", through_redis!(server, Option<Option<u32>>, Some(Some(1))), Unchanged),
        ("()", through_redis!(server, (), ()), Unchanged),
        ("-0.0", through_redis!(server, Bits, Bits(-0.0)), Unchanged),
        ("the least float", through_redis!(server, Bits, Bits(5e-324)), Unchanged),
        ("i128", through_redis!(server, i128, i128::MIN), Unchanged),
        (
            "integer keys",
            through_redis!(server, BTreeMap<u8, u8>, BTreeMap::from([(1, 2)])),
            Unchanged,
        ),
        ("nesting", through_redis!(server, Nested, nested(100)), Unchanged),
        (
            "a set",
            through_redis!(
                server,
                BTreeSet<String>,
                BTreeSet::from(["a".to_owned(), "b".to_owned()])
            ),
            Unchanged,
        ),
        ("a duration", through_redis!(server, Duration, Duration::new(1, 999_999_999)), Unchanged),
        ("an address", through_redis!(server, IpAddr, IpAddr::from([127, 0, 0, 1])), Unchanged),
        ("a default", through_redis!(server, Defaulted, Defaulted { n: 5 }), Unchanged),
        ("text", through_redis!(server, String, "\u{0}\"\\ä\u{10ffff}".to_owned()), Unchanged),
    ];
    for (name, shared, expected) in all {
        assert_eq!(shared, expected, "{name}");
    }
}

/// Two equal sets of std list their elements in different orders.
#[test]
fn sets_and_maps_without_an_order_are_shared() {
    fn is_shared<T: Clone + PartialEq + Debug + Serialize + DeserializeOwned>(value: &T) {
        let text = serde_json::to_string(value).expect("JSON");
        assert_eq!(*value, serde_json::from_str(&text).expect("the value"));
    }
    static TIER: Tier = Tier::new();
    #[lru_cache(ttl = "60s", redis(key = "set:{n}", tier = TIER))]
    fn set(n: u32) -> HashSet<u32> {
        (0..n).collect()
    }
    #[lru_cache(ttl = "60s", redis(key = "map:{n}", tier = TIER))]
    fn map(n: u32) -> HashMap<u32, HashSet<String>> {
        (0..n).map(|n| (n, (0..n).map(|n| n.to_string()).collect())).collect()
    }
    #[lru_cache(ttl = "60s", redis(key = "heap:{n}", tier = TIER))]
    fn heap(n: u32) -> Vec<u32> {
        (0..n).rev().collect::<BinaryHeap<_>>().into_vec()
    }
    let server = Server::start();
    let _tier = install(&TIER, &server);
    for n in 0..50 {
        is_shared(&set(n));
        is_shared(&map(n));
        is_shared(&heap(n));
    }
    for stats in [set::cache_stats(), map::cache_stats(), heap::cache_stats()] {
        assert_eq!(stats.redis.expect("a Redis").stores, 50, "{stats:?}");
    }
}

#[test]
fn floats_are_the_same_to_the_last_bit() {
    static HERE: Tier = Tier::new();
    static THERE: Tier = Tier::new();
    fn floats(seed: u64) -> Vec<(Bits, f32)> {
        let mut random = fastrand::Rng::with_seed(seed);
        let doubles = std::iter::repeat_with(|| f64::from_bits(random.u64(..)));
        let doubles: Vec<_> = doubles.filter(|float| float.is_finite()).take(1_000).collect();
        let singles = std::iter::repeat_with(|| f32::from_bits(random.u32(..)));
        doubles.into_iter().map(Bits).zip(singles.filter(|float| float.is_finite())).collect()
    }
    #[lru_cache(ttl = "60s", redis(key = "floats:{seed}", tier = HERE))]
    fn here(seed: u64) -> Vec<(Bits, f32)> {
        floats(seed)
    }
    #[lru_cache(ttl = "60s", redis(key = "floats:{seed}", tier = THERE))]
    fn there(seed: u64) -> Vec<(Bits, f32)> {
        floats(seed)
    }
    let server = Server::start();
    let (_here, _there) = (install(&HERE, &server), install(&THERE, &server));
    for seed in 0..20 {
        let computed = here(seed);
        let (read, status) = there::with_status(seed);
        assert_eq!(status, CacheStatus::Shared, "seed {seed}");
        for (one, other) in computed.iter().zip(&read) {
            assert_eq!(one.0.0.to_bits(), other.0.0.to_bits());
            assert_eq!(one.1.to_bits(), other.1.to_bits());
        }
    }
}

/// What is not shared replaces what is in Redis all the same: that is older.
#[test]
fn a_refresh_or_an_insertion_that_is_not_shared_removes_the_old_value() {
    static TIER: Tier = Tier::new();
    #[lru_cache(ttl = "60s", redis(key = "old:{n}", tier = TIER))]
    fn number(n: u64) -> f64 {
        if n == 0 { f64::NAN } else { 1.0 }
    }
    let server = Server::start();
    let tier = install(&TIER, &server);
    let mut client = server.client();
    number(1);
    crate::stored(&mut client, "old:1");
    number::cache_insert(1, f64::INFINITY);
    crate::server::eventually("the old value is gone", || server.keys().is_empty());
    assert!(number(1).is_infinite());
    crate::set(&mut client, "old:0", "2.0");
    assert!(number::cache_refresh(0).is_nan());
    crate::server::eventually("the old value is gone", || server.keys().is_empty());
    let stats = number::cache_stats().redis.expect("a Redis");
    assert_eq!((stats.unreadable, stats.stores), (2, 1), "{stats:?}");
    assert_eq!(tier.stats().unreadable, 2);
}
