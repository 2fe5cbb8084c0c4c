//! `cache_refresh` with Redis: it replaces the value in both tiers. Section 8 of the contract.

use functools::redis::Tier;
use functools::{CacheStatus, lru_cache};
use redis::Commands;

use super::Source;
use crate::common::{block_on, yield_now};
use crate::server::{Server, eventually};
use crate::{assert_smooth, install, set, text};

#[test]
fn replaces_the_value_in_both_tiers() {
    static TIER: Tier = Tier::new();
    #[lru_cache(ttl = "60s", redis(key = "refresh:{id}", tier = TIER))]
    async fn refresh(id: u32) -> Result<u32, String> {
        yield_now().await;
        match SOURCE.value() {
            0 => Err("nothing".to_owned()),
            value => Ok(value + id),
        }
    }
    #[lru_cache(ttl = "60s", redis(key = "refresh_in_threads:{id}", tier = TIER))]
    fn refresh_in_threads(id: u32) -> u32 {
        SOURCE.value() + id
    }
    static SOURCE: Source = Source::new();
    let server = Server::start();
    let mut client = server.client();
    let tier = install(&TIER, &server);
    assert_eq!(block_on(refresh(10)), Ok(11));
    assert_eq!(refresh_in_threads(10), 11);
    for value in 2..10 {
        SOURCE.set(value);
        assert_eq!(block_on(refresh(10)), Ok(9 + value));
        assert_eq!(block_on(refresh::cache_refresh(10)), Ok(10 + value));
        assert_eq!(block_on(refresh::with_status(10)), (Ok(10 + value), CacheStatus::Hit));
        assert_eq!(text(&mut client, "refresh:10"), Some((10 + value).to_string()));
        let ttl: i64 = client.ttl("refresh:10").expect("TTL");
        assert!((50..=60).contains(&ttl), "{ttl}");

        assert_eq!(refresh_in_threads(10), 9 + value);
        assert_eq!(refresh_in_threads::cache_refresh(10), 10 + value);
        assert_eq!(refresh_in_threads(10), 10 + value);
        assert_eq!(text(&mut client, "refresh_in_threads:10"), Some((10 + value).to_string()));
    }
    // What cannot be stored leaves both.
    SOURCE.set(0);
    assert_eq!(block_on(refresh::cache_refresh(10)), Err("nothing".to_owned()));
    assert_eq!(block_on(refresh::with_status(10)), (Ok(19), CacheStatus::Hit));
    assert_eq!(text(&mut client, "refresh:10"), Some("19".to_owned()));
    eventually("no lease is left", || {
        server.keys().iter().all(|key| !key.starts_with("functools:"))
    });
    assert_smooth(tier.stats());
}

#[test]
fn may_be_the_first_use() {
    static TIER: Tier = Tier::new();
    #[lru_cache(ttl = "60s", redis(key = "at_first:{id}", tier = TIER))]
    fn at_first(id: u32) -> u32 {
        id
    }
    let server = Server::start();
    let mut client = server.client();
    let _tier = install(&TIER, &server);
    set(&mut client, "at_first:1", "7");
    assert_eq!(at_first::cache_refresh(1), 1);
    assert_eq!(text(&mut client, "at_first:1"), Some("1".to_owned()));
    assert_eq!(at_first(1), 1);
}
