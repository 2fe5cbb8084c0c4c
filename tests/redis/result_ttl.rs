//! A `ttl` that depends on the result: in Redis it is the same, to the millisecond (CONTRACT 8).

use std::time::Duration;

use functools::redis::Tier;
use functools::{CacheStatus, lru_cache};
use redis::Commands;

use crate::common::block_on;
use crate::server::{Server, eventually};
use crate::{install, stored};

fn millis(of: &u64) -> Option<Duration> {
    (*of != 7).then(|| Duration::from_millis(*of))
}

/// Whether a key with this many milliseconds left was given so many within the last minute.
fn is_expiry(left: i64, given: i64) -> bool {
    (given - 60_000..=given).contains(&left)
}

#[test]
fn value_expires_in_redis_as_its_result_says() {
    static TIER: Tier = Tier::new();
    #[lru_cache(ttl = millis, redis(key = "one:{n}", tier = TIER))]
    fn one(n: u64) -> u64 {
        n
    }
    #[lru_cache(ttl = |n| millis(n), redis(key = "task:{n}", tier = TIER))]
    async fn task(n: u64) -> u64 {
        n
    }
    let server = Server::start();
    let _tier = install(&TIER, &server);
    let mut client = server.client();
    for n in [90_500, 3_600_001] {
        assert_eq!(one::with_status(n), (n, CacheStatus::Miss));
        assert_eq!(block_on(task::with_status(n)), (n, CacheStatus::Miss));
        one::cache_insert(n + 1, n + 1);
        for key in [format!("one:{n}"), format!("task:{n}"), format!("one:{}", n + 1)] {
            stored(&mut client, &key);
            let left: i64 = client.pttl(&key).expect("PTTL");
            assert!(is_expiry(left, n as i64 + 1), "{key}: {left}");
        }
    }
}

#[test]
fn result_without_a_ttl_is_in_neither_tier() {
    static TIER: Tier = Tier::new();
    #[lru_cache(ttl = millis, redis(key = "one:{n}", tier = TIER))]
    fn one(n: u64) -> u64 {
        n
    }
    let server = Server::start();
    let _tier = install(&TIER, &server);
    let mut client = server.client();
    for n in [7, 0] {
        assert_eq!(one::with_status(n), (n, CacheStatus::Miss));
        assert_eq!(one::cache_refresh(n), n);
        one::cache_insert(n, n);
        assert!(!one::cache_contains(n));
    }
    one(90_000);
    stored(&mut client, "one:90000");
    let keys: Vec<String> = client.keys("one:*").expect("KEYS");
    assert_eq!(keys, ["one:90000"]);
    assert_eq!(one::cache_stats().refused, 4);
}

#[test]
fn value_of_another_program_is_kept_for_the_shorter_time() {
    static TIER: Tier = Tier::new();
    #[lru_cache(ttl = millis, redis(key = "one:{n}", tier = TIER))]
    fn one(n: u64) -> u64 {
        n
    }
    let server = Server::start();
    let _tier = install(&TIER, &server);
    let mut client = server.client();
    let () = client.set("one:1", "600000").expect("SET");
    let () = client.pset_ex("one:2", "600000", 400_000).expect("SET");
    let () = client.pset_ex("one:3", "300000", 400_000).expect("SET");
    let () = client.set("one:4", "7").expect("SET");
    for (n, value, kept) in [(1, 600_000, 600), (2, 600_000, 400), (3, 300_000, 300)] {
        assert_eq!(one::with_status(n), (value, CacheStatus::Shared));
        let left = one::cache_ttl(n).expect("an entry");
        let range = Duration::from_secs(kept - 60)..=Duration::from_secs(kept);
        assert!(range.contains(&left), "{n}: {left:?}");
    }
    assert_eq!(one::with_status(4), (7, CacheStatus::Shared));
    eventually("it is not in memory", || !one::cache_contains(4));
}
