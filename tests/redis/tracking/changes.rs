//! Changes by other clients: memory drops what has changed, and nothing else.

use std::time::{Duration, Instant};

use functools::redis::Tier;
use functools::{CacheStatus, lru_cache};
use redis::{Commands, Connection};

use super::{LATE, report};
use crate::common::Runs;
use crate::server::{Server, eventually};
use crate::{assert_smooth, install, set, stored};

/// What becomes of a result in memory when another client does this to it.
#[test]
fn each_command_of_others_removes_the_entry() {
    static TIER: Tier = Tier::new();
    #[lru_cache(ttl = "60s", redis(key = "one:{id}", tier = TIER))]
    fn one(id: u32) -> u32 {
        id + 1000 * RUNS.next()
    }
    static RUNS: Runs = Runs::new();
    let changes = [
        ("SET one:1 5 EX 60", CacheStatus::Shared),
        ("DEL one:1", CacheStatus::Miss),
        ("EXPIRE one:1 30", CacheStatus::Shared),
        ("EXPIRE one:1 -1", CacheStatus::Miss),
        ("UNLINK one:1", CacheStatus::Miss),
        ("GETDEL one:1", CacheStatus::Miss),
        ("SET one:1 7 KEEPTTL", CacheStatus::Shared),
        ("INCR one:1", CacheStatus::Shared),
        ("APPEND one:1 0", CacheStatus::Shared),
        ("SETRANGE one:1 0 9", CacheStatus::Shared),
        ("RENAME one:1 away", CacheStatus::Miss),
        ("COPY away one:1 REPLACE", CacheStatus::Shared),
        ("MOVE one:1 1", CacheStatus::Miss),
        ("FLUSHDB", CacheStatus::Miss),
        ("FLUSHALL", CacheStatus::Miss),
    ];
    let mut told = 0;
    let server = Server::start();
    let (tier, mut client) = (install(&TIER, &server), server.client());
    for (change, comes_from) in changes {
        one(1);
        stored(&mut client, "one:1");
        assert!(one::cache_contains(1), "before {change}");
        let mut words = change.split(' ');
        let mut command = redis::cmd(words.next().expect("a command"));
        for word in words {
            command.arg(word);
        }
        let () = command.query::<redis::Value>(&mut client).map(drop).expect(change);
        eventually(change, || !one::cache_contains(1));
        let runs = RUNS.count();
        assert_eq!(one::with_status(1).1, comes_from, "after {change}");
        assert_eq!(RUNS.count() - runs, u32::from(comes_from == CacheStatus::Miss));
        if !change.starts_with("FLUSH") {
            assert!(tier.stats().invalidations > told, "{change} is counted");
        }
        told = tier.stats().invalidations;
    }
    assert_smooth(tier.stats());
}

#[test]
fn new_value_is_served_after_a_write() {
    static TIER: Tier = Tier::new();
    #[lru_cache(ttl = "60s", redis(key = "fast:{id}", tier = TIER))]
    fn fast(id: u32) -> u32 {
        id
    }
    let server = Server::start();
    let _tier = install(&TIER, &server);
    let mut client = server.client();
    let mut took: Vec<_> = (0..100)
        .map(|id| {
            fast(id);
            stored(&mut client, &format!("fast:{id}"));
            set(&mut client, &format!("fast:{id}"), "7");
            let begun = Instant::now();
            eventually("it is seen", || !fast::cache_contains(id));
            assert_eq!(fast(id), 7);
            begun.elapsed()
        })
        .collect();
    took.sort_unstable();
    report("another's SET until the new value is served, median of 100", took[50]);
    report("the same, the longest", took[99]);
    assert!(took[50] < Duration::from_millis(250), "{took:?}");
}

