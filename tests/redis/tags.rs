//! Tags with Redis: a set for each tag beside values that stay plain, for all languages.

use std::thread;
use std::time::Instant;

use functools::redis::{Invalidation, Tier};
use functools::{CacheStatus, invalidate_tag, invalidate_tag_async, lru_cache};
use redis::{Commands, Connection};

use crate::common::{Gate, Runs, SECOND, block_on};
use crate::server::{Server, eventually};
use crate::{Installed, assert_smooth, at, install, set, text};

/// The keys in the set of a tag.
fn tagged(client: &mut Connection, tag: &str) -> Vec<String> {
    client.zrange(format!("functools:tag:{tag}"), 0, -1).expect("ZRANGE")
}

/// For how many milliseconds the set of a tag stays: -1 for ever, -2 without one.
fn lifetime(client: &mut Connection, tag: &str) -> i64 {
    client.pttl(format!("functools:tag:{tag}")).expect("PTTL")
}

#[test]
fn values_stay_plain_and_the_sets_expire_with_the_last_of_them() {
    static TIER: Tier = Tier::new();
    #[lru_cache(
        ttl = "60s",
        redis(key = "plain_tags:{id}", tier = TIER),
        tags("plain_user:{id}", "plain"),
    )]
    fn plain(id: u32) -> u32 {
        id
    }
    #[lru_cache(ttl = "1h", redis(key = "hour:{id}", tier = TIER), tags("plain"))]
    fn hour(id: u32) -> u32 {
        id
    }
    #[lru_cache(redis(key = "for_ever:{id}", tier = TIER), tags("plain"))]
    fn for_ever(id: u32) -> u32 {
        id
    }
    let server = Server::start();
    let mut client = server.client();
    let tier = install(&TIER, &server);
    assert_eq!((plain(1), plain(2)), (1, 2));
    assert_eq!(text(&mut client, "plain_tags:1").as_deref(), Some("1"));
    assert_eq!(tagged(&mut client, "plain_user:1"), ["plain_tags:1"]);
    assert_eq!(tagged(&mut client, "plain"), ["plain_tags:1", "plain_tags:2"]);
    // With the lease of `install`, which is 10 s.
    assert!((60_000..=70_000).contains(&lifetime(&mut client, "plain")));
    hour(1);
    assert!((3_600_000..=3_610_000).contains(&lifetime(&mut client, "plain")));
    plain(3);
    assert!((3_590_000..=3_610_000).contains(&lifetime(&mut client, "plain")), "the longest");
    for_ever(1);
    assert_eq!(lifetime(&mut client, "plain"), -1);
    assert!((50_000..=70_000).contains(&lifetime(&mut client, "plain_user:1")));
    assert_eq!(tagged(&mut client, "plain").len(), 5);
    assert_smooth(tier.stats());
}

#[test]
fn removes_what_carries_the_tag_everywhere_and_says_so() {
    static TIER: Tier = Tier::new();
    #[lru_cache(
        ttl = "60s",
        redis(key = "order:{user}:{id}", tier = TIER),
        tags("says_user:{user}"),
    )]
    async fn order(user: u32, id: u32) -> u32 {
        user + id + 1000 * RUNS.next()
    }
    #[lru_cache(
        ttl = "60s",
        redis(key = "profile:{user}", tier = TIER),
        tags("says_user:{user}"),
        skip(log),
    )]
    fn profile(user: u32, log: &mut Vec<u32>) -> u32 {
        log.push(user);
        user
    }
    #[lru_cache(tags("says_user:{user}"))]
    fn in_memory(user: u32) -> u32 {
        user
    }
    static RUNS: Runs = Runs::new();
    let server = Server::start();
    let mut client = server.client();
    let mut log = Vec::new();
    assert_eq!(invalidate_tag("says_user:0").outcome, Invalidation::Local);
    let tier = install(&TIER, &server);
    for round in 1..4 {
        let before = [block_on(order(1, 1)), block_on(order(1, 2)), block_on(order(2, 3))];
        let _ = (profile(1, &mut log), in_memory(1));
        let removed = match round {
            1 => block_on(invalidate_tag_async("says_user:1")),
            _ => invalidate_tag("says_user:1"),
        };
        let expected = (4, 3, Invalidation::Confirmed);
        assert_eq!((removed.entries, removed.shared, removed.outcome), expected, "{round}");
        for key in ["order:1:1", "order:1:2", "profile:1"] {
            assert_eq!(text(&mut client, key), None, "{key}");
        }
        assert!(tagged(&mut client, "says_user:1").is_empty());
        assert_eq!(log.len(), round);
        assert_ne!(block_on(order(1, 1)), before[0]);
        assert_eq!(block_on(order::with_status(2, 3)), (before[2], CacheStatus::Hit));
        assert_eq!(invalidate_tag("says_user:1").shared, 1);
    }
    let removed = invalidate_tag("unknown");
    assert_eq!((removed.entries, removed.shared), (0, 0));
    assert_eq!(removed.outcome, Invalidation::Confirmed);
    assert_smooth(tier.stats());
}

