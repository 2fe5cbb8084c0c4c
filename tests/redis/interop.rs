//! Rust and Python share results, by nothing but their keys and JSON.

use functools::redis::Tier;
use functools::{CacheStatus, lru_cache};
use redis::Commands;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::common::{Runs, block_on};
use crate::python::python;
use crate::server::{Server, eventually};
use crate::{assert_smooth, install, stored};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Item {
    id: u64,
    name: String,
    price: Option<f64>,
    tags: Vec<String>,
}

impl Item {
    fn new(id: u64, name: &str) -> Self {
        Item { id, name: name.to_owned(), price: Some(2.5), tags: vec!["é\n\"".to_owned()] }
    }
}

/// Runs a script that has a connection `r` to the server.
fn script(server: &Server, script: &str, arguments: &[&str]) -> Option<String> {
    let script = format!(
        "
import json, sys, time
import redis
from urllib.parse import quote

r = redis.Redis(port=int(sys.argv[1]), decode_responses=True)
{script}
"
    );
    let port = server.port().to_string();
    python(&script, &[&[port.as_str()], arguments].concat())
}

#[test]
fn python_reads_what_rust_stored() {
    static TIER: Tier = Tier::new();
    #[lru_cache(maxsize = 1024, ttl = "60s", redis(key = "item:{item_id}", tier = TIER))]
    async fn get_item(item_id: u64) -> Item {
        Item::new(item_id, "otter")
    }
    let server = Server::start();
    let tier = install(&TIER, &server);

    let (item, status) = block_on(get_item::with_status(42));
    assert_eq!((&item, status), (&Item::new(42, "otter"), CacheStatus::Miss));
    stored(&mut server.client(), "item:42");
    let read = "
item = json.loads(r.get('item:42'))
assert 0 < r.ttl('item:42') <= 60, r.ttl('item:42')
assert r.type('item:42') == 'string'
print(json.dumps(item))
";
    let Some(said) = script(&server, read, &[]) else { return };
    assert_eq!(
        serde_json::from_str::<Value>(&said).expect("JSON"),
        json!({ "id": 42, "name": "otter", "price": 2.5, "tags": ["é\n\""] }),
    );
    assert_eq!(tier.stats().stores, 1);
    assert_smooth(tier.stats());
}

#[test]
fn rust_serves_what_python_stored() {
    static TIER: Tier = Tier::new();
    #[lru_cache(maxsize = 1024, ttl = "60s", redis(key = "item:{item_id}", tier = TIER))]
    async fn get_item(item_id: u64) -> Item {
        RUNS.next();
        Item::new(item_id, "by Rust")
    }
    static RUNS: Runs = Runs::new();
    let server = Server::start();
    let tier = install(&TIER, &server);

    let store = "
item = {'tags': ['é\\n\"'], 'price': 2.5, 'name': 'by Python', 'id': 43}
r.set('item:43', json.dumps(item), ex=60)
";
    if script(&server, store, &[]).is_none() {
        return;
    }
    let item = Item::new(43, "by Python");
    assert_eq!(block_on(get_item::with_status(43)), (item.clone(), CacheStatus::Shared));
    assert_eq!(block_on(get_item::with_status(43)), (item.clone(), CacheStatus::Hit));
    assert_eq!(get_item::cache_peek(43), Some(item));
    assert_eq!(RUNS.count(), 0);
    let info = get_item::cache_info();
    assert_eq!((info.hits, info.misses, info.currsize), (2, 0, 1), "an answer from Redis is a hit");
    assert_eq!((tier.stats().shared_hits, tier.stats().stores), (1, 0));
    assert_smooth(tier.stats());
}

#[test]
fn sync_functions_share_too() {
    static TIER: Tier = Tier::new();
    #[lru_cache(ttl = "60s", redis(key = "square:{n}", tier = TIER))]
    fn square(n: i64) -> i64 {
        n * n
    }
    let server = Server::start();
    let _tier = install(&TIER, &server);

    assert_eq!(square::with_status(-12), (144, CacheStatus::Miss));
    stored(&mut server.client(), "square:-12");
    let exchange = "
assert r.get('square:-12') == '144', r.get('square:-12')
r.set('square:7', 49, ex=60)
";
    if script(&server, exchange, &[]).is_none() {
        return;
    }
    assert_eq!(square::with_status(7), (49, CacheStatus::Shared));
}

/// `None` is `null`, and a `Result` is stored as what is in its `Ok`.
#[test]
fn null_is_none_and_an_ok_has_no_wrapping() {
    static TIER: Tier = Tier::new();
    #[lru_cache(ttl = "60s", redis(key = "maybe:{id}", tier = TIER))]
    fn maybe(id: u32) -> Result<Option<Item>, String> {
        match id {
            0 => Err("none has the number 0".to_owned()),
            1 => Ok(None),
            _ => Ok(Some(Item::new(id.into(), "otter"))),
        }
    }
    let server = Server::start();
    let _tier = install(&TIER, &server);

    assert_eq!(maybe(1), Ok(None));
    assert_eq!(maybe(2), Ok(Some(Item::new(2, "otter"))));
    assert!(maybe(0).is_err());
    stored(&mut server.client(), "maybe:1");
    stored(&mut server.client(), "maybe:2");
    let exchange = "
assert json.loads(r.get('maybe:1')) is None
assert json.loads(r.get('maybe:2'))['name'] == 'otter'
assert r.get('maybe:0') is None
r.set('maybe:3', json.dumps(None), ex=60)
r.set('maybe:0', json.dumps({'id': 0, 'name': 'zero', 'price': None, 'tags': []}), ex=60)
";
    if script(&server, exchange, &[]).is_none() {
        return;
    }
    assert_eq!(maybe::with_status(3), (Ok(None), CacheStatus::Shared));
    let zero = Item { id: 0, name: "zero".to_owned(), price: None, tags: vec![] };
    assert_eq!(maybe::with_status(0), (Ok(Some(zero)), CacheStatus::Shared));
}

