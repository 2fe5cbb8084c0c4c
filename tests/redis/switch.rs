//! Caches that are switched off neither read from Redis nor store there (CONTRACT 1, 8). The switch
//! is one for a process, so each test runs in a process of its own.

use std::thread;

use functools::redis::{Invalidation, Stats, Tier};
use functools::{CacheStatus, lru_cache, set_enabled};
use redis::Commands;

use crate::common::block_on;
use crate::{in_own_process, install_own, set, stored, text};

static TIER: Tier = Tier::new();

#[test]
#[ignore = "what the process does that another test starts"]
fn off() {
    #[lru_cache(redis(key = "f:{n}", tier = TIER))]
    fn f(n: u32) -> u32 {
        n
    }
    #[lru_cache(redis(key = "task:{n}", tier = TIER))]
    async fn task(n: u32) -> u32 {
        n
    }
    let (tier, mut client) = install_own(&TIER);
    set(&mut client, "f:1", "7");
    set(&mut client, "task:1", "7");
    assert_eq!(f::with_status(1), (7, CacheStatus::Shared));
    let before = tier.stats();
    set_enabled(false);
    for _ in 0..2 {
        assert_eq!(f::with_status(1), (1, CacheStatus::Bypass));
        assert_eq!(block_on(task::with_status(1)), (1, CacheStatus::Bypass));
    }
    assert_eq!((f::cache_refresh(2), block_on(task::cache_refresh(2))), (2, 2));
    f::cache_insert(1, 3);
    assert_eq!(text(&mut client, "f:1").as_deref(), Some("7"), "it is not replaced");
    assert!(!client.exists::<_, bool>(&["f:2", "task:2"]).expect("EXISTS"));
    let queries = |stats: Stats| (stats.shared_hits, stats.shared_misses, stats.stores);
    assert_eq!(queries(tier.stats()), queries(before));
    assert_eq!(f::cache_invalidate(1), Invalidation::Confirmed);
    assert_eq!(text(&mut client, "f:1"), None);
    set_enabled(true);
    assert_eq!(block_on(task::with_status(1)), (7, CacheStatus::Shared));
    assert_eq!(f::with_status(1), (1, CacheStatus::Miss));
    stored(&mut client, "f:1");
}

#[test]
#[ignore = "what the process does that another test starts"]
fn in_flight() {
    #[lru_cache(redis(key = "f:{n}", tier = TIER))]
    fn f(n: u32) -> u32 {
        set_enabled(false);
        n
    }
    let (_tier, mut client) = install_own(&TIER);
    assert_eq!(f::with_status(1), (1, CacheStatus::Miss));
    assert_eq!(f::cache_info().currsize, 0);
    let keys: Vec<String> = client.keys("*f:*").expect("KEYS");
    assert_eq!(keys.iter().find(|key| *key == "f:1"), None, "{keys:?}");
    // The lease has been given up: another process need not wait for it.
    let mut leases = || client.keys::<_, Vec<String>>("functools:lease*").expect("KEYS");
    while !leases().is_empty() {
        thread::yield_now();
    }
}

#[test]
fn switched_off_redis_is_neither_read_nor_written() {
    in_own_process("switch::off");
}

#[test]
fn result_in_flight_at_the_switch_is_not_shared() {
    in_own_process("switch::in_flight");
}
