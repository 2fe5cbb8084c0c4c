//! `cache_if` and `cache_none` for values that are read from Redis: one that they refuse is
//! returned, and kept in no memory.

use std::thread;

use functools::redis::Tier;
use functools::{CacheStatus, lru_cache};

use crate::common::{Gate, block_on, in_threads};
use crate::server::{Server, eventually};
use crate::{install, set};

#[test]
fn by_cache_none() {
    static TIER: Tier = Tier::new();
    #[lru_cache(ttl = "60s", cache_none = false, redis(key = "none:{n}", tier = TIER))]
    fn item(n: u64) -> Option<u64> {
        Some(n)
    }
    let server = Server::start();
    let _tier = install(&TIER, &server);
    set(&mut server.client(), "none:1", "null");
    for _ in 0..3 {
        assert_eq!(item::with_status(1), (None, CacheStatus::Shared));
        assert!(!item::cache_contains(1));
    }
    let stats = item::cache_stats();
    assert_eq!((stats.hits, stats.misses, stats.refused, stats.currsize), (3, 0, 3, 0));
    set(&mut server.client(), "none:2", "7");
    assert_eq!(item::with_status(2), (Some(7), CacheStatus::Shared));
    assert_eq!(item::with_status(2), (Some(7), CacheStatus::Hit));
}

#[test]
fn by_cache_none_in_an_ok() {
    static TIER: Tier = Tier::new();
    #[lru_cache(ttl = "60s", cache_none = false, redis(key = "ok:{n}", tier = TIER))]
    async fn item(n: u64) -> Result<Option<u64>, String> {
        Ok(Some(n))
    }
    let server = Server::start();
    let _tier = install(&TIER, &server);
    set(&mut server.client(), "ok:1", "null");
    for _ in 0..3 {
        assert_eq!(block_on(item::with_status(1)), (Ok(None), CacheStatus::Shared));
        assert!(!item::cache_contains(1));
    }
}

#[test]
fn by_cache_if() {
    static TIER: Tier = Tier::new();
    #[lru_cache(ttl = "60s", cache_if = |n| *n < 10, redis(key = "if:{n}", tier = TIER))]
    async fn item(n: u64) -> u64 {
        n
    }
    let server = Server::start();
    let _tier = install(&TIER, &server);
    let mut client = server.client();
    set(&mut client, "if:1", "10");
    set(&mut client, "if:2", "9");
    let all = [(1, 10, false), (2, 9, true), (3, 3, true)];
    for (n, value, is_kept) in all {
        assert_eq!(block_on(item(n)), value, "{n}");
        assert_eq!(item::cache_contains(n), is_kept, "{n}");
    }
    let stats = item::cache_stats();
    assert_eq!((stats.hits, stats.misses, stats.refused), (2, 1, 1), "{stats:?}");
}

/// Those who wait for the one that reads get what it reads.
#[test]
fn those_who_wait_have_it_too() {
    static TIER: Tier = Tier::new();
    #[lru_cache(ttl = "60s", cache_if = |_| false, redis(key = "all:{n}", tier = TIER))]
    fn item(n: u64) -> u64 {
        n
    }
    let server = Server::start();
    let _tier = install(&TIER, &server);
    set(&mut server.client(), "all:1", "7");
    let answers = in_threads(8, |_| item::with_status(1));
    for (value, status) in answers {
        assert_eq!(value, 7);
        assert!(matches!(status, CacheStatus::Shared | CacheStatus::Joined), "{status:?}");
    }
    let stats = item::cache_stats();
    assert_eq!((stats.hits, stats.misses, stats.currsize), (8, 0, 0), "{stats:?}");
    assert_eq!(stats.joined + stats.refused, 8, "each read or waited: {stats:?}");
}

/// It comes while another process computes, for which this one waits.
#[test]
fn a_value_that_another_stores_while_this_one_waits() {
    static HERE: Tier = Tier::new();
    static THERE: Tier = Tier::new();
    static GATE: Gate = Gate::new();
    #[lru_cache(ttl = "60s", cache_none = false, redis(key = "wait:{n}", tier = HERE))]
    fn here(n: u64) -> Option<u64> {
        Some(n)
    }
    #[lru_cache(ttl = "60s", redis(key = "wait:{n}", tier = THERE))]
    fn there(n: u64) -> Option<u64> {
        GATE.pass();
        Some(n)
    }
    let server = Server::start();
    let (_here, _there) = (install(&HERE, &server), install(&THERE, &server));
    thread::scope(|scope| {
        scope.spawn(|| there(1));
        GATE.wait_for(1);
        let waits = scope.spawn(|| here::with_status(1));
        eventually("it asks for the lease", || {
            here::cache_stats().redis.is_some_and(|redis| redis.shared_misses == 1)
        });
        set(&mut server.client(), "wait:1", "null");
        assert_eq!(waits.join().expect("no panic"), (None, CacheStatus::Shared));
        GATE.open();
    });
    assert!(!here::cache_contains(1));
}