/// More than one batch.
#[test]
fn removes_thousands_of_values() {
    static TIER: Tier = Tier::new();
    #[lru_cache(maxsize = 10, redis(key = "many:{id}", tier = TIER), tags("many"))]
    fn many(id: u32) -> u32 {
        id
    }
    let server = Server::start();
    let tier = install(&TIER, &server);
    (0..1234).for_each(|id| assert_eq!(many(id), id));
    let removed = invalidate_tag("many");
    assert_eq!((removed.entries, removed.shared), (10, 1234));
    assert!(server.keys().is_empty(), "{:?}", server.keys());
    assert_smooth(tier.stats());
}

#[test]
fn inserted_and_refreshed_values_carry_the_tag() {
    static TIER: Tier = Tier::new();
    #[lru_cache(ttl = "60s", redis(key = "primed:{id}", tier = TIER), tags("primed:{id}"))]
    fn primed(id: u32) -> u32 {
        id
    }
    let server = Server::start();
    let mut client = server.client();
    let tier = install(&TIER, &server);
    primed::cache_insert(1, 7);
    eventually("it is inserted", || text(&mut client, "primed:1").as_deref() == Some("7"));
    assert_eq!(tagged(&mut client, "primed:1"), ["primed:1"]);
    assert_eq!(invalidate_tag("primed:1").shared, 1);
    assert_eq!(text(&mut client, "primed:1"), None);
    primed::cache_refresh(1);
    assert_eq!(text(&mut client, "primed:1").as_deref(), Some("1"));
    assert_eq!(invalidate_tag("primed:1").shared, 1);
    assert_eq!(text(&mut client, "primed:1"), None);
    assert_smooth(tier.stats());
}

/// The key is in the set while it is computed, so that other processes find its lease.
#[test]
fn a_computation_is_discarded_by_its_tag() {
    static TIER: Tier = Tier::new();
    static GATE: Gate = Gate::new();
    static RUNS: Runs = Runs::new();
    #[lru_cache(ttl = "60s", redis(key = "slow:{id}", tier = TIER), tags("slow"))]
    fn slow(id: u32) -> u32 {
        let run = RUNS.next();
        if run == 1 {
            GATE.pass();
        }
        10 * id + run
    }
    let server = Server::start();
    let mut client = server.client();
    let _tier = install(&TIER, &server);
    thread::scope(|scope| {
        let call = scope.spawn(|| slow(1));
        GATE.wait_for(1);
        assert_eq!(tagged(&mut client, "slow"), ["slow:1"]);
        assert!(client.exists::<_, bool>("functools:lease:{slow:1}").expect("EXISTS"));
        let removed = invalidate_tag("slow");
        assert_eq!((removed.shared, removed.outcome), (0, Invalidation::Confirmed));
        assert!(!client.exists::<_, bool>("functools:lease:{slow:1}").expect("EXISTS"));
        GATE.open();
        assert_eq!(call.join().expect("no panic"), 11);
    });
    assert_eq!(text(&mut client, "slow:1"), None);
    assert_eq!(slow::with_status(1), (12, CacheStatus::Miss));
}