#[test]
fn thousand_changes_at_once_empty_memory() {
    static TIER: Tier = Tier::new();
    #[lru_cache(maxsize = 4096, ttl = "60s", redis(key = "many:{id}", tier = TIER))]
    fn many(id: u32) -> u32 {
        id
    }
    let server = Server::start();
    let tier = install(&TIER, &server);
    let mut client = server.client();
    for id in 0..1000 {
        many(id);
    }
    let in_redis = |client: &mut Connection| redis::cmd("DBSIZE").query(client) == Ok(1000);
    eventually("all are stored, and no lease is left", || in_redis(&mut client));
    assert_eq!(many::cache_info().currsize, 1000);

    let pairs: Vec<_> = (0..1000).map(|id| (format!("many:{id}"), id + 5)).collect();
    let () = client.mset(&pairs).expect("MSET");
    eventually("MSET empties memory", || many::cache_info().currsize == 0);
    assert!(tier.stats().invalidations >= 1000);

    for id in 0..1000 {
        set(&mut client, &format!("many:{id}"), &(id + 7).to_string());
        assert_eq!(many(id), id + 7);
    }
    let () = client.flushall().expect("FLUSHALL");
    eventually("FLUSHALL empties memory", || many::cache_info().currsize == 0);
    assert_eq!(many::with_status(999), (999, CacheStatus::Miss));
    assert_smooth(tier.stats());
}

#[test]
fn value_of_others_expires_in_memory_too() {
    static TIER: Tier = Tier::new();
    #[lru_cache(ttl = "60s", redis(key = "brief:{id}", tier = TIER))]
    fn brief(id: u32) -> String {
        format!("computed {id}")
    }
    const LIFE: Duration = Duration::from_millis(400);
    let server = Server::start();
    let tier = install(&TIER, &server);
    let mut client = server.client();

    let begun = Instant::now();
    let () = client.pset_ex("brief:1", "\"theirs\"", 400).expect("SET");
    let mut answer = brief::with_status(1);
    assert_eq!(answer, ("theirs".to_owned(), CacheStatus::Shared));
    eventually("it expires", || {
        answer = brief::with_status(1);
        // In its last millisecond it may be read once more.
        answer.1 == CacheStatus::Miss
    });
    let lived = begun.elapsed();
    report("a value that expires after 400 ms is served for", lived);
    assert_eq!(answer, ("computed 1".to_owned(), CacheStatus::Miss));
    assert!(LIFE <= lived + Duration::from_millis(1) && lived < LIFE + LATE, "{lived:?}");
    assert_smooth(tier.stats());
}

/// Under the prefix that is watched, whatever it is called.
#[test]
fn keys_that_are_no_keys_of_the_function_are_ignored() {
    static TIER: Tier = Tier::new();
    #[lru_cache(ttl = "60s", redis(key = "odd:{text}", tier = TIER))]
    fn odd(text: &str) -> usize {
        text.len()
    }
    let server = Server::start();
    let tier = install(&TIER, &server);
    let mut client = server.client();
    assert_eq!(odd::with_status("a").1, CacheStatus::Miss);
    stored(&mut client, "odd:a");

    let long = [b"odd:".to_vec(), vec![b'x'; 100_000]].concat();
    let keys: [&[u8]; 8] = [
        b"odd:",
        b"odd:a\nb",
        b"odd:\r\n$-1\r\n",
        b"odd:\xff\xfe",
        b"odd:%",
        b"odd:%zz",
        b"odd:\0",
        &long,
    ];
    for key in keys {
        let () = client.set_ex(key, "9", 60).expect("SET");
        let () = client.del(key).expect("DEL");
    }
    // What comes after them has the last word.
    set(&mut client, "odd:a", "9");
    eventually("the last change is seen", || !odd::cache_contains("a"));
    assert_eq!(odd::with_status("a"), (9, CacheStatus::Shared));
    assert_smooth(tier.stats());
}

/// Whatever one writes itself does not take away what it has in memory.
#[test]
fn own_results_stay_in_memory() {
    static TIER: Tier = Tier::new();
    #[lru_cache(maxsize = 512, ttl = "60s", redis(key = "own:{id}", tier = TIER))]
    fn own(id: u32) -> u32 {
        id
    }
    let server = Server::start();
    let tier = install(&TIER, &server);
    for id in 0..300 {
        assert_eq!(own::with_status(id), (id, CacheStatus::Miss));
    }
    stored(&mut server.client(), "own:299");
    // Tracking tells in the order of writes: what came before this has been told.
    set(&mut server.client(), "own:last", "1");
    eventually("the change is told", || tier.stats().invalidations > 0);
    for id in 0..300 {
        assert_eq!(own::with_status(id), (id, CacheStatus::Hit));
    }
    assert_eq!((tier.stats().stores, tier.stats().invalidations), (300, 1));
    assert_smooth(tier.stats());
}
