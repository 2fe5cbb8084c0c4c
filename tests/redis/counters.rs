//! Every counter, of one function in each situation: what it counts is what its documentation says.
//! Section 1 of the contract.

mod calls;
mod redis_down;

use std::panic::catch_unwind;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use functools::redis::Tier;
use functools::{CacheStatus, lru_cache};
use redis::Commands;
use serde::{Deserialize, Deserializer, Serialize};

use crate::common::{Gate, block_on, poll};
use crate::server::{Server, eventually};
use crate::{install, set};
use calls::{Counters, Last, and, counted, counters, published};

#[test]
fn of_a_function_in_memory() {
    assert_eq!(counted!([] counted_in_memory |_| ()), and(&[]));
}

#[test]
fn of_a_function_with_a_ttl() {
    let counted = counted!([ttl = "1s"] counted_with_ttl |last: Last<'_>| {
        eventually("3 and 8 have expired", || !(last.contains)(3) && !(last.contains)(8));
        assert_eq!((last.call)(3).1, CacheStatus::Miss);
    });
    assert_eq!(counted, and(&[("misses", 1), ("computations", 1), ("expirations", 2)]));
}

#[test]
fn of_a_function_with_stale_on_error() {
    let counted = counted!([ttl = "1s", stale_on_error = "60s"] with_stale |last: Last<'_>| {
        assert_eq!((last.call)(7).1, CacheStatus::Miss);
        eventually("7 has expired", || !(last.contains)(7));
        last.is_away.store(true, Ordering::SeqCst);
        assert_eq!((last.call)(7), (Ok(Some(7)), CacheStatus::Stale));
        // It takes the place of an entry that has expired.
        assert_eq!((last.call)(5).1, CacheStatus::Miss);
    });
    let more = [
        ("misses", 3),
        ("computations", 3),
        ("evictions", 1),
        ("failures", 1),
        ("stale", 1),
        ("expirations", 1),
    ];
    assert_eq!(counted, and(&more));
}

static UP: Tier = Tier::new();

#[test]
fn of_a_function_with_redis() {
    let server = Server::start();
    let mut client = server.client();
    let tier = install(&UP, &server);
    let counted = counted!([ttl = "60s", redis(key = "up:{n}", tier = UP)] counted_with_redis
        |last: Last<'_>| {
        eventually("the insertion is stored, too", || UP.stats().stores == 6);
        // One that memory has no room for any more.
        assert_eq!((last.call)(2), (Ok(Some(2)), CacheStatus::Shared));
        // One that is refused.
        set(&mut client, "up:0", "null");
        assert_eq!((last.call)(0), (Ok(None), CacheStatus::Shared));
        // Two that are no values of the function.
        set(&mut client, "up:10", "junk");
        let () = client.lpush("up:11", 1).expect("LPUSH");
        assert_eq!((last.call)(10).1, CacheStatus::Miss);
        assert_eq!((last.call)(11).1, CacheStatus::Miss);
    });
    let more = [
        ("hits", 2),
        ("misses", 2),
        ("computations", 2),
        ("evictions", 3),
        ("refused", 1),
        ("redis_shared_hits", 2),
        // 1, 2, 3, 0, 9, 8; 10 and 11.
        ("redis_shared_misses", 8),
        // 1, 2, 3, the insertion of 4, the refresh of 3, 8. The value of 10 is young, that of 11 is
        // another program's.
        ("redis_stores", 6),
        ("redis_undecodable", 2),
    ];
    assert_eq!(counted, and(&more));
    let stats = tier.stats();
    let of_tier = (stats.shared_hits, stats.shared_misses, stats.stores, stats.undecodable);
    assert_eq!(of_tier, (2, 8, 6, 2), "the tier counts the same: {stats:?}");
    assert_eq!((stats.errors, stats.timeouts, stats.bypassed), (0, 0, 0), "{stats:?}");
}

static EXPIRING: Tier = Tier::new();

#[test]
fn of_a_function_with_redis_whose_entries_expire() {
    let server = Server::start();
    let _tier = install(&EXPIRING, &server);
    let counted = counted!(
        [ttl = "1s", stale_on_error = "60s", redis(key = "expiring:{n}", tier = EXPIRING)]
        counted_while_expiring
        |last: Last<'_>| {
            assert_eq!((last.call)(7).1, CacheStatus::Miss);
            eventually("7 has expired", || !(last.contains)(7));
            last.is_away.store(true, Ordering::SeqCst);
            // Redis may hold it a little longer.
            eventually("it is served", || (last.call)(7) == (Ok(Some(7)), CacheStatus::Stale));
            eventually("the insertion was stored, too", || EXPIRING.stats().stores == 7);
            assert_eq!((last.call)(5).1, CacheStatus::Miss);
        }
    );
    let mut expected = and(&[
        ("misses", 3),
        ("computations", 3),
        ("evictions", 1),
        ("failures", 1),
        ("stale", 1),
        ("expirations", 1),
        ("redis_shared_misses", 9),
        ("redis_stores", 8),
    ]);
    // So often Redis had it a little longer.
    let longer = counted.get("redis_shared_hits").copied().unwrap_or_default();
    if longer > 0 {
        expected.insert("redis_shared_hits", longer);
        *expected.entry("hits").or_default() += longer;
        *expected.entry("expirations").or_default() += longer;
    }
    assert_eq!(counted, expected);
}

static DROPPED: Tier = Tier::new();

/// A call that its task gives up, or that a panic ends, is a call: a miss, as without Redis.
#[test]
fn of_calls_that_are_given_up_or_panic_are_misses() {
    #[derive(Clone, Serialize)]
    struct Fragile(u64);
    impl<'de> Deserialize<'de> for Fragile {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            let n = u64::deserialize(deserializer)?;
            assert!(n != 7, "it does not like 7");
            Ok(Fragile(n))
        }
    }
    #[lru_cache(ttl = "60s", redis(key = "dropped:{n}", tier = DROPPED))]
    async fn fragile(n: u64) -> Fragile {
        Fragile(n)
    }
    let server = Server::start();
    let _tier = install(&DROPPED, &server);
    // An answer of Redis may be quicker than a poll on a busy machine.
    let (mut calls, mut given_up) = (0, 0);
    eventually("ten calls are given up while they ask Redis", || {
        calls += 1;
        let mut call = Box::pin(fragile(calls + 100));
        given_up += u32::from(poll(call.as_mut()).is_pending());
        given_up == 10
    });
    set(&mut server.client(), "dropped:1", "7");
    let panics = catch_unwind(|| block_on(fragile(1)).0);
    assert!(panics.is_err());
    let info = fragile::cache_info();
    assert_eq!((info.hits, info.misses), (0, calls + 1));
}