/// What the guide says about other languages.
#[test]
fn another_program_stores_and_invalidates() {
    static TIER: Tier = Tier::new();
    #[lru_cache(ttl = "60s", redis(key = "foreign:{id}", tier = TIER), tags("foreign"))]
    fn foreign(id: u32) -> u32 {
        id
    }
    let server = Server::start();
    let mut client = server.client();
    let tier = install(&TIER, &server);
    // It stores.
    let () = client.zadd("functools:tag:foreign", "foreign:7", 8_000_000_000_000_000_u64).unwrap();
    set(&mut client, "foreign:7", "70");
    assert_eq!(foreign::with_status(7), (70, CacheStatus::Shared));
    assert_eq!(invalidate_tag("foreign").shared, 1);
    assert_eq!(foreign(7), 7);
    // It invalidates.
    foreign(8);
    for key in tagged(&mut client, "foreign") {
        let () = client.unlink(key).expect("UNLINK");
    }
    eventually("values are gone", || !foreign::cache_contains(7) && !foreign::cache_contains(8));
    // It reports a tag whose values are in memory alone.
    foreign(9);
    let () = client.set_ex("functools:untagged:other:foreign", "", 1).expect("SET");
    eventually("the notice arrives", || !foreign::cache_contains(9));
    assert_smooth(tier.stats());
}

#[test]
fn keys_whose_values_have_expired_leave_the_set() {
    static TIER: Tier = Tier::new();
    #[lru_cache(ttl = "60s", redis(key = "pruned:{id}", tier = TIER), tags("pruned"))]
    fn pruned(id: u32) -> u32 {
        id
    }
    let server = Server::start();
    let mut client = server.client();
    let _tier = install(&TIER, &server);
    pruned(1);
    // As if it had been stored a year ago.
    let () = client.zadd("functools:tag:pruned", "pruned:2", 1_000).expect("ZADD");
    assert_eq!(tagged(&mut client, "pruned").len(), 2);
    pruned(3);
    let mut left = tagged(&mut client, "pruned");
    left.sort_unstable();
    assert_eq!(left, ["pruned:1", "pruned:3"]);
}

mod while_redis_is_away {
    use super::*;

    /// From the invalidation on, no call returns the old value, and Redis is told later.
    #[test]
    fn it_is_queued_and_replayed() {
        static TIER: Tier = Tier::new();
        #[lru_cache(ttl = "60s", redis(key = "away:{id}", tier = TIER), tags("away:{id}"))]
        fn away(id: u32) -> u32 {
            10 * id + RUNS.next()
        }
        static RUNS: Runs = Runs::new();
        let server = Server::start();
        let mut client = server.client();
        let tier = Installed::new(&TIER, at(&server.url()).timeout(SECOND / 10));
        assert_eq!(away(1), 11);
        eventually("it is stored", || text(&mut client, "away:1").is_some());
        server.suspend();
        let begun = Instant::now();
        let removed = invalidate_tag("away:1");
        assert!(begun.elapsed() < 2 * SECOND, "{:?}", begun.elapsed());
        assert_eq!((removed.entries, removed.shared), (1, 0));
        assert_eq!(removed.outcome, Invalidation::Queued);
        assert_ne!(away(1), 11);
        server.resume();
        eventually("it is replayed", || {
            // Also from here on.
            assert_ne!(away(1), 11);
            text(&mut client, "away:1").as_deref() != Some("11") && tier.stats().queued == 0
        });
        assert_ne!(away(1), 11);
    }

    #[test]
    fn what_was_computed_before_is_not_stored_afterwards() {
        static TIER: Tier = Tier::new();
        static GATE: Gate = Gate::new();
        static RUNS: Runs = Runs::new();
        #[lru_cache(ttl = "60s", redis(key = "kept:{id}", tier = TIER), tags("kept"))]
        fn kept(id: u32) -> u32 {
            let run = RUNS.next();
            if run == 1 {
                GATE.pass();
            }
            10 * id + run
        }
        let server = Server::start();
        let mut client = server.client();
        let tier = Installed::new(&TIER, at(&server.url()).timeout(SECOND / 10));
        thread::scope(|scope| {
            let call = scope.spawn(|| kept(1));
            GATE.wait_for(1);
            server.suspend();
            assert_eq!(invalidate_tag("kept").outcome, Invalidation::Queued);
            server.resume();
            GATE.open();
            assert_eq!(call.join().expect("no panic"), 11);
        });
        eventually("it is replayed", || tier.stats().queued == 0);
        assert_ne!(text(&mut client, "kept:1").as_deref(), Some("11"));
        assert_ne!(kept(1), 11);
    }
}
