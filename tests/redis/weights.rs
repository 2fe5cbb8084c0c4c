//! `maxweight` and `weight` with Redis: they are about memory alone.

use functools::redis::Tier;
use functools::{CacheStatus, lru_cache};
use redis::Commands;

use crate::common::block_on;
use crate::install;
use crate::server::Server;

#[test]
fn what_is_computed_and_what_is_read_has_its_weight() {
    static HERE: Tier = Tier::new();
    static THERE: Tier = Tier::new();
    #[lru_cache(
        ttl = "60s",
        redis(key = "text:{len}", tier = HERE),
        maxweight = 10,
        weight = |text| text.len() as u64,
    )]
    fn here(len: usize) -> String {
        "a".repeat(len)
    }
    #[lru_cache(
        ttl = "60s",
        redis(key = "text:{len}", tier = THERE),
        maxweight = 10,
        weight = |len, text| (len + text.len()) as u64,
    )]
    fn there(len: usize) -> String {
        "b".repeat(len)
    }
    let server = Server::start();
    let (_here, _there) = (install(&HERE, &server), install(&THERE, &server));
    assert_eq!(here::with_status(3).1, CacheStatus::Miss);
    assert_eq!(there::with_status(3), ("aaa".to_owned(), CacheStatus::Shared));
    assert_eq!((here::cache_stats().weight, there::cache_stats().weight), (3, 6));
    there(2);
    assert_eq!(there::cache_stats().weight, 10);
    // 4 of each: the other two make room, in memory alone.
    there::cache_insert(4, "dddd".to_owned());
    assert_eq!((there::cache_stats().weight, there::cache_info().currsize), (8, 1));
    assert_eq!(there::with_status(3), ("aaa".to_owned(), CacheStatus::Shared));
}

#[test]
fn what_is_too_heavy_for_memory_is_shared() {
    static HERE: Tier = Tier::new();
    static THERE: Tier = Tier::new();
    #[lru_cache(
        ttl = "60s",
        redis(key = "text:{len}", tier = HERE),
        maxweight = 10,
        weight = |text| text.len() as u64,
    )]
    async fn here(len: usize) -> String {
        "a".repeat(len)
    }
    #[lru_cache(
        ttl = "60s",
        redis(key = "text:{len}", tier = THERE),
        maxweight = 10,
        weight = |_, text| text.len() as u64,
    )]
    async fn there(len: usize) -> String {
        "b".repeat(len)
    }
    let server = Server::start();
    let (_here, _there) = (install(&HERE, &server), install(&THERE, &server));
    block_on(async {
        assert_eq!(here::with_status(11).await.1, CacheStatus::Miss, "it is stored in Redis");
        assert_eq!(here::with_status(11).await.1, CacheStatus::Shared);
        let (text, status) = there::with_status(11).await;
        assert_eq!((&*text, status), ("aaaaaaaaaaa", CacheStatus::Shared));
    });
    assert!(!here::cache_contains(11) && !there::cache_contains(11));
    assert_eq!(here::cache_stats().too_heavy, 2);
    assert_eq!(there::cache_stats().too_heavy, 1);
    assert!(server.client().exists::<_, bool>("text:11").expect("an answer"));
}

#[test]
fn without_redis_what_is_too_heavy_is_stored_nowhere() {
    static TIER: Tier = Tier::new();
    #[lru_cache(redis(key = "n:{n}", tier = TIER), maxweight = 10, weight = |n| *n)]
    fn number(n: u64) -> u64 {
        n
    }
    assert_eq!(number::with_status(11), (11, CacheStatus::TooHeavy));
    assert_eq!(number::with_status(10), (10, CacheStatus::Miss));
    let stats = number::cache_stats();
    assert_eq!((stats.too_heavy, stats.currsize), (1, 1));
}