/// Where the answer comes from after each of these, which Python does while the result is in
/// Rust's memory.
#[test]
fn what_python_changes_leaves_rusts_memory() {
    static TIER: Tier = Tier::new();
    #[lru_cache(maxsize = 16, ttl = "60s", redis(key = "item:{id}", tier = TIER))]
    async fn get_item(id: u64) -> Item {
        Item::new(id, &format!("run {}", RUNS.next()))
    }
    static RUNS: Runs = Runs::new();
    let theirs = Item::new(1, "by Python");
    let json = serde_json::to_string(&theirs).expect("JSON");
    let server = Server::start();
    let tier = install(&TIER, &server);

    for (change, comes_from) in [
        ("r.delete('item:1')", CacheStatus::Miss),
        ("r.set('item:1', sys.argv[2], ex=60)", CacheStatus::Shared),
        ("r.delete('item:1', 'item:2')", CacheStatus::Miss),
        ("r.setex('item:1', 60, sys.argv[2])", CacheStatus::Shared),
        ("r.expire('item:1', 30)", CacheStatus::Shared),
        ("r.unlink('item:1')", CacheStatus::Miss),
        ("r.rename('item:1', 'away')", CacheStatus::Miss),
        ("r.set('new', sys.argv[2], ex=60); r.rename('new', 'item:1')", CacheStatus::Shared),
        ("r.pexpire('item:1', 1)", CacheStatus::Miss),
        (
            "
with r.pipeline(transaction=True) as p:
    p.mset({'item:1': sys.argv[2], 'item:2': sys.argv[2]})
    p.expire('item:1', 60)
    p.execute()
",
            CacheStatus::Shared,
        ),
        ("r.flushall()", CacheStatus::Miss),
        ("r.eval('redis.call(\"DEL\", KEYS[1])', 1, 'item:1')", CacheStatus::Miss),
        ("r.flushdb(asynchronous=True)", CacheStatus::Miss),
    ] {
        let before = block_on(get_item(1));
        assert!(get_item::cache_contains(1), "before {change}");
        // What Python deletes must be there.
        stored(&mut server.client(), "item:1");
        if script(&server, change, &[&json]).is_none() {
            return;
        }
        eventually(change, || !get_item::cache_contains(1));
        let (after, status) = block_on(get_item::with_status(1));
        assert_eq!(status, comes_from, "after {change}");
        match status {
            CacheStatus::Miss => assert_ne!(after, before, "after {change}"),
            _ if change.contains("expire('item:1', 30)") => assert_eq!(after, before),
            _ => assert_eq!(after, theirs, "after {change}"),
        }
    }
    assert_smooth(tier.stats());
}

/// What `quote(text, safe="")` does, of which every program has one.
#[test]
fn keys_are_the_same_in_python() {
    static TIER: Tier = Tier::new();
    #[lru_cache(maxsize = 256, ttl = "60s", redis(key = "text:{text}:{lang}", tier = TIER))]
    async fn described(text: &str, lang: String) -> (String, String) {
        (text.to_owned(), lang)
    }
    let server = Server::start();
    let _tier = install(&TIER, &server);
    let ascii: String = (0..128_u8).map(char::from).collect();
    let texts = [
        "", ":", "%", "{", "}", "{}", "{{", " ", "\n", "\r\n", "\t", "\0", "%3A", "%253A", "%3a",
        "a:b", "é", "e\u{301}", "日本", "🦦", "-._~", "!*'()", "+", "/", "\\", "\"", "\u{7f}",
        "\u{feff}", "plain", &ascii,
    ];
    for text in texts {
        let (both, status) = block_on(described::with_status(text, text.to_owned()));
        assert_eq!(status, CacheStatus::Miss, "{text:?}");
        assert_eq!(both, (text.to_owned(), text.to_owned()));
    }
    let mut client = server.client();
    let count = || client.keys::<_, Vec<String>>("text:*").expect("KEYS").len() >= texts.len();
    eventually("all are stored", count);

    // Rust's keys are Python's, and none is Rust's alone; then the other way round.
    let exchange = r"
texts = json.loads(sys.argv[2])
keys = {f'text:{quote(t, safe=str())}:{quote(t, safe=str())}': t for t in texts}
assert len(keys) == len(texts)
there = set(r.keys('text:*'))
assert there == set(keys), there ^ set(keys)
for key, t in keys.items():
    assert json.loads(r.get(key)) == [t, t], key
    r.set(f'text:{quote(t, safe=str())}:py', json.dumps([t, 'Python']), ex=60)
";
    let texts_as_json = serde_json::to_string(&texts).expect("JSON");
    if script(&server, exchange, &[&texts_as_json]).is_none() {
        return;
    }
    for text in texts {
        let theirs = ((text.to_owned(), "Python".to_owned()), CacheStatus::Shared);
        assert_eq!(block_on(described::with_status(text, "py".to_owned())), theirs);
    }
}
