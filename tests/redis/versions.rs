//! Programs whose result types differ and that share a key: `version` keeps their values apart, and
//! without it neither replaces what the other has stored lately (section 8).

use functools::redis::{Invalidation, Tier};
use functools::{CacheStatus, lru_cache};
use redis::Commands as _;
use serde::{Deserialize, Serialize};

use crate::server::{Server, eventually};
use crate::{install, stored, text};

/// The result of the first version of a program, and that of the second.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct First {
    name: String,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Second {
    names: Vec<String>,
}

fn first() -> First {
    First { name: "otter".to_owned() }
}

fn second() -> Second {
    Second { names: vec!["otter".to_owned()] }
}

/// A process of the first version, and one of the second.
static ONE: Tier = Tier::new();
static OTHER: Tier = Tier::new();

#[test]
fn the_version_ends_the_key() {
    static TIER: Tier = Tier::new();
    #[lru_cache(redis(key = "last:{a}", tier = TIER, version = 2))]
    fn after_an_argument(a: &str) -> u64 {
        a.len() as u64
    }
    #[lru_cache(redis(key = "word:{a}:all", tier = TIER, version = 10))]
    fn after_text(a: &str) -> u64 {
        a.len() as u64
    }
    #[lru_cache(redis(key = "only", tier = TIER, version = 4294967295))]
    fn after_text_alone() -> u64 {
        1
    }
    let server = Server::start();
    let _tier = install(&TIER, &server);
    let mut client = server.client();
    after_an_argument("x:v3");
    after_text("é");
    after_text_alone();
    for key in ["last:x%3Av3:v2", "word:%C3%A9:all:v10", "only:v4294967295"] {
        assert!(text(&mut client, key).is_some(), "{key}: {:?}", server.keys());
    }
}

