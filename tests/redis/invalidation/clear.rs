//! `cache_clear` with Redis: it removes the keys of its function, and no others. Section 8 of the
//! contract.

use std::sync::{Mutex, mpsc};

use functools::lru_cache;
use functools::redis::{Invalidation, Tier};

use crate::common::{Gate, Runs, SECOND, block_on, two_workers, yield_now};
use crate::proxy::{Fate, Proxy};
use crate::server::{Server, eventually};
use crate::{Installed, assert_smooth, at, install, set};

#[test]
fn removes_the_keys_of_its_function_alone() {
    static TIER: Tier = Tier::new();
    #[lru_cache(ttl = "60s", redis(key = "foo:{id}", tier = TIER))]
    async fn foo(id: &str) -> u32 {
        at_gate(id).await
    }
    #[lru_cache(ttl = "60s", redis(key = "foobar:{id}", tier = TIER))]
    async fn foobar(id: &str) -> u32 {
        at_gate(id).await
    }
    #[lru_cache(ttl = "60s", redis(key = "foo:{a}:{b}", tier = TIER))]
    fn pair(a: &str, b: &str) -> usize {
        a.len() + b.len()
    }
    #[lru_cache(ttl = "60s", redis(key = "f*[o]?:{id}", tier = TIER))]
    fn glob(id: u32) -> u32 {
        id
    }
    async fn at_gate(id: &str) -> u32 {
        let value = RUNS.next();
        if id == "held" {
            GATE.pass_async().await;
        }
        value
    }
    static RUNS: Runs = Runs::new();
    static GATE: Gate = Gate::new();

    let server = Server::start();
    let mut client = server.client();
    let tier = install(&TIER, &server);
    for id in ["1", "b", "bar:1", "", "a:b", "*", "{x}", "é %"] {
        block_on(foo(id));
        block_on(foobar(id));
        pair(id, "2");
        pair("", id);
    }
    for id in 0..3 {
        glob(id);
    }
    let own: Vec<_> = ["1", "b", "bar%3A1", "", "a%3Ab", "%2A", "%7Bx%7D", "%C3%A9%20%25"].into();
    let own: Vec<_> = own.iter().map(|id| format!("foo:{id}")).collect();
    // Nothing that an argument becomes has such characters.
    let foreign = [
        "foo",
        "xfoo:1",
        "foo:a b",
        "foo:é",
        "foo:1:2:3",
        "foo:a/b",
        "foo;1",
        "Foo:1",
        "fo:1",
        "foo:{1}",
        "functools:lease:",
        "functools:lease:{bar:1}",
        "functools:",
        " foo:1",
    ];
    for key in foreign {
        set(&mut client, key, "7");
    }
    eventually("no lease is left", || {
        let keys = server.keys();
        keys.iter().filter(|key| key.starts_with("functools:")).count() == 3
    });
    let before = server.keys();
    assert!(own.iter().all(|key| before.contains(key)), "{before:?}");

    // Others compute meanwhile.
    let runtime = two_workers();
    let calls = [runtime.spawn(foobar("held")), runtime.spawn(foo("held"))];
    GATE.wait_for(2);
    assert_eq!(block_on(foo::cache_clear()), Invalidation::Confirmed);
    GATE.open();
    for call in calls {
        runtime.block_on(call).expect("no panic");
    }
    let mut expected: Vec<_> = before.into_iter().filter(|key| !own.contains(key)).collect();
    expected.push("foobar:held".to_owned());
    expected.sort_unstable();
    let mut after = Vec::new();
    let left = || {
        after = server.keys();
        after == expected
    };
    eventually("the other function's keys are what is left", left);
    assert_eq!(foo::cache_info().currsize, 0);
    assert_eq!(pair::cache_info().currsize, 16);
    assert_eq!(foobar::cache_info().currsize, 9);

    assert_eq!(glob::cache_clear(), Invalidation::Confirmed);
    expected.retain(|key| !key.starts_with("f*[o]?:"));
    assert_eq!(server.keys(), expected);
    assert_eq!(pair::cache_clear(), Invalidation::Confirmed);
    let pairs = |key: &String| {
        let rest = key.strip_prefix("foo:").unwrap_or("");
        rest.split(':').count() == 2 && !rest.contains(['{', ' ', '/'])
    };
    expected.retain(|key| !pairs(key));
    assert_eq!(server.keys(), expected);
    assert_smooth(tier.stats());
}

/// Each command of a clear looks at some hundred keys, or removes one; others are served meanwhile.
#[test]
fn lets_the_server_answer_others_meanwhile() {
    const KEYS: usize = 5_000;
    /// How many keys a command may look at or name.
    const MOST: usize = 1_000;
    static TIER: Tier = Tier::new();
    #[lru_cache(ttl = "60s", redis(key = "big:{id}", tier = TIER))]
    async fn big(id: u32) -> u32 {
        yield_now().await;
        id
    }
    let server = Server::start();
    let proxy = Proxy::to(server.port());
    let _tier = Installed::new(&TIER, at(&proxy.url()).timeout(5 * SECOND));
    assert_eq!(block_on(big(1)), 1);
    let mut client = server.client();
    let mut pipeline = redis::pipe();
    for id in 0..KEYS {
        for name in ["big", "bigger", "other"] {
            pipeline.set(format!("{name}:{id}"), 1).ignore();
        }
    }
    let () = pipeline.query(&mut client).expect("SET");

    let (sender, sizes) = mpsc::channel();
    let other = Mutex::new(server.client());
    proxy.rule(move |words| {
        let size = match &*words[0] {
            "SCAN" => words.last().and_then(|count| count.parse().ok()).unwrap_or(usize::MAX),
            "KEYS" | "FLUSHDB" | "FLUSHALL" => usize::MAX,
            _ => words.len(),
        };
        let mut other = other.lock().expect("no panic");
        let () = redis::cmd("PING").exec(&mut other).expect("another client is served");
        let _ = sender.send(size);
        Fate::Pass
    });
    assert_eq!(block_on(big::cache_clear()), Invalidation::Confirmed);
    proxy.rule(|_| Fate::Pass);
    let sizes: Vec<usize> = sizes.try_iter().collect();
    assert!(sizes.len() > KEYS, "one command for each key: {}", sizes.len());
    assert!(sizes.iter().all(|size| *size <= MOST), "{:?}", sizes.iter().max());
    let left: usize = redis::cmd("DBSIZE").query(&mut client).expect("DBSIZE");
    assert_eq!(left, 2 * KEYS);
}

/// As two processes do.
#[test]
fn reaches_functions_with_the_same_keys() {
    static TIER: Tier = Tier::new();
    #[lru_cache(ttl = "60s", redis(key = "both:{n}", tier = TIER))]
    fn one(n: u32) -> u32 {
        n
    }
    #[lru_cache(ttl = "60s", redis(key = "both:{id}", tier = TIER))]
    fn other(id: u32) -> u32 {
        id
    }
    let server = Server::start();
    let _tier = install(&TIER, &server);
    for n in 0..10 {
        assert_eq!((one(n), other(n)), (n, n));
    }
    assert_eq!(one::cache_clear(), Invalidation::Confirmed);
    for n in 0..10 {
        assert!(!one::cache_contains(n) && !other::cache_contains(n), "{n}");
    }
}
