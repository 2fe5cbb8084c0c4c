//! The first steps with a Redis: waiting until it is there, what is wrong, and two functions with
//! the same keys. Section 8 of the contract.

use std::time::Duration;

use functools::redis::{Invalidation, Redis, Tier};
use functools::{CacheStatus, lru_cache};

use crate::common::SECOND;
use crate::server::{Server, eventually};
use crate::{Installed, at, install, set, text};

#[test]
fn one_can_wait_until_it_is_there() {
    static TIER: Tier = Tier::new();
    #[lru_cache(ttl = "60s", redis(key = "waited:{id}", tier = TIER))]
    fn waited(id: u32) -> u32 {
        id
    }
    assert!(!TIER.wait_connected(SECOND), "nothing is installed");
    assert_eq!(TIER.last_error(), None);
    let server = Server::start();
    set(&mut server.client(), "waited:1", "7");
    TIER.install(at(&server.url()).timeout(5 * SECOND));
    assert!(TIER.wait_connected(20 * SECOND));
    assert_eq!(waited(1), 7);
    assert_eq!(waited::cache_invalidate(1), Invalidation::Confirmed);
    TIER.uninstall();
}

/// Nor is one waited for that is not used any more.
#[test]
fn who_waits_learns_that_there_is_none() {
    static TIER: Tier = Tier::new();
    TIER.install(at("redis://127.0.0.1:1"));
    let begun = std::time::Instant::now();
    std::thread::scope(|scope| {
        let waiting = scope.spawn(|| TIER.wait_connected(600 * SECOND));
        eventually("it has been tried", || TIER.stats().errors > 0);
        TIER.uninstall();
        assert!(!waiting.join().expect("no panic"));
    });
    assert!(begun.elapsed() < 60 * SECOND);
}

/// A program that does not run for long loses nothing.
#[test]
fn what_is_queued_is_waited_for() {
    static TIER: Tier = Tier::new();
    #[lru_cache(ttl = "60s", redis(key = "flushed:{id}", tier = TIER))]
    fn flushed(id: u32) -> u32 {
        id
    }
    let server = Server::start();
    let mut client = server.client();
    set(&mut client, "flushed:1", "7");
    TIER.install(at(&server.url()).timeout(5 * SECOND));
    // At once, mostly before there is a connection.
    let _ = flushed::cache_invalidate(1);
    assert!(TIER.wait_connected(20 * SECOND));
    assert_eq!(text(&mut client, "flushed:1"), None);
    assert_eq!(TIER.stats().queued, 0);
    TIER.uninstall();
}

#[test]
fn what_is_wrong_is_said() {
    static TIER: Tier = Tier::new();
    let server = Server::start();
    let mut client = server.client();
    let () = redis::cmd("CONFIG")
        .arg(&["SET", "requirepass", "hunter2"])
        .query(&mut client)
        .expect("CONFIG SET");
    let url = format!("redis://:hunter3@127.0.0.1:{}", server.port());
    TIER.install(Redis::new(&url).expect("an address"));
    eventually("it is said", || TIER.last_error().is_some());
    let said = TIER.last_error().expect("it is said");
    assert!(!said.contains("hunter"), "{said}");
    assert!(said.to_lowercase().contains("password") || said.contains("WRONGPASS"), "{said}");
    assert!(!TIER.wait_connected(Duration::from_millis(1)));
    TIER.uninstall();
}

#[test]
fn two_functions_with_the_same_keys_are_noticed() {
    static TIER: Tier = Tier::new();
    #[lru_cache(ttl = "60s", redis(key = "same:{id}", tier = TIER))]
    fn first(id: u64) -> u64 {
        id
    }
    #[lru_cache(ttl = "60s", redis(key = "same:{number}", tier = TIER))]
    fn second(number: u64) -> u64 {
        number * 100
    }
    let server = Server::start();
    let _tier = install(&TIER, &server);
    assert_eq!(first::with_status(3), (3, CacheStatus::Miss));
    assert_eq!(TIER.last_error(), None);
    assert_eq!(second::with_status(3), (3, CacheStatus::Shared));
    assert!(TIER.last_error().expect("it is said").contains("same:"));
}

/// A function whose keys the server's user may not use is in nobody's way.
#[test]
fn a_refusal_is_of_one_function() {
    static TIER: Tier = Tier::new();
    #[lru_cache(ttl = "60s", redis(key = "allowed:{id}", tier = TIER))]
    fn allowed(id: u64) -> u64 {
        id
    }
    #[lru_cache(ttl = "60s", redis(key = "forbidden:{id}", tier = TIER))]
    fn forbidden(id: u64) -> u64 {
        id
    }
    let server = Server::start();
    let mut client = server.client();
    let () = redis::cmd("ACL")
        .arg(&["SETUSER", "app", "on", ">hunter2", "~allowed:*", "~functools:*", "+@all"])
        .query(&mut client)
        .expect("ACL SETUSER");
    let url = format!("redis://app:hunter2@127.0.0.1:{}", server.port());
    // The one that may comes first: by its keys it is tried whether Redis answers.
    allowed(0);
    let redis = Redis::new(&url).expect("an address").timeout(5 * SECOND);
    let tier = Installed::new(&TIER, redis);
    for id in 1..100 {
        assert_eq!(forbidden(id), id);
        assert_eq!(allowed::with_status(id), (id, CacheStatus::Miss));
    }
    let stats = tier.stats();
    assert!(stats.connected && stats.connections == 1, "{stats:?}");
    assert_eq!(stats.stores, 99, "{stats:?}");
    assert!(TIER.last_error().expect("it is said").contains("NOPERM"));
}