#[test]
fn versions_do_not_touch_each_others_values() {
    #[lru_cache(ttl = "60s", redis(key = "item:{id}", tier = ONE))]
    fn without(id: u64) -> First {
        let _ = id;
        first()
    }
    #[lru_cache(ttl = "60s", redis(key = "item:{id}", tier = OTHER, version = 2))]
    fn second_version(id: u64) -> Second {
        let _ = id;
        second()
    }
    let server = Server::start();
    let (_one, _other) = (install(&ONE, &server), install(&OTHER, &server));
    let mut client = server.client();
    assert_eq!(without::with_status(1), (first(), CacheStatus::Miss));
    assert_eq!(second_version::with_status(1), (second(), CacheStatus::Miss));
    let values = |client: &mut _| [text(client, "item:1"), text(client, "item:1:v2")];
    let json = [r#"{"name":"otter"}"#, r#"{"names":["otter"]}"#].map(|text| Some(text.to_owned()));
    assert_eq!(values(&mut client), json);
    assert_eq!(second_version::cache_stats().redis.expect("a Redis").undecodable, 0);

    assert_eq!(second_version::cache_invalidate(1), Invalidation::Confirmed);
    assert_eq!(values(&mut client), [json[0].clone(), None]);
    second_version(1);
    assert_eq!(without::cache_clear(), Invalidation::Confirmed);
    assert_eq!(values(&mut client), [None, json[1].clone()]);
    without(1);
    assert_eq!(second_version::cache_clear(), Invalidation::Confirmed);
    assert_eq!(values(&mut client), [json[0].clone(), None]);
    assert!(without::cache_contains(1), "a clear of another version empties no memory");
}

/// How long the value of another program is still valid, and whether ours replaces it.
#[test]
fn a_value_of_another_version_is_replaced_once_it_is_not_young() {
    static TIER: Tier = Tier::new();
    #[lru_cache(ttl = "10m", redis(key = "aged:{id}", tier = TIER))]
    fn aged(id: usize) -> Second {
        let _ = id;
        second()
    }
    #[lru_cache(ttl = "20s", redis(key = "short:{id}", tier = TIER))]
    fn short(id: usize) -> Second {
        let _ = id;
        second()
    }
    #[lru_cache(redis(key = "endless:{id}", tier = TIER))]
    fn endless(id: usize) -> Second {
        let _ = id;
        second()
    }
    type Call = fn(usize) -> (Second, CacheStatus);
    let server = Server::start();
    let tier = install(&TIER, &server);
    let mut client = server.client();
    let cases: [(&str, Call, Option<i64>, bool); 9] = [
        ("aged", aged::with_status, Some(600_000), false),
        ("aged", aged::with_status, Some(570_000), false),
        ("aged", aged::with_status, Some(530_000), true),
        ("aged", aged::with_status, Some(60_000), true),
        // By a program with a longer `ttl`: it counts from now on.
        ("aged", aged::with_status, Some(3_600_000), false),
        // Not by a function with a `ttl`.
        ("aged", aged::with_status, None, true),
        ("short", short::with_status, Some(15_000), false),
        ("short", short::with_status, Some(8_000), true),
        ("endless", endless::with_status, None, false),
    ];
    for (id, (name, call, millis, is_replaced)) in cases.into_iter().enumerate() {
        let what = format!("{name}, {millis:?}");
        let key = format!("{name}:{id}");
        let before = r#"{"name":"otter"}"#;
        let mut set = redis::cmd("SET");
        set.arg(&key).arg(before);
        if let Some(millis) = millis {
            set.arg("PX").arg(millis);
        }
        let () = set.query(&mut client).expect("SET");
        assert_eq!(call(id), (second(), CacheStatus::Miss), "{what}");
        assert_eq!(call(id).1, CacheStatus::Hit, "{what}: it is in memory");
        let now = text(&mut client, &key);
        assert_eq!(now.as_deref() != Some(before), is_replaced, "{what}: {now:?}");
        assert_eq!(tier.stats().undecodable, id as u64 + 1, "{what}");
    }
    assert_eq!(tier.stats().errors, 0);
}

/// Each version shares what it has stored with its own processes.
#[test]
fn a_version_keeps_hitting_what_it_has_stored() {
    static TWIN: Tier = Tier::new();
    static NEW: Tier = Tier::new();
    #[lru_cache(ttl = "60s", redis(key = "both:{id}", tier = TWIN))]
    fn old_process(id: u64) -> First {
        let _ = id;
        first()
    }
    #[lru_cache(ttl = "60s", redis(key = "both:{id}", tier = NEW, l1_ttl = "1ns"))]
    fn new_process(id: u64) -> Second {
        let _ = id;
        second()
    }
    let server = Server::start();
    let (_twin, _new) = (install(&TWIN, &server), install(&NEW, &server));
    old_process(1);
    for _ in 0..3 {
        assert_eq!(new_process::with_status(1), (second(), CacheStatus::Miss));
    }
    assert!(old_process::cache_contains(1), "nothing has changed");
    let stats = new_process::cache_stats().redis.expect("a Redis");
    assert_eq!((stats.undecodable, stats.stores), (3, 0), "{stats:?}");
}

/// A refresh and an insertion replace any value, and an invalidation removes it.
#[test]
fn what_the_program_asks_for_is_done_to_a_young_value_too() {
    static TIER: Tier = Tier::new();
    #[lru_cache(ttl = "60s", redis(key = "asked:{id}", tier = TIER))]
    fn asked(id: u64) -> Second {
        let _ = id;
        second()
    }
    let server = Server::start();
    let _tier = install(&TIER, &server);
    let mut client = server.client();
    for id in [1, 2, 3] {
        crate::set(&mut client, &format!("asked:{id}"), "junk");
        asked(id);
        assert_eq!(text(&mut client, &format!("asked:{id}")).as_deref(), Some("junk"));
    }
    let json = r#"{"names":["otter"]}"#;
    asked::cache_refresh(1);
    assert_eq!(text(&mut client, "asked:1").as_deref(), Some(json));
    asked::cache_insert(2, second());
    eventually("it is inserted", || text(&mut client, "asked:2").as_deref() == Some(json));
    assert_eq!(asked::cache_invalidate(3), Invalidation::Confirmed);
    assert_eq!(client.exists("asked:3"), Ok(false));
    asked(3);
    stored(&mut client, "asked:3");
}
