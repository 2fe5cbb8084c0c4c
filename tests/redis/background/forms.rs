//! Methods and weights of functions that are refreshed in the background.

use functools::redis::Tier;
use functools::{CacheStatus, lru_cache};
use functools_test_support::clock;

use super::{STALE, expire};
use crate::common::{Runs, two_workers};
use crate::server::eventually;
use crate::{in_own_process, install_own};

static TIER: Tier = Tier::new();

#[derive(Clone)]
struct Shop(&'static Runs);

impl Shop {
    #[lru_cache(
        ttl = "60s",
        stale = "1d",
        refresh = "background",
        skip(self),
        maxweight = 100,
        weight = |price| u64::from(*price),
        redis(key = "price:{name}", tier = TIER)
    )]
    fn price(&self, name: &str) -> u32 {
        self.0.next() + u32::try_from(name.len()).expect("short")
    }

    #[lru_cache(
        ttl = "60s",
        stale = "1d",
        refresh = "background",
        cache_none = false,
        skip(self, runs),
        redis(key = "stock:{name}", tier = TIER)
    )]
    async fn stock(&self, name: u8, runs: &'static Runs) -> Option<u32> {
        Some(runs.next() + u32::try_from(name.to_string().len()).expect("short"))
    }
}

#[test]
fn methods_with_weights_are_refreshed() {
    in_own_process("background::forms::methods");
}

#[test]
#[ignore = "what the process does that another test starts"]
fn methods() {
    static PRICES: Runs = Runs::new();
    static STOCKS: Runs = Runs::new();
    let _clock = clock();
    let (_tier, mut client) = install_own(&TIER);
    let shop = Shop(&PRICES);
    let runtime = two_workers();
    let stock = || runtime.block_on(shop.stock_with_status(7, &STOCKS));
    assert_eq!(shop.price_with_status("a"), (2, CacheStatus::Miss));
    assert_eq!(stock(), (Some(2), CacheStatus::Miss));
    expire(&[&TIER], &mut client, "price:a");
    assert_eq!(shop.price_with_status("a"), (2, STALE));
    eventually("the price is refreshed", || Shop::price_cache_peek("a") == Some(3));
    // It has expired with the other one.
    assert_eq!(stock(), (Some(2), STALE));
    assert_eq!(PRICES.count(), 2);
}
