//! What others may have put under our keys: a miss, and never more than that.

use std::sync::mpsc;
use std::thread;

use functools::redis::{Stats, Tier};
use functools::{CacheStatus, lru_cache};
use redis::{Commands, Connection};
use serde::{Deserialize, Serialize};

use crate::common::{Runs, block_on};
use crate::server::{Server, eventually};
use crate::{Installed, assert_smooth, install, patient, set, stored, text};

/// Everything that happens to a key, in order, such as `set` and `del`.
struct Events {
    client: Connection,
    events: mpsc::Receiver<String>,
}

impl Events {
    fn of(server: &Server, key: &str) -> Self {
        let mut client = server.client();
        let () = redis::cmd("CONFIG")
            .arg(&["SET", "notify-keyspace-events", "KA"])
            .query(&mut client)
            .expect("CONFIG SET");
        let (ready, is_ready) = mpsc::channel();
        let (event, events) = mpsc::channel();
        let mut connection = server.client();
        let channel = format!("__keyspace@0__:{key}");
        thread::spawn(move || {
            let mut subscription = connection.as_pubsub();
            subscription.subscribe(&[channel.as_str(), "end"]).expect("SUBSCRIBE");
            ready.send(()).expect("it is waited for");
            while let Ok(message) = subscription.get_message() {
                let name: String = message.get_payload().expect("text");
                if message.get_channel_name() == "end" || event.send(name).is_err() {
                    return;
                }
            }
        });
        is_ready.recv().expect("it subscribes");
        Events { client, events }
    }

    /// What has happened up to now.
    fn end(mut self) -> Vec<String> {
        let () = self.client.publish("end", "").expect("PUBLISH");
        self.events.iter().collect()
    }
}

fn undecodable(stats: Stats) -> (u64, u64) {
    (stats.undecodable, stats.too_large)
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Item {
    id: u8,
    name: String,
}

/// Each of these is put under the key `item:1`.
fn values() -> Vec<(&'static str, Vec<u8>)> {
    let values: [(&str, &[u8]); 20] = [
        ("nothing at all", b""),
        ("white space", b" \n"),
        ("no JSON", b"not json"),
        ("half of it", br#"{"id":1,"name":"o"#),
        ("more than it", br#"{"id":1,"name":"otter"} {"id":1}"#),
        ("a pickle", b"\x80\x04\x95\x0b\x00\x00\x00\x00\x00\x00\x00}\x94."),
        ("no UTF-8", b"{\"id\":1,\"name\":\"\xff\"}"),
        ("half a surrogate", br#"{"id":1,"name":"\ud800"}"#),
        ("another shape", br#"{"other":1}"#),
        ("another type", br#"{"id":"1","name":"otter"}"#),
        ("a number too large", br#"{"id":256,"name":"otter"}"#),
        ("a negative number", br#"{"id":-1,"name":"otter"}"#),
        ("infinity", br#"{"id":1e999,"name":"otter"}"#),
        ("NaN as Python has it", br#"{"id":NaN,"name":"otter"}"#),
        ("single quotes", b"{'id':1,'name':'otter'}"),
        ("null", b"null"),
        ("a list", b"[]"),
        ("a byte order mark", b"\xef\xbb\xbf{\"id\":1,\"name\":\"otter\"}"),
        ("a reply of Redis'", b"$-1\r\n+OK\r\n"),
        ("a null byte", b"{\"id\":1,\"name\":\"otter\"}\0"),
    ];
    let mut values = values.map(|(what, value)| (what, value.to_vec())).to_vec();
    values.push(("a tower of brackets", vec![b'['; 500_000]));
    values
}

#[test]
fn what_is_no_such_value_is_a_miss() {
    static TIER: Tier = Tier::new();
    #[lru_cache(ttl = "60s", redis(key = "item:{id}", tier = TIER))]
    fn item(id: u8) -> Item {
        RUNS.next();
        Item { id, name: "computed".to_owned() }
    }
    static RUNS: Runs = Runs::new();
    let server = Server::start();
    let tier = install(&TIER, &server);
    let mut client = server.client();
    let computed = Item { id: 1, name: "computed".to_owned() };
    let json = serde_json::to_string(&computed).expect("JSON");

    for (what, value) in values() {
        let () = client.set_ex("item:1", &value, 60).expect("SET");
        eventually("it is seen", || !item::cache_contains(1));
        let events = Events::of(&server, "item:1");
        let (before, runs) = (tier.stats(), RUNS.count());
        assert_eq!(item::with_status(1), (computed.clone(), CacheStatus::Miss), "{what}");
        assert_eq!(RUNS.count(), runs + 1, "{what}");
        assert_eq!(item::with_status(1), (computed.clone(), CacheStatus::Hit), "{what}");
        assert_eq!(undecodable(tier.stats()), (before.undecodable + 1, 0), "{what}");
        assert_eq!(tier.stats().shared_hits, 0, "{what}");

        // A later result of ours is stored after this one.
        item(2);
        stored(&mut client, "item:2");
        let left: Vec<u8> = client.get("item:1").expect("GET");
        assert!(left == value || left == json.as_bytes(), "after {what}: {left:?}");
        let () = client.del("item:2").expect("DEL");
        eventually("it is seen", || !item::cache_contains(2));
        let events = events.end();
        assert!(!events.iter().any(|event| event == "del"), "after {what}: {events:?}");
    }
    assert_smooth(tier.stats());
}

#[test]
fn what_is_no_string_is_a_miss() {
    static TIER: Tier = Tier::new();
    #[lru_cache(ttl = "60s", redis(key = "typed:{id}", tier = TIER))]
    async fn typed(id: usize) -> String {
        format!("computed {id}")
    }
    let server = Server::start();
    let tier = install(&TIER, &server);
    let mut client = server.client();
    let kinds = [
        "RPUSH typed:0 a b",
        "HSET typed:1 field value",
        "SADD typed:2 member",
        "ZADD typed:3 1 member",
        "XADD typed:4 * field value",
        "PFADD typed:5 element",
        "SETBIT typed:6 7 1",
        "GEOADD typed:7 13.4 52.5 Berlin",
    ];
    // From the first call on it is told what changes.
    block_on(typed(99));
    for (id, kind) in kinds.into_iter().enumerate() {
        let told = tier.stats().invalidations;
        let mut command = redis::Cmd::new();
        for word in kind.split(' ') {
            command.arg(word);
        }
        let () = command.query::<redis::Value>(&mut client).map(drop).expect(kind);
        let key = format!("typed:{id}");
        let () = client.expire(&key, 60).expect("EXPIRE");
        // What changes while it is read is read again, and counted again.
        eventually("both are told", || tier.stats().invalidations == told + 2);
        let events = Events::of(&server, &key);
        let before = tier.stats().undecodable;
        let answer = block_on(typed::with_status(id));
        assert_eq!(answer, (format!("computed {id}"), CacheStatus::Miss), "{kind}");
        assert_eq!(block_on(typed::with_status(id)).1, CacheStatus::Hit, "{kind}");
        assert_eq!(undecodable(tier.stats()), (before + 1, 0), "{kind}");
        assert_eq!(tier.stats().errors, 0, "{kind}");

        block_on(typed(100 + id));
        stored(&mut client, &format!("typed:{}", 100 + id));
        assert_eq!(client.exists(&key), Ok(true), "after {kind}");
        let events = events.end();
        assert!(!events.iter().any(|event| event == "del"), "after {kind}: {events:?}");
    }
    assert_smooth(tier.stats());
}

#[test]
fn what_is_huge_is_not_even_read() {
    static TIER: Tier = Tier::new();
    #[lru_cache(ttl = "60s", redis(key = "huge:{id}", tier = TIER))]
    fn huge(id: u32) -> String {
        format!("computed {id}")
    }
    const SIZE: isize = 100_000_000;
    let server = Server::start();
    let tier = install(&TIER, &server);
    let mut client = server.client();
    // JSON of the very type, were it not for its size.
    let () = client.set("huge:1", "\"").expect("SET");
    let () = client.setrange("huge:1", SIZE - 1, "\"").expect("SETRANGE");
    let () = client.expire("huge:1", 60).expect("EXPIRE");
    assert_eq!(client.strlen("huge:1"), Ok(SIZE));

    let before = server.told("total_net_output_bytes");
    assert_eq!(huge::with_status(1), ("computed 1".to_owned(), CacheStatus::Miss));
    let sent = server.told("total_net_output_bytes") - before;
    assert!(sent < 5_000_000, "{sent} bytes were sent");
    assert_eq!(tier.stats().too_large, 1);
    assert_eq!(huge::with_status(1).1, CacheStatus::Hit);
    huge(2);
    stored(&mut client, "huge:2");
    assert_eq!(client.exists("huge:1"), Ok(true));
    assert_smooth(tier.stats());
}

/// To the byte, both when reading and when storing.
#[test]
fn the_cap_is_a_setting() {
    static TIER: Tier = Tier::new();
    #[lru_cache(maxsize = 16, ttl = "60s", redis(key = "capped:{id}:{size}", tier = TIER))]
    fn capped(id: u32, size: usize) -> String {
        assert!(id < 4);
        RUNS.next();
        // With its quotes it is of this size.
        "x".repeat(size - 2)
    }
    static RUNS: Runs = Runs::new();
    let server = Server::start();
    let tier = Installed::new(&TIER, patient(&server).value_cap(1000));
    let mut client = server.client();

    assert_eq!(capped::with_status(1, 1000).1, CacheStatus::Miss);
    stored(&mut client, "capped:1:1000");
    assert_eq!(tier.stats().too_large, 0);
    assert_eq!(capped::with_status(1, 1001).1, CacheStatus::Miss);
    assert_eq!(capped::with_status(1, 1001).1, CacheStatus::Hit, "memory has no such cap");
    assert_eq!(capped::with_status(2, 10).1, CacheStatus::Miss);
    stored(&mut client, "capped:2:10");
    assert_eq!(tier.stats().too_large, 1);
    assert_eq!(client.exists("capped:1:1001"), Ok(false));

    set(&mut client, "capped:3:1000", &format!("\"{}\"", "y".repeat(998)));
    set(&mut client, "capped:3:1001", &format!("\"{}\"", "y".repeat(999)));
    assert_eq!(capped::with_status(3, 1000), ("y".repeat(998), CacheStatus::Shared));
    assert_eq!(tier.stats().too_large, 1);
    let runs = RUNS.count();
    assert_eq!(capped::with_status(3, 1001), ("x".repeat(999), CacheStatus::Miss));
    assert_eq!(RUNS.count(), runs + 1);
    assert!(tier.stats().too_large >= 2, "{:?}", tier.stats());
    assert_eq!(client.exists("capped:3:1001"), Ok(true));
    assert_smooth(tier.stats());
}

/// What has no expiry would stay in memory for ever.
#[test]
fn what_does_not_expire_is_served() {
    static TIER: Tier = Tier::new();
    #[lru_cache(ttl = "60s", redis(key = "endless:{id}", tier = TIER))]
    fn endless(id: u32) -> u32 {
        id
    }
    let server = Server::start();
    let tier = install(&TIER, &server);
    let mut client = server.client();
    let () = client.set("endless:1", "5").expect("SET");
    let events = Events::of(&server, "endless:1");
    assert_eq!(endless::with_status(1), (5, CacheStatus::Shared));
    assert_eq!(endless::with_status(1), (5, CacheStatus::Hit));
    assert_eq!(text(&mut client, "endless:1").as_deref(), Some("5"));
    endless(2);
    stored(&mut client, "endless:2");
    let events = events.end();
    assert!(!events.iter().any(|event| event == "del"), "{events:?}");
    assert_smooth(tier.stats());
}

#[test]
fn a_key_may_have_any_character() {
    static TIER: Tier = Tier::new();
    #[lru_cache(ttl = "60s", redis(key = "any:{text}", tier = TIER))]
    fn any(text: &str) -> String {
        text.to_owned()
    }
    let server = Server::start();
    let (tier, mut client) = (install(&TIER, &server), server.client());
    for text in ["a\nb", "\r\nFLUSHALL\r\n", "$-1\r\n", "\0", "*", "?[a]", "\u{2028}"] {
        assert_eq!(any::with_status(text), (text.to_owned(), CacheStatus::Miss));
        assert_eq!(any::with_status(text), (text.to_owned(), CacheStatus::Hit));
    }
    eventually("all are stored", || {
        client.keys::<_, Vec<String>>("any:*").expect("KEYS").len() == 7
    });
    assert_eq!(crate::text(&mut client, "any:a%0Ab").as_deref(), Some("\"a\\nb\""));
    set(&mut client, "any:%2A", "\"changed\"");
    eventually("it is seen", || !any::cache_contains("*"));
    assert_eq!(any::with_status("*"), ("changed".to_owned(), CacheStatus::Shared));
    assert_eq!(any::with_status("?[a]").1, CacheStatus::Hit);
    assert_smooth(tier.stats());
}
